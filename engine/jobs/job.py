"""What a job is, who does it, and how long it waits after a failure.

Why: a timer, a mail and an import differ only in what is done; when, how often and what becomes of failures is the same
for all of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from engine.texts import Text, kept

FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=6)
GROWTH = 4
"""After a failure a job waits 10 seconds, then 40, … up to six hours."""

SPREAD = 0.2
"""By how much a pause is longer or shorter by chance, so that what failed together doesn't come again together."""

LEASE = timedelta(minutes=5)
"""For how long a job is its worker's, unless its kind says otherwise."""

TRIES = 8
"""How often a job is tried before it is given up: about half a day."""


class Lost(Exception):
    """The job isn't ours any more: it was cancelled, or took so long that another worker has it."""


class Failed(Exception):
    """What was to be done outside has failed, and may do later; the text says why, for administrators, as `kept`."""

    def __init__(self, why: Text) -> None:
        super().__init__(kept(why))


class GiveUp(Failed):
    """Trying again won't help: the job is given up at once."""


class Interrupted(Exception):
    """The server is closing: another goes on at once. Nothing has failed."""


Done = Callable[[Connection], None]
"""Marks the job as done in the transaction of that connection. Raises Lost; then nothing of it may stay."""


@dataclass(frozen=True)
class Job:
    """A job that a worker has taken. `uid` names it to the outside, the same at each attempt; `attempt` is 1 for the
    first; `owner` is the worker; `due_at` when it was to be done."""

    id: int
    uid: str
    kind: str
    about: str | None
    payload: Mapping[str, Any]
    attempt: int
    owner: str
    due_at: datetime
    created_at: datetime


@dataclass(frozen=True)
class Kind:
    """How jobs of a kind are done.

    `do(job, done)` does it. What only touches the database calls `done` in its own transaction: then it happens exactly
    once. What reaches outside doesn't, and happens at least once, with `job.uid` for whoever must tell. `tries`: how often
    before it is given up; `lease`: for how long it is its worker's, what takes longer is tried again by another.
    `failed(conn, job, error, dead)` is told of each failure in the transaction that notes it.
    """

    do: Callable[[Job, Done], None]
    tries: int = TRIES
    lease: timedelta = LEASE
    failed: Callable[[Connection, Job, str, bool], None] = lambda conn, job, error, dead: None


def pause(attempt: int, chance: Callable[[], float] = random.random) -> timedelta:
    """How long a job waits after its attempt of this number has failed."""
    plain = min(FIRST_PAUSE * float(GROWTH ** (min(attempt, 20) - 1)), LONGEST_PAUSE)
    return plain * (1 + SPREAD * (2 * chance() - 1))
