"""People of a pack who do whatever they may, at random: they begin records, fill, press and wait, for days and months.

Why: what nobody thought of is found by doing anything that is legal. `python -m tests.runtime.living` is one such life in a
process of its own, so that it can be killed at any moment; it says on standard output what it has done and when it is.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine.definitions.model import Form, FormField, Transition, is_moment
from engine.expressions.tree import Literal, Typed
from engine.jobs import table as jobs
from engine.problems import Refused
from engine.problems.record import NOT_VISIBLE, READONLY_FIELD, REQUIRED
from engine.runtime import times
from engine.runtime.checks import check_rule
from engine.runtime.compute import field_value
from engine.runtime.turns import open_tasks
from engine.runtime.values import Actor
from engine.runtime.work import Work
from engine.storage import tables
from tests.firm import ADMIN, Clock, Firm

LEAPS = (timedelta(minutes=20), timedelta(hours=3), timedelta(hours=20), timedelta(days=3), timedelta(days=33))
"""How far the clock jumps."""

LOOK = 100
"""After how many steps a long life is looked at."""

UNSTORED = frozenset({"file", "image", "signature"})
"""Types that hold an uploaded file."""


class Life:
    """The people of an engine whose demo is loaded, and what they do."""

    def __init__(self, firm: Firm, chance: random.Random) -> None:
        self.firm, self.engine, self.chance = firm, firm.engine, chance
        with self.engine.store.read() as conn:
            ids = conn.execute(select(tables.person.c.id).where(tables.person.c.active)).scalars().all()
        self.people = [firm.who(id) for id in sorted(ids)]
        self.forms = [f for f in self.engine.catalog.forms.values() if f.computed is None]
        self.flows = [f for f in self.forms if f.workflow is not None]
        self.done: dict[str, int] = {}

    def step(self) -> str:
        """One thing happens; gives what it was."""
        what = self.chance.choices(
            (self.begin, self.press, self.change, self.leap, self.say), weights=(4, 14, 2, 2, 1)
        )[0]
        told = what()
        self.done[told] = self.done.get(told, 0) + 1
        return told

    # -- what people do ------------------------------------------------------------------------------------------------

    def begin(self) -> str:
        """Somebody begins a record of a form in which they may."""
        form = self.chance.choice(self.forms)
        may = [p for p in self.people if any("create" in s.can and s.roles & p.roles for s in form.access)]
        if not may:
            return "nobody may"
        actor = self.chance.choice(may)
        raw = self.fill(actor, form, form.fields.values())
        return self.tried(actor, form, raw, lambda given: self.engine.submit(actor, form.name, given, confirmed=ALL))

    def press(self) -> str:
        """Somebody presses a button of a running record."""
        form = self.chance.choice(self.flows)
        running = self.engine.read(ADMIN, lambda work: running_of(work, form))
        if not running:
            return "none is running"
        id = self.chance.choice(running[-12:])
        for actor in self.chance.sample(self.people, len(self.people)):
            button = self.offered(actor, form, id)
            if button is None:
                continue
            asked = [
                form.fields[n] for n in dict.fromkeys(m.partition(".")[0] for m in (*button.edit, *button.require))
            ]
            raw = self.fill(actor, form, [f for f in asked if not f.columns], most=True)
            ask = self.fill(actor, form, button.ask.values(), prefix=f"ask:{button.name}.", most=True)

            def go(given: Mapping[str, Any], actor: Actor = actor, button: Transition = button,
                   ask: Mapping[str, Any] = ask) -> Any:  # fmt: skip
                return self.engine.act(
                    actor, form.name, id, button.name, raw=given, ask=ask, opinion="行", confirmed=ALL
                )

            return self.tried(actor, form, raw, go)
        return "nothing to press"

    def offered(self, actor: Actor, form: Form, id: int) -> Transition | None:
        """A button that this person is offered."""
        try:
            found = [b.transition for b in self.engine.open(actor, form.name, id).buttons if b.closed is None]
        except Refused:
            return None
        ending = [t for t in found if t.verb or self._ends(form, t)]
        mild = [t for t in found if t not in ending]
        if not mild and self.chance.random() < 0.7:
            return None
        among = mild if mild and self.chance.random() < 0.85 else found
        return self.chance.choice(among) if among else None

    def _ends(self, form: Form, button: Transition) -> bool:
        states = form.workflow.states if form.workflow is not None else {}
        return button.target in states and states[str(button.target)].final == "failure"

    def change(self) -> str:
        """Somebody changes a record that they may change."""
        form, actor = self.chance.choice(self.forms), self.chance.choice(self.people)
        ids = self.engine.read(ADMIN, lambda work: recent_of(work, form, 20))
        if not ids:
            return "no record"
        id = self.chance.choice(ids)
        fields = self.chance.sample(list(form.fields.values()), min(3, len(form.fields)))
        raw = self.fill(actor, form, [f for f in fields if not f.columns], most=True)
        return self.tried(actor, form, raw, lambda g: self.engine.change(actor, form.name, id, g, confirmed=ALL))

    def say(self) -> str:
        """Somebody is away for some days, or is back."""
        form, actor = self.chance.choice(self.forms), self.chance.choice(self.people)
        ids = self.engine.read(ADMIN, lambda work: recent_of(work, form, 5))
        try:
            if ids and form.comments:
                self.engine.comment(actor, form.name, self.chance.choice(ids), "看过了")
        except Refused:
            return "not for them"
        return "said"

    def leap(self) -> str:
        """Time goes by, and what was due is done."""
        self.firm.clock.now += self.chance.choice(LEAPS)
        self.engine.jobs.run_due()
        return "time went by"

    def tried(self, actor: Actor, form: Form, raw: dict[str, Any], go: Any) -> str:
        """Do it, filling in what is asked for; a refusal is an answer, anything else that is raised is a mistake of ours."""
        for _ in range(4):
            try:
                go(raw)
                return "done"
            except Refused as refused:
                names = {str(p.place.field).partition(".")[0] for p in refused.problems if p.code == REQUIRED}
                unseen = {p.place.field for p in refused.problems if p.code in (NOT_VISIBLE, READONLY_FIELD)}
                fresh = [form.fields[n] for n in names & set(form.fields) - set(raw)]
                if not fresh and not unseen & set(raw):
                    return f"refused: {refused.problems[0].code}"
                raw = {n: v for n, v in raw.items() if n not in unseen} | self.fill(actor, form, fresh, most=True)
        return "given up"

    # -- what they fill in ---------------------------------------------------------------------------------------------

    def fill(
        self, actor: Actor, form: Form, fields: Iterable[FormField], *, prefix: str = "", most: bool = False
    ) -> dict[str, Any]:  # fmt: skip
        """Values as a program would send them; what isn't required is often left blank."""
        raw: dict[str, Any] = {}
        for field in fields:
            if field.formula is not None or field.related is not None or field.numbering is not None:
                continue
            if field.readonly is True or (field.required is not True and not most and self.chance.random() < 0.5):
                continue
            if field.columns and field.default is not None and self.chance.random() < 0.6:
                continue
            if field.columns:
                rows = [self.row(actor, form, field, raw) for _ in range(self.chance.randint(1, 2))]
                raw[field.name] = [row for row in rows if row]
            else:
                value = self.value(actor, form, field, prefix + field.name, raw)
                if value is not None:
                    raw[field.name] = value
        return raw

    def row(self, actor: Actor, form: Form, lines: FormField, raw: Mapping[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for column in lines.columns.values():
            if column.formula is None and column.related is None and column.readonly is not True:
                beside = {**raw, lines.name: [row]}
                value = self.value(actor, form, column, f"{lines.name}.{column.name}", beside, (0,))
                if value is not None:
                    row[column.name] = value
        return row

    def value(
        self, actor: Actor, form: Form, field: FormField, path: str, raw: Mapping[str, Any], rows: tuple[int, ...] = ()
    ) -> Any:  # fmt: skip
        """Something that this field takes; None: nothing."""
        pick = self.chance.choice
        if field.field.target() is not None:
            try:
                picks = self.engine.options(actor, form.name, path, "", raw, rows)
            except Refused:
                return None
            ids = [p.id for p in picks]
            return None if not ids else [pick(ids)] if field.field.several else pick(ids)
        if field.options:
            return [pick(list(field.options))] if field.field.several else pick(list(field.options))
        if field.field.name in UNSTORED:
            return None
        kind = field.type.kind
        if kind == "boolean":
            return pick((True, False))
        if kind == "number":
            least = field.minimum.tree if isinstance(field.minimum, Typed) else None
            start = int(least.value) if isinstance(least, Literal) and least.value is not None else 0
            most = field.maximum.tree if isinstance(field.maximum, Typed) else None
            if isinstance(most, Literal) and most.value is not None:
                return str(self.chance.randint(start, int(most.value)))
            return str(start + pick((0, 1, 1, 2, 3, 4, 40 if rows else 5000)))
        if kind == "date":
            return (self.firm.clock.now + timedelta(days=self.chance.randint(-5, 40))).date().isoformat()
        if kind == "instant":
            return (self.firm.clock.now + timedelta(hours=self.chance.randint(-50, 200))).isoformat()
        return self.text(field)

    def text(self, field: FormField) -> Any:
        """One of the texts that the type's own examples say it accepts."""
        if field.field.name == "phone":
            return f"139{self.chance.randint(10_000_000, 99_999_999)}"
        known = [raw for e in field.field.examples if not e.declared for raw, value in e.accepts if value is not None]
        words = [raw for raw in known if isinstance(raw, str) and raw.strip()]
        return (
            f"名称 {self.chance.randint(1, 10**6)}"
            if field.field.name == "text"
            else self.chance.choice(words or [None])
        )


class _All(frozenset[str]):
    """Every warning is taken note of."""

    def __contains__(self, key: object) -> bool:
        return True


ALL = _All()


def running_of(work: Work, form: Form) -> list[int]:
    """The records that aren't finished, the oldest first."""
    assert form.workflow is not None
    running = [name for name, state in form.workflow.states.items() if state.final is None]
    table = work.layout.table(form.name)
    return list(work.conn.execute(select(table.c.id).where(table.c.state.in_(running)).order_by(table.c.id)).scalars())


def recent_of(work: Work, form: Form, most: int) -> list[int]:
    """The newest records."""
    table = work.layout.table(form.name)
    return list(work.conn.execute(select(table.c.id).order_by(table.c.id.desc()).limit(most)).scalars())


# -- what must always be true ------------------------------------------------------------------------------------------


def stuck(work: Work, form: Form) -> list[str]:
    """Records in no proper state, and tasks that nobody holds."""
    found = []
    flow, table = form.workflow, work.layout.table(form.name)
    assert flow is not None
    active = set(work.conn.execute(select(tables.person.c.id).where(tables.person.c.active)).scalars())
    for id, name in work.conn.execute(select(table.c.id, table.c.state)).all():
        state, opened = flow.states[name], open_tasks(work, form, id)
        if state.choose or any(task.state != name for task in opened) or (state.final and opened):
            found.append(f"{form.name} {id}: {name} {opened}")
        if state.tasks and not opened:
            found.append(f"{form.name} {id}: {name} without a task")
        found += [f"{form.name} {id}: nobody's turn in {t}" for t in opened if not {x.person for x in t.open} & active]
        found += [f"{form.name} {id}: {x.person} twice" for t in opened for x in t.open
                  if [y.person for y in t.open].count(x.person) > 1]  # fmt: skip
    return found


def untimely(work: Work, form: Form) -> list[str]:
    """Records whose state allows a time that doesn't run, times that run for nothing, bells that don't belong to any."""
    flow, table, clock, job = form.workflow, work.layout.table(form.name), tables.clock, tables.job
    assert flow is not None
    found = []
    states = dict(work.conn.execute(select(table.c.id, table.c.state)).all())
    running = work.conn.execute(select(clock).where(clock.c.form == form.name)).all()
    bells = work.conn.execute(
        select(job.c.key, job.c.due_at).where(job.c.kind == times.TIMER, job.c.state == jobs.READY)
    ).all()
    ringing = {key: due for key, due in bells if key.startswith(f"{times.TIMER}:{form.name}/")}
    for one in running:
        key = times.key(form.name, one.record, one.name)
        if one.record not in states:
            found.append(f"{key}: its record is gone")
        elif one.name == times.OWN and flow.states[states[one.record]].due is None:
            found.append(f"{key}: {states[one.record]} allows no time")
        bell, due = ringing.pop(key, None), one.due_at
        rings = bell is not None and due is not None and (bell == due or due < bell <= work.now)
        if (one.state == times.RUNNING) != rings:
            found.append(f"{key}: {one.state}, until {due}, yet rings at {bell}")
    timed = {one.record for one in running if one.name == times.OWN}
    for id, state in states.items():
        due = flow.states[state].due
        if due is not None and due.moment is None and id not in timed:
            found.append(f"{form.name} {id}: no time in {state}")
        if flow.states[state].timed:
            next, bell = awaited(work, form, id), ringing.pop(times.key(form.name, id, times.AWAITED), None)
            if bell != next and (next is None or next > work.now):
                found.append(f"{form.name} {id}: waits in {state} until {next}, yet rings at {bell}")
    return found + [f"{key}: rings for nothing" for key in ringing]


def awaited(work: Work, form: Form, id: int) -> datetime | None:
    """The next moment that a record's state waits for."""
    record, flow = work.row(form.name, id), form.workflow
    assert record is not None and flow is not None
    waits = [until for until, _ in flow.states[record.values["state"]].wait if is_moment(until)]
    values = [value for until in waits if (value := work.value(until, record)) is not None]
    return min((v if isinstance(v, datetime) else datetime.combine(v, time(), work.zone) for v in values), default=None)


def untrue(work: Work, form: Form, ids: Iterable[int]) -> list[str]:
    """Records whose kept formulas aren't what their formulas give, or that break a rule of every change."""
    found = []
    for record in work.rows(form.name, ids):
        for field in form.fields.values():
            if field.formula is not None and field.stored and not field.columns:
                value = field_value(work, field, field.formula, record)
                if value != record.values.get(field.name):
                    found.append(
                        f"{form.name} {record.id}: {field.name} is {record.values.get(field.name)}, not {value}"
                    )
        for rule in form.rules:
            live = rule.check is not None and (rule.check.live or rule.check.whole)
            if not rule.at and rule.level == "error" and not live and check_rule(work, form, record, rule, record):
                found.append(f"{form.name} {record.id} breaks {rule.name}")
    return found


def given_up(work: Work) -> list[str]:
    """Jobs that were given up, and runs of automations that failed."""
    lost = [f"job {row.kind} {row.about}: {row.error}" for row in jobs.given_up(work.conn)]
    run = tables.run
    failed = work.conn.execute(select(run.c.automation, run.c.error).where(run.c.state.in_(("failed", "dead")))).all()
    return [*lost, *(f"run {name}: {error}" for name, error in failed)]


def hopeless(life: Life, form: Form, ids: Iterable[int]) -> list[str]:
    """Running records for which nobody at all has a button, pressed or closed by a rule that others can fulfil."""
    found = []
    for id in ids:
        if not any(_may(life, actor, form, id) for actor in life.people):
            state = life.firm.get(form.name, id)["state"]
            assert form.workflow is not None
            if not form.workflow.states[state].wait:
                found.append(f"{form.name} {id}: nobody can go on from {state}")
    return found


def _may(life: Life, actor: Actor, form: Form, id: int) -> bool:
    try:
        buttons = life.engine.open(actor, form.name, id).buttons
    except Refused:
        return False
    return any(b.closed is None or b.closed.code == "rule_broken" for b in buttons if b.transition.target is not None)


def wrong(life: Life, most: int = 12) -> list[str]:
    """All that is not as it must be; of each form's records the newest are looked at closely."""
    found: list[str] = life.engine.read(ADMIN, given_up)
    for form in life.forms:
        newest = life.engine.read(ADMIN, lambda work: recent_of(work, form, most))  # noqa: B023
        found += life.engine.read(ADMIN, lambda work: untrue(work, form, newest))  # noqa: B023
        if form.workflow is not None:
            for look in (stuck, untimely):
                found += life.engine.read(ADMIN, lambda work: look(work, form))  # noqa: B023
            running = life.engine.read(ADMIN, lambda work: running_of(work, form))  # noqa: B023
            found += hopeless(life, form, life.chance.sample(running, min(2, len(running))))
    return found


def live(folder: str, data: str, database: str, seed: str, steps: str, now: str) -> None:
    """A life of so many steps from this moment on, or until it is killed."""
    clock = Clock(datetime.fromisoformat(now).astimezone(UTC))
    firm = Firm(Path(folder), Path(data), clock, database=database or None)
    engine = firm.engine
    engine.store.write(lambda conn: jobs.release(conn, clock()))  # as a server does when it starts
    life = Life(firm, random.Random(seed))
    engine.jobs.run_due()
    told: list[str] = []
    for number in range(int(steps)):
        print("step", clock().isoformat(), life.step(), flush=True)
        if number % LOOK == LOOK - 1 and (told := wrong(life)):
            break
    told = told or wrong(life)
    print("wrong" if told else "well", *told, life.done, sep="\n", flush=True)
    engine.close()


if __name__ == "__main__":
    live(*sys.argv[1:])

__all__ = ["ALL", "Life", "live", "recent_of", "running_of", "stuck", "wrong"]
