"""Codes that a machine reads: QR, Code 128 and EAN-13, typed, scanned, shown and printed."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, Literal

from markupsafe import Markup
from pydantic import Field as Key

from engine.fields.base import Control, Example, Place, Reader, refuse, short
from engine.fields.base_code import bars, squares
from engine.fields.base_input import line, scripted
from engine.fields.base_text import Written
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import text

_PRINTABLE = r"[\u0020-\u007e]"


class Barcode(Written):
    """The text that a code holds. EAN-13 is thirteen digits; its check digit is checked, or added to twelve."""

    name = "barcode"
    summary = text("条码或二维码", "A bar code or QR code")
    longest = 500
    examples = (
        Example(
            declared={},
            accepts=((" https://example.com/p/1 ", "https://example.com/p/1"), ("禾川 A-01", "禾川 A-01"), ("", None)),
            rejects=(("a\nb", wrong.LINE_BREAK), ("字" * 501, wrong.TOO_LONG)),
            displays=(("A-01", "A-01"), (None, "")),
            sorts=("A-01", "A-02", "禾川"),
        ),
        Example(
            declared={"kind": "code128"},
            accepts=(("SN 2026/0001", "SN 2026/0001"),),
            rejects=(("序列号1", wrong.PATTERN), ("x" * 81, wrong.TOO_LONG)),
            displays=(("SN20260001", "SN20260001"),),
        ),
        Example(
            declared={"kind": "ean13"},
            accepts=(("6901234567892", "6901234567892"), ("690123456789", "6901234567892"),
                     ("6 901234 567892", "6901234567892")),
            rejects=(("6901234567890", wrong.CHECK_DIGIT), ("12345", wrong.PATTERN), ("69012345678９2", wrong.PATTERN)),
            displays=(("6901234567892", "6901234567892"),),
        ),
    )  # fmt: skip

    kind_: Literal["qr", "code128", "ean13"] = Key(
        "qr", alias="kind", description="qr, code128 or ean13 / 码制：二维码、Code 128、EAN-13"
    )

    @cached_property
    def _own(self) -> re.Pattern[str] | None:
        """What may stand in a code depends on its kind."""
        return re.compile(f"^(?:{self._pattern_of_kind})$(?![\\s\\S])") if self._pattern_of_kind else None

    def most(self) -> int:
        """Longer bars than 80 no scanner reads."""
        return min(super().most(), 80) if self.kind_ == "code128" else super().most()

    def tidy(self, given: str, at: Place) -> str:
        """The code without blanks between its digits, with its check digit. Refused when it can't be such a code."""
        if self.kind_ == "code128" and not re.fullmatch(_PRINTABLE + "*", given):
            refuse(wrong.PATTERN, at, hint=text("只能有英文字母、数字和符号", "only Latin letters, digits and signs"))
        if self.kind_ != "ean13":
            return given
        digits = re.sub("[ -]", "", given)
        if not re.fullmatch("[0-9]{12,13}", digits):
            refuse(wrong.PATTERN, at, hint=text("应是 13 位数字", "it has 13 digits"))
        whole = digits[:12] + check_digit(digits[:12])
        return whole if whole.startswith(digits) else refuse(wrong.CHECK_DIGIT, at, given=short(digits), proposal=whole)

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """A string; `x-check` names a check digit, which JSON Schema can't express."""
        made = super().schema()
        if self._pattern_of_kind:
            made["pattern"] = f"^(?:{self._pattern_of_kind})$(?![\\s\\S])"
        return made | ({"x-check": "ean13"} if self.kind_ == "ean13" else {})

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """The code, drawn so that it can be scanned from the page and from paper, with its text beneath."""
        if value is None:
            return ""
        drawn = squares(value) if self.kind_ == "qr" else bars(value, self.kind_)
        return tag("span", {"class": "fl-barcode", "data-code": self.kind_}, drawn, tag("span", {}, value))

    def listed(self, value: Any, reader: Reader) -> Markup | str:
        """Its text."""
        return self.cell(value, reader)

    def input(self, control: Control) -> Markup:
        """One line, into which a hand scanner types; phones whose browser can read codes get a camera button."""
        more: dict[str, Any] = {"spellcheck": "false", "autocapitalize": "off", "data-code": self.kind_}
        if self.kind_ == "ean13":
            more |= {"inputmode": "numeric", "fits": "[0-9](?:[ -]?[0-9]){11,12}",
                     "misfit": text("应是 13 位数字", "It has 13 digits").to(control.reader.language)}  # fmt: skip
        typed = line(control, self.kind, control.value or "", "fl-code", maxlength=self.most(), **more)
        return scripted(
            "barcode", typed, control, scan=text("扫码", "Scan"), close=text("关闭", "Close"),
            aim=text("把码对准镜头", "Hold the code before the camera"),
            closed=text("用不了相机，请直接输入", "The camera can not be used; please type the code"),
        )  # fmt: skip

    @property
    def _pattern_of_kind(self) -> str:
        return {"code128": f"{_PRINTABLE}*", "ean13": "[0-9]{13}"}.get(self.kind_, "")


def check_digit(digits: str) -> str:
    """The thirteenth digit of an EAN-13: 690123456789 -> 2."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return str(-total % 10)
