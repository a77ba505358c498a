"""Everything that is refused is a Problem: a stable code, a place, the rule and the remedy.

Why: an analyst, a person in the browser and a program all meet the same refusal; only its clothes differ. All facts of
one problem (code, HTTP status, message and remedy in both languages) stand in one entry of the catalogue, in the file
of the room that raises it (`problems/yaml.py`, `problems/record.py`, …). Nothing else in the engine words an error.
"""

from __future__ import annotations

from engine.problems.base import (
    CATALOGUE,
    Kind,
    Place,
    Problem,
    Refused,
    define,
    nearest,
    problem,
)

__all__ = ["CATALOGUE", "Kind", "Place", "Problem", "Refused", "define", "nearest", "problem"]
