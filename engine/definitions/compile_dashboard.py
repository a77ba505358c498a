"""A dashboard's file -> its widgets, each a chart type's declaration with a compiled query, and its filters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import charts as family
from engine.charts.base import Chart
from engine.definitions.compile_fields import FieldCompiler, first_columns
from engine.definitions.compiler import Compiler
from engine.definitions.dashboard import DashboardDefinition, Filter
from engine.definitions.drafts import Draft
from engine.definitions.later import CHARTS
from engine.definitions.model import SYSTEM, Dashboard, DashboardFilter, Widget
from engine.definitions.packs import Pack, check_name
from engine.definitions.parsing import At, near, parse
from engine.definitions.shapes import listed_clocks
from engine.definitions.values import groups
from engine.expressions.tree import Typed
from engine.expressions.types import Scope
from engine.problems import definition as codes
from engine.registry import Registry
from engine.texts import Text, text

TYPES: Registry[Chart] = Registry(family, Chart)
"""The chart types by name."""

COUNT = text("数量", "Count")
MEASURE = "measure"
"""What a measure without a name is called."""


@dataclass
class DashboardDraft:
    """A dashboard as read; `definition` None: its structure has errors."""

    name: str
    pack: Pack
    at: At
    definition: DashboardDefinition | None


class DashboardCompiler:
    """Compiles dashboards."""

    def __init__(self, compiler: Compiler, fields: FieldCompiler, drafts: Mapping[str, Draft]) -> None:
        self.compiler, self.fields, self.drafts = compiler, fields, drafts

    def dashboard(self, draft: DashboardDraft, definition: DashboardDefinition) -> Dashboard:
        """The whole; what is wrong is reported and left out."""
        at, book = draft.at, draft.pack.book
        several = isinstance((at / "roles").value, list)
        for number, role in enumerate(definition.roles):
            here = at / "roles" / number if several else at / "roles"
            self.compiler.known(codes.UNKNOWN_ROLE, role, self.compiler.roles, here)
        self.compiler.named(definition.filters, at / "filters")
        filters = {n: self._filter(n, f, draft, at / "filters" / n) for n, f in definition.filters.items()}
        widgets = {}
        for name in definition.widgets:
            wrong = check_name(name, (at / "widgets" / name).place(key=True))
            if wrong is not None:
                self.compiler.report(wrong)
                continue
            widget = self._widget(name, draft, at / "widgets" / name)
            if widget is not None:
                widgets[name] = widget
        title = book.title(definition.title, draft.name, at / "title" if definition.title else at)
        icon = definition.icon or "chart-bar"
        return Dashboard(draft.name, draft.pack.name, title, icon, frozenset(definition.roles), filters, widgets)

    # -- filters -------------------------------------------------------------------------------------------------------

    def _filter(self, name: str, given: Filter, draft: DashboardDraft, at: At) -> DashboardFilter:
        found: dict[str, str] = {}
        several = isinstance((at / "fields").value, list)
        for number, path in enumerate(given.fields):
            here = at / "fields" / number if several else at / "fields"
            form, _, field = path.rpartition(".")
            if not form:
                self.compiler.refuse(codes.FILTER_PATH, here.place(), found=path)
            elif self._form(form, here):
                member = self.compiler.shapes[form].member(field)
                if member is None:
                    self.compiler.missing(field, form, (*self.compiler.slots_of(form), *SYSTEM), here)
                elif member.type.kind not in ("date", "instant"):
                    self.compiler.refuse(codes.FILTER_NOT_DATE, here.place(), name=path)
                else:
                    found[form] = field
        title = draft.pack.book.title(given.title, name, at / "title" if given.title else at)
        return DashboardFilter(name, title, found, given.default)

    def _form(self, name: str, at: At) -> bool:
        """Whether it is a form, or the lines of one."""
        form = name.partition(".")[0]
        if form in self.compiler.broken:
            self.compiler.failed.add(self.compiler.owner)
            return False
        known = self.compiler.stored_shapes()
        if not self.compiler.known(codes.UNKNOWN_FORM, name, known, at):
            return False
        self.compiler.shapes.asked.add(form)
        return True

    # -- widgets -------------------------------------------------------------------------------------------------------

    def _chart(self, at: At) -> Chart | None:
        """The widget's declaration, a model of its chart type."""
        raw = at.value
        name = raw.get("type", "table") if isinstance(raw, Mapping) else "table"
        kind = TYPES.get(name) if isinstance(name, str) else None
        if kind is None:
            if name in CHARTS:
                says = text("图表类型", "a type of chart")
                self.compiler.refuse(codes.NOT_YET, (at / "type").place(), key=f"type: {name}", says=says)
            else:
                facts: dict[str, Any] = {"found": str(name), "nearest": near(str(name), TYPES.names())}
                place = (at / "type").place()
                self.compiler.refuse(codes.UNKNOWN_TYPE, place, **facts)
            return None
        chart, problems = parse(kind, at, {"type": name})
        for problem in problems:
            self.compiler.report(problem)
        return chart

    def _widget(self, name: str, draft: DashboardDraft, at: At) -> Widget | None:
        chart = self._chart(at)
        if chart is None or not self._form(chart.from_, at / "from"):
            return None
        form, compiler, book = chart.from_, self.compiler, draft.pack.book
        scope = compiler.scope(None, form)
        by = groups(compiler, chart.by, scope, at / "by")
        split = compiler.plain_formula(chart.split, scope, at / "split") if chart.split is not None else None
        measures, titles = ({}, {}) if _records(chart) else self._measures(chart, draft, at)
        if chart.stages({"": False}) and not (chart.by == "state" and "state" in by and by["state"].type.options):
            compiler.refuse(codes.REACHED_NEEDS_STATES, (at / "reached").place(), form=form)
        goal = chart.goal
        if isinstance(goal, str) and goal.startswith("="):
            compiler.formula(goal[1:].lstrip(), compiler.scope(None), at / "goal")
        return Widget(
            name=name,
            title=book.title(chart.title, name, at / "title" if chart.title else at),
            chart=chart,
            form=form,
            where=compiler.condition(
                chart.where, compiler.scope(None, form, listed_clocks(compiler.shapes.all, form)), at / "where"
            ),
            by=by,
            split=split,
            measures=measures,
            measure_titles=titles,
            sort=self._sort(chart, by, measures, at / "sort"),
            limit=chart.limit,
            columns=self._columns(chart, at / "columns"),
        )

    def _measures(self, chart: Chart, draft: DashboardDraft, at: At) -> tuple[dict[str, Typed], dict[str, Text]]:
        """name -> formula over a group, and what each is called."""
        form, given = chart.from_, chart.measure
        scope = Scope(self.compiler.shapes, None, form, self.compiler.always(form), measure=True)
        if given is None:
            given = "COUNT()"
        single = not isinstance(given, Mapping)
        pairs: Mapping[str, Any] = {MEASURE: given} if single else given
        found: dict[str, Typed] = {}
        titles: dict[str, Text] = {}
        for name, formula in pairs.items():
            here = at / MEASURE if single else at / MEASURE / name
            typed = self.compiler.plain_formula(str(formula), scope, here)
            if typed is not None:
                found[name] = typed
                titles[name] = self._title(name, str(formula), form, draft, here, single)
        return found, titles

    def _title(self, name: str, formula: str, form: str, draft: DashboardDraft, at: At, single: bool) -> Text:
        """What a measure is called: its name, or without one the field that it adds up."""
        plain = re.fullmatch(r"\s*\w+\(\s*([a-z_]\w*)\s*\)\s*", formula)
        slot = self.compiler.slots_of(form).get(plain.group(1)) if plain else None
        if slot is not None:
            return slot.title
        if re.fullmatch(r"\s*COUNT\([^()]*\)\s*" if single else r"\s*COUNT\(\s*\)\s*", formula, re.IGNORECASE):
            return COUNT
        if single:
            title = (at.source.value["widgets"][at.path[1]] or {}).get("title")
            return draft.pack.book.title(title, str(at.path[1]), at)
        return draft.pack.book.title(None, name, at)

    def _sort(
        self, chart: Chart, by: Mapping[str, Typed], measures: Mapping[str, Typed], at: At
    ) -> tuple[tuple[str, bool], ...]:
        if _records(chart):
            return self.fields.sorting(chart.sort, chart.from_, at)
        found = []
        several = isinstance(at.value, list)
        for number, one in enumerate(chart.sort):
            name = one.removeprefix("-")
            known = [*measures, *by, MEASURE, *(("split",) if chart.split is not None else ())]
            if self.compiler.known(codes.UNKNOWN_SORT, name, known, at / number if several else at):
                found.append((next(iter(measures)) if name == MEASURE and measures else name, one.startswith("-")))
        return tuple(found)

    def _columns(self, chart: Chart, at: At) -> tuple[str, ...]:
        """A table's columns: as declared, else those of the form's first view."""
        among = self.compiler.slots_of(chart.from_)
        for number, name in enumerate(chart.columns):
            if name not in among and name not in SYSTEM:
                self.compiler.missing(name, chart.from_, (*among, *SYSTEM), at / number)
        if chart.columns or not _records(chart):
            return chart.columns
        draft = self.drafts.get(chart.from_)
        views = draft.definition.views if draft is not None and draft.definition is not None else {}
        first = next(iter(views.values()), None)
        return first.columns if first is not None and first.columns else first_columns(among)


def _records(chart: Chart) -> bool:
    """Whether a widget shows records themselves rather than figures of groups."""
    return chart.records and chart.measure is None and chart.by is None
