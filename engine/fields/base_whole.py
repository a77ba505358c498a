"""What whole numbers have in common: programs send and get a JSON integer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NoReturn

from engine.columns import DIGITS
from engine.fields.base import Place, refuse
from engine.fields.base_number import Numeric
from engine.problems import value as wrong
from engine.texts import text

_MOST = 10**DIGITS - 1


class Whole(Numeric):
    """A field whose value is a Decimal without decimals."""

    def read(self, raw: Any, at: Place) -> Decimal | None:
        """As all numbers; a program sends a JSON integer (1.0 is one)."""
        if not at.json or raw is None:
            return super().read(raw, at)
        if isinstance(raw, bool) or not (isinstance(raw, int) or (isinstance(raw, float) and raw.is_integer())):
            refuse(wrong.WRONG_KIND, at, expected=text("整数", "a whole number"))
        return self.fit(Decimal(int(raw)), raw, at)

    def to_json(self, value: Any) -> Any:
        """A JSON integer."""
        return None if value is None else int(value)

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """An integer with its bounds."""
        low, high = self._bounds
        return {
            "type": "integer",
            "minimum": -_MOST if low is None else int(low),
            "maximum": _MOST if high is None else int(high),
        }

    def _too_fine(self, given: str, has: int, at: Place) -> NoReturn:
        refuse(wrong.NOT_WHOLE, at, given=given)
