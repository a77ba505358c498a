"""A widget's answer: groups of the records that this person may see, each with the list that shows just them.

Why: a chart must never tell more than the list. So its condition, its period and its groups are written as
conditions of the same language as a list's `where=`, checked and guarded like one, and each point's link is made of
those very words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from sqlalchemy import ColumnElement, func, select

from engine.charts.base import Answer, Cell, Point
from engine.definitions.model import Dashboard, DashboardFilter, Form, FormField, Widget
from engine.expressions import sql
from engine.expressions.check import check
from engine.expressions.formats import shown
from engine.expressions.types import NUMBER, Scope, record
from engine.fields.base import Place, Reader
from engine.fields.base_day import near
from engine.markup import badge, person
from engine.problems import Refused, problem
from engine.problems.access import NO_SUCH_WIDGET
from engine.runtime.access import (
    compiled,
    condition,
    executed,
    form_closed,
    hidden_in,
    lasting,
    may,
    sets,
    usable,
    within,
)
from engine.runtime.ask import count_of, ids_of, listed, question
from engine.runtime.exporting import SYSTEM_TITLES
from engine.runtime.gaps import filled, shortened
from engine.runtime.grouping import Key, day, figure, joined, key_of, moment
from engine.runtime.periods import Period, compared, months_back, months_later, period
from engine.runtime.reader import reader as reader_of
from engine.runtime.reads import condition_of, guard
from engine.runtime.record import Record
from engine.runtime.values import Ask
from engine.runtime.work import PEOPLE, Work
from engine.texts import Text

ROWS = 10
"""How many records a table shows unless it says otherwise."""

GROUPS = 500
"""How many groups are drawn at most."""


@dataclass(frozen=True)
class Asked:
    """A widget's question: the conditions in words (without the groups'), and the same in SQL."""

    words: str
    where: tuple[ColumnElement[bool], ...]


def answer(work: Work, dashboard: str, name: str, filters: Mapping[str, str]) -> Answer:
    """What a widget shows the actor of this work. `filters`: name of a filter -> period or value; else its default.

    Raises Refused: no such widget for this person; a form or field that it reads isn't theirs to see; a filter that
    can't be read.
    """
    board = work.catalog.dashboards.get(dashboard)
    if board is None or name not in board.widgets or not (work.actor.admin or board.roles & work.actor.roles):
        raise Refused(problem(NO_SUCH_WIDGET, name=f"{dashboard}.{name}"[:80]))
    widget = board.widgets[name]
    form = work.form(widget.form.partition(".")[0])
    if not may(form, work.actor, "view"):
        raise Refused(form_closed(work.catalog, form))
    return _Answering(work, board, widget, form, filters).answer()


class _Answering:
    """One widget being answered."""

    def __init__(self, work: Work, board: Dashboard, widget: Widget, form: Form, filters: Mapping[str, str]) -> None:
        self.work, self.board, self.widget, self.form, self.filters = work, board, widget, form, filters
        self.shape, self.table = widget.form, work.layout.table(widget.form)
        self.keys = [key_of(work, by) for by in (*widget.by.values(), *((widget.split,) if widget.split else ()))]
        self.reader = _reader(work, ())
        self.language = work.actor.language

    def answer(self) -> Answer:
        """The records, or the groups with those of the compared period."""
        if self.widget.chart.records and not self.widget.by and not self.widget.measures:
            return self._records()
        asked = self._asked(self._narrowed(None))
        points = self._ordered(self._points(asked))
        if self.widget.chart.continuous and not self.widget.sort:
            chart, formulas = self.widget.chart, self.widget.measures
            points = filled(
                self.work, points, self.keys, formulas, chart.format, self._wanted(), self.reader,
                lambda values: self._group(asked, values),
            )  # fmt: skip
        points = shortened(points, self.keys, self.language)
        total = sum(p.records or 0 for p in points)
        measures = {n: t.to(self.language) for n, t in self.widget.measure_titles.items()}
        previous = self._previous() if self.widget.chart.compare else None
        return Answer(tuple(points[: self.widget.limit or GROUPS]), measures, previous, total=total, goal=self._goal())

    # -- conditions ----------------------------------------------------------------------------------------------------

    def _asked(self, narrowed: Sequence[str]) -> Asked:
        """The widget's condition with what filters add, guarded for this person."""
        own = self.widget.where.text if self.widget.where is not None else ""
        words = joined([own, *narrowed])
        typed = condition_of(self.work.catalog, self.shape, words) if words else None
        read = [t for t in (typed, *self.widget.by.values(), self.widget.split, *self.widget.measures.values()) if t]
        where = guard(self.work, self.form, read, self.shape)
        seen = condition(self.work, self.form, self.work.actor, "view")
        if seen is not None and self.table is not self.work.layout.table(self.form.name):
            parent = self.work.layout.table(self.form.name)
            seen = within(self.work, self.shape, self.table, select(parent.c.id).where(seen))
        if seen is not None:
            where.append(seen)
        if typed is not None:
            where.append(compiled(self.work, self.shape, typed))
        return Asked(words, tuple(where))

    def _narrowed(self, compare: str | None) -> list[str]:
        """What each filter of the dashboard asks of this widget's records, for the period compared with if asked for.

        Raises Refused for a value that can't be read, and for a field that is hidden from the person.
        """
        found = []
        for one in self.board.filters.values():
            value = self.filters.get(one.name) or one.default
            words = self._filter(one, value, compare) if value else ""
            if words:
                found.append(words)
        return found

    def _meant(self, one: DashboardFilter) -> tuple[str, str]:
        """What a filter narrows here, and of which kind: a field of these records or, for lines, of the record that holds
        them (`parent.created_at`); ("", "") where it narrows neither."""
        form, *inner = self.shape.split(".")
        for shape, way in ((self.shape, ""), (form, "parent." * len(inner))):
            name = one.fields.get(shape)
            if name is not None:
                member = self.work.catalog.shapes[shape].member(name)
                return way + name, member.type.kind if member is not None else ""
        return "", ""

    def _filter(self, one: DashboardFilter, value: str, compare: str | None) -> str:
        name, kind = self._meant(one)
        if kind in ("date", "instant"):
            wanted = period(value, self.work.today)
            if compare is not None:
                wanted = compared(wanted, compare, self.work.today) or wanted
            return self._within(name, kind, wanted)
        found = self.work.catalog.field(self.shape, name)
        if found is None:
            return ""
        parsed = found.field.parse(value, Place(name, found.title, self.work.zone, options=found.options or None))
        if parsed is None:
            return ""
        if found.field.several:
            has = next(o for o in found.field.operators() if o.name == "has")
            return has.formula.replace("{field}", name).replace("{value}", found.field.literal(parsed))
        return f"{name}.id = {parsed}" if kind == "record" else f"{name} = {found.field.literal(parsed)}"

    def _within(self, name: str, kind: str, wanted: Period) -> str:
        if kind == "date":
            first = f"{name} >= {day(wanted.first)}" if wanted.first else ""
            return joined([first, f"{name} <= {day(wanted.last)}" if wanted.last else ""])
        start, zone = time(), self.work.zone
        first = f"{name} >= {moment(datetime.combine(wanted.first, start, zone))}" if wanted.first else ""
        end = datetime.combine(wanted.last + timedelta(days=1), start, zone) if wanted.last else None
        return joined([first, f"{name} < {moment(end)}" if end else ""])

    # -- groups --------------------------------------------------------------------------------------------------------

    def _points(self, asked: Asked) -> list[Point]:
        """All groups, in no order; one group without keys when the widget has none, also of no records."""
        stages = self._stages()
        if stages:
            return [self._stage(state, self._narrowed_by(asked, condition)) for state, condition in stages.items()]
        layout, env = self.work.layout, lasting(self.work)
        groups = [sql.scalar(k.typed, layout, env, self.table) for k in self.keys]
        measures = [sql.measure(m, layout, env, self.table) for m in self.widget.measures.values()]
        query = select(*groups, *measures, func.count()).select_from(self.table).where(*asked.where).group_by(*groups)
        rows = executed(self.work, query).all()
        return [self._point(asked, tuple(row)) for row in rows]

    def _stages(self) -> Mapping[str, str]:
        """State -> condition, where the chart's groups are conditions that one record may meet several of."""
        flow = self.form.workflow
        known = {n: s for n, s in flow.states.items() if not s.choose} if flow is not None else {}
        return self.widget.chart.stages({n: s.final == "failure" for n, s in known.items()})

    def _narrowed_by(self, asked: Asked, condition: str) -> Asked:
        typed = condition_of(self.work.catalog, self.shape, condition)
        return Asked(joined([asked.words, condition]), (*asked.where, compiled(self.work, self.shape, typed)))

    def _stage(self, state: str, asked: Asked) -> Point:
        """The point of a stage: what all records of that condition come to."""
        layout, env = self.work.layout, lasting(self.work)
        measures = [sql.measure(m, layout, env, self.table) for m in self.widget.measures.values()]
        query = select(*measures, func.count()).select_from(self.table).where(*asked.where)
        *figures, count = tuple(executed(self.work, query).one())
        return Point(
            (Cell(state, self.keys[0].label(state, self.reader)),),
            self._cells(figures),
            int(count),
            self._href(asked, ()),
        )

    def _cells(self, figures: Sequence[Any]) -> dict[str, Cell]:
        return {
            name: figure(self.work, typed, self.widget.chart.format, value, self.reader)
            for (name, typed), value in zip(self.widget.measures.items(), figures, strict=True)
        }

    def _point(self, asked: Asked, row: tuple[Any, ...]) -> Point:
        values, figures, count = row[: len(self.keys)], row[len(self.keys) : -1], int(row[-1])
        keys = tuple(Cell(v, k.label(v, self.reader)) for k, v in zip(self.keys, values, strict=True))
        return Point(keys, self._cells(figures), count, self._group(asked, values))

    def _group(self, asked: Asked, values: Sequence[Any]) -> str | None:
        """The list of a group, by the values of its keys."""
        return self._href(asked, [k.condition(v) for k, v in zip(self.keys, values, strict=True)])

    def _href(self, asked: Asked, groups: Sequence[str | None]) -> str | None:
        """The list that shows just this group's records (for lines: the records that hold them)."""
        if None in groups:
            return None
        words = joined([asked.words, *(g for g in groups if g)])
        lines = self.shape.partition(".")[2]
        if lines:
            words = f"ANY({words} from {lines})" if words else f"COUNT({lines}) > 0"
        return f"/f/{self.form.name}?where={quote(words, safe='')}" if words else f"/f/{self.form.name}?view=-"

    def _ordered(self, points: list[Point]) -> list[Point]:
        """In the order that the widget asks for, else that of the groups themselves."""
        points = sorted(points, key=lambda p: tuple(c.label for c in p.keys))
        for place in reversed(range(len(self.keys))):
            key = self.keys[place]
            if any(key.rank(p.keys[place].value, "") is None for p in points if p.keys[place].value is not None):
                if place == 0:
                    points = self._largest_first(points)
                continue
            points.sort(key=lambda p: key.rank(p.keys[place].value, p.keys[place].label) or ())
        names = [*self.widget.by, *(("split",) if self.widget.split is not None else ())]
        for name, down in reversed(self.widget.sort):
            if name in self.widget.measures:
                points.sort(key=lambda p: _sortable(p.measures[name].value, down), reverse=down)
            elif name in names:
                place = names.index(name)
                points.sort(key=lambda p: _sortable(p.keys[place].value, down), reverse=down)
        return points

    def _largest_first(self, points: list[Point]) -> list[Point]:
        """Groups with the larger first measure first (all points of one category together), the empty group last."""
        measure = next(iter(self.widget.measures))
        sums: dict[Any, Decimal] = {}
        for point in points:
            value = point.measures[measure].value
            amount = value if isinstance(value, Decimal) else Decimal(0)
            sums[point.keys[0].value] = sums.get(point.keys[0].value, Decimal(0)) + amount
        return sorted(points, key=lambda p: (p.keys[0].value is None, -sums[p.keys[0].value], p.keys[0].label))

    # -- the compared period, the goal ---------------------------------------------------------------------------------

    def _previous(self) -> tuple[Point, ...] | None:
        """The groups of the compared period, their days moved to the present one; None when no filter is a period."""
        compare = self.widget.chart.compare or ""
        now, then = self._narrowed(None), self._narrowed(compare)
        if now == then:
            return None
        points = self._points(self._asked(then))
        months = self._months(compare)
        moved = []
        for point in points:
            keys = tuple(self._later(k, c, months) for k, c in zip(self.keys, point.keys, strict=True))
            moved.append(Point(keys, point.measures, point.records, point.href))
        return tuple(moved)

    def _months(self, compare: str) -> int:
        wanted = self._wanted()
        return (months_back(wanted, compare) or 0) if wanted.first is not None else 0

    def _wanted(self) -> Period:
        """The period of time that a filter asks for; open at both ends when none does."""
        for one in self.board.filters.values():
            value = self.filters.get(one.name) or one.default
            if value and self._meant(one)[1] in ("date", "instant"):
                wanted = period(value, self.work.today)
                if wanted.first is not None:
                    return wanted
        return Period()

    def _later(self, key: Key, cell: Cell, months: int) -> Cell:
        if key.period is None or cell.value is None:
            return cell
        value = months_later(cell.value, months)
        return Cell(value, key.label(value, self.reader))

    def _goal(self) -> Cell | None:
        """What is to be reached: a number, or a formula after `=` (which may read settings)."""
        goal = self.widget.chart.goal
        if goal is None:
            return None
        if isinstance(goal, str) and goal.startswith("="):
            scope = Scope(self.work.catalog.shapes, variables={"settings": record("settings")})
            typed = check(goal[1:], scope, NUMBER)
            value = self.work.value(typed, None)
        else:
            value = Decimal(str(goal))
        measure = next(iter(self.widget.measures.values()), None)
        if value is None or measure is None:
            return None
        return figure(self.work, measure, self.widget.chart.format, value, self.reader)

    # -- records -------------------------------------------------------------------------------------------------------

    def _records(self) -> Answer:
        """The first records in the widget's order, with the columns that the person sees in at least some."""
        words = joined([self.widget.where.text if self.widget.where else "", *self._narrowed(None)])
        typed = condition_of(self.work.catalog, self.form.name, words) if words else None
        may_use = usable(self.form, self.work.actor)
        sort = tuple((n, d) for n, d in self.widget.sort if n in may_use)
        limit = self.widget.limit or ROWS
        ids = ids_of(self.work, question(self.work, self.form, Ask(where=typed, sort=sort)), limit)
        total = len(ids) if len(ids) < limit else count_of(self.work, self.form, Ask(where=typed))
        hidden = hidden_in(self.form, sets(self.form, self.work.actor, "view"))
        names = [n for n in self.widget.columns if n not in hidden]
        records = [r.record for r in listed(self.work, self.form, ids, names)]
        self.reader = _reader(self.work, records)
        columns = tuple(self._column(n) for n in names)
        rows = tuple((f"/f/{self.form.name}/{r.id}", tuple(self._cell(n, r) for n in names)) for r in records)
        return Answer((), {}, columns=columns, rows=rows, total=total, href=self._href(Asked(words, ()), ()))

    def _column(self, name: str) -> tuple[str, bool]:
        found = self.form.fields.get(name)
        title: Text = found.title if found is not None else SYSTEM_TITLES[name]
        unit = found.field.measured_in(self.reader) if found is not None else ""
        words = title.to(self.language)
        return f"{words} ({unit})" if unit else words, found.field.numeric if found is not None else False

    def _cell(self, name: str, record: Record) -> Markup | str:
        value = record.values.get(name)
        found: FormField | None = self.form.fields.get(name)
        if value is None:
            return ""
        if found is not None:
            return found.field.in_column(value, self.reader) if not found.columns else str(len(value))
        if name == "state" and self.form.workflow is not None and value in self.form.workflow.states:
            state = self.form.workflow.states[value]
            return badge(state.title.to(self.language), state.kind)
        if name in PEOPLE:
            return person(self.reader.title_of("person", value))
        if isinstance(value, datetime):
            local = value.astimezone(self.reader.zone)
            day = near(local.date(), self.reader)
            return f"{day} {local:%H:%M}" if day is not None else local.date().isoformat()
        return shown(value, None, self.reader.zone)


def _sortable(value: Any, down: bool) -> tuple[bool, Any]:
    """Empty values last, whichever way."""
    return (value is None) != down, value if value is not None else 0


def _reader(work: Work, records: Sequence[Record]) -> Reader:
    return reader_of(lambda actor, unit: unit(work), work.actor, work.now, work.zone, records)
