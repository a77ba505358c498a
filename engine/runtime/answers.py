"""What a button asks besides the form's fields: the row `ask` that its formulas read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.definitions.model import FormField, Transition
from engine.expressions.pointing import form_of
from engine.problems import Problem, Refused, nearest, problem
from engine.problems.record import UNKNOWN_FIELD
from engine.runtime.checks import blank, check_value, lacking
from engine.runtime.compute import assigned
from engine.runtime.reading import place
from engine.runtime.record import Record
from engine.runtime.work import Work


def read_answers(
    work: Work, record: Record, transition: Transition, raw: Mapping[str, Any]
) -> tuple[Record, list[Problem]]:
    """What the transition asked besides the form's fields, as the row `ask`; problems stand at `ask.NAME`.

    What isn't given takes its default.
    """
    answers = asked(work, transition)
    found: list[Problem] = []
    for name, item in transition.ask.items():
        path = f"ask.{name}"
        try:
            if name in raw or item.default is None:
                value = item.field.parse(raw.get(name), place(work, item, path))
            else:
                value = assigned(work, item.default, item, record, ask=answers)
        except Refused as refused:
            found.extend(refused.problems)
            continue
        answers.values[name] = value
        if blank(value) and work.value(item.required, record, ask=answers):
            found.append(lacking(item, path))
        elif not blank(value):
            found += check_value(work, item, answers, (path,))
    for unknown in set(raw) - set(transition.ask):
        near = nearest(unknown, transition.ask)
        found.append(problem(UNKNOWN_FIELD, field=f"ask.{unknown[:80]}", name=unknown[:80], nearest=near))
    return answers, found


def asked(work: Work, transition: Transition) -> Record:
    """The row `ask` of a transition, with nothing answered yet."""
    return Record(f"ask:{transition.name}", None, {}, _Asked(work, transition.ask))


def suggestions(work: Work, record: Record, transition: Transition) -> dict[str, Any]:
    """The defaults of what a transition asks, for the page that asks."""
    answers = asked(work, transition)
    for name, item in transition.ask.items():
        if item.default is not None:
            answers.values[name] = assigned(work, item.default, item, record, ask=answers)
    return {name: answers.values.get(name) for name in transition.ask}


class _Asked:
    """Finds what the answers point at."""

    def __init__(self, work: Work, fields: Mapping[str, FormField]) -> None:
        self.work, self.fields = work, fields

    def row(self, shape: str, id: int) -> Record | None:
        return self.work.row(shape, id)

    def fetch(self, record: Record, name: str) -> Any:
        return None

    def target(self, shape: str, name: str) -> str | None:
        return form_of(name) or (self.fields[name].field.target() if name in self.fields else None)
