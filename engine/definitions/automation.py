"""What an automation's file may say: what sets it off, for which records, and what it does."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic import Field as Key

from engine.definitions.actions import Action, Sort
from engine.definitions.base import Definition, Formula, Names, Words, strings

Events = Annotated[tuple[Literal["created", "updated", "deleted", "moved"], ...], BeforeValidator(strings)]


class AutomationDefinition(Definition):
    """An automation's file."""

    title: Words | None = Key(None, description="What people see / 标题")
    form: str | None = Key(None, description="A form or its lines: `this` is a record of it; none with every / 表单")
    event: Events = Key((), description="created, updated, deleted, moved (the state changed) / 触发事件")
    changed: Names = Key((), description="Only if one of these fields changed; always / 字段变化")
    when: Formula | None = Key(None, description="Only if; old is the record before / 条件")
    mode: Literal["together", "afterwards"] = Key(
        "together", description="In the same transaction, or after it and tried again / 同一事务或事后"
    )
    every: str | None = Key(
        None, description="hour, day, weekday, week, month, year, a length, or five cron fields / 周期"
    )
    time: str = Key("00:00", description="Time of day / 时刻")
    where: Formula | None = Key(None, description="The records it runs for, each in its own transaction; all / 筛选")
    sort: Sort = Key((), description="Their order / 排序")
    catch_up: Literal["last", "each", "skip"] = Key(
        "last", description="Runs missed while the server was off: the last, each with its day, none / 补跑"
    )
    hook: str | None = Key(
        None, description="A message of another system to /hooks/NAME sets it off; the name of the secret / 外部消息"
    )
    verify: Literal["signature", "token"] = Key(
        "signature",
        description="It is signed (Standard Webhooks), or brings the secret itself as a bearer token / 验证方式",
    )
    ask: dict[str, Any] = Key(default_factory=dict, description="name: field, what is read of the message / 读取的内容")
    take: dict[str, str] = Key(
        default_factory=dict, description="name of ask: path in the message; the name itself / 在消息里的路径"
    )
    imports: bool = Key(True, description="Whether imported records set it off / 导入时是否触发")
    do: tuple[Action, ...] = Key(description="Actions / 动作")
