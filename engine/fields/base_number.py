"""What all number types have in common: reading, decimals, limits, grouping.

Why: a number is an exact decimal from the keyboard to the database. What doesn't fit is refused with the reason;
nothing is rounded but what a formula computed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from typing import Any, NoReturn

from markupsafe import Markup
from sqlalchemy.types import TypeEngine

from engine.columns import DIGITS, Dec
from engine.expressions.types import NUMBER, Type
from engine.fields.base import (
    Control,
    Place,
    Reader,
    refuse,
    short,
)
from engine.fields.base_bounds import Bounded
from engine.fields.base_input import beside, line
from engine.fields.base_text import END
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import Text, text

_PLAIN = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:([,\s])[0-9]{3})(?:\1[0-9]{3})*)(?:\.[0-9]*)?|[+-]?\.[0-9]+")
_EXACT = Context(prec=80)

BARE = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
"""A number with nothing but figures, as most are written."""


class Numeric(Bounded):
    """A field whose value is a Decimal with at most `scale()` decimals and 18 digits in all; None when empty."""

    kind = "number"
    numeric = True

    # -- what one number type has for itself -------------------------------------------------------------------------

    def typed(self, given: str, at: Place) -> Decimal:
        """Typed text (no blanks at its ends, not empty) -> number; signs of the type are understood here."""
        return read(given, at)

    def written(self, value: Decimal) -> str:
        """The number as it is typed: no grouping, so that reading it gives the same value."""
        return f"{self.shown(value):f}"

    def grouped(self, value: Decimal) -> str:
        """The number for people, with its signs."""
        return f"{self.shown(value):,f}"

    def signs(self, reader: Reader) -> tuple[str, str]:
        """What stands before and after the input (a currency, a unit)."""
        return "", ""

    def marks(self) -> Mapping[str, str]:
        """What else the page must know of the input."""
        return {}

    # -- the interface -----------------------------------------------------------------------------------------------

    def value_type(self, shape: str) -> Type:
        """A number."""
        return NUMBER

    def column(self) -> TypeEngine[Any] | None:
        """A scaled integer."""
        return Dec(self.scale())

    def read(self, raw: Any, at: Place) -> Decimal | None:
        """Typed text, a number of a definition, or a program's decimal string -> Decimal with `scale()` decimals."""
        if raw is None or (isinstance(raw, str) and not raw.strip() and not at.json):
            return None
        return self.fit(self._read(raw, at), raw, at)

    def fit(self, value: Decimal, raw: Any, at: Place) -> Decimal:
        """The same value with exactly `scale()` decimals; refused when it has more, or too many digits."""
        scale = self.scale()
        if not value:
            return Decimal(0).scaleb(-scale)
        most = _beyond(scale)
        if -most < value < most:
            fitting = value if value.same_quantum(unit(scale)) else value.quantize(unit(scale), context=_EXACT)
            if fitting == value:
                return fitting
        if value.adjusted() >= DIGITS - scale:
            refuse(wrong.DIGITS, at, digits=DIGITS - scale)
        self._too_fine(short(raw), decimals(value), at)

    def to_json(self, value: Any) -> Any:
        """A decimal string, so that no program loses digits."""
        return None if value is None else f"{self.rounded(value):f}"

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """A decimal string; `x-minimum` and `x-maximum` are limits that JSON Schema can't express for strings."""
        return self.bounded({"type": "string", "pattern": self._pattern()})

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """Grouped, with its unit in an element of its own, which a list's cell hides."""
        if value is None:
            return ""
        unit = self.signs(reader)[1]
        body = self.formatted(value, reader) or self.grouped(value)
        return Markup("{} {}").format(body, tag("span", {"class": "fl-unit"}, unit)) if unit else body

    def measured_in(self, reader: Reader) -> str:
        """The currency or the unit; nothing where a format of its own says how numbers look."""
        return "" if self.format is not None else "".join(self.signs(reader))

    def in_column(self, value: Any, reader: Reader) -> Markup | str:
        """As `display`, what stands before the number in an element of its own too."""
        before = self.signs(reader)[0]
        if value is None or not before or self.format is not None:
            return self.display(value, reader)
        body = self.grouped(value).replace(before, "", 1)
        minus = "-" if body.startswith("-") else ""
        return Markup("{}{}{}").format(minus, tag("span", {"class": "fl-unit"}, before), body.removeprefix("-"))

    def input(self, control: Control) -> Markup:
        """One line with the keyboard of numbers."""
        shown = "" if control.value is None else self.written(control.value)
        more: dict[str, Any] = {"inputmode": "decimal", "data-scale": self.scale()}
        if self.format is None and not self.share:
            more["data-group"] = self.scale() if self.fixed() else 0
        if self.share:
            more["data-share"] = True
        more |= self.marks()
        more |= {"data-min": _limit_text(control.minimum), "data-max": _limit_text(control.maximum)}
        return beside(
            control,
            self.signs(control.reader)[0],
            line(control, self.kind, shown, "fl-num", **more),
            self.signs(control.reader)[1],
        )

    def rounded(self, value: Any) -> Any:
        """Rounded to `scale()` decimals, half away from zero."""
        if value is None:
            return None
        last = unit(self.scale())
        kept = value if value.same_quantum(last) else value.quantize(last, ROUND_HALF_UP, _EXACT)
        return kept if kept else abs(kept)

    def literal(self, value: Any) -> str:
        """The bare number."""
        return f"{value:f}"

    def shown(self, value: Decimal) -> Decimal:
        """The value with the decimals that people see, for computed values rounded."""
        value = self.rounded(value)
        return value if self.fixed() else trimmed(value)

    # -- parts -------------------------------------------------------------------------------------------------------

    def _read(self, raw: Any, at: Place) -> Decimal:
        if at.json:
            if isinstance(raw, str) and re.search(self._pattern(), raw):
                return Decimal(raw)
            example = f"{Decimal('12.5').quantize(Decimal(1).scaleb(-self.scale()), ROUND_HALF_UP):f}"
            refuse(wrong.WRONG_KIND, at, expected=self._kind_of_string(example))
        if isinstance(raw, str):
            return self.typed(raw.strip(), at)
        return number(raw, at)

    def _kind_of_string(self, example: str) -> Text:
        most = self.scale()
        return text(
            f'文本形式的数字，如 "{example}"，最多 {most} 位小数',
            f'a number as text, such as "{example}", with at most {most} decimals',
        )

    def _pattern(self) -> str:
        sign = "" if self._bounds[0] is not None and self._bounds[0] >= 0 else "-?"
        before = DIGITS - self.scale()
        fraction = rf"(?:\.[0-9]{{1,{self.scale()}}})?" if self.scale() else ""
        return f"^{sign}(?:0|[1-9][0-9]{{0,{before - 1}}}){fraction}{END}"

    def _too_fine(self, given: str, has: int, at: Place) -> NoReturn:
        refuse(wrong.DECIMALS, at, decimals=self.scale(), given=given, has=has)


def read(given: str, at: Place) -> Decimal:
    """A plain number as people type it (`1,234.5`, `1 234.5`); full-width digits are refused with the proposal."""
    if BARE.fullmatch(given):
        return Decimal(given)
    if len(given) <= 60 and _PLAIN.fullmatch(given):
        return Decimal(re.sub(r"[,\s]", "", given))
    ordinary = unicodedata.normalize("NFKC", given).replace("。", ".")
    if len(given) <= 60 and ordinary != given and _PLAIN.fullmatch(ordinary.rstrip("%").strip()):
        refuse(wrong.FULL_WIDTH_NUMBER, at, proposal=ordinary)
    return refuse(wrong.NOT_A_NUMBER, at, given=short(given))


@cache
def _beyond(scale: int) -> Decimal:
    """The least number that has too many digits before the point."""
    return Decimal(10) ** (DIGITS - scale)


@cache
def unit(scale: int) -> Decimal:
    """One of the last decimal: 0.01 for two."""
    return Decimal(1).scaleb(-scale)


def number(raw: Any, at: Place) -> Decimal:
    """A number of a definition or of Python -> Decimal; a float as it is written. True and False are no numbers."""
    if isinstance(raw, int | float | Decimal) and not isinstance(raw, bool):
        value = Decimal(repr(raw)) if isinstance(raw, float) else Decimal(raw)
        if value.is_finite():
            return value
    return refuse(wrong.NOT_A_NUMBER, at, given=short(raw))


def decimals(value: Decimal) -> int:
    """How many decimals a finite number needs: 1.50 -> 1, 1200 -> 0."""
    _, digits, exponent = value.as_tuple()
    if not value or not isinstance(exponent, int):
        return 0
    blank = len(digits) - len(str("".join(map(str, digits))).rstrip("0"))
    return max(0, -(exponent + blank))


def trimmed(value: Decimal) -> Decimal:
    """The same number without decimals that are 0: 12.50 -> 12.5."""
    return value.quantize(Decimal(1).scaleb(-decimals(value)), context=_EXACT) if value else Decimal(0)


def _limit_text(limit: Any) -> str | None:
    return f"{limit:f}" if isinstance(limit, Decimal) else None
