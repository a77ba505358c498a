"""What an action may say: the steps of a transition, a button or a state, in order, in one transaction.

An action is a mapping with exactly one of the verbs below and the keys that go with it. The models keep what was
written; the catalog compiles it (`catalog/effects.py`) and `runtime/effects.py` runs it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic import Field as Key

from engine.definitions.base import Definition, Formula, Message, Names, Value, strings

VERBS = (
    "set", "let", "create", "upsert", "update", "delete", "fire", "for_each", "choose", "reset", "notify", "mail", "call",
    "refuse", "open", "transfer",
)  # fmt: skip
"""The verbs that are built."""

Values = dict[str, Any]
"""name: value. For a lines field: a query with `set`, or a list of rows."""

Sort = Annotated[tuple[str, ...], BeforeValidator(strings)]


class Branch(Definition):
    """One branch of `choose`: the first whose condition holds is done."""

    when: Formula | None = Key(None, description="Condition; the last branch may have none / 条件")
    do: tuple[Action, ...] = Key(description="Actions / 动作")


class ShareOut(Definition):
    """How an amount is handed out to the records read, in their order."""

    amount: Value = Key(description="What is handed out / 总量")
    up_to: Formula = Key(description="How much one record takes at most / 每条至多")


class Action(Definition):
    """One action."""

    when: Formula | None = Key(None, description="Only if / 条件")
    set: Values | None = Key(None, description="Values of this record, or of what is created or updated / 赋值")
    let: Values | None = Key(None, description="Names for the actions after it / 中间值")
    create: str | None = Key(None, description="Form: a new record / 新建记录")
    upsert: str | None = Key(
        None, description="Form: the record with this key is updated, or else created / 更新或新建"
    )
    key: Values | None = Key(None, description="name: value by which the record is found / 查找条件")
    share_out: ShareOut | None = Key(
        None, description="Query: hands an amount out, to each as much as it takes, as `share` / 依次分配"
    )
    update: Value | None = Key(None, description="=record or =records / 更新记录")
    delete: Value | None = Key(None, description="=record or =records / 删除记录")
    fire: str | None = Key(None, description="A transition / 触发流转")
    for_each: str | None = Key(None, description="A form or a list / 逐条")
    choose: tuple[Branch, ...] | None = Key(None, description="The first branch that holds / 分支")
    reset: Names | None = Key(None, description="Fields that take their default again / 恢复默认")
    notify: Any = Key(None, description="People who get a notice / 通知谁")
    mail: Any = Key(None, description="Addresses that get a mail: texts, or persons / 发邮件给谁")
    subject: Message | None = Key(None, description="Of the mail, or the heading of what a robot says / 标题")
    body: Message | None = Key(
        None, description="Of the mail: text, or {file: NAME.txt} of the pack's templates / 邮件正文"
    )
    attach: Names | None = Key(None, description="Prints of the record, attached to the mail / 附上的打印件")
    call: str | None = Key(None, description="A connection and a path, courier/labels / 调用外部系统")
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | None = Key(None, description="Of the call; POST / 方法")
    send: Values | None = Key(None, description="name: value, what is sent as JSON / 发送的内容")
    take: dict[str, str] | None = Key(None, description="field: path in the answer / 取回的内容")
    refuse: Message | None = Key(None, description="Everything is undone, and the person reads this / 拒绝")
    open: Value | None = Key(None, description="=record: the page goes there / 打开")
    transfer: Any = Key(
        None, description="People who get the open tasks of this record; `holder` is who has one / 把任务转交给谁"
    )
    compensate: tuple[Action, ...] | Literal["none"] | None = Key(
        None,
        description="What undoes it when the creator takes the record back; none: it can't be taken back then / 撤回时",
    )
    message: Message | None = Key(None, description="What the notice, or the robot called, says / 通知内容")
    as_: str | None = Key(None, alias="as", description="A name for what was made or read / 命名")
    for_: Value | None = Key(None, alias="for", description="=record or =records that fire / 对象")
    copy_: Value | None = Key(None, alias="copy", description="=record to start from / 复制自")
    from_: str | None = Key(None, alias="from", description="Query: one for each record read / 数据来源")
    where: Formula | None = Key(None, description="Query: which records / 筛选")
    by: Any = Key(None, description="Query: one for each group / 分组")
    sort: Sort = Key((), description="Query: order / 排序")
    limit: int | None = Key(None, ge=1, description="Query: at most / 上限")
    link: str | None = Key(None, description="Field of the source that gets the new record / 回写")
    do: tuple[Action, ...] | None = Key(None, description="Actions for each / 动作")

    def verb(self) -> str | None:
        """The one verb of this action; None when it has none, or several that exclude each other."""
        found = [v for v in VERBS if getattr(self, v) is not None]
        if len(found) == 2 and "set" in found and found[1] in ("create", "upsert", "update"):
            return found[1]
        return found[0] if len(found) == 1 else None


Branch.model_rebuild()
Action.model_rebuild()
