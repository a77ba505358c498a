"""What a form that is being filled is made of: its draft, what was typed and refused, and from these the box of one value.

Why: whether something is typed, computed, hidden or refused is decided here from the draft; how a control looks is its
field type's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from markupsafe import Markup

from engine.definitions.model import Form, FormField
from engine.expressions.pointing import plainly
from engine.fields.base import Control
from engine.markup import tag
from engine.problems import Problem
from engine.runtime.paths import shut_in
from engine.runtime.record import Record
from engine.runtime.values import Draft
from engine.web.fresh import silent
from engine.web.named import beside
from engine.web.raw import at
from engine.web.spelled import spelled
from engine.web.visit import Visit


@dataclass(frozen=True)
class Cell:
    """One value: `control` is its input, or None and `shown` is what it is now. `error` is empty when nothing is wrong.

    `live`: it changes by itself while the form is filled (the browser writes it anew). `spelled`: the value in words, where
    that is the custom ("" for an empty one); None where it isn't.
    """

    name: str
    path: str
    id: str
    title: str
    help: str
    control: Markup | None
    shown: Markup | str
    live: bool
    visible: bool
    required: bool
    numeric: bool
    width: int
    formula: str
    error: str
    spelled: str | None = None


@dataclass
class Filling:
    """What boxes are made of: the draft, what was typed (`raw`), and what was refused by path."""

    visit: Visit
    form: Form
    draft: Draft
    raw: Mapping[str, Any]
    errors: Mapping[str, Sequence[Problem]]
    notes: Mapping[int, str] = field(default_factory=dict)
    """The sections' notes by number."""
    starts: Mapping[str, int] = field(default_factory=dict)
    """The first line that is drawn of a long list, by its name; 0 if it isn't named."""
    only: tuple[str, ...] | None = None
    """Names of fields and `list.column`s that may be filled; None: all that the draft leaves open."""

    @cached_property
    def silent(self) -> frozenset[str]:
        """What says nothing yet, because the record was never saved."""
        return silent(self.form) if self.draft.record.id is None else frozenset()

    def error(self, path: str) -> str:
        """What is wrong there, a line for each thing; empty when nothing is."""
        language = self.visit.language
        return "\n".join(p.said(language) for p in self.errors.get(path, ()))


def by_path(problems: Sequence[Problem]) -> dict[str, list[Problem]]:
    """Problems by the path of their field; those of the whole form under ""."""
    found: dict[str, list[Problem]] = {}
    for one in problems:
        found.setdefault(one.place.field or "", []).append(one)
    return found


def field_id(path: str) -> str:
    """items.1.quantity -> field-items-1-quantity."""
    return "field-" + path.replace(".", "-")


def cell(filling: Filling, found: FormField, record: Record, path: str, offer: str) -> Cell:
    """The box of a single field that isn't of the form itself (what a transition asks for). `offer`: as what the records
    that it may point at are asked for (`ask:BUTTON.NAME`)."""
    return make(filling, found, record, path, path, offer=offer)


def open_to_fill(filling: Filling, found: FormField, column: str, path: str) -> bool:
    """Whether the person may ever type here (a readonly formula may still close it for now)."""
    if found.formula is not None or found.readonly is True or found.numbering is not None:
        return False
    names = column.split(".")
    return not shut_in(names, filling.draft.rights.readonly) and (filling.only is None or shut_in(names, filling.only))


def make(
    filling: Filling, found: FormField, holder: Record | None, path: str, column: str, *,
    bare: bool = False, offer: str | None = None,
) -> Cell:  # fmt: skip
    """`holder` None: the row that the browser copies; its plain defaults stand in it."""
    visit, draft = filling.visit, filling.draft
    value = holder.values.get(found.name) if holder is not None else getattr(found.default, "value", None)
    error = filling.error(path)
    required = draft.required.get(path, found.required is True)
    opened = open_to_fill(filling, found, column, path)
    control = None
    if opened:
        raw = at(filling.raw, path) if value is None else None
        least, most = draft.limits.get(path, (None, None))
        offered = draft.options.get(path)
        control = found.field.input(
            Control(
                name=path, id=field_id(path), value=value, reader=visit.reader, title=found.title,
                raw=raw if raw not in ("", []) else None, required=required,
                readonly=draft.readonly.get(path, False), invalid=bool(error),
                described_by=_described(path, found, error, bare), placeholder=visit.text(found.placeholder),
                options=found.options,
                withheld=frozenset(found.option_when) - frozenset(offered or ()),
                source=f"/f/{filling.form.name}/options/{offer or column}" if found.field.targets() else None,
                bare=bare, minimum=least, maximum=most,
            )
        )  # fmt: skip
        if found.field.targets() and not draft.readonly.get(path, False):
            control += beside(visit, path, visit.text(found.title), str(plainly(raw or "")), bare=bare)
        if found.field.target() and not bare and not found.field.several:
            control += tag("small", {"class": "fl-picked"}, _facts(visit, found, value))
    return Cell(
        name=found.name, path=path, id=field_id(path), title=visit.text(found.title), help=visit.text(found.help),
        control=control, shown=found.field.display(value, visit.reader),
        live=found.formula is not None or (found.readonly is True and found.default is not None),
        visible=draft.visible.get(path, found.visible is True or holder is None), required=required and opened,
        numeric=found.field.numeric, width=found.field.width or (4 if found.field.full_width else 2),
        formula=found.formula.text if found.formula is not None else "", error=error,
        spelled=None if bare else spelled(visit, filling.form, found, value),
    )  # fmt: skip


def _facts(visit: Visit, found: FormField, value: Any) -> str:
    """Up to two facts of the record that is chosen; "" for none."""
    said = [
        fact for shape, id in found.field.pointed(value)
        for pick in visit.engine.picks(visit.actor, shape, [id]).values() for fact in pick.facts
    ]  # fmt: skip
    return " · ".join(said)


def _described(path: str, found: FormField, error: str, bare: bool) -> str | None:
    if error:
        return f"row-error-{path.rpartition('.')[0].replace('.', '-')}" if bare else f"{field_id(path)}-error"
    return f"{field_id(path)}-help" if found.help and not bare else None
