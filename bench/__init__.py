"""The benchmark: Formloom and a hand-written twin of the same work, side by side (`make bench`)."""
