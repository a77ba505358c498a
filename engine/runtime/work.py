"""One unit of work: everything that one verb reads and changes, on one connection, for one actor, at one moment.

Why: a verb touches many records (references, lines, what actions create). Each is read once, known by one object, and
what was there before is remembered, so that history and dependent formulas see the same before and after. It leaves the
deciding to the verbs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from engine.definitions.model import Catalog, Form, Wording, walk
from engine.definitions.shapes import CLOCKS
from engine.expressions import sql
from engine.expressions.pointing import form_of
from engine.expressions.python import evaluate
from engine.expressions.template import Template
from engine.expressions.tree import Aggregate, Query, Typed
from engine.expressions.types import Env
from engine.fields.base import Place
from engine.jobs.table import defer
from engine.problems import Problem, Refused, problem
from engine.problems.record import LOOP, NO_FORM
from engine.runtime.before import Happened, Image, Kept
from engine.runtime.causes import Cause
from engine.runtime.clocks import clock, clocks_of
from engine.runtime.kept_formulas import fitting
from engine.runtime.live import Written
from engine.runtime.organisation import answered, in_words
from engine.runtime.record import Record, beside, lines_in, remembered
from engine.runtime.settings import settings_row
from engine.runtime.values import Actor, Rights
from engine.runtime.worded import worded
from engine.storage import records, tables
from engine.storage.layout import Layout
from engine.texts import LANGUAGES, Text

PEOPLE = {"owner": "person", "created_by": "person", "updated_by": "person"}
"""System members that point at persons."""

STEPS_LIMIT = 1000
"""How many effects one unit of work may have before it is taken for a loop."""

DEPTH_LIMIT = 50
"""How many actions may set each other off, one within the other, before it is taken for a loop."""


class Work:
    """See the module. `now` is aware and fixed; `today` is its day in the organisation's zone.

    `moved`: rows of computed forms that changed, whose rules are still to be checked; `broken` those that broke one.
    `absent`: (form, field) -> values that were looked for together and that no stored record has. `arrivals` counts how
    often a record came into a state; `tasks` are its open tasks as far as they were read (`turns`); `stirred` records whose
    waiting is to be asked again; `lent` keeps answers about tasks until one changes; `straight` records that come straight
    back to a task (its name) of one person; `images`: what records were when automations last looked; `cause`: whose actions
    are running (None: nobody's); `mails`: there is a mail server; `places` where values of a form's own fields stand (by
    the field's identity), and `offered` what the actor could do with a new record of a form: the same for each.
    """

    def __init__(
        self, conn: Connection, catalog: Catalog, layout: Layout, actor: Actor, now: datetime, zone: ZoneInfo
    ) -> None:
        self.conn, self.catalog, self.layout, self.actor = conn, catalog, layout, actor
        self.now, self.zone, self.today = now, zone, now.astimezone(zone).date()
        self.kept: dict[tuple[str, int], Kept] = {}
        self.happened: dict[tuple[str, int], Happened] = {}
        self.bumped: set[tuple[str, int]] = set()
        self.written: list[Written] = []
        self.told: set[int] = set()
        self.noticed: list[int] = []
        self.moved: dict[tuple[str, int], None] = {}
        self.broken: list[tuple[str, int]] = []
        self.absent: dict[tuple[str, str], set[Any]] = {}
        self.images: dict[tuple[str, int], Image] = {}
        self.arrivals: Counter[tuple[str, int]] = Counter()
        self.tasks: dict[tuple[str, int], list[Any]] = {}
        self.stirred: dict[tuple[str, int], None] = {}
        self.straight: dict[tuple[str, int], tuple[str, int]] = {}
        self.open: tuple[str, int] | None = None
        self.cause: Cause | None = None
        self.notes: list[Problem] = []
        self.steps, self.depth, self.deferred, self.mails = 0, 0, False, False
        self._known: dict[tuple[str, int], Record | None] = {}
        self.lent: dict[Any, Any] = {}
        self._settings: Record | None = None
        self.places: dict[int, Place] = {}
        self.offered: dict[str, Rights] = {}
        self._about: tuple[Record | None, Env] | None = None

    # -- forms and records ---------------------------------------------------------------------------------------------

    def form(self, name: str) -> Form:
        """The form of that name; Refused when there is none."""
        found = self.catalog.forms.get(name)
        if found is None:
            raise Refused(problem(NO_FORM, name=name))
        return found

    def row(self, shape: str, id: int) -> Record | None:
        """The stored record, line, person or department; None when it doesn't exist."""
        key = (shape, id)
        if key not in self._known:
            holder, _, lines = shape.rpartition(".")
            self._known[key] = self._line(holder, lines, id) if holder else self._record(shape, id)
        return self._known[key]

    def rows(self, shape: str, ids: Iterable[int]) -> list[Record]:
        """Those of the records that exist, in the order of `ids`, read in one go."""
        wanted = list(dict.fromkeys(ids))
        if "." not in shape:
            missing = [i for i in wanted if (shape, i) not in self._known]
            if missing:
                found = records.fetch(self.conn, self.layout, shape, missing)
                for id in missing:
                    self._known[shape, id] = self._made(shape, id, found[id]) if id in found else None
        return [r for i in wanted if (r := self.row(shape, i)) is not None]

    def target(self, shape: str, name: str) -> str | None:
        """The shape that a member points at; None if it is no reference."""
        key, known = (shape, name), self.catalog.pointing
        if key not in known:
            known[key] = self._target(shape, name)
        return known[key]

    def _target(self, shape: str, name: str) -> str | None:
        if name in PEOPLE or form_of(name):
            return PEOPLE.get(name) or form_of(name)
        found = self.catalog.field(shape, name)
        if found is not None:
            return found.field.target()
        if shape == "person" and name == "department":
            return "department"
        if shape == "department":
            return {"head": "person", "parent": "department"}.get(name)
        if shape == "settings" and name in self.catalog.settings:
            return self.catalog.settings[name].field.target()
        return None

    def pointed(self, shape: str, name: str, value: Any) -> tuple[tuple[str, int], ...]:
        """(shape, id) of all that the value of a member points at; empty for lines and for what is no reference."""
        if (target := self.target(shape, name)) is not None:
            return tuple(
                (target, id) for id in (value if isinstance(value, tuple) else (value,)) if isinstance(id, int)
            )
        found = self.catalog.field(shape, name)
        return found.field.pointed(value) if found is not None and found.field.targets() else ()

    def fetch(self, record: Record, name: str) -> Any:
        """A value that a record doesn't hold yet: its own lines, read when they are first asked for."""
        if record.shape.startswith(CLOCKS):
            return clock(self, record, name)
        found = self.catalog.field(record.shape, name)
        if found is None or not found.columns:
            return None
        if record.id is None:
            return []
        lacking = {record.id: record, **beside(record, name)}
        stored = records.fetch_lines(self.conn, self.layout, record.shape, name, lacking)
        for id, one in lacking.items():
            one.values[name] = self._lines(one, name, stored.get(id, []))
        return record.values[name]

    def read_lines(self, form: Form, found: Iterable[Record]) -> None:
        """Read the lines that formulas stand in for several records in one go."""
        for name, lines in form.line_forms().items():
            if "." not in name and any(f.formula is not None and f.stored for _, f in walk(lines.columns)):
                lacking = {r.id: r for r in found if r.id is not None and name not in r.values}
                stored = records.fetch_lines(self.conn, self.layout, form.name, name, lacking)
                for id, record in lacking.items():
                    record.values[name] = self._lines(record, name, stored.get(id, []))

    def _lines(self, record: Record, name: str, stored: list[dict[str, Any]]) -> list[Record]:
        """A record's lines from what is stored; if it is the one that is known by its id, they are known too."""
        assert record.id is not None
        shape = f"{record.shape}.{name}"
        lines = [self._made(shape, values["id"], values, record) for values in stored]
        if self._known.get((record.shape, record.id)) is not record:
            return lines
        self._known.update({(shape, line.id or 0): line for line in lines})
        main = record.main
        kept = self.kept.get((main.shape, main.id or 0))
        if kept is not None:
            known = kept.lines.setdefault(shape.partition(".")[2], {})
            for line in lines:
                if line.id is not None:
                    known.setdefault(line.id, remembered(line))
        return lines

    def before(self, record: Record) -> Record:
        """A copy of the record as it is now, with all its lines: what is still to be read later would not be old."""
        form = self.catalog.forms.get(record.shape)
        for name in form.line_forms() if form is not None else ():
            record.lines(name)
        return record.copy()

    def enter(self, record: Record) -> None:
        """A record that was just stored becomes the one known by its id."""
        assert record.id is not None
        self._known[record.shape, record.id] = record

    def lose(self, shape: str, id: int) -> None:
        """A record or line that was just deleted is known to be gone."""
        self._known[shape, id] = None

    def forget(self, record: Record) -> None:
        """A record isn't needed any more: work over a whole form must not hold all of it."""
        assert record.id is not None
        known = self._known.pop((record.shape, record.id), None)
        self.kept.pop((record.shape, record.id), None)
        for one in (record, known) if known is not None else (record,):
            for line in list(lines_in(one)):
                self._known.pop((line.shape, line.id or 0), None)
                line.parent = None  # so that both are gone at once

    def blank(self, shape: str, parent: Record | None = None) -> Record:
        """A new record that isn't stored, with no values."""
        return Record(shape, None, {}, self, parent=parent)

    def title_of(self, shape: str, id: int) -> str:
        """What a record, person or department is called; its number when it is gone."""
        found = self.row(shape, id) if shape in self.layout.tables else None
        if found is None:
            return f"#{id}"
        if shape in ("person", "department"):
            return in_words(found.values.get("name"), self.actor.language)
        if found.parent is not None:
            return f"{self.title_of(found.parent.shape, found.parent.id or 0)} · {self._line_title(found)}"
        return found.title or f"#{id}"

    # -- expressions ---------------------------------------------------------------------------------------------------

    def env(self, this: Record | None = None, **variables: Any) -> Env:
        """What a formula is evaluated in: `this`, `user`, `settings` and these variables."""
        alone = not variables or variables == {"old": None}
        if alone and self._about is not None and self._about[0] is this:
            return self._about[1]
        user = self.row("person", self.actor.id) if self.actor.id is not None else None
        clocks = clocks_of(self, this)
        env = Env(
            {
                "this": this, "row": this, "user": user, "old": None, "settings": self.settings(), "clocks": clocks,
                **variables,
            },
            self, self.today, self.now, self.zone,
        )  # fmt: skip
        if alone and clocks is None:  # what is left of a clock is read anew each time
            self._about = (this, env)
        return env

    def passing(self) -> tuple[Env, dict[str, Any]]:
        """An environment that new records of a form without clocks take turns in, with its variables: `this` and `row` are set
        for each record, and nothing that was asked for one may be kept for the next."""
        variables = dict(self.env().variables)
        return Env(variables, self, self.today, self.now, self.zone), variables

    def value(self, typed: Typed | bool, this: Record | None, **variables: Any) -> Any:
        """What a formula gives for this record."""
        if isinstance(typed, bool):
            return typed
        return evaluate(typed, self.env(this, **variables))

    def render(self, words: Wording | Template, language: str, this: Record | None, **variables: Any) -> str:
        """A text with formulas for this record: options and states by their titles, records by theirs."""
        return self.rendered(words, language, self.env(this, **variables))

    def rendered(self, words: Wording | Template, language: str, env: Env) -> str:
        """The same in an environment."""
        show = partial(worded, self, language=language)
        return words.render(env, language, show) if isinstance(words, Wording) else words.render(env, show)

    def select(self, query: Query, env: Env) -> list[Any]:
        """The rows of a query over a stored form, or what its value gives for each (the expression reader's part)."""
        return sql.select(self.conn, query, self.layout, env)

    def aggregate(self, call: Aggregate, env: Env) -> Any:
        """The value of a list function over a stored form (the expression reader's part)."""
        return sql.aggregate(self.conn, call, self.layout, env)

    def call(self, function: str, arguments: list[Any]) -> Any:
        """Functions over people, and formulas that are kept in records (the expression reader's part)."""
        if function == "EVAL":
            value, row, about, gives = arguments
            row = row if isinstance(row, Record) else self.row(about, row.id)
            return self.value(fitting(self.catalog.shapes, self.lent, value, about, gives), row)
        found = answered(self.conn, self.lent, function, arguments, self._acting, self.layout.table)
        if isinstance(found, list):
            return self.rows("person", found)
        return found if isinstance(found, bool) or found is None else self.row("person", found)

    def _acting(self, record: Record, state: str) -> int | None:
        """The actor, if they are just acting in that state of the record."""
        happened = self.happened.get((record.shape, record.id or 0))
        return self.actor.id if happened and happened.action == "act" and happened.from_state == state else None

    def settings(self) -> Record:
        """The packs' settings as a row: what administrators set, else the declared default."""
        if self._settings is None:
            found = self.conn.execute(select(tables.setting.c.name, tables.setting.c.value))
            stored = {row.name: row.value for row in found}
            self._settings = settings_row(self.catalog, stored, self, self.zone)
        return self._settings

    # -- keeping count -------------------------------------------------------------------------------------------------

    def step(self, what: str) -> None:
        """Count one effect; Refused when there are so many that it must be a loop."""
        self.steps += 1
        if self.steps > STEPS_LIMIT:
            raise Refused(problem(LOOP, limit=STEPS_LIMIT, what=what))

    @contextmanager
    def deeper(self, what: str) -> Iterator[None]:
        """Actions within actions; Refused when there are so many that it must be a loop."""
        if self.depth >= DEPTH_LIMIT:
            raise Refused(problem(LOOP, limit=DEPTH_LIMIT, what=what))
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def defer(
        self, kind: str, payload: Mapping[str, Any], *, at: datetime | None = None, key: str | None = None,
        about: str | None = None,
    ) -> None:  # fmt: skip
        """Have something done after the commit: `at` that moment, None: soon; see `jobs.table.defer`."""
        defer(self.conn, kind, payload, now=self.now, at=at, key=key, about=about)
        self.deferred = True

    def note(self, record: Record, action: str, **more: Any) -> Happened:
        """Remember what is happening to a stored record; the first word stands, its from-state stays."""
        assert record.id is not None
        key = (record.shape, record.id)
        if key not in self.happened:
            kept = self.kept.get(key)
            self.happened[key] = Happened(action, **more, before=dict(kept.values) if kept is not None else {})
        else:
            for name, value in more.items():
                if getattr(self.happened[key], name) is None:
                    setattr(self.happened[key], name, value)
        self.owe(record)
        return self.happened[key]

    def owe(self, record: Record, fields: Iterable[str] = ()) -> None:
        """What happens to this record is whose actions are running; they gave values to these fields."""
        if self.cause is not None:
            self.happened[record.shape, record.id or 0].causes.setdefault(self.cause, set()).update(fields)

    def tell(self, record: Record, told: Iterable[Problem]) -> None:
        """Remember the warnings about a stored record that were confirmed, and what is only worth a word to the person."""
        for one in told:
            if one.severity == "warn":
                words = Text({language: one.message(language) for language in LANGUAGES})
                self.happened[record.shape, record.id or 0].confirmed.append(words)
            elif one not in self.notes:
                self.notes.append(one)

    # -- inner ---------------------------------------------------------------------------------------------------------

    def _record(self, shape: str, id: int) -> Record | None:
        found = records.fetch(self.conn, self.layout, shape, [id])
        return self._made(shape, id, found[id]) if id in found else None

    def _line(self, holder: str, lines: str, id: int) -> Record | None:
        shape = f"{holder}.{lines}"
        found = records.fetch(self.conn, self.layout, shape, [id])
        if id not in found:
            return None
        parent = self.row(holder, found[id]["parent_id"])
        if parent is None:
            return None
        for line in parent.value(lines) or []:
            if line.id == id:
                return line  # type: ignore[no-any-return]
        return None

    def _made(self, shape: str, id: int, stored: dict[str, Any], parent: Record | None = None) -> Record:
        values = dict(stored)
        version, title = values.pop("version", 0) or 0, values.pop("_title", "") or ""
        definition = values.pop("_definition", "") or ""
        for name in ("id", "parent_id", "position"):
            values.pop(name, None)
        record = Record(shape, id, values, self, parent=parent, version=version, title=title)
        if parent is None and shape in self.catalog.forms:
            self.kept[shape, id] = Kept(dict(values), {}, title, definition)
        return record

    def _line_title(self, line: Record) -> str:
        for name, value in line.values.items():
            for pointed in self.pointed(line.shape, name, value):
                return self.title_of(*pointed)
        return next((v for v in line.values.values() if isinstance(v, str) and v), f"#{line.id}")
