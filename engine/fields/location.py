"""Places on earth: where a machine stands, where somebody checked in."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from markupsafe import Markup
from sqlalchemy.types import TypeEngine

from engine.columns import Location as Spotted
from engine.columns import Spot
from engine.expressions.types import LOCATION, Type
from engine.fields.base import EMPTY, FILLED, Control, Example, Field, Operator, Place, Reader, refuse, short
from engine.fields.base_input import line, scripted
from engine.fields.base_text import whole
from engine.markup import icon, tag
from engine.problems import value as wrong
from engine.texts import text

_PART = r"(?:\.[0-9]{1,6})?"
_LATITUDE = rf"-?(?:90(?:\.0{{1,6}})?|[1-8]?[0-9]{_PART})"
_LONGITUDE = rf"-?(?:180(?:\.0{{1,6}})?|(?:1[0-7])?[0-9]{_PART}|[1-9][0-9]{_PART})"
_NAME = r"[^\u0000-\u001f]{0,200}"
_TYPED = re.compile(r"\s*(-?[0-9]{1,2}(?:\.[0-9]+)?)\s*[,，;\s]\s*(-?[0-9]{1,3}(?:\.[0-9]+)?)(?:[\s,，]+(.+))?\s*")
_HINT = text("应像 31.2989, 120.5853（纬度, 经度），后面可写地名", "write it like 31.2989, 120.5853, a name may follow")


class Location(Field):
    """Degrees north and east with six decimals, and what people call the place."""

    name = "location"
    summary = text("位置：纬度、经度和地名", "A place: latitude, longitude and its name")
    kind = "location"
    sortable = False
    examples = (
        Example(
            declared={},
            accepts=(
                ("31.2989, 120.5853", Spotted(Decimal("31.298900"), Decimal("120.585300"))),
                ("31.2989，120.5853 苏州工业园", Spotted(Decimal("31.298900"), Decimal("120.585300"), "苏州工业园")),
                ("-33.86785091, 151.20732", Spotted(Decimal("-33.867851"), Decimal("151.207320"))),
                ("0 0", Spotted(Decimal("0.000000"), Decimal("0.000000"))),
                ("", None),
            ),
            rejects=(
                ("91, 0", wrong.PATTERN),
                ("31.2, 181", wrong.PATTERN),
                ("苏州", wrong.PATTERN),
                (31.2, wrong.PATTERN),
            ),
            displays=(
                (Spotted(Decimal("31.298900"), Decimal("120.585300"), "苏州工业园"), "苏州工业园"),
                (Spotted(Decimal("31.298900"), Decimal("120.585300")), "31.2989, 120.5853"),
                (None, ""),
            ),
            sorts=(
                Spotted(Decimal("31.298900"), Decimal("120.585300")),
                Spotted(Decimal("31.300000"), Decimal("1.000000")),
            ),
        ),
    )

    def value_type(self, shape: str) -> Type:
        """A location, whose members are `.latitude`, `.longitude` and `.address`."""
        return LOCATION

    def column(self) -> TypeEngine[Any] | None:
        """Its text."""
        return Spot()

    def parse(self, raw: Any, at: Place) -> Spotted | None:
        """`31.2989, 120.5853 name` as typed, or a program's object."""
        if raw is None or isinstance(raw, Spotted):
            return raw
        if at.json:
            return self._sent(raw, at)
        if not isinstance(raw, str):
            refuse(wrong.PATTERN, at, hint=_HINT)
        if not raw.strip():
            return None
        found = _TYPED.fullmatch(raw)
        name = (found[3] or "").strip() if found is not None else ""
        if (
            found is None
            or abs(Decimal(found[1])) > 90
            or abs(Decimal(found[2])) > 180
            or not re.search(whole(_NAME), name)
        ):
            refuse(wrong.PATTERN, at, hint=_HINT)
        return _spotted(found[1], found[2], name)

    def to_json(self, value: Any) -> Any:
        """{"latitude": "31.298900", "longitude": "120.585300", "address": ""}"""
        if value is None:
            return None
        return {"latitude": f"{value.latitude:f}", "longitude": f"{value.longitude:f}", "address": value.address}

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """Degrees as decimal strings."""
        return {
            "type": "object",
            "properties": {
                "latitude": {"type": "string", "pattern": whole(_LATITUDE)},
                "longitude": {"type": "string", "pattern": whole(_LONGITUDE)},
                "address": {"type": "string", "pattern": whole(_NAME)},
            },
            "required": ["latitude", "longitude"],
            "additionalProperties": False,
        }

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """A link that the reader's own map opens; no map of others is drawn on our pages."""
        if value is None:
            return ""
        degrees = _degrees(value)
        href = f"geo:{degrees.replace(' ', '')}"
        return tag(
            "a",
            {"class": "fl-link fl-iconlink", "href": href, "title": degrees},
            icon("map-pin"),
            str(value.address or degrees),
        )

    def listed(self, value: Any, reader: Reader) -> Markup | str:
        """Its name, else its degrees."""
        return "" if value is None else value.address or _degrees(value)

    def cell(self, value: Any, reader: Reader) -> str:
        """As it is typed."""
        return "" if value is None else f"{_degrees(value)} {value.address}".strip()

    def operators(self) -> tuple[Operator, ...]:
        """Whether there is one."""
        return (EMPTY, FILLED)

    def literal(self, value: Any) -> str:
        """Its degrees as a text, for people to read; places are compared by their members."""
        return f'"{_degrees(value)}"'

    def input(self, control: Control) -> Markup:
        """A line to type in, with a button that asks the device where it is."""
        shown = self.cell(control.value, control.reader)
        typed = line(control, self.kind, shown, placeholder="31.2989, 120.5853", spellcheck="false", maxlength=240)
        return scripted(
            "location", typed, control, use=text("用我的位置", "Use my place"),
            refused=text("没有得到位置，请允许定位或直接输入", "No place was given: allow it, or type it"),
        )  # fmt: skip

    def _sent(self, raw: Any, at: Place) -> Spotted | None:
        fits = isinstance(raw, dict) and {"latitude", "longitude"} <= set(raw) <= {"latitude", "longitude", "address"}
        for key, shape in (("latitude", _LATITUDE), ("longitude", _LONGITUDE), ("address", _NAME)):
            given = raw.get(key, "") if fits else None
            if not isinstance(given, str) or not re.search(whole(shape), given):
                refuse(wrong.PATTERN, at, hint=_HINT)
        return _spotted(raw["latitude"], raw["longitude"], raw.get("address", ""))


def _spotted(latitude: str, longitude: str, name: str) -> Spotted:
    six = Decimal("0.000001")
    return Spotted(Decimal(latitude).quantize(six) + 0, Decimal(longitude).quantize(six) + 0, name)


def _degrees(value: Spotted) -> str:
    """31.2989, 120.5853"""
    return ", ".join(short(f"{one:f}".rstrip("0").rstrip(".")) for one in (value.latitude, value.longitude))
