"""A folder of definitions -> the catalog: all that is valid, frozen, and every problem of the rest.

Why: a start, a reload and `check` take the same path. Files are read, their structure checked, shapes of all forms
built, then each definition is compiled against them. What has errors is left out, and so is what refers to it; the
rest runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.definitions import checks
from engine.definitions.automations import Automations
from engine.definitions.compile_automation import listening
from engine.definitions.compile_calendars import calendars
from engine.definitions.compile_call import connections
from engine.definitions.compile_computed import ComputedCompiler, contributors
from engine.definitions.compile_dashboard import DashboardCompiler, DashboardDraft
from engine.definitions.compile_fields import FieldCompiler, settings
from engine.definitions.compile_form import FormCompiler
from engine.definitions.compile_walk import WalkCompiler
from engine.definitions.compile_workflow import WorkflowCompiler
from engine.definitions.compiler import Compiler, Slot
from engine.definitions.dashboard import DashboardDefinition
from engine.definitions.drafts import RESERVED, Draft, Fields, option_lists, shown_elsewhere
from engine.definitions.form import FormDefinition
from engine.definitions.fragments import checked, joined
from engine.definitions.model import (
    ADMIN,
    EVERYONE,
    Automation,
    Calendar,
    Catalog,
    Dashboard,
    Form,
    FormField,
    Menu,
    Workflow,
)
from engine.definitions.order import dependents, order
from engine.definitions.packs import Pack, demos, read_packs, stamp
from engine.definitions.parsing import At, digest, near, parse
from engine.definitions.shapes import Known, Shapes, clock, clocks, people, states
from engine.definitions.workflow import WorkflowDefinition
from engine.expressions.calls import CALENDARS
from engine.problems import Place, Problem
from engine.problems import definition as codes
from engine.source import Source
from engine.texts import text

SHAPES_OF_THE_HOUSE = frozenset({"person", "department", "settings", CALENDARS})
"""Names that no form may have."""


@dataclass(frozen=True)
class Loaded:
    """The catalog, and all problems found on the way (also in `catalog.problems`), those of a file together."""

    catalog: Catalog
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Those for which something was left out."""
        return tuple(p for p in self.problems if p.severity == "error")


def load(folder: Path) -> Loaded:
    """Read all definitions below `folder`. Never raises for what is written there."""
    seen = stamp(folder)
    return _Loading(folder).run() if seen is None else _loaded(folder, seen)


@lru_cache(2)
def _loaded(folder: Path, seen: bytes) -> Loaded:
    """A catalog is frozen, so the same files (`seen`) give the same one: what runs, or what is tried beside it."""
    return _Loading(folder).run()


class _Loading:
    """One load, step by step; each step finds what the one before left."""

    def __init__(self, folder: Path) -> None:
        self.packs, found = read_packs(folder)
        roles = {ADMIN: text("管理员", "Administrator"), EVERYONE: text("所有人", "Everyone")}
        for pack in self.packs:
            for name, title in pack.definition.roles.items():
                roles[name] = pack.book.title(title, name, pack.at / "roles" / name)
        self.compiler = Compiler(Shapes(), roles)
        self.compiler.problems.extend(found)
        for pack in self.packs:
            self.compiler.named(pack.definition.roles, pack.at / "roles", frozenset({ADMIN, EVERYONE}))
        self.reader = Fields(self.compiler, option_lists(self.compiler, self.packs))
        self.fields = FieldCompiler(self.compiler)
        self.computed, self.walks = ComputedCompiler(self.compiler), WalkCompiler(self.compiler)
        self.drafts: dict[str, Draft] = {}
        self.boards: dict[str, DashboardDraft] = {}
        self.automations = Automations(self.compiler, self.reader, self.fields)
        self.fragments: dict[str, Source | None] = {}
        self.settings: dict[str, FormField] = {}
        self.calendars: dict[str, Calendar] = {}

    def run(self) -> Loaded:
        """All steps."""
        for shape in (*people(), *clock()):
            self.compiler.shapes.add(shape)
        self._setting_fields()
        self._read_forms()
        self._read_workflows()
        self.calendars = calendars(self.compiler, self.packs, self.drafts)
        self.compiler.connections |= connections(self.compiler, self.packs)
        self._shapes()
        forms = self._compile()
        boards = self._dashboards()
        self.automations.read(self._files("automations"))
        checks.run(self.compiler, self.drafts, forms, self.packs, self.settings, self.automations.found)
        menu = self._menu()
        forms, boards = self._left(forms, boards)
        return self._finish(forms, boards, menu, self.automations.runnable(forms, self.drafts, self.settings))

    # -- reading -------------------------------------------------------------------------------------------------------

    def _files(self, kind: str) -> list[tuple[Pack, str, Source | None]]:
        """The files of a kind; one whose name another pack has already is refused."""
        found: dict[str, tuple[Pack, str, Source | None]] = {}
        for pack in self.packs:
            for name, source in pack.files[kind].items():
                if name in found:
                    other = found[name][2]
                    facts = {"name": name, "other": other.file if other else found[name][0].name}
                    place = source.at(1, 1) if source else Place(str(pack.folder / kind / name))
                    self.compiler.refuse(codes.DUPLICATE_DEFINITION, place, **facts)
                else:
                    found[name] = (pack, name, source)
        return list(found.values())

    def _setting_fields(self) -> None:
        slots: dict[str, Slot] = {}
        shape = self.compiler.shapes.add(Known("settings"))
        for pack in self.packs:
            found = self.reader.slots(pack.at / "settings", "settings", pack)
            self._once(set(found) & set(slots), pack.at / "settings")
            slots |= found
            self.compiler.slots["settings"] = slots
            self.settings |= self.fields.fields(
                {n: s for n, s in slots.items() if n not in self.settings}, pack, "settings"
            )
        shape.members.update(settings(self.settings).members)
        del self.compiler.slots["settings"]

    def _once(self, twice: set[str], at: At) -> None:
        for name in sorted(twice):
            self.compiler.refuse(codes.DUPLICATE_DEFINITION, (at / name).place(key=True), name=name, other="pack.yaml")

    def _read_forms(self) -> None:
        self.fragments = {name: source for _, name, source in self._files("fragments")}
        checked(self.compiler, self.fragments)
        for pack, name, source in self._files("forms"):
            with self.compiler.owned(name):
                self.drafts[name] = self._read_form(pack, name, source)

    def _read_form(self, pack: Pack, name: str, source: Source | None) -> Draft:
        if source is None:
            self.compiler.failed.add(name)
            return Draft(name, pack, At(Source(name, {}, {}, "", ())), None)
        at = At(joined(self.compiler, source, self.fragments))
        if name in RESERVED | SHAPES_OF_THE_HOUSE:
            self.compiler.refuse(codes.RESERVED_NAME, source.at(1, 1), name=name, example=f"{name}_form")
        definition, problems = parse(FormDefinition, at)
        for problem in problems:
            self.compiler.report(problem)
        if definition is not None and not definition.fields and definition.walk is None:
            says = text("名称: 字段", "name: field")
            self.compiler.refuse(codes.MISSING_KEY, at.place(key=True), key="fields", says=says)
            definition = None
        return Draft(name, pack, at, definition, self.reader.slots(at / "fields", name, pack))

    def _read_workflows(self) -> None:
        for _, name, source in self._files("workflows"):
            draft = self.drafts.get(name)
            with self.compiler.owned(name):
                if source is None:
                    self.compiler.failed.add(name)
                elif draft is None:
                    facts: dict[str, Any] = {"name": name, "nearest": near(name, self.drafts)}
                    self.compiler.refuse(codes.WORKFLOW_WITHOUT_FORM, source.at(1, 1), **facts)
                else:
                    draft.workflow_at = At(source)
                    draft.workflow, problems = parse(WorkflowDefinition, At(source))
                    for problem in problems:
                        self.compiler.report(problem)

    # -- compiling -----------------------------------------------------------------------------------------------------

    def _shapes(self) -> None:
        compiler = self.compiler
        compiler.broken = {name for name in self.drafts if name in compiler.failed}
        compiler.computed = {name: draft.sources for name, draft in self.drafts.items() if draft.sources}
        compiler.live = frozenset(name for name, draft in self.drafts.items() if draft.live)
        compiler.fleeting = frozenset(name for name, draft in self.drafts.items() if draft.fleeting)
        compiler.slots.update({name: draft.slots for name, draft in self.drafts.items()})
        for name, draft in self.drafts.items():
            for form, path, at in shown_elsewhere(draft.slots):
                compiler.shown.setdefault(form, []).append((path, at, name))
            with compiler.owned(name):
                self.walks.slots(draft)
            broken = name in compiler.broken
            finals = {n: s.final for n, s in draft.workflow.states.items()} if draft.workflow else {}
            shape = self.fields.shape(name, draft.slots, name, broken=broken)
            self.fields.with_system(shape, finals)
            compiler.shapes.add(states(name, finals)).broken = broken or (draft.workflow_at is not None and not finals)
            if draft.workflow is not None and draft.workflow.clocks:
                for known in clocks(name, draft.workflow.clocks):
                    compiler.shapes.add(known).broken = broken
            buttons = list(draft.definition.actions) if draft.definition else []
            compiler.buttons[name] = {*buttons, *(draft.workflow.transitions if draft.workflow else ())}
            if draft.workflow is not None and draft.workflow.tasked:
                compiler.tasked[name] = draft.workflow.withdrawn
            compiler.prints[name] = set(draft.definition.prints) if draft.definition else set()
        for name, draft in self.drafts.items():
            with compiler.owned(name):
                self.computed.members(draft)

    def _compile(self) -> dict[str, Form]:
        found: dict[str, Form] = {}
        for name, draft in self.drafts.items():
            if name in self.compiler.broken or draft.definition is None:
                continue
            with self.compiler.owned(name):
                form = self._form(draft, draft.definition)
            if form is not None:
                found[name] = form
        return found

    def _form(self, draft: Draft, definition: FormDefinition) -> Form | None:
        compiler, at, book = self.compiler, draft.at, draft.pack.book
        parts = FormCompiler(compiler, self.fields, draft, definition)
        fields = self.fields.fields(draft.slots, draft.pack)
        record_title = parts.record_title()
        ways = WorkflowCompiler(compiler, self.fields, self.reader, draft)
        workflow: Workflow | None = None
        if draft.workflow is not None and draft.workflow_at is not None:
            workflow = ways.workflow(draft.workflow, draft.workflow_at)
        if record_title is None:
            compiler.failed.add(draft.name)
            return None
        return Form(
            name=draft.name,
            pack=draft.pack.name,
            file=at.source.file,
            digest=digest(at.source.value, draft.workflow_at.source.value if draft.workflow_at else None),
            title=book.title(definition.title, draft.name, at / "title" if definition.title else at),
            help=book.text(definition.help, at / "help"),
            icon=definition.icon or "file-text",
            fields=fields,
            record_title=record_title,
            workflow=workflow,
            was=definition.was,
            comments=definition.comments,
            key=parts.key(),
            order=order(compiler, draft.name, fields, draft.slots),
            rules=parts.rules(),
            views=parts.views(),
            far=parts.far,
            layout=parts.layout(),
            access=parts.access(),
            actions=ways.buttons(definition.actions, at / "actions"),
            prints=parts.prints(),
            computed=self.computed.computed(draft, fields) or self.walks.computed(draft),
        )

    def _dashboards(self) -> dict[str, Dashboard]:
        found: dict[str, Dashboard] = {}
        compiler = DashboardCompiler(self.compiler, self.fields, self.drafts)
        for pack, name, source in self._files("dashboards"):
            owner = f"dashboard:{name}"
            with self.compiler.owned(owner):
                if source is None:
                    self.boards[name] = DashboardDraft(name, pack, At(Source(name, {}, {}, "", ())), None)
                    self.compiler.failed.add(owner)
                    continue
                definition, problems = parse(DashboardDefinition, At(source))
                for problem in problems:
                    self.compiler.report(problem)
                draft = DashboardDraft(name, pack, At(source), definition)
                self.boards[name] = draft
                if definition is not None:
                    found[name] = compiler.dashboard(draft, definition)
        return found

    def _menu(self) -> tuple[Menu, ...]:
        found = []
        known = {**self.drafts, **self.boards}
        for pack in self.packs:
            for number, group in enumerate(pack.definition.menu):
                at = pack.at / "menu" / number
                for place, name in enumerate(group.show):
                    several = isinstance((at / "show").value, list)
                    here = at / "show" / place if several else at / "show"
                    self.compiler.known(codes.UNKNOWN_SHOWN, name, known, here)
                found.append(Menu(pack.book.text(group.title, at / "title"), group.show))
        return tuple(found)

    # -- what is left --------------------------------------------------------------------------------------------------

    def _left(
        self, forms: dict[str, Form], boards: dict[str, Dashboard]
    ) -> tuple[dict[str, Form], dict[str, Dashboard]]:
        """Without what has errors, and without what uses that, and so on."""
        gone = self.compiler.failed | self.compiler.broken
        first = set(gone)
        found = True
        while found:
            found = False
            for name in (*forms, *(f"dashboard:{b}" for b in boards)):
                used = {shape.partition(".")[0].removeprefix("state:") for shape in self.compiler.uses.get(name, ())}
                other = next(iter(sorted(used & gone - {name})), None)
                if name not in gone and other is not None:
                    gone.add(name)
                    found = True
                    self._leave_out(name, other)
        for name in sorted(first & set(forms) - self._with_errors()):
            used = {shape.partition(".")[0].removeprefix("state:") for shape in self.compiler.uses.get(name, ())}
            self._leave_out(name, next(iter(sorted(used & gone - {name})), name))
        return (
            {n: f for n, f in forms.items() if n not in gone},
            {n: b for n, b in boards.items() if f"dashboard:{n}" not in gone},
        )

    def _with_errors(self) -> set[str]:
        """The forms whose own files have errors."""
        files = {p.place.file for p in self.compiler.problems if p.severity == "error"}
        return {
            n
            for n, d in self.drafts.items()
            if d.at.source.file in files or (d.workflow_at is not None and d.workflow_at.source.file in files)
        }

    def _leave_out(self, name: str, other: str) -> None:
        plain = name.removeprefix("dashboard:")
        at = self.drafts[plain].at if plain == name else self.boards[plain].at
        facts = {"name": plain, "other": other.removeprefix("dashboard:")}
        self.compiler.refuse(codes.LEFT_OUT, at.source.at(1, 1), severity="warn", **facts)

    def _finish(
        self, forms: dict[str, Form], boards: dict[str, Dashboard], menu: tuple[Menu, ...],
        automations: dict[str, Automation],
    ) -> Loaded:  # fmt: skip
        home = self.packs[0]
        title = home.book.text(home.definition.title, home.at / "title") or text("表单与流程", "Forms and workflows")
        for pack in self.packs:  # after the last text was asked for
            self.compiler.problems.extend(pack.book.problems)
            self.compiler.problems.extend(pack.book.remarks())
        plain = _once(self.compiler.problems)
        shown = set(forms) | set(boards)
        catalog = Catalog(
            title=title,
            forms=forms,
            dashboards=boards,
            roles=self.compiler.roles,
            settings=self.settings,
            calendars=self.calendars,
            menu=tuple(replace(m, show=tuple(s for s in m.show if s in shown)) for m in menu),
            shapes=self.compiler.shapes.frozen(),
            dependents=dependents(forms.values()),
            contributors=contributors(forms.values()),
            problems=plain,
            demo=demos(self.packs),
            digest=digest({n: f.digest for n, f in forms.items()}, self._rest()),
            connections=self.compiler.connections,
            compensations=self.compiler.compensations,
            automations=automations,
            listening=listening(automations),
        )
        return Loaded(catalog, plain)

    def _rest(self) -> Any:
        """What the catalog is made of beside forms and workflows."""
        return [
            [p.at.source.value for p in self.packs],
            [b.at.source.value for b in self.boards.values()],
            [at.source.value for at in self.automations.places.values()],
            [[d.words for d in p.book.dictionaries.values()] for p in self.packs],
        ]


def _once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once, in the order of their places."""

    def where(one: Problem) -> tuple[str, int, int]:
        return one.place.file or "", one.place.line or 0, one.place.column or 0

    found: dict[Any, Problem] = {}
    for one in problems:
        found.setdefault((*where(one), one.code, one.severity), one)
    return tuple(sorted(found.values(), key=where))
