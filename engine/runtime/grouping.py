"""The groups of a widget: how a group's value is called, ordered, and written as a condition that finds its records.

Why: a group is whatever a formula gives (a state, a person, the first day of a month). Its label, its place among the
others and the list behind it must all speak of the same value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from markupsafe import escape

from engine.charts.base import Cell
from engine.definitions.model import FormField
from engine.expressions.formats import shown
from engine.expressions.tree import Aggregate, Call, Get, Literal, Node, Query, Typed
from engine.fields.base import Reader, plain
from engine.markup import spoken
from engine.runtime.worded import PATH, member
from engine.runtime.work import Work
from engine.texts import text

EMPTY = text("（空）", "(empty)")
YES, NO = text("是", "Yes"), text("否", "No")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Key:
    """One formula that groups. `found` is the field it reads if it is just a field; `states` the titles of states in
    the workflow's order if it is a state; `period` the word of PERIOD if it is one."""

    typed: Typed
    found: FormField | None = None
    states: tuple[tuple[str, Any], ...] = ()
    period: str | None = None

    def label(self, value: Any, reader: Reader) -> str:
        """What the group is called."""
        if value is None:
            return EMPTY.to(reader.language)
        for name, title in self.states:
            if name == value:
                return str(title.to(reader.language))
        if self.typed.type.kind == "record":
            return reader.title_of(str(self.typed.type.shape), int(value))
        if self.period is not None and isinstance(value, date):
            return period_label(value, self.period, reader.language)
        if self.found is not None:
            return self.found.field.cell(value, reader)
        if isinstance(value, bool):
            return (YES if value else NO).to(reader.language)
        return shown(value, None, reader.zone)

    def rank(self, value: Any, label: str) -> tuple[Any, ...] | None:
        """The group's place by itself: states and options as declared, days and numbers ascending, the empty one last.

        None: it has none, so the larger comes first.
        """
        if value is None:
            return (2,)
        declared = [n for n, _ in self.states] or list(self.found.options if self.found is not None else ())
        if declared:
            return (0, declared.index(value)) if value in declared else (1, label)
        kind = self.typed.type.kind
        if kind in ("date", "instant", "number", "length", "boolean"):
            return (0, value)
        return None

    def condition(self, value: Any) -> str | None:
        """The condition, in the expression language, that is true for just this group's records; None: can't be
        said."""
        written, kind = self.typed.text.strip(), self.typed.type.kind
        path = PATH.fullmatch(written) is not None
        atom = written if path else f"({written})"
        if value is None:
            return f"ISBLANK({written})"
        if kind == "record":
            return f"{atom}.id = {value}" if path else None
        if kind == "boolean":
            return atom if value else f"not {atom}"
        if kind == "text":
            return f"{atom} = {plain(value)}"
        if kind == "number":
            return f"{atom} = {Decimal(value):f}"
        if kind == "date":
            return f"{atom} = {day(value)}"
        if kind == "instant":
            return f"{atom} = {moment(value)}"
        return None


def key_of(work: Work, typed: Typed) -> Key:
    """What is known of a grouping formula."""
    node = typed.tree
    read_of = member(typed)
    if read_of is not None:
        shape, name = read_of
        form = work.catalog.forms.get(shape)
        if name == "state" and form is not None and form.workflow is not None:
            return Key(typed, states=tuple((s.name, s.title) for s in form.workflow.states.values()))
        return Key(typed, work.catalog.field(shape, name))
    if isinstance(node, Call) and node.function == "PERIOD" and isinstance(node.args[1], Literal):
        return Key(typed, period=str(node.args[1].value).lower())
    return Key(typed)


def figure(work: Work, typed: Typed, format: str | None, value: Any, reader: Reader) -> Cell:
    """A measure's value as people read it: in the widget's format, else as the field that it sums up is shown."""
    if value is None:
        return Cell(None, "")
    if format is not None:
        return Cell(value, shown(value, format, reader.zone))
    found = measured(work, typed.tree)
    if found is not None and isinstance(value, Decimal):
        return Cell(value, spoken(escape(found.field.display(found.field.rounded(value), reader))))
    if isinstance(value, Decimal):
        return Cell(value, shown(value, "#,##0" if value == value.to_integral_value() else "#,##0.##", reader.zone))
    return Cell(value, shown(value, None, reader.zone))


def measured(work: Work, node: Node) -> FormField | None:
    """The number field whose values a measure adds up or picks from; None when it is about something else."""
    if not isinstance(node, Aggregate) or node.function not in ("SUM", "AVG", "MIN", "MAX", "FIRST", "LAST"):
        return None
    value = node.list.value if isinstance(node.list, Query) else None
    if not isinstance(value, Get) or value.of.type.shape is None:
        return None
    found = work.catalog.field(value.of.type.shape, value.name)
    return found if found is not None and found.field.numeric else None


def period_label(day: date, period: str, language: str) -> str:
    """The first day of a period as its name: 2026-03 or Mar 2026, 2026 年第 12 周 or W12 2026."""
    zh = language == "zh"
    if period == "year":
        return str(day.year)
    if period == "quarter":
        quarter = (day.month + 2) // 3
        return f"{day.year} Q{quarter}" if zh else f"Q{quarter} {day.year}"
    if period == "month":
        return f"{day:%Y-%m}" if zh else f"{MONTHS[day.month - 1]} {day.year}"
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year} 年第 {week} 周" if zh else f"W{week} {year}"
    return day.isoformat()


def period_short(day: date, period: str, language: str) -> str:
    """The same without its year, for among others of that year: 3月 or Mar, 第 12 周 or W12. "" for a year."""
    zh = language == "zh"
    if period == "quarter":
        return f"Q{(day.month + 2) // 3}"
    if period == "month":
        return f"{day.month}月" if zh else MONTHS[day.month - 1]
    if period == "week":
        return f"第 {day.isocalendar().week} 周" if zh else f"W{day.isocalendar().week}"
    if period == "year":
        return ""
    return f"{day:%m-%d}" if zh else f"{day.day} {MONTHS[day.month - 1]}"


def day(value: date) -> str:
    """A day as a literal of the language."""
    return f"DATE({value.year}, {value.month}, {value.day})"


def moment(value: datetime) -> str:
    """A moment as a literal: beside a moment, a text in ISO is one."""
    return plain(value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z")


def joined(conditions: Iterable[str]) -> str:
    """All of these conditions together; "" for none."""
    parts = [c for c in conditions if c]
    return parts[0] if len(parts) == 1 else " and ".join(f"({p})" for p in parts)
