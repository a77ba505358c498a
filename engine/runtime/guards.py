"""Whether conditions hold. One that can't be computed for a record doesn't, so nobody's deed is refused for it; those who
keep the definitions find it in the log.
"""

from __future__ import annotations

import logging
from typing import Any

from engine.expressions.tree import Typed
from engine.problems import Refused
from engine.runtime.record import Record
from engine.runtime.work import Work

log = logging.getLogger("formloom")


def holds(work: Work, when: Typed | bool, record: Record, **variables: Any) -> bool:
    """Whether a condition holds for a record."""
    try:
        return bool(work.value(when, record, **variables))
    except (ArithmeticError, Refused):
        text = when.text if isinstance(when, Typed) else ""
        log.warning("%s #%s: the condition %r can't be computed", record.shape, record.id, text)
        return False
