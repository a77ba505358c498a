"""What a workflow's file may say: states first, transitions after."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator
from pydantic import Field as Key

from engine.definitions.actions import Action
from engine.definitions.base import Definition, Formula, Names, Value, Words, strings
from engine.definitions.form import Transition
from engine.fields.base import Misdeclared
from engine.problems import problem
from engine.problems.task import ENOUGH_ONE


class Choice(Definition):
    """One way out of a state in which nobody stays."""

    when: Formula | None = Key(None, description="Condition; the last has none / 条件")
    to: str = Key(description="State / 到")
    do: tuple[Action, ...] = Key((), description="Actions / 动作")


def _part(given: Any) -> Any:
    """`50%` as 0.5; else unchanged."""
    figures = given[:-1].strip() if isinstance(given, str) and given.endswith("%") else ""
    return Decimal(figures) / 100 if figures.replace(".", "", 1).isdigit() else given


class Enough(Definition):
    """How many of those who have a task must agree: so many, or such a share of them."""

    at_least: int | None = Key(None, ge=1, description="So many people / 至少几人")
    share: Annotated[Decimal, BeforeValidator(_part)] | None = Key(
        None, gt=0, le=1, description="Such a share of them, 50% / 占比"
    )


def _one(given: Any) -> Any:
    """One of the two keys."""
    if isinstance(given, Enough) and (given.at_least is None) == (given.share is None):
        raise Misdeclared(problem(ENOUGH_ONE))
    return given


class Task(Definition):
    """What people must do while a record is in a state."""

    title: Words | None = Key(None, description="What people see; the state's / 标题")
    assign: Any = Key(description="Who gets it / 交给谁")
    exclude: Any = Key(None, description="Who never gets it / 排除谁")
    nobody: Any = Key("admin", description="Who gets it if nobody is left / 没有人时交给谁")
    complete: Annotated[Literal["any", "all", "in_order"] | Enough, AfterValidator(_one)] = Key(
        "any", description="When it is done: any, all, in_order, or at_least or share of them / 怎样算完成"
    )
    edit: Names = Key((), description="Fields that may be edited meanwhile / 可填字段")
    hide: Names = Key((), description="Fields that are hidden from them / 隐藏字段")
    require: Names = Key((), description="Fields that must be filled to agree / 必填字段")
    can: Annotated[tuple[Literal["transfer", "add_signer", "stash"], ...], BeforeValidator(strings)] = Key(
        (), description="What else they may do / 还可以"
    )
    signature: bool = Key(False, description="Whoever decides signs, with the opinion / 要签名")
    return_to: Names = Key((), description="States it may be sent back to / 可退回到")
    skip: Literal["same_as_previous", "handled_before"] | None = Key(
        None, description="Whoever agreed before needn't again, unless a value changed / 重复审批自动通过"
    )


class PartTask(Task):
    """One of several tasks of a state."""

    when: Formula | None = Key(None, description="Opened only if / 何时需要")
    optional: bool = Key(False, description="Need not be done / 可以不办")
    due: Value | None = Key(None, description="Time allowed for it: a length, =moment or =date / 时限")
    overdue: tuple[Action, ...] | None = Key(None, description="Actions when it is over; a reminder / 超时动作")
    ends: Value | None = Key(None, description="Ends by itself after / 到时自动结束")


class Wait(Definition):
    """One thing a state waits for."""

    until: Formula = Key(description="Moves on when this becomes true, or at this moment (a date: its first) / 直到")
    to: str = Key(description="State / 到")


class State(Definition):
    """One state."""

    title: Words | None = Key(None, description="What people see / 标题")
    color: Literal["new", "mine", "run", "wait", "ok", "bad", "void"] | None = Key(
        None, description="Kind of badge / 颜色"
    )
    was: Names = Key((), description="Old names / 旧名称")
    final: Literal["success", "failure"] | None = Key(None, description="success or failure / 结束")
    task: Task | None = Key(None, description="What people must do here / 任务")
    tasks: dict[str, PartTask] = Key(default_factory=dict, description="name: task, all open at once / 同时进行的任务")
    then: str | None = Key(None, description="State that follows when all tasks are done / 任务都办完后到")
    choose: tuple[Choice, ...] = Key((), description="Nobody stays here: the first that holds / 分支")
    wait: tuple[Wait, ...] = Key(
        (), description="Moves on by itself when a condition becomes true or a moment comes / 等待"
    )
    due: Value | None = Key(None, description="Time allowed here: a length, =moment or =date / 时限")
    calendar: str | None = Key(None, description="Working time that counts; round the clock / 工作日历")
    overdue: tuple[Action, ...] | None = Key(None, description="Actions when it is over; a reminder / 超时动作")
    enter: tuple[Action, ...] = Key((), description="Actions on entering / 进入时")
    leave: tuple[Action, ...] = Key((), description="Actions on leaving / 离开时")


class Clock(Definition):
    """A time that runs across states."""

    title: Words | None = Key(None, description="What people see / 标题")
    due: Value = Key(description="Time allowed: a length, =moment or =date / 时限")
    calendar: str | None = Key(None, description="Working time that counts; round the clock / 工作日历")
    start: Formula | None = Key(None, description="Starts when this is true; at once / 开始条件")
    stop: Formula | None = Key(None, description="Stops when this is true; when the state is final / 停止条件")
    pause: Formula | None = Key(None, description="Stands still while this is true; never / 暂停条件")
    met: tuple[Action, ...] = Key((), description="Actions when it stops in time / 按时动作")
    overdue: tuple[Action, ...] = Key((), description="Actions when it is over / 超时动作")


class WorkflowDefinition(Definition):
    """A workflow's file; it is that of the form of the same name."""

    title: Words | None = Key(None, description="What people see / 标题")
    initial: str | None = Key(None, description="State of a new record; the first / 初始状态")
    withdraw: Literal["start", "any", "never"] = Key(
        "start", description="The creator may take it back from a task: while nobody acted, any time, never / 撤回"
    )
    states: dict[str, State] = Key(description="name: state / 状态")
    clocks: dict[str, Clock] = Key(default_factory=dict, description="name: clock / 计时")
    transitions: dict[str, Transition] = Key(default_factory=dict, description="name: transition / 流转")

    @property
    def tasked(self) -> frozenset[str]:
        """The states with tasks."""
        return frozenset(name for name, state in self.states.items() if state.task or state.tasks)

    @property
    def first(self) -> str:
        """The state of a new record; "" where there is none at all."""
        return self.initial or next(iter(self.states), "")

    @property
    def withdrawn(self) -> bool:
        """Whether the creator may ever take a record back."""
        return self.withdraw != "never" and bool(self.tasked - {self.first})
