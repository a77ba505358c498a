"""What a form's file may say. Its fields are models of their own types (`engine/fields`); the catalog reads them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict
from pydantic import Field as Key

from engine.definitions.actions import Action, Sort
from engine.definitions.base import Definition, Formula, Message, Names, Words, strings

CAN = ("view", "create", "edit", "delete", "copy", "import", "export", "print")
Can = Literal["view", "create", "edit", "delete", "copy", "import", "export", "print"]


class Rule(Definition):
    """One rule: a condition that must hold, or fields that together occur once."""

    check: Formula | None = Key(None, description="Must be true / 必须成立")
    unique: Names | None = Key(None, description="Fields that together occur once / 组合唯一")
    from_: str | None = Key(None, alias="from", description="Check each record of this list / 逐行检查")
    where: Formula | None = Key(None, description="Among which records / 范围")
    sort: Sort = Key((), description="In which order they are checked and told / 检查的次序")
    at: Names = Key((), description="Only then: create, delete, names of transitions / 时机")
    message: Message | None = Key(None, description="What people read / 提示")
    level: Literal["error", "warn", "info"] = Key("error", description="warn may be confirmed / 级别")


class View(Definition):
    """One view of a form's records."""

    type: str = Key("table", description="table, kanban, calendar, gantt, gallery, map, tree / 视图类型")
    title: Words | None = Key(None, description="What people see / 标题")
    columns: Names = Key(
        (), description="Fields shown, also of what they point at: customer.level / 列，也可写引用的字段"
    )
    where: Formula | None = Key(None, description="Which records / 筛选")
    sort: Sort = Key((), description="Field, or -field; also customer.level / 排序")
    by: str | None = Key(
        None,
        description="kanban: a column for each state or option; map: the location; tree: the record above / "
        "看板按什么分列，地图的位置，树的上级",
    )
    start: str | None = Key(
        None, description="calendar: the date, or the first day; gantt: the first day / 日历、甘特图的开始"
    )
    end: str | None = Key(
        None, description="calendar, gantt: the last day; kanban: the day it is due / 日历、甘特图的结束，看板的期限"
    )
    role: Names = Key((), description="Who sees it / 谁能看")


class Print(Definition):
    """One print of a record."""

    title: Words | None = Key(None, description="What people see / 标题")
    template: str = Key(description="templates/NAME.docx, .xlsx or .html / 模板文件")


class Section(Definition):
    """One section of the layout."""

    title: Words | None = Key(None, description="Heading / 标题")
    fields: Names = Key((), description="Fields in order / 字段")
    visible: Formula = Key("true", description="Shown only if / 可见")
    note: Message | None = Key(None, description="Text between fields / 说明")
    tab: bool = Key(
        False,
        description="Starts a tab, for the sections after it too / 从这一节起是一个页签，后面没写 tab 的节也在里面",
    )
    icon: str | None = Key(None, description="Icon / 图标")


class Access(Definition):
    """What one role may do with which records."""

    role: Names = Key((), description="Roles; the set's name if left out / 角色")
    can: tuple[Can, ...] = Key(description="view create edit delete copy import export print / 权限")
    where: Formula | None = Key(None, description="With which records / 哪些记录")
    hide: Names = Key((), description="Fields not seen / 隐藏字段")
    readonly: Names = Key((), description="Fields not changed / 只读字段")


class Transition(Definition):
    """A button: what it moves (in a workflow), who may press it and what it does."""

    title: Words | None = Key(None, description="The button's words / 按钮")
    icon: str | None = Key(None, description="Icon / 图标")
    from_: Names = Key((), alias="from", description="States; any: every state that is not final / 从")
    to: str | None = Key(None, description="State; none: the state stays / 到")
    who: Any = Key(None, description="People who may press it / 谁可以")
    when: Formula | None = Key(None, description="Offered only if / 何时提供")
    edit: Names = Key((), description="Fields asked for with it / 可填字段")
    require: Names = Key((), description="Fields that must be filled / 必填字段")
    ask: dict[str, Any] = Key(default_factory=dict, description="Further inputs, name: field / 另外询问")
    confirm: Message | None = Key(None, description="A question first / 确认")
    opinion: Literal["none", "optional", "required"] | None = Key(None, description="Opinion / 意见")
    alone: bool | None = Key(
        None, description="One person suffices, whatever complete says; else true but for a state's first / 一人即可"
    )
    drag: bool = Key(True, description="A kanban drag fires it too / 可拖动")
    bulk: Literal["each", "together"] = Key(
        "each", description="On ticked records: one by one, or all or none; then `do` runs once, on `selected` / 批量"
    )
    do: tuple[Action, ...] = Key((), description="Actions / 动作")


class Source(Definition):
    """One source of a form that is computed as a whole."""

    from_: str = Key(alias="from", description="Form, or form.lines / 来源表单")
    where: Formula | None = Key(None, description="Which records / 筛选")
    by: dict[str, Formula] = Key(
        default_factory=dict, description="Key field: formula over the record; else its field of that name / 主键取自"
    )


class Walk(Definition):
    """Rows that lead from one record to the next, followed to every depth."""

    from_: str = Key(alias="from", description="Form, or form.lines / 来源表单")
    where: Formula | None = Key(None, description="Which rows lead on / 筛选")
    start: Formula = Key(description="The record that a row leads from / 起点")
    next: Formula = Key(description="The record that it leads to / 终点")
    multiply: dict[str, Formula] = Key(
        default_factory=dict, description="name: number, multiplied along the way / 沿途相乘"
    )


class FragmentDefinition(Definition):
    """A fragment's file: parts of a form that several forms `use`."""

    fields: dict[str, Any] = Key(default_factory=dict, description="name: field / 字段")
    rules: dict[str, Rule] = Key(default_factory=dict, description="name: rule / 规则")
    views: dict[str, View] = Key(default_factory=dict, description="name: view / 视图")
    access: dict[str, Access] = Key(default_factory=dict, description="name: set / 权限组")


class FormDefinition(Definition):
    """A form's file."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["fields"]}, {"required": ["walk"]}]})

    title: Words | None = Key(None, description="What people see / 标题")
    help: Words | None = Key(None, description="One sentence / 说明")
    icon: str | None = Key(None, description="Icon / 图标")
    was: Names = Key((), description="Old names / 旧名称")
    fields: dict[str, Any] = Key(default_factory=dict, description="name: field / 字段")
    record_title: Message | None = Key(None, description="What a record is called / 记录名称")
    key: str | None = Key(None, description="The field that names a record / 主键字段")
    rules: dict[str, Rule] = Key(default_factory=dict, description="name: rule / 规则")
    views: dict[str, View] = Key(default_factory=dict, description="name: view / 视图")
    layout: Annotated[tuple[Section, ...], BeforeValidator(strings)] = Key((), description="Sections / 布局")
    access: dict[str, Access] = Key(default_factory=dict, description="name: set / 权限组")
    actions: dict[str, Transition] = Key(default_factory=dict, description="name: button / 按钮")
    use: Names = Key((), description="Fragments, whose fields, rules, views and access are added / 引用的片段")
    comments: bool = Key(True, description="People may comment / 可评论")
    prints: dict[str, Print] = Key(default_factory=dict, description="name: print / 打印模板")
    aggregate: dict[str, Source] | None = Key(
        None, description="Computed from sources (name: query), kept in their transaction / 汇总表"
    )
    dataset: dict[str, Source] | None = Key(
        None, description="Computed from sources (name: query) when it is read / 数据集"
    )
    walk: Walk | None = Key(None, description="Computed by following rows to every depth / 逐层展开")
