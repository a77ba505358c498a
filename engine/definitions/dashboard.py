"""What a dashboard's file may say. Its widgets are models of their own chart types (`engine/charts`)."""

from __future__ import annotations

from typing import Any

from pydantic import Field as Key

from engine.definitions.base import Definition, Names, Words


class Filter(Definition):
    """One filter: it narrows the widgets that read these forms."""

    fields: Names = Key(description="form.field / 字段")
    default: str | None = Key(None, description="this_year, this_month, … / 默认值")
    title: Words | None = Key(None, description="What people see / 标题")


class DashboardDefinition(Definition):
    """A dashboard's file."""

    title: Words | None = Key(None, description="What people see / 标题")
    icon: str | None = Key(None, description="Icon / 图标")
    roles: Names = Key(("everyone",), description="Who sees it / 谁能看")
    filters: dict[str, Filter] = Key(default_factory=dict, description="name: filter / 筛选")
    widgets: dict[str, Any] = Key(description="name: widget / 图表")
