"""What expressions may read of forms, lines, people, settings and states: shapes built from definitions.

Why: a formula may read a member whose own formula isn't compiled yet, in the same form or another. So a shape knows how
to finish a member and does it when it is first asked for; whoever asks first sets the order, and no form has to be
compiled before another. Shapes also notice which of them a definition asked for: what uses a broken form is left out
with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from engine.expressions.types import BOOLEAN, INSTANT, LENGTH, NUMBER, TEXT, Member, Shape, Type, record

PERSON, DEPARTMENT, SETTINGS = "person", "department", "settings"


class Known:
    """A shape. `broken`: its file has errors, so names that it lacks may well exist."""

    def __init__(self, name: str, members: Iterable[Member] = (), *, broken: bool = False) -> None:
        self.name, self.broken = name, broken
        self.members = {m.name: m for m in members}
        self.pending: dict[str, Callable[[], None]] = {}

    def member(self, name: str) -> Member | None:
        """The member of that name, finished; None when there is none."""
        if name in self.pending:
            self.pending.pop(name)()
        return self.members.get(name)

    def names(self) -> Iterable[str]:
        """The names of all members."""
        return self.members.keys()

    def finish(self) -> None:
        """Finish every member."""
        while self.pending:
            self.pending.pop(next(iter(self.pending)))()


class Shapes(Mapping[str, Shape]):
    """All shapes by name. `asked` holds the names looked up since the last `noticing`."""

    def __init__(self) -> None:
        self.all: dict[str, Known] = {}
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Known:
        self.asked.add(name)
        return self.all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def __contains__(self, name: object) -> bool:
        if isinstance(name, str) and name in self.all:
            self.asked.add(name)
            return True
        return False

    def add(self, shape: Known) -> Known:
        """Enter a shape."""
        self.all[shape.name] = shape
        return shape

    @contextmanager
    def noticing(self) -> Iterator[set[str]]:
        """Gather the names asked for meanwhile into a set of its own; they count as asked for around it too."""
        before, self.asked = self.asked, set()
        now = self.asked
        try:
            yield now
        finally:
            before |= now
            self.asked = before

    def frozen(self) -> dict[str, Shape]:
        """Plain name -> shape."""
        return dict(self.all)


def people() -> tuple[Known, Known]:
    """The shapes of persons and departments."""
    person = (
        Member("id", NUMBER),
        Member("name", TEXT),
        Member("login", TEXT),
        Member("email", TEXT),
        Member("phone", TEXT),
        Member("department", record(DEPARTMENT)),
        Member("active", BOOLEAN),
    )
    department = (
        Member("id", NUMBER),
        Member("name", TEXT),
        Member("head", record(PERSON)),
        Member("parent", record(DEPARTMENT)),
    )
    return Known(PERSON, person), Known(DEPARTMENT, department)


CLOCKS, CLOCK = "clocks:", "clock:"
"""How the shape of a form's clocks begins (its name follows), and the shape of one clock."""

LISTED_CLOCKS, LISTED_CLOCK = "listed_clocks:", "listed_clock:"
"""The same where conditions are asked of many records at once: how much time is left is reckoned for one only."""

CLOCK_STATES = frozenset({"running", "paused", "met", "missed"})


def clock() -> tuple[Known, Known]:
    """The shapes of a clock, at hand and in lists: until when it runs, how it stands, and how much time is left."""
    found = (Member("due_at", INSTANT), Member("state", Type("text", options=CLOCK_STATES)))
    return Known(CLOCK, (*found, Member("left", LENGTH))), Known(LISTED_CLOCK, found)


def clocks(form: str, names: Iterable[str]) -> tuple[Known, Known]:
    """The shapes whose members are the clocks of a form's workflow, at hand and in lists."""
    named = list(names)
    return (
        Known(CLOCKS + form, (Member(name, record(CLOCK)) for name in named)),
        Known(LISTED_CLOCKS + form, (Member(name, record(LISTED_CLOCK)) for name in named)),
    )


def listed_clocks(shapes: Mapping[str, Shape], form: str) -> dict[str, Type]:
    """The variable `clocks` of conditions over many records of a form whose workflow has some."""
    shape = LISTED_CLOCKS + form
    return {"clocks": record(shape)} if shape in shapes else {}


def states(form: str, finals: Mapping[str, str | None]) -> Known:
    """The shape of a form's states: `state.final`, `state.success`. `finals`: state -> success, failure or None."""
    shape = f"state:{form}"
    return Known(
        shape,
        (
            Member("final", BOOLEAN, names={name: final is not None for name, final in finals.items()}),
            Member("success", BOOLEAN, names={name: final == "success" for name, final in finals.items()}),
        ),
    )


def system(form: str, options: Iterable[str]) -> tuple[Member, ...]:
    """The members that every form has."""
    return (
        Member("id", NUMBER),
        Member("state", Type("text", shape=f"state:{form}", options=frozenset(options))),
        Member("state_since", INSTANT),
        Member("owner", record(PERSON)),
        Member("created_by", record(PERSON)),
        Member("created_at", INSTANT),
        Member("updated_by", record(PERSON)),
        Member("updated_at", INSTANT),
    )
