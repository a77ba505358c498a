"""What references to records of several forms share: each is told by the text FORM/ID.

Why: one such value and a list of them are read, checked and told to programs alike.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from engine.expressions.pointing import BETWEEN, plainly, written
from engine.fields.base import Place, refuse, short
from engine.problems import value as wrong

NUMBER = "[1-9][0-9]{0,17}"
"""An id as it is written in a value."""


class OfSeveral:
    """Mixed into a reference whose `to` is a list of forms."""

    if TYPE_CHECKING:
        to: str | tuple[str, ...]

    def target(self) -> str | None:
        """None: there are several."""
        return None

    def targets(self) -> tuple[str, ...]:
        """The forms."""
        return tuple(self.to)

    def pointer(self, shape: str, id: int) -> Any:
        """The form and the id."""
        return written(shape, id)

    def one_schema(self) -> dict[str, Any]:
        """A text of a form and an id."""
        return {"type": "string", "pattern": rf"^({'|'.join(self.to)}){BETWEEN}{NUMBER}$"}

    def one(self, given: Any, at: Place) -> str:
        """A form and an id as they are kept. Refused for anything else."""
        words = given if isinstance(given, str) else ""
        words = words if at.json else words.strip()
        form, _, id = words.partition(BETWEEN)
        if form not in self.to or not re.fullmatch(NUMBER, id):
            refuse(wrong.NOT_A_RECORD_OF, at, given=short(plainly(given)), forms=", ".join(self.to))
        return words
