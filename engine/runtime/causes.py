"""What in the definitions did something: an automation, a button, a state, a clock, a call's answer.

Why: history must say which rule changed a record, under which version of it, and which of the values are its work. While
a definition's actions run, the unit of work knows which; whatever happens to records then is put down to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.definitions.model import Catalog, Form
from engine.texts import Text, same

if TYPE_CHECKING:
    from engine.runtime.record import Record
    from engine.runtime.work import Work

AUTOMATION, BUTTON, STATE, CLOCK, CALL = "automation", "button", "state", "clock", "call"
KINDS = (AUTOMATION, BUTTON, STATE, CLOCK, CALL)
"""What can do something; a state's `enter`, `leave` and what its time does are its own."""


@dataclass(frozen=True)
class Cause:
    """`kind` of `KINDS`; its `name` in the definitions; `form` and `record` that it was done for ("" and None: for none);
    `definition`: the digest of the definition that says so."""

    kind: str
    name: str
    form: str
    record: int | None
    definition: str

    def written(self, fields: set[str]) -> dict[str, Any]:
        """As history keeps it, with the fields that it gave values to."""
        return {
            "kind": self.kind, "name": self.name, "form": self.form, "record": self.record,
            "definition": self.definition, "fields": sorted(fields),
        }  # fmt: skip


@dataclass(frozen=True)
class Caused:
    """A cause as history tells it, and the `fields` of the record that it gave values to."""

    cause: Cause
    fields: frozenset[str]


def read(kept: list[Mapping[str, Any]] | None) -> tuple[Caused, ...]:
    """The causes of a row of history, in the order in which they came to be."""
    return tuple(
        Caused(Cause(one["kind"], one["name"], one["form"], one["record"], one["definition"]), frozenset(one["fields"]))
        for one in kept or ()
    )


def of_form(kind: str, name: str, form: Form, record: Record) -> Cause:
    """A cause that stands in the definition of a record's own form or workflow."""
    return Cause(kind, name, form.name, record.id, form.digest)


def title_of(catalog: Catalog, cause: Cause) -> Text:
    """What people call it; its name, where it is gone from the definitions."""
    form = catalog.forms.get(cause.form.partition(".")[0])
    flow = form.workflow if form is not None else None
    if cause.kind == AUTOMATION and cause.name in catalog.automations:
        return catalog.automations[cause.name].title
    if cause.kind == BUTTON and form is not None and (button := form.button(cause.name)) is not None:
        return button.title
    if cause.kind == STATE and flow is not None and cause.name in flow.states:
        return flow.states[cause.name].title
    if cause.kind == CLOCK and flow is not None and cause.name in flow.clocks:
        return flow.clocks[cause.name].title
    return same(cause.name)


@contextmanager
def because(work: Work, cause: Cause) -> Iterator[None]:
    """What happens to records meanwhile is this cause's doing."""
    before, work.cause = work.cause, cause
    try:
        yield
    finally:
        work.cause = before
