"""A layout's sections as a page arranges them: those that stand above, and tabs, one of which shows at a time.

Why: `tab: true` starts a tab, and the sections that follow without it stand in the same one. Which section begins a tab is
the layout's business, also where this person sees nothing of that section.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Generic, Protocol, TypeVar

from engine.definitions.model import Form
from engine.web.visit import Visit


class Card(Protocol):
    """A section that is drawn."""

    @property
    def number(self) -> int:
        """Its number in the layout."""
        ...

    @property
    def visible(self) -> bool:
        """Whether it shows now."""
        ...

    @property
    def wrong(self) -> int:
        """How many of its fields are wrong."""
        ...


C = TypeVar("C", bound=Card)


@dataclass(frozen=True)
class Pane(Generic[C]):
    """A tab with its cards. `start`: the number of the section that begins it, whose title is the tab's. `open`: it shows
    first; `visible`: any of its cards does; `wrong`: how many fields in it are to be mended."""

    start: int
    title: str
    icon: str | None
    cards: tuple[C, ...]
    open: bool
    visible: bool
    wrong: int


def panes(visit: Visit, form: Form, cards: Sequence[C]) -> tuple[tuple[C, ...], tuple[Pane[C], ...]]:
    """The cards above, and the tabs: the first with something to mend is open, else the first that shows."""
    begun = list(accumulate((i if s.tab else -1 for i, s in enumerate(form.layout)), max))
    starts = [i for i in dict.fromkeys(begun[c.number] for c in cards) if i >= 0]
    inside = {i: tuple(c for c in cards if begun[c.number] == i) for i in starts}
    seen = [i for i in starts if any(c.visible for c in inside[i])]
    first = next((i for i in seen if any(c.wrong for c in inside[i])), seen[0] if seen else -1)
    made = tuple(
        Pane(
            i, visit.text(form.layout[i].title), form.layout[i].icon, inside[i],
            i == first, i in seen, sum(c.wrong for c in inside[i]),
        )
        for i in starts
    )  # fmt: skip
    return tuple(c for c in cards if begun[c.number] < 0), made
