"""Addresses: province, city, district, street and postcode, chosen step by step in China, typed freely elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from pydantic import Field as Key
from sqlalchemy import String
from sqlalchemy.types import TypeEngine

from engine.expressions.parts import ADDRESS, GAP, PARTS
from engine.expressions.types import Type
from engine.fields.base import CONTAINS, EMPTY, FILLED, Control, Example, Field, Operator, Place, Reader, plain, refuse
from engine.fields.base_input import line, scripted
from engine.fields.base_text import whole
from engine.problems import value as wrong
from engine.texts import text

_PART = r"[^\s\u0000-\u001f]+(?: [^\s\u0000-\u001f]+)*"
_LONGEST = {"province": 40, "city": 40, "district": 40, "street": 160, "postcode": 12}
_PROVINCE = r"(?:北京|天津|上海|重庆)市?|[^省区\s]{2,3}省|(?:内蒙古|广西壮族|西藏|宁夏回族|新疆维吾尔)自治区|(?:香港|澳门)特别行政区"
_CITY = r"市辖区|县|[^\s]{2,9}?(?:市|自治州|盟|地区)"
_DISTRICT = r"[^\s]{1,12}?(?:区|县|市|旗)"
_WITHOUT_CITIES = ("北京", "天津", "上海", "重庆")
_IN_CITY = re.compile(rf"({_DISTRICT})\s*(.*)")
_CHINESE = re.compile(rf"({_PROVINCE})\s*(?:({_CITY})\s*(?:({_DISTRICT})\s*)?)?(.*)")
_HINT = text("省 市 区 街道门牌，例如 江苏省 苏州市 姑苏区 人民路 1 号", "province, city, district and street")


class Address(Field):
    """Up to `depth` parts; formulas read them: `place.city`."""

    name = "address"
    summary = text("地址：省、市、区、街道和邮编", "An address: province, city, district, street and postcode")
    kind = "address"
    searchable = True
    full_width = True
    examples = (
        Example(
            declared={},
            accepts=(
                ("江苏省苏州市姑苏区人民路 1 号", "江苏省\u2003苏州市\u2003姑苏区\u2003人民路 1 号"),
                ("北京市 市辖区 东城区", "北京市\u2003市辖区\u2003东城区"),
                ("Bavaria\u2003Munich\u2003\u2003Ring 5", "Bavaria\u2003Munich\u2003\u2003Ring 5"),
                ("10 Downing Street", "\u2003\u2003\u200310 Downing Street"),
                ("", None),
            ),
            rejects=(
                (5, wrong.PATTERN),
                ("x" * 200, wrong.PATTERN),
                ("a\u2003b\u2003c\u2003d\u2003e\u2003f", wrong.PATTERN),
            ),
            displays=(
                ("江苏省\u2003苏州市\u2003姑苏区\u2003人民路 1 号", "江苏省 苏州市 姑苏区 人民路 1 号"),
                ("\u2003\u2003\u200310 Downing Street", "10 Downing Street"),
                (None, ""),
            ),
            sorts=("江苏省\u2003南京市", "江苏省\u2003苏州市"),
        ),
        Example(declared={"depth": 5}, accepts=(("江苏省\u2003苏州市\u2003\u2003\u2003215000",) * 2,)),
        Example(
            declared={"depth": 2},
            accepts=(("江苏省苏州市", "江苏省\u2003苏州市"), ("江苏省", "江苏省\u2003")),
            rejects=(("江苏省苏州市姑苏区", wrong.PATTERN),),
        ),
    )

    depth: int = Key(
        4,
        ge=1,
        le=5,
        description="How many parts: province, city, district, street, postcode / 到哪一级：省、市、区、街道、邮编",
    )

    def value_type(self, shape: str) -> Type:
        """A text with the parts `.province .city .district .street .postcode`."""
        return ADDRESS

    def column(self) -> TypeEngine[Any] | None:
        """One text, its parts apart by a wide space."""
        return String()

    def parse(self, raw: Any, at: Place) -> str | None:
        """As typed, or a program's object of parts."""
        if raw is None:
            return None
        if at.json:
            return self._sent(raw, at)
        if not isinstance(raw, str):
            refuse(wrong.PATTERN, at, hint=_HINT)
        found = split(raw)
        if not any(found):
            return None
        if len(found) > self.depth or not all(_fits(p, n) for p, n in zip(found, PARTS, strict=False)):
            refuse(wrong.PATTERN, at, hint=_HINT)
        return joined(found)

    def to_json(self, value: Any) -> Any:
        """{"province": "江苏省", "city": "苏州市"}: the parts that are there."""
        return None if value is None else {n: p for n, p in zip(PARTS, split(value), strict=False) if p}

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """The parts, each without blanks at its ends; at least one."""
        parts = {n: {"type": "string", "pattern": whole(_PART), "maxLength": _LONGEST[n]} for n in PARTS[: self.depth]}
        return {"type": "object", "properties": parts, "additionalProperties": False, "minProperties": 1}

    def rounded(self, value: Any) -> Any:
        """What a formula gives is read as if it were typed; parts beyond `depth` are left out."""
        found = split(str(value))[: self.depth]
        return joined(found) if any(found) else None

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """Its parts one after the other."""
        return "" if value is None else " ".join(part for part in split(value) if part)

    def cell(self, value: Any, reader: Reader) -> str:
        """As it is kept, so that a file can bring it back."""
        return value or ""

    def operators(self) -> tuple[Operator, ...]:
        """What occurs in it first."""
        return (CONTAINS, EMPTY, FILLED)

    def literal(self, value: Any) -> str:
        """The quoted text."""
        return plain(value)

    def input(self, control: Control) -> Markup:
        """A line to type in, which the page turns into a list for each part; in a table cell it stays a line."""
        typed = line(control, self.kind, control.value or "", maxlength=300)
        if control.bare:
            return typed
        return scripted(
            "address", typed, control, "fl-address", depth=text(str(self.depth), str(self.depth)),
            province=text("省份", "Province"), city=text("城市", "City"), district=text("区县", "District"),
            street=text("街道、门牌", "Street and number"), postcode=text("邮编", "Postcode"),
            elsewhere=text("其他国家和地区", "Elsewhere"), china=text("选中国的省份", "In China"),
        )  # fmt: skip

    def _sent(self, raw: Any, at: Place) -> str:
        allowed = PARTS[: self.depth]
        if not isinstance(raw, dict) or not raw or not set(raw) <= set(allowed):
            refuse(wrong.PATTERN, at, hint=_HINT)
        for name, part in raw.items():
            if not isinstance(part, str) or not part or not _fits(part, name):
                refuse(wrong.PATTERN, at, hint=_HINT)
        return joined([raw.get(name, "") for name in allowed])


def split(given: str) -> list[str]:
    """The parts of an address in their order, "" for one that lacks: by wide spaces, else as a Chinese address is built,
    else all of it is the street."""
    if GAP in given or "\u3000" in given:
        found = [" ".join(part.split()) for part in re.split(f"[{GAP}\u3000]", given)]
    elif chinese := _CHINESE.fullmatch(given.strip()):
        found = [" ".join((part or "").split()) for part in _districted(chinese.groups())]
    else:
        found = ["", "", "", " ".join(given.split())]
    while found and not found[-1]:
        found.pop()
    return found


def _districted(parts: Sequence[str | None]) -> Sequence[str | None]:
    """北京市 东城区 …: a municipality's districts stand beneath 市辖区, as they do in the lists to choose from."""
    province, city, _, rest = parts
    found = _IN_CITY.fullmatch(rest or "") if city is None and str(province).startswith(_WITHOUT_CITIES) else None
    return parts if found is None else (province, "市辖区", found[1], found[2])


def joined(parts: list[str]) -> str:
    """As it is kept: with a wide space after each part but the last, and at least one."""
    while len(parts) > 1 and not parts[-1]:
        parts = parts[:-1]
    found = GAP.join(parts)
    return found if GAP in found else found + GAP


def _fits(part: str, name: str) -> bool:
    return len(part) <= _LONGEST[name] and (not part or re.search(whole(_PART), part) is not None)
