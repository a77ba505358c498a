"""A small firm on a real database: an engine over definitions, a clock that tests move, people, and short questions.

Why: stories and the runtime's tests drive the engine's verbs as pages do, by people with roles; what they say should be
about the story, not about setting it up.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from engine.definitions.model import Dashboard, Form
from engine.engine import ENGINE, Engine
from engine.problems import Refused
from engine.runtime import edition, people
from engine.runtime.values import Actor, Ask
from engine.settings import Settings
from engine.storage.layout import Layout, layout

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""Monday noon in Shanghai."""

KEPT = 3
"""How many layouts `Packs` keeps."""

ADMIN = Actor(None, "Admin", "", ENGINE.roles | {"everyone"}, language="en")
"""Who may do everything, and is nobody."""


class Clock:
    """The present moment, moved by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def later(self, **more: float) -> None:
        self.now += timedelta(**more)


class Firm:
    """An engine with its clock, and the few things that tests say again and again."""

    def __init__(
        self, definitions: Path, data: Path, clock: Clock | None = None, *, database: str | None = None, **more: Any
    ) -> None:
        """`database`: the address of a PostgreSQL database; None: SQLite in the data folder. `more`: further settings."""
        self.clock = clock or Clock()
        settings = Settings(definitions=definitions, data=data, demo=False, database=database, **more)
        self.engine = Engine(settings, clock=self.clock)
        wrong = [p for p in self.engine.problems if p.severity == "error"]
        assert not wrong, [(p.place, p.message("en")) for p in wrong]

    def close(self) -> None:
        self.engine.close()

    def person(self, login: str, *roles: str, department: int | None = None, channel: str = "browser") -> Actor:
        """A person with these roles, as one who acts."""
        known = self.engine.catalog.roles

        def unit(conn: Any) -> int:
            return people.create_person(
                conn, self.clock(), known, login=login, name=login.title(), roles=roles, department=department
            )

        return self.who(self.engine.store.write(unit), channel)

    def who(self, person: int | str, channel: str = "browser") -> Actor:
        """A person who is there, by id or login."""
        if isinstance(person, str):
            with self.engine.store.read() as conn:
                person = people.find_person(conn, person) or 0
        found = self.engine.actor(person, channel)
        assert found is not None
        return found

    def new(self, actor: Actor, form: str, **raw: Any) -> int:
        """Submit a record; its id."""
        id = self.engine.submit(actor, form, raw).record.id
        assert id is not None
        return id

    def get(self, form: str, id: int, actor: Actor = ADMIN) -> dict[str, Any]:
        """A record's values by name; lines as a list of them, each with its id."""
        record = self.engine.open(actor, form, id).record
        values: dict[str, Any] = {"version": record.version, "title": record.title}
        for name, value in record.values.items():
            values[name] = [{"id": line.id, **line.values} for line in value] if isinstance(value, list) else value
        return values

    def buttons(self, actor: Actor, form: str, id: int) -> list[str]:
        """The buttons that can be pressed now, without those that a task has beside its transitions."""
        found = [b.transition for b in self.engine.open(actor, form, id).buttons if b.closed is None]
        return [t.name for t in found if t.verb in ("", "done")]

    def verbs(self, actor: Actor, form: str, id: int) -> list[str]:
        """What can be done with the record's tasks beside that: `transfer`, `withdraw`, …"""
        found = [b.transition for b in self.engine.open(actor, form, id).buttons if b.closed is None]
        return sorted({t.verb for t in found} - {"", "done"})

    def titles(self, actor: Actor, form: str, where: str | None = None, **ask: Any) -> list[str]:
        """What the records of a list are called."""
        condition = self.engine.condition(form, where) if where else None
        return [r.record.title for r in self.engine.page(actor, form, Ask(where=condition, **ask)).rows]

    def history(self, form: str, id: int, actor: Actor = ADMIN) -> list[str]:
        """What happened to a record, oldest first: `create`, `act:submit`, …"""
        found = [e.action + (f":{e.transition}" if e.transition else "") for e in self.engine.history(actor, form, id)]
        return found[::-1]


Build = Callable[..., Firm]


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Put these files into a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


class Packs:
    """Packs by what is in them: tests that write the same pack share its folder, so it is read and laid out once.

    A test may change its definitions; who asks for that pack next gets it as it was.
    """

    def __init__(self) -> None:
        self._layouts: dict[tuple[int, int, str], tuple[Any, Any, Layout]] = {}

    @contextlib.contextmanager
    def kept_in(self, home: Path) -> Iterator[None]:
        """They lie there, and are laid out once, until the end."""
        self.home = home
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(edition, "layout", self._layout)
            yield

    def folder(self, files: Mapping[str, str | bytes]) -> Path:
        """The folder with just these files."""
        wanted = {name: text if isinstance(text, bytes) else text.encode() for name, text in files.items()}
        folder = self.home / blake2b(repr(sorted(wanted.items())).encode(), digest_size=8).hexdigest() / "definitions"
        there = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        if there != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            write(folder, wanted)
        return folder

    def _layout(self, forms: Mapping[str, Form], boards: Mapping[str, Dashboard], dialect: str) -> Layout:
        """The layout of a catalog, made once while the catalog is among the last few."""
        key = id(forms), id(boards), dialect
        if key not in self._layouts:
            for old in list(self._layouts)[:-KEPT]:
                del self._layouts[old]
            self._layouts[key] = forms, boards, layout(forms, boards, dialect)
        return self._layouts[key][2]


PACKS = Packs()
"""Those of this run."""


def refused(call: Callable[[], Any]) -> list[tuple[str, str | None]]:
    """The code and the field of every problem that a call is refused for."""
    with pytest.raises(Refused) as raised:
        call()
    return [(p.code, p.place.field) for p in raised.value.problems]


def why(call: Callable[[], Any]) -> tuple[int, str]:
    """The HTTP status and the first sentence (English) a call is refused with."""
    with pytest.raises(Refused) as raised:
        call()
    return raised.value.problems[0].status, raised.value.problems[0].message("en")
