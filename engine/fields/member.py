"""One person of the organisation."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from pydantic import Field as Key

from engine.fields.base import Example, Reader
from engine.fields.base_record import Pointing
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import text

TINTS = 7
"""How many tints avatars have; a person keeps one."""


class Member(Pointing):
    """One person. `among` says who can be chosen: roles, or formulas that give people."""

    name = "member"
    summary = text("一位成员", "One person")
    examples = (
        Example(
            declared={},
            accepts=((3, 3), ("3", 3), ("", None)),
            rejects=(("李娜", wrong.NOT_A_RECORD), (0, wrong.NOT_A_RECORD)),
            displays=((3, "person 3"), (None, "")),
            sorts=(1, 2, 10),
        ),
        Example(declared={"among": "sales"}, accepts=((1, 1),)),
        Example(declared={"among": ["sales", "=HEAD(owner)"]}, accepts=((1, 1),)),
    )

    among: Any = Key(None, description="Who can be chosen: roles or =formulas / 可选范围")

    def points_at(self) -> str:
        """A person."""
        return "person"

    def titled(self, value: int, reader: Reader) -> Markup | str:
        """Initials and the name."""
        called = self.cell(value, reader)
        avatar = tag(
            "span",
            {"class": "fl-avatar", "data-tint": value % TINTS + 1, "aria-hidden": "true"},
            initials(called),
        )
        return tag("span", {"class": "fl-person"}, avatar, called)


def initials(called: str) -> str:
    """李娜 -> 李, Anna de Vries -> AV, admin -> a: what fits a small circle."""
    parts = called.split()
    if not parts:
        return ""
    if len(parts) == 1 or not parts[0][:1].isascii():
        return parts[0][0]
    return parts[0][0] + parts[-1][0]
