"""Who gets a task, and why each of them: roles and formulas become persons once, when the task is opened.

Why: people change departments and roles; a task that is open stays with those it was given to, and everybody can read why
it is theirs. Only an administrator gives it to others.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from engine.definitions.model import ADMIN, EVERYONE, People, Task
from engine.expressions.python import compile as compiled
from engine.expressions.tree import Call, Typed
from engine.problems import Refused
from engine.runtime.access import ROLE_TITLES
from engine.runtime.effects import persons
from engine.runtime.organisation import holders_of
from engine.runtime.record import Record
from engine.runtime.turns import Turn, Why
from engine.runtime.work import Work
from engine.storage import tables
from engine.texts import LANGUAGES, Text, same, text

log = logging.getLogger("formloom")


@dataclass
class Given:
    """A person who gets a task: every reason, and their turn among those who go one after the other."""

    person: int
    why: list[Why]
    place: int


def assigned(work: Work, task: Task, record: Record) -> tuple[list[Given], frozenset[int]]:
    """Those who get the task, each once, and those who are excluded from it. Never nobody: where all are excluded or
    gone, those named by `nobody`, else administrators."""
    excluded = frozenset(id for id, _, _ in _people(work, task.exclude, record, 0))
    found: dict[int, Given] = {}
    place = 0
    for people in task.assign:
        step = place
        for id, why, step in _people(work, people, record, place):
            if id not in excluded:
                found.setdefault(id, Given(id, [], step)).why.append(why)
        place = step + 1
    given = _active(work, list(found.values()))
    return given or instead(work, task.nobody, record, excluded), excluded


def instead(work: Work, nobody: People, record: Record, excluded: frozenset[int]) -> list[Given]:
    """Those who get a task that nobody else can have: whom `nobody` names, else administrators."""
    admins = People(frozenset({ADMIN}))
    given = _instead(work, nobody, record, excluded) or _instead(work, admins, record, excluded)
    # the only administrators are excluded: they can still give it to somebody else
    return given or _instead(work, admins, record, frozenset())


def _instead(work: Work, people: People, record: Record, excluded: frozenset[int]) -> list[Given]:
    found = [Given(id, [{"by": "nobody"}], 0) for id, _, _ in _people(work, people, record, 0) if id not in excluded]
    return _active(work, list({one.person: one for one in found}.values()))


def _people(work: Work, people: People, record: Record, place: int) -> list[tuple[int, Why, int]]:
    """Persons with the reason and their turn: all of a role at once, those whom a list names one after the other."""
    found: list[tuple[int, Why, int]] = []
    for role in sorted(people.roles):
        found += [(id, {"by": "role", "role": role}, place) for id in holders_of(work.conn, role)]
    for formula in people.formulas:
        try:
            ids = persons(work, work.value(formula, record))
        except (ArithmeticError, Refused):
            log.warning("%s #%s: whom %r gives can't be computed", record.shape, record.id, formula.text)
            continue
        why = _formula(work, formula, record)
        several = formula.type.kind == "list"
        found += [(id, why, place + (number if several else 0)) for number, id in enumerate(ids)]
    return found


def _formula(work: Work, formula: Typed, record: Record) -> Why:
    """The reason that a formula is: its text, and whose head it asks for."""
    node = formula.tree
    if isinstance(node, Call) and node.function == "HEAD":
        try:
            whose = compiled(node.args[0])(work.env(record))
        except (ArithmeticError, Refused):
            whose = None
        if isinstance(whose, Record) and whose.id is not None:
            return {"by": "head", "of": whose.id}
    return {"by": "formula", "text": formula.text}


def _active(work: Work, given: Sequence[Given]) -> list[Given]:
    """Without those who have left."""
    there = active(work, [one.person for one in given])
    return [one for one in given if one.person in there]


def active(work: Work, ids: Iterable[int]) -> frozenset[int]:
    """Those of these people who may sign in."""
    table = tables.person
    query = select(table.c.id).where(table.c.id.in_(list(ids)), table.c.active)
    return frozenset(work.conn.execute(query).scalars())


# -- in words ----------------------------------------------------------------------------------------------------------

KINDS = {
    "before": text("（在前）", " (before)"),
    "after": text("（在后）", " (after)"),
    "beside": text("（一起）", " (beside)"),
}
"""When an added signer has their turn, after why they have it."""


def reasons(work: Work, turn: Turn) -> Text:
    """Why a person has their part in a task, in words."""
    parts = [_reason(work, why) for why in turn.why]
    if turn.kind in KINDS and parts:
        when = KINDS[turn.kind]
        parts[0] = text(parts[0].to("zh") + when.to("zh"), parts[0].to("en") + when.to("en"))
    return Text({
        "zh": "、".join(dict.fromkeys(p.to("zh") for p in parts)),
        "en": ", ".join(dict.fromkeys(p.to("en") for p in parts)),
    })  # fmt: skip


def _reason(work: Work, why: Why) -> Text:
    """One reason. A formula stands as it is written; pages know how to word it."""

    def name(key: str) -> str:
        return work.title_of("person", why[key])

    match why["by"]:
        case "role":
            known = {ADMIN: ROLE_TITLES[ADMIN], EVERYONE: ROLE_TITLES[EVERYONE], **work.catalog.roles}
            return known.get(why["role"], same(why["role"]))
        case "head":
            return text(f"{name('of')}的上级", f"Head of {name('of')}")
        case "nobody":
            return text("没有别人可以办理", "Nobody else could have it")
        case "transfer":
            return text(f"{name('from')}转交", f"Handed over by {name('from')}")
        case "added":
            return text(f"{name('from')}加签", f"Added by {name('from')}")
        case "reassigned":
            return text(f"{name('from')}改派", f"Reassigned by {name('from')}")
        case "escalated":
            late = Text(why["late"])
            return Text({
                "zh": f"“{late.to('zh')}”已超时，由{name('from')}转来",
                "en": f"“{late.to('en')}” was overdue with {name('from')}",
            })  # fmt: skip
        case "rule":
            return text(f"按规则由{name('from')}转来", f"Handed over from {name('from')} by a rule")
        case "returned":
            return text("退回后直接回来", "It came straight back")
        case "skipped":
            return text("之前已同意，内容没有变", "Agreed before, and nothing changed")
        case _:
            return Text(dict.fromkeys(LANGUAGES, str(why.get("text", ""))))
