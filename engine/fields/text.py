"""One line of text: names, titles, codes."""

from __future__ import annotations

from engine.fields.base import Example
from engine.fields.base_text import Written
from engine.problems import value as wrong
from engine.texts import text


class Line(Written):
    """One line of text."""

    name = "text"
    summary = text("一行文字，如名称、编码", "One line of text, such as a name or a code")
    examples = (
        Example(
            declared={},
            accepts=(
                ("  东方机械 ", "东方机械"),
                ("", None),
                ("   ", None),
                ("Zoë\u200b", "Zoë\u200b"),
                ("e\u0301", "e\u0301"),
                (42, "42"),
                ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ),
            rejects=(
                ("a\0b", wrong.NUL),
                ("a\ud800", wrong.NUL),
                ("一行\n两行", wrong.LINE_BREAK),
                (True, wrong.WRONG_KIND),
                (["a"], wrong.WRONG_KIND),
                ("x" * 2001, wrong.TOO_LONG),
            ),
            displays=(("东方机械", "东方机械"), (None, "")),
            sorts=("A", "B", "a", "é", "东", "\U0001f600"),
        ),
        Example(
            declared={"max_length": 6, "pattern": r"[A-Z]{2}\d{4}", "hint": "两个字母加四位数字"},
            accepts=(("HT0305", "HT0305"), (" HT0305 ", "HT0305")),
            rejects=(("HT03055", wrong.TOO_LONG), ("ht0305", wrong.PATTERN), ("HT٠٣٠٥", wrong.PATTERN)),
        ),
    )
