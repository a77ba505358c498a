"""A form's views: that what a view arranges its records by is there, and is something they can be arranged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.definitions.compile_fields import FieldCompiler, first_columns
from engine.definitions.compiler import Compiler, Slot, paths_of, slot_at
from engine.definitions.drafts import Draft
from engine.definitions.form import View as ViewDefinition
from engine.definitions.model import SYSTEM, FormField, View
from engine.definitions.parsing import At, near
from engine.definitions.shapes import listed_clocks
from engine.expressions.tree import Typed
from engine.problems import definition as codes
from engine.texts import LANGUAGES, Text, text

ALL = text("全部", "All")
"""The view of a form that declares none."""

KEYS_OF_VIEW: Mapping[str, Mapping[str, bool]] = {
    "table": {},
    "kanban": {"by": True, "end": False},
    "calendar": {"start": True, "end": False},
    "gantt": {"start": True, "end": True},
    "gallery": {},
    "map": {"by": True},
    "tree": {"by": True},
}
"""Types of views -> the keys that arrange their records -> whether they must be there."""

EMPTY = text("", "")

MOMENTS_OF_RECORDS = ("created_at", "updated_at", "state_since")
"""The moments that every record has."""

WRONG_BY = {"kanban": codes.NOT_COLUMNS, "map": codes.NOT_PLACES, "tree": codes.NOT_BRANCHES}
"""Types of views -> what is said of a `by` that can't arrange them."""


class Known:
    """Whether names of fields and roles, as a form's parts write them, are there; a problem where not."""

    def __init__(self, compiler: Compiler, draft: Draft) -> None:
        self.compiler, self.slots, self.name = compiler, draft.slots, draft.name

    def field(self, name: str, at: At, *, system: bool = True, column: bool = False) -> bool:
        """Whether it is a field of the form (a system field; a list's column)."""
        if name in self.slots or (system and name in SYSTEM):
            return True
        if column and slot_at(self.slots, name.split(".")) is not None:
            return True
        known = [*(paths_of(self.slots) if column else self.slots), *(SYSTEM if system else ())]
        self.compiler.missing(name, self.name, known, at)
        return False

    def roles(self, names: tuple[str, ...], at: At) -> frozenset[str]:
        """The roles named."""
        several = isinstance(at.value, list)
        for number, name in enumerate(names):
            self.compiler.known(codes.UNKNOWN_ROLE, name, self.compiler.roles, at / number if several else at)
        return frozenset(names)


def far_field(path: str, slots: Sequence[Slot], typed: Typed, at: At) -> FormField:
    """What a view, or a related list, shows of a record that its records point at, called by the titles along the way."""
    last = slots[-1]
    titles = [slot.title for slot in slots]
    title = Text({language: " · ".join(t.to(language) for t in titles) for language in LANGUAGES})
    return FormField(
        path, last.shape, last.field, last.type, title, EMPTY, EMPTY, formula=typed, stored=False, options=last.options, place=at.place()
    )  # fmt: skip


class ViewCompiler:
    """Compiles one form's views."""

    def __init__(self, compiler: Compiler, fields: FieldCompiler, draft: Draft, known: Known) -> None:
        self.compiler, self.fields, self.draft, self.known = compiler, fields, draft, known
        self.slots, self.at, self.book, self.name = draft.slots, draft.at, draft.pack.book, draft.name
        self.far: dict[str, FormField] = {}

    def views(self, declared: Mapping[str, ViewDefinition]) -> dict[str, View]:
        """The views by name; one table of everything where none is declared."""
        self.compiler.named(declared, self.at / "views")
        found = {name: self._view(name, view) for name, view in declared.items()}
        for path, at, form in self.compiler.shown.get(self.name, ()):
            with self.compiler.owned(form):
                self._through(path, at)
        if not found:
            columns = (*first_columns(self.slots), *(("state",) if self.draft.workflow is not None else ()))
            return {"all": View("all", ALL, columns, None, (), frozenset())}
        return found

    def _view(self, name: str, view: ViewDefinition) -> View:
        compiler, at = self.compiler, self.at / "views" / name
        if view.type not in KEYS_OF_VIEW:
            facts: dict[str, Any] = {"found": view.type, "nearest": near(view.type, tuple(KEYS_OF_VIEW))}
            compiler.refuse(codes.UNKNOWN_TYPE, (at / "type").place(), **facts)
        if not view.columns:
            compiler.refuse(codes.NO_VIEW_COLUMNS, at.place(key=True), severity="info", name=name)
        for number, column in enumerate(view.columns):
            here = at / "columns" / number if isinstance((at / "columns").value, list) else at / "columns"
            if not self._through(column, here):
                self.known.field(column, here)
        if view.type == "gallery" and not any(n in self.slots and self.slots[n].field.pictured for n in view.columns):
            compiler.refuse(
                codes.NO_PICTURE, (at / "columns").place() if view.columns else at.place(key=True), name=name
            )
        clocks = listed_clocks(compiler.shapes.all, self.name)
        return View(
            name,
            self.book.title(view.title, name, at / "title" if view.title else at),
            view.columns or first_columns(self.slots),
            compiler.condition(view.where, compiler.scope(None, self.name, clocks), at / "where"),
            self._sort(view.sort, at / "sort"),
            self.known.roles(view.role, at / "role"),
            view.type,
            *(self._arranged(view, name, key, at) for key in ("by", "start", "end")),
        )

    def _sort(self, written: str | tuple[str, ...], at: At) -> tuple[tuple[str, bool], ...]:
        """The order, also by what the records are read to point at."""
        found: list[tuple[str, bool]] = []
        for number, one in enumerate((written,) if isinstance(written, str) else written):
            here = at if isinstance(at.value, str) else at / number
            name = one.removeprefix("-")
            if self._through(name, here):
                if name in self.far and self.far[name].field.sortable:
                    found.append((name, one.startswith("-")))
                elif name in self.far:
                    self.compiler.refuse(codes.SORT_COMPUTED, here.place(), name=name)
            else:
                found += self.fields.sorting(one, self.name, here)
        return tuple(found)

    def _through(self, path: str, at: At) -> bool:
        """Whether a name is a path through references (`customer.level`); then it is compiled, or what is wrong with it told."""
        first = self.slots.get(path.partition(".")[0])
        if "." not in path or first is None or not first.field.targets():
            return False
        if path not in self.far:
            slots = self._slots(path, at)
            typed = self.compiler.formula(path, self.compiler.scope(self.name), at) if slots else None
            if typed is not None:
                self.far[path] = far_field(path, slots, typed, at)
        return True

    def _slots(self, path: str, at: At) -> list[Slot]:
        """The fields along a path, of one of the forms where a record may be of several; [] after a problem."""
        forms: tuple[str, ...] = (self.name,)
        found: list[Slot] = []
        for word in path.split("."):
            if len(forms) > 1 and word in forms:
                forms = (word,)
                continue
            slots = self.compiler.slots_of(forms[0]) if forms else {}
            if word not in slots:
                self.compiler.missing(word, forms[0] if forms else path.rpartition(".")[0], slots, at)
                return []
            found.append(slots[word])
            forms = () if slots[word].field.several else tuple(f for f in slots[word].field.targets() if "." not in f)
        last = found[-1]
        if last.columns or last.field.related() is not None:
            self.compiler.refuse(codes.NOT_A_COLUMN, at.place(), name=path)
            return []
        return found

    def _arranged(self, view: ViewDefinition, name: str, key: str, at: At) -> str | None:
        """The field by which a view of this type arranges its records, as `key` names it; None: none, or a problem."""
        compiler = self.compiler
        given: str | None = getattr(view, key)
        takes = KEYS_OF_VIEW.get(view.type)
        if takes is None:
            return None
        if given is None:
            if takes.get(key):
                compiler.refuse(codes.VIEW_KEY_MISSING, at.place(key=True), name=name, type=view.type, key=key)
            return None
        here = at / key
        if key not in takes:
            others = ", ".join(t for t, keys in KEYS_OF_VIEW.items() if key in keys)
            compiler.refuse(codes.VIEW_KEY_UNUSED, here.place(key=True), key=key, type=view.type, others=others)
            return None
        system = MOMENTS_OF_RECORDS if key != "by" else ("state",) if view.type == "kanban" else ()
        if given not in self.slots and given not in system:
            compiler.missing(given, self.name, [*self.slots, *system], here)
            return None
        if self._fits(given, key, view.type):
            return given
        compiler.refuse(WRONG_BY[view.type] if key == "by" else codes.NOT_DAYS, here.place(), name=given)
        return None

    def _fits(self, given: str, key: str, type: str) -> bool:
        """Whether records can be arranged by this field."""
        slot, shape = self.slots.get(given), self.compiler.shapes.all[self.name]
        if slot is None:
            return self.draft.workflow is not None if key == "by" else True
        member = shape.member(given)
        if slot.field.column() is None or member is None or member.formula is not None:
            return False
        if key != "by":
            return slot.type.kind in ("date", "instant")
        if type == "map":
            return slot.type.kind == "location"
        if type == "tree":
            one = slot.field.target() == self.name and not slot.field.several
            return one and bool(getattr(slot.field, "tree", False))
        return slot.field.kind == "choice"
