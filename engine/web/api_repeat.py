"""The repeat guard: a request that is sent again with the same Idempotency-Key is done once and answered twice.

Why: a program whose connection broke doesn't know whether its record was made. The answer is kept in the very transaction
that made it, so there is no moment in which one is there without the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, insert, select

from engine.problems import Refused, problem
from engine.problems.api import BAD_KEY, KEY_REUSED
from engine.runtime.work import Work
from engine.storage import tables
from engine.web.api_call import Call

KEPT = timedelta(hours=24)
"""How long an answer is kept."""

Unit = Callable[[Work], tuple[int, str]]
"""What is done, giving the answer's status and body."""


def once(call: Call, unit: Unit) -> tuple[int, str, bool]:
    """Do the unit, or give what it answered before: status, body, and whether it is a repetition.

    Raises Refused: the unit's own reasons (nothing is kept then), a key used for another request, or one that is none.
    """
    key = call.request.headers.get("idempotency-key")
    if key is None:
        return (*call.engine.write(call.actor, unit), False)
    if not 1 <= len(key) <= 200 or not all("!" <= c <= "~" for c in key):
        raise Refused(problem(BAD_KEY))
    print_ = _print(call)
    return call.engine.write(call.actor, lambda work: _guarded(work, call.caller, key, print_, unit))


def _guarded(work: Work, caller: str, key: str, print_: str, unit: Unit) -> tuple[int, str, bool]:
    table = tables.idempotency
    work.conn.execute(delete(table).where(table.c.at < work.now - KEPT))
    query = select(table.c.request, table.c.status, table.c.body).where(table.c.caller == caller, table.c.key == key)
    row = work.conn.execute(query).first()
    if row is not None:
        if row.request != print_:
            raise Refused(problem(KEY_REUSED))
        return row.status, row.body, True
    status, body = unit(work)
    work.conn.execute(
        insert(table).values(caller=caller, key=key, request=print_, status=status, body=body, at=work.now)
    )
    return status, body, False


def _print(call: Call) -> str:
    """What was asked, as one SHA-256."""
    request = call.request
    words = f"{request.method}\n{request.url.path}\n{request.url.query}\n".encode()
    return hashlib.sha256(words + call.body).hexdigest()
