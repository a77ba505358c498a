"""What `pack.yaml` may say."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field as Key

from engine.definitions.base import Definition, Names, Words


class MenuGroup(Definition):
    """One group of the menu."""

    title: Words = Key(description="What people see / 标题")
    show: Names = Key(description="Forms and dashboards / 表单与看板")


class DemoDepartment(Definition):
    """A department of the demo."""

    name: Words = Key(description="Its name / 名称")
    head: str | None = Key(None, description="A person of the demo / 负责人")
    parent: str | None = Key(None, description="A department of the demo / 上级")


class DemoPerson(Definition):
    """A person of the demo."""

    name: str = Key(description="Name / 姓名")
    roles: Names = Key((), description="Roles / 角色")
    department: str | None = Key(None, description="A department of the demo / 部门")
    language: str | None = Key(None, description="zh or en / 语言")


class DemoStep(Definition):
    """One step that walks a record of the demo."""

    as_: str = Key(alias="as", description="Who / 谁")
    fire: str = Key(description="Transition / 流转")
    for_: str = Key(alias="for", description="form/KEY / 记录")
    set: dict[str, Any] = Key(default_factory=dict, description="Fields asked for / 填写")
    ask: dict[str, Any] = Key(default_factory=dict, description="Further inputs / 询问")
    opinion: str | None = Key(None, description="Opinion / 意见")
    at: Any = Key(None, description="=moment / 时间")


class Demo(Definition):
    """People, records and steps that show the pack at work."""

    departments: dict[str, DemoDepartment] = Key(default_factory=dict, description="name: department / 部门")
    people: dict[str, DemoPerson] = Key(default_factory=dict, description="login: person / 人员")
    records: dict[str, tuple[dict[str, Any], ...]] = Key(default_factory=dict, description="form: records / 记录")
    steps: tuple[DemoStep, ...] = Key((), description="Transitions in order / 步骤")


class CalendarDefinition(Definition):
    """Working time: which days of the week, which hours, and the form that holds the holidays."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Key(
        ("mon", "tue", "wed", "thu", "fri"), description="Days that are worked / 工作的日子"
    )
    hours: tuple[str, ...] = Key((), description='From and to, as "09:00-12:00"; none: all day / 工作时段，不写为全天')
    holidays: str | None = Key(None, description="form.field: a date field / 节假日的日期字段")


class ConnectionDefinition(Definition):
    """Another system that actions call."""

    url: str | None = Key(None, description="Beginning of its addresses, https://…; a robot has its service's / 地址")
    secret: str | None = Key(None, description="Name in the secret store; messages are signed with it / 密钥名")
    robot: Literal["wecom", "dingtalk", "feishu"] | None = Key(
        None, description="It is a group chat's robot: call says a message / 群机器人"
    )
    key: str | None = Key(
        None, description="Of a robot: the name in the secret store of what its address ends with / 机器人的 key"
    )
    language: Literal["zh", "en"] | None = Key(None, description="Of a robot's messages; the pack's / 消息语言")


class PackDefinition(Definition):
    """A pack's file."""

    title: Words | None = Key(None, description="What people see / 标题")
    version: str = Key("0", description="Version / 版本")
    license: str | None = Key(None, description="Licence / 许可")
    language: str = Key("zh", description="Language of the texts / 语言")
    requires: dict[str, str] = Key(default_factory=dict, description="pack: versions / 依赖")
    roles: dict[str, Words] = Key(default_factory=dict, description="name: title / 角色")
    settings: dict[str, Any] = Key(default_factory=dict, description="name: field / 设置")
    options: dict[str, Any] = Key(default_factory=dict, description="name: a list of options / 选项")
    calendars: dict[str, CalendarDefinition] = Key(default_factory=dict, description="name: working time / 工作日历")
    connections: dict[str, ConnectionDefinition] = Key(
        default_factory=dict, description="name: other system / 外部系统"
    )
    menu: tuple[MenuGroup, ...] = Key((), description="Groups / 菜单")
    demo: Demo | None = Key(None, description="Demo / 演示")
