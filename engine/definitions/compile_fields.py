"""Fields of forms, lines, settings and transitions' inputs: their declarations become what the engine works with.

Why: one path for all of them, so that a column of lines or an input of a button may say whatever a field of a form may.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.definitions.compiler import Compiler, Slot
from engine.definitions.model import SYSTEM, FormField, Numbering, People
from engine.definitions.packs import Pack
from engine.definitions.parsing import At
from engine.definitions.shapes import Known, system
from engine.definitions.values import assigned, limit
from engine.expressions.template import Hole, Template
from engine.expressions.tree import Typed, Var, Within
from engine.expressions.types import NUMBER, Member, Related, Scope, Type, list_of, record
from engine.expressions.walk import everything
from engine.problems import computed
from engine.problems import definition as codes

Sorting = tuple[tuple[str, bool], ...]


class FieldCompiler:
    """Compiles slots. `formulas` and `related` hold what was compiled when a shape's member was first asked for."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self.formulas: dict[tuple[str, str], Typed] = {}
        self.related: dict[tuple[str, str], Related] = {}

    # -- shapes --------------------------------------------------------------------------------------------------------

    def shape(self, name: str, slots: Mapping[str, Slot], owner: str, *, broken: bool = False) -> Known:
        """The shape of a form's own fields, or of a list's columns; formulas are compiled when first asked for."""
        holder, _, _ = name.rpartition(".")
        shape = self.compiler.shapes.add(Known(name, broken=broken))
        if holder:
            shape.members["id"] = Member("id", NUMBER)
            shape.members["parent"] = Member("parent", record(holder))
        for slot in slots.values():
            shape.members[slot.name] = self._member(slot)
            if slot.field.formula is not None:
                shape.pending[slot.name] = self._later(shape, slot, owner)
            elif slot.field.related() is not None:
                shape.pending[slot.name] = self._later_related(shape, slot, owner)
            if slot.columns:
                self.shape(f"{name}.{slot.name}", slot.columns, owner, broken=broken)
        return shape

    def with_system(self, shape: Known, states: Mapping[str, Any]) -> None:
        """Add the members that every form has."""
        for member in system(shape.name, states):
            shape.members[member.name] = member

    def _member(self, slot: Slot) -> Member:
        related = slot.field.related()
        kind = list_of(record(str(related["from"]))) if related is not None else slot.type
        return Member(slot.name, kind, slot.field.scale(), lines=bool(slot.columns))

    def _later(self, shape: Known, slot: Slot, owner: str) -> Any:
        def finish() -> None:
            with self.compiler.owned(owner):
                typed = self._formula(slot)
            if typed is not None:
                self.formulas[shape.name, slot.name] = typed
                live = None if self._stored(slot, typed) else typed
                shape.members[slot.name] = Member(slot.name, slot.type, slot.field.scale(), formula=live)

        return finish

    def _formula(self, slot: Slot) -> Typed | None:
        at = slot.at / "formula"
        if slot.columns:
            self.compiler.refuse(codes.FORMULA_CONFLICT, at.place(key=True), key="type: lines")
            return None
        seen = {"user": record("person"), "settings": record("settings")}
        scope = Scope(self.compiler.shapes, slot.shape, None, seen)
        return self.compiler.plain_formula(slot.field.formula or "", scope, at, slot.type)

    def _later_related(self, shape: Known, slot: Slot, owner: str) -> Any:
        def finish() -> None:
            with self.compiler.owned(owner):
                found = self._related(slot)
            if found is not None:
                self.related[shape.name, slot.name] = found
                kind = list_of(record(found.shape))
                shape.members[slot.name] = Member(slot.name, kind, related=found)

        return finish

    def _related(self, slot: Slot) -> Related | None:
        compiler, keys = self.compiler, slot.field.related() or {}
        source = str(keys["from"])
        if source not in compiler.shapes.all:
            if source.partition(".")[0] in compiler.broken:
                compiler.failed.add(compiler.owner)
            else:
                compiler.known(codes.UNKNOWN_FORM, source, compiler.stored_shapes(), slot.at / "from")
            return None
        compiler.shapes.asked.add(source)
        via = self._via(slot, source, keys.get("via"))
        if via is None and keys.get("via") != "none":
            return None
        where = compiler.condition(keys.get("where"), compiler.scope(slot.shape, source), slot.at / "where")
        return Related(source, via, where)

    def _via(self, slot: Slot, source: str, named: str | None) -> str | None:
        """The field of `source` that points at the record which holds this list; None after a problem (or `none`)."""
        compiler = self.compiler
        among = compiler.slots_of(source)
        pointing = [n for n, s in among.items() if slot.shape in s.field.targets()]
        if named == "none":
            return None
        if named is not None:
            if named not in among:
                compiler.missing(named, source, among, slot.at / "via")
            elif named not in pointing:
                place = (slot.at / "via").place()
                compiler.refuse(codes.VIA_POINTS_ELSEWHERE, place, name=source, field=named, form=slot.shape)
            return named if named in pointing else None
        if len(pointing) == 1:
            return pointing[0]
        if compiler.shapes.all[source].broken:
            compiler.failed.add(compiler.owner)
        elif pointing:
            facts = {"name": source, "form": slot.shape, "fields": ", ".join(pointing)}
            compiler.refuse(codes.SEVERAL_POINT_HERE, (slot.at / "from").place(), **facts)
        else:
            compiler.refuse(codes.NOTHING_POINTS_HERE, (slot.at / "from").place(), name=source, form=slot.shape)
        return None

    # -- fields --------------------------------------------------------------------------------------------------------

    def fields(
        self, slots: Mapping[str, Slot], pack: Pack, this: str | None = None, more: Mapping[str, Type] | None = None
    ) -> dict[str, FormField]:
        """All of these slots, compiled. `this`: whose record their formulas see (default: the slot's own shape)."""
        return {name: self.field(slot, pack, this, more) for name, slot in slots.items()}

    def field(
        self, slot: Slot, pack: Pack, this: str | None = None, more: Mapping[str, Type] | None = None
    ) -> FormField:
        """One field. What is wrong is reported and left empty."""
        compiler, declared, at = self.compiler, slot.field, slot.at
        scope = compiler.scope(this or slot.shape, None, more)
        key = (slot.shape, slot.name)
        if this is None and slot.shape in compiler.shapes.all:
            compiler.shapes.all[slot.shape].member(slot.name)
        formula = self.formulas.get(key)
        related = self.related.get(key)
        self._conflicts(slot)
        default = None
        if declared.default is not None and formula is None:
            default = assigned(compiler, declared.default, slot, scope, at / "default")
        least, most = self._limits(slot, scope)
        self._held(slot)
        return FormField(
            name=slot.name,
            shape=slot.shape,
            field=declared,
            type=compiler.shapes.all[slot.shape].members[slot.name].type if key in self.related else slot.type,
            title=slot.title,
            help=pack.book.text(declared.help, at / "help"),
            placeholder=pack.book.text(declared.placeholder, at / "placeholder"),
            visible=compiler.switch(declared.visible, scope, at / "visible"),
            required=compiler.switch(declared.required, scope, at / "required"),
            readonly=compiler.switch(declared.readonly, scope, at / "readonly"),
            default=default,
            formula=formula,
            stored=declared.related() is None and (formula is None or self._stored(slot, formula)),
            minimum=least,
            maximum=most,
            options=slot.options,
            option_when=self._option_when(slot, scope),
            where=self._where(slot, this or slot.shape),
            sort=self._sort(slot),
            among=self._among(slot, scope),
            related=related,
            related_columns=self._columns(slot, related),
            numbering=self._numbering(slot, this or slot.shape),
            columns=self.fields(slot.columns, pack),
            place=at.place(key=True),
        )

    def _stored(self, slot: Slot, formula: Typed) -> bool:
        """Whether a field's formula is kept in a column; those of a dataset never are."""
        return slot.shape not in self.compiler.live and stored(formula)

    def _conflicts(self, slot: Slot) -> None:
        if slot.field.formula is None:
            return
        for key in ("default", "required", "readonly"):
            if (slot.at / key).value is not None:
                self.compiler.refuse(codes.FORMULA_CONFLICT, (slot.at / key).place(key=True), key=key)

    def _held(self, slot: Slot) -> None:
        """That what a kept formula is about is there."""
        held = slot.field.holds()
        if held is None or (held[0] in self.compiler.shapes.all and held[0] in self.compiler.stored_shapes()):
            return
        if held[0].partition(".")[0] in self.compiler.broken:
            self.compiler.failed.add(self.compiler.owner)
        else:
            self.compiler.known(codes.UNKNOWN_FORM, held[0], self.compiler.stored_shapes(), slot.at / "about")

    def _limits(self, slot: Slot, scope: Scope) -> tuple[Typed | None, Typed | None]:
        limits = slot.field.limits()
        least = limit(self.compiler, limits.get("min"), slot, scope, slot.at / "min")
        most = limit(self.compiler, limits.get("max"), slot, scope, slot.at / "max")
        return least, most

    def _option_when(self, slot: Slot, scope: Scope) -> dict[str, Typed]:
        found: dict[str, Typed] = {}
        for name, option in slot.options.items():
            if option.when is not None:
                typed = self.compiler.condition(option.when, scope, slot.at / "options" / name / "when")
                if typed is not None:
                    found[name] = typed
        return found

    def _where(self, slot: Slot, this: str) -> Typed | None:
        """What a reference may point at; also checks that its target is there."""
        compiler, targets = self.compiler, slot.field.targets()
        several = len(targets) > 1
        found = [
            self._target(slot, one, slot.at / "to" / n if several else slot.at / "to") for n, one in enumerate(targets)
        ]
        if not targets or not all(found):
            return None
        for key in ("where", "sort", "tree") if several else ():
            if (slot.at / key).value not in (None, False):
                compiler.refuse(codes.ONE_FORM_ONLY, (slot.at / key).place(key=True), key=key)
                return None
        target = targets[0]
        if getattr(slot.field, "tree", False) and target != slot.shape:
            facts = {"form": slot.shape.partition(".")[0], "to": target}
            compiler.refuse(codes.TREE_ELSEWHERE, (slot.at / "tree").place(key=True), **facts)
        if getattr(slot.field, "create", False) and "." in target:
            compiler.refuse(codes.CREATE_ELSEWHERE, (slot.at / "create").place(key=True), to=target)
        where = getattr(slot.field, "where", None)
        return compiler.condition(where, compiler.scope(this, target), slot.at / "where")

    def _target(self, slot: Slot, target: str, at: At) -> bool:
        """Whether records of this shape can be pointed at; else what is wrong is reported."""
        compiler = self.compiler
        if target not in compiler.shapes.all:
            if target.partition(".")[0] in compiler.broken:
                compiler.failed.add(compiler.owner)
            else:
                compiler.known(codes.UNKNOWN_FORM, target, compiler.stored_shapes(), at)
            return False
        compiler.shapes.asked.add(target)
        if "." in target and len(slot.field.targets()) > 1:
            compiler.refuse(codes.FORMS_ONLY, at.place(), name=target)
            return False
        if target in compiler.computed:
            example = next(iter(compiler.slots[target]), "id")
            compiler.refuse(computed.REFERENCE_COMPUTED, at.place(), form=target, example=example)
            return False
        return True

    def _sort(self, slot: Slot) -> Sorting:
        """The order in which lines, related records and a reference's targets are shown."""
        related = slot.field.related()
        written = related.get("sort") if related is not None else getattr(slot.field, "sort", None)
        shape = str(related["from"]) if related is not None else slot.field.target() or f"{slot.shape}.{slot.name}"
        return self.sorting(written, shape, slot.at / "sort")

    def sorting(self, written: Any, shape: str, at: Any) -> Sorting:
        """`-created_at` -> (("created_at", True),); unknown and computed fields are reported."""
        names = (written,) if isinstance(written, str) else tuple(written or ())
        found: list[tuple[str, bool]] = []
        among = self.compiler.slots_of(shape)
        for number, one in enumerate(names):
            name, here = one.removeprefix("-"), at / number if not isinstance(written, str) else at
            known = self.compiler.shapes.all.get(shape)
            if known is None:
                continue
            member = known.member(name)
            if member is None or (name not in among and name not in SYSTEM):
                self.compiler.missing(name, shape, (*among, *SYSTEM), here)
            elif member.formula is not None or member.related is not None or member.lines:
                self.compiler.refuse(codes.SORT_COMPUTED, here.place(), name=name)
            else:
                found.append((name, one.startswith("-")))
        return tuple(found)

    def _among(self, slot: Slot, scope: Scope) -> People | None:
        among = getattr(slot.field, "among", None)
        return None if among is None else self.compiler.people(among, scope, slot.at / "among")

    def _columns(self, slot: Slot, related: Related | None) -> tuple[str, ...]:
        """The columns of a related list as declared, else the first few fields of its form."""
        keys = slot.field.related()
        if keys is None or related is None:
            return ()
        among = self.compiler.slots_of(related.shape)
        written = keys.get("columns") or ()
        for number, name in enumerate(written):
            if name not in among and name not in SYSTEM and not self._leads(name, related.shape):
                self.compiler.missing(name, related.shape, (*among, *SYSTEM), slot.at / "columns" / number)
        return tuple(written) or first_columns(among, related.via)

    def _leads(self, path: str, form: str) -> bool:
        """Whether a name is a path through a reference of a form; its views compile it (`Compiler.shown`)."""
        first, _, rest = path.partition(".")
        slot = self.compiler.slots.get(form, {}).get(first)
        return bool(rest) and slot is not None and bool(slot.field.targets())

    def _numbering(self, slot: Slot, this: str) -> Numbering | None:
        keys = slot.field.numbering()
        if keys is None:
            return None
        compiler, at = self.compiler, slot.at
        written = str(keys["pattern"])
        pattern = compiler.template(written, compiler.scope(this, None, {"seq": NUMBER}), at / "pattern")
        among = compiler.slots_of(this)
        scope = keys.get("scope") or ()
        for number, name in enumerate((scope,) if isinstance(scope, str) else scope):
            if name not in among:
                compiler.missing(name, this, among, at / "scope" / number)
        given = keys.get("given")
        if given is not None:
            compiler.known(codes.UNKNOWN_TRANSITION, given, compiler.buttons.get(this, ()), at / "given", form=this)
        if pattern is None:
            return None
        scope = (scope,) if isinstance(scope, str) else tuple(scope)
        reset = str(keys.get("reset") or "never")
        lacks = [*_untold(pattern, reset), *(name for name in scope if not self._tells(pattern, name, this))]
        if lacks:
            compiler.refuse(codes.SERIAL_REPEATS, (at / "pattern").place(), severity="warn", lacks=", ".join(lacks))
        return Numbering(pattern, reset, scope, bool(keys.get("gapless")), given, once=not lacks)

    def _tells(self, pattern: Template, name: str, this: str) -> bool:
        """Whether a number tells which value of the field it was counted for: itself, or what no two of its records share."""
        slot = self.compiler.slots_of(this).get(name)
        if slot is None:
            return True
        for read in pattern.reads:
            if not read.hops and read.name == name:
                return True
            if len(read.hops) == 1 and read.hops[0].name == name:
                told = self.compiler.slots_of(slot.field.target() or "").get(read.name)
                if read.name == "id" or (
                    told is not None and (told.field.unique or told.field.numbering() is not None)
                ):
                    return True
        return False


PERIODS = {"year": "y", "month": "ym", "week": "ymd", "day": "ymd"}
"""What of a day a number must say, for each time after which its counter begins anew."""


def _untold(pattern: Template, reset: str) -> list[str]:
    """The period in which a counter ran, where a number doesn't tell it."""
    needed, told = set(PERIODS.get(reset, "")), set()
    for part in pattern.parts:
        if isinstance(part, Hole) and (part.formula.live or any(r.name == "created_at" for r in part.formula.reads)):
            told |= needed if part.format is None else set(part.format.lower())
    return [] if needed <= told else [reset]


def stored(typed: Typed) -> bool:
    """Whether a formula's value can be kept: it reads neither the day, the person, a setting nor a whole form."""
    if typed.live or typed.whole:
        return False
    return not any(
        isinstance(node, Within) or (isinstance(node, Var) and node.name == "settings")
        for node in everything(typed.tree)
    )


def first_columns(among: Mapping[str, Slot], without: str | None = None, most: int = 6) -> tuple[str, ...]:
    """The fields shown where nobody has said which: the first few that fit a cell."""
    fitting = [
        name
        for name, slot in among.items()
        if not slot.columns and slot.field.related() is None and not slot.field.full_width and name != without
    ]
    return tuple(fitting[:most]) or tuple(among)[:1]


def settings(fields: Mapping[str, FormField]) -> Known:
    """The shape of the packs' settings."""
    return Known("settings", [Member(n, f.type, f.field.scale()) for n, f in fields.items()])
