"""What was done once under a key isn't done again: the answer given then is kept and given once more.

Why here: the answer is kept in the very transaction that made it, so there is never one without the other. Which requests
carry a key, and what a key may look like, is the API's business.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, insert, select

from engine.problems import Refused, problem
from engine.problems.api import KEY_REUSED
from engine.runtime.work import Work
from engine.storage import tables

KEPT = timedelta(hours=24)
"""How long an answer is kept."""

Unit = Callable[[Work], tuple[int, str]]
"""What is done, giving the answer's status and body."""


def guarded(work: Work, caller: str, key: str, request: str, unit: Unit) -> tuple[int, str, bool]:
    """Do the unit, or give what it answered to this caller under this key: status, body, whether it is a repetition.

    `request` tells requests apart (a hash of what was asked). Raises Refused: the key was used for another request, or the
    unit's own reasons; nothing is kept then.
    """
    table = tables.idempotency
    work.conn.execute(delete(table).where(table.c.at < work.now - KEPT))
    query = select(table.c.request, table.c.status, table.c.body).where(table.c.caller == caller, table.c.key == key)
    row = work.conn.execute(query).first()
    if row is not None:
        if row.request != request:
            raise Refused(problem(KEY_REUSED))
        return row.status, row.body, True
    status, body = unit(work)
    work.conn.execute(
        insert(table).values(caller=caller, key=key, request=request, status=status, body=body, at=work.now)
    )
    return status, body, False
