"""The repeat guard: a request that is sent again with the same Idempotency-Key is done once and answered twice.

Why: a program whose connection broke doesn't know whether its record was made. The answer is kept in the very transaction
that made it, so there is no moment in which one is there without the other.
"""

from __future__ import annotations

import hashlib

from engine.problems import Refused, problem
from engine.problems.api import BAD_KEY
from engine.runtime.repeat import Unit, guarded
from engine.web.api_call import Call


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
    return call.engine.write(call.actor, lambda work: guarded(work, call.caller, key, print_, unit))


def _print(call: Call) -> str:
    """What was asked, as one SHA-256."""
    request = call.request
    words = f"{request.method}\n{request.url.path}\n{request.url.query}\n".encode()
    return hashlib.sha256(words + call.body).hexdigest()
