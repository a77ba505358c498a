"""A form that is sent again because its answer was lost is saved once and answered twice.

Why: a person whose connection broke doesn't know whether the record was made, and presses again. Every form carries a key
of its own; what was answered under it is kept in the transaction that saved (`runtime.repeat`, as for programs).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engine.runtime import repeat
from engine.runtime.work import Work
from engine.web.visit import Visit

KEY = "_key"
"""The hidden input."""

LONGEST = 64


@dataclass(frozen=True)
class Saved:
    """Where a saved form leads, what is said there, and what the record is called."""

    url: str
    words: str
    title: str


class SavedOtherwise(Exception):
    """The form had been saved already, with other values than those that are sent now. `saved` is what was saved."""

    def __init__(self, saved: Saved) -> None:
        super().__init__(saved.title)
        self.saved = saved


def new_key() -> str:
    """A key for a form that was just drawn."""
    return secrets.token_urlsafe(12)


def once(visit: Visit, raw: Mapping[str, Any], unit: Callable[[Work], Saved]) -> Saved:
    """Do the unit, or give what it gave under the posted key. `raw` is what the form said when it was sent.

    Raises Refused: the unit's own reasons, nothing is kept then. Raises SavedOtherwise.
    """
    key = visit.sent(KEY)
    if not key or len(key) > LONGEST:
        return visit.engine.write(visit.actor, unit)
    path = visit.request.url.path
    print_ = hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()

    def kept(work: Work) -> tuple[int, str]:
        return 200, json.dumps({"print": print_, **asdict(unit(work))})

    caller = f"page:{visit.actor.id}:{path}"
    _, body, again = visit.engine.write(visit.actor, lambda work: repeat.guarded(work, caller, key, path, kept))
    answer = json.loads(body)
    same = answer.pop("print") == print_
    saved = Saved(**answer)
    if again and not same:
        raise SavedOtherwise(saved)
    return saved
