"""The functions that formulas need in a PostgreSQL database, in a schema of their own.

Why a schema for each version: while servers of two versions work on one database, each has its own functions. The
schema's name has the digest of the functions' text, so installing is: is it there? A refusal inside a function has
a SQLSTATE of ours; `refusal` gives it back.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from engine.problems import Refused, problem
from engine.problems import expression as wrong

SOURCE = Path(__file__).with_name("postgres.sql").read_text("utf-8")

SCHEMA = f"formloom_{sha256(SOURCE.encode()).hexdigest()[:8]}"
"""Where the functions of this version are."""

REFUSED = "FL001"
OUT_OF_RANGE = "22003"
"""PostgreSQL's own limits lie beyond those of formulas, so whatever meets them has grown too large."""


def install(connection: Connection) -> None:
    """Make the functions of this version in the database unless they are there, in the connection's transaction. Two
    servers that start at once must do it one after the other."""
    there = connection.execute(text("SELECT 1 FROM pg_namespace WHERE nspname = :name"), {"name": SCHEMA}).scalar()
    if there is None:
        connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
        connection.connection.cursor().execute(SOURCE.replace("{schema}", SCHEMA))


def refusal(error: DBAPIError) -> Refused | None:
    """The refusal that a statement failed with; None when it was something else."""
    state = getattr(error.orig, "sqlstate", None)
    return Refused(problem(wrong.OVERFLOW)) if state in (REFUSED, OUT_OF_RANGE) else None
