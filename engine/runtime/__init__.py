"""What people and clocks do, a verb a file: each checks, computes, writes and tells, in one unit of work."""
