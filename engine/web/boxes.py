"""A form being filled, as boxes that a template arranges: sections, fields with their controls and errors, line tables.

Why: what a person sees of a form, and in which order, is decided here; where each box stands is the template's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.web.filling import Cell, Filling, make
from engine.web.line_tables import LineTable, lines


@dataclass(frozen=True)
class Section:
    """A card of the form, by its number in the layout. `title` and `note` may be empty; `boxes` in order; `wrong` of them are
    to be mended."""

    number: int
    title: str
    icon: str | None
    note: str
    visible: bool
    boxes: tuple[Cell | LineTable, ...]
    wrong: int


def sections(filling: Filling) -> list[Section]:
    """All sections that have a box, in the layout's order."""
    visit = filling.visit
    made = []
    for number, section in enumerate(filling.form.layout):
        boxes = tuple(b for name in section.fields if (b := box(filling, name)) is not None)
        if boxes:
            shown = any(_cell(b).visible for b in boxes)
            title, note = visit.text(section.title), filling.notes.get(number, "")
            wrong = sum(p.partition(".")[0] in section.fields for p in filling.errors)
            made.append(Section(number, title, section.icon, note, shown, boxes, wrong))
    return made


def box(filling: Filling, name: str) -> Cell | LineTable | None:
    """The box of a field; None when this person doesn't see it, or when it has no place in a form."""
    found = filling.form.fields.get(name)
    draft = filling.draft
    if found is None or name in draft.rights.hidden or found.related is not None or found.visible is False:
        return None
    if name in filling.silent:
        return None
    if found.columns:
        return lines(filling, found, draft.record, name, name)
    return make(filling, found, draft.record, name, name)


def open_names(made: Sequence[Section]) -> list[str]:
    """The fields that the page lets the person fill: one of these that isn't posted was emptied."""
    names = []
    for section in made:
        for one in section.boxes:
            if isinstance(one, LineTable):
                if any(c.control is not None for c in one.blank.cells):
                    names.append(one.cell.name)
            elif one.control is not None:
                names.append(one.name)
    return names


def _cell(one: Cell | LineTable) -> Cell:
    return one.cell if isinstance(one, LineTable) else one
