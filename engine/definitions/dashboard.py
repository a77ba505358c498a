"""What a dashboard's file may say. Its widgets are models of their own chart types (`engine/charts`)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field as Key

from engine.definitions.base import Definition, Names, Words

Period = Literal[
    "today", "last_7_days", "last_30_days", "this_month", "last_month", "this_quarter", "last_quarter",
    "this_year", "last_year", "last_12_months", "all",
]  # fmt: skip
"""The periods that have a name; `runtime/periods.py` knows their days."""


class Filter(Definition):
    """One filter: it narrows the widgets that read these forms."""

    fields: Names = Key(description="form.field / 字段")
    default: Period | None = Key(None, description="The period at first: this_year, … / 默认时间段")
    title: Words | None = Key(None, description="What people see / 标题")


class DashboardDefinition(Definition):
    """A dashboard's file."""

    title: Words | None = Key(None, description="What people see / 标题")
    icon: str | None = Key(None, description="Icon / 图标")
    roles: Names = Key(("everyone",), description="Who sees it / 谁能看")
    filters: dict[str, Filter] = Key(default_factory=dict, description="name: filter / 筛选")
    widgets: dict[str, Any] = Key(description="name: widget / 图表")
