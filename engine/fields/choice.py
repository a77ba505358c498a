"""One of several options."""

from __future__ import annotations

from engine.fields.base import Example
from engine.fields.base_one import OneOf
from engine.problems import value as wrong
from engine.texts import text


class Choice(OneOf):
    """One option; the value is its name."""

    name = "choice"
    summary = text("单选", "One of several options")
    examples = (
        Example(
            declared={
                "options": {
                    "quality": "质量问题",
                    "damaged": {"title": {"zh": "运损", "en": "Damaged"}, "color": "orange"},
                    "unwanted": {"zh": "不需要", "en": "Unwanted"},
                }
            },
            accepts=(
                ("damaged", "damaged"),
                (" 运损 ", "damaged"),
                ("Unwanted", "unwanted"),
                (["", "quality"], "quality"),
                ("", None),
            ),
            rejects=(("lost", wrong.UNKNOWN_OPTION), (5, wrong.WRONG_KIND)),
            displays=(("damaged", "运损"), ("quality", "质量问题"), ("gone", "gone"), (None, "")),
            sorts=("damaged", "quality", "unwanted"),
        ),
        Example(declared={"options": ["low", "very_high"]}, displays=(("very_high", "Very high"),)),
        Example(declared={"options": "industry"}, accepts=(("food", "food"),)),
    )
