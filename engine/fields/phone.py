"""Phone numbers: mobiles and landlines of mainland China, service numbers, international ones."""

from __future__ import annotations

import re

from markupsafe import Markup

from engine.fields.base import Control, Example, Place, Reader, refuse, short
from engine.fields.base_input import line
from engine.fields.base_text import Written, whole
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import text

_MOBILE = "1[3-9][0-9]{9}"
_LANDLINE = "0(?:10|2[0-9])[0-9]{7,8}|0[3-9][0-9]{9,10}"
_ANY = (
    rf"(?:\+86)?{_MOBILE}|(?:{_LANDLINE})(?:-[0-9]{{1,6}})?|1[0-2][0-9]{{1,6}}|[48]00[0-9]{{7}}|[2-8][0-9]{{6,7}}"
    r"|9[56][0-9]{3,6}|\+(?!86)[1-9][0-9]{6,14}"
)
_FITS = re.compile(whole(_ANY))
_EXTENSION = re.compile(r"(0[0-9]{2,3}-?[0-9]{7,8})(?:-|转|ext\.?|x)([0-9]{1,6})", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s\-‐‑–—().（）]+")


class Phone(Written):
    """A phone number, kept without blanks and hyphens (`13805123347`, `051262881234-801`, `+442079460000`)."""

    name = "phone"
    summary = text("电话，手机、座机或国际号码", "A phone number")
    longest = 40
    shape = _ANY
    examples = (
        Example(
            declared={},
            accepts=(
                ("138 0512 3347", "13805123347"),
                ("+86 138-0512-3347", "13805123347"),
                ("0086 13805123347", "13805123347"),
                ("0512-62881234", "051262881234"),
                ("(010) 6288 1234", "01062881234"),
                ("0512-62881234-801", "051262881234-801"),
                ("0512-62881234 转 801", "051262881234-801"),
                ("400-820-8820", "4008208820"),
                ("+44 20 7946 0000", "+442079460000"),
                ("62881234", "62881234"),
                ("10086", "10086"),
                ("", None),
            ),
            rejects=(
                ("1380 512 33", wrong.PHONE_SHORT),
                ("1380512334", wrong.PHONE_SHORT_ONE),
                ("138051233477", wrong.PHONE_LONG),
                ("+86 1380512334", wrong.PHONE_SHORT_ONE),
                ("١٣٨٠٥١٢٣٣٤٧", wrong.PHONE),
                ("１３８０５１２３３４７", wrong.FULL_WIDTH_NUMBER),
                ("李娜", wrong.PHONE),
                ("+0 123", wrong.PHONE),
            ),
            displays=(
                ("13805123347", "138 0512 3347"),
                ("051262881234", "0512 62881234"),
                ("051262881234-801", "0512 62881234-801"),
                ("01062881234", "010 62881234"),
                ("4008208820", "400 820 8820"),
                ("+442079460000", "+442079460000"),
                (None, ""),
            ),
            sorts=("051262881234", "13805123347", "13905123347"),
        ),
    )

    def tidy(self, given: str, at: Place) -> str:
        """The number without what stands between its digits; says how many digits a mobile number lacks."""
        bare = re.sub(r"\s+", "", given)
        found = _EXTENSION.fullmatch(_BETWEEN.sub("-", bare).strip("-"))
        digits = _BETWEEN.sub("", found[1] if found else bare)
        body = _home(digits) + (f"-{found[2]}" if found else "")
        if _FITS.search(body):
            return body
        if re.fullmatch("[０-９]+", digits):
            refuse(wrong.FULL_WIDTH_NUMBER, at, proposal="".join(str(int(digit)) for digit in digits[:20]))
        if re.fullmatch("1[3-9][0-9]{3,20}", body):
            has = len(body)
            if has == 10:
                refuse(wrong.PHONE_SHORT_ONE, at)
            refuse(*((wrong.PHONE_SHORT, at) if has < 11 else (wrong.PHONE_LONG, at)), missing=11 - has, extra=has - 11)
        return refuse(wrong.PHONE, at, given=short(given))

    def display(self, value: object, reader: Reader) -> Markup | str:
        """Grouped as it is read aloud; a tap calls it."""
        if value is None:
            return ""
        return tag("a", {"class": "fl-link", "href": f"tel:{str(value).replace('-', ',')}"}, _grouped(str(value)))

    def input(self, control: Control) -> Markup:
        """One line with the keyboard of phones."""
        more = {"type": "tel", "inputmode": "tel", "autocomplete": "off", "data-mask": "phone"}
        return line(control, self.kind, control.value or "", **more)


def _home(digits: str) -> str:
    """A number with the country code of China as one writes it there."""
    for prefix in ("+86", "0086"):
        if digits.startswith(prefix):
            rest = digits[len(prefix) :]
            return (
                rest if rest.startswith(("1", "0", "400", "800")) and not re.match("10[0-9]{8}$", rest) else "0" + rest
            )
    return "+" + digits[2:] if re.fullmatch("00[1-9][0-9]{6,14}", digits) else digits


def _grouped(number: str) -> str:
    if re.fullmatch(_MOBILE, number):
        return f"{number[:3]} {number[3:7]} {number[7:]}"
    if re.fullmatch("[48]00[0-9]{7}", number):
        return f"{number[:3]} {number[3:6]} {number[6:]}"
    if number.startswith("0"):
        area = 3 if re.match("0(?:10|2[0-9])", number) else 4
        return f"{number[:area]} {number[area:]}"
    return number
