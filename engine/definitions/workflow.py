"""What a workflow's file may say: states first, transitions after."""

from __future__ import annotations

from typing import Literal

from pydantic import Field as Key

from engine.definitions.actions import Action
from engine.definitions.base import Definition, Formula, Names, Words
from engine.definitions.form import Transition


class Choice(Definition):
    """One way out of a state in which nobody stays."""

    when: Formula | None = Key(None, description="Condition; the last has none / 条件")
    to: str = Key(description="State / 到")
    do: tuple[Action, ...] = Key((), description="Actions / 动作")


class State(Definition):
    """One state."""

    title: Words | None = Key(None, description="What people see / 标题")
    color: Literal["new", "mine", "run", "wait", "ok", "bad", "void"] | None = Key(
        None, description="Kind of badge / 颜色"
    )
    was: Names = Key((), description="Old names / 旧名称")
    final: Literal["success", "failure"] | None = Key(None, description="success or failure / 结束")
    choose: tuple[Choice, ...] = Key((), description="Nobody stays here: the first that holds / 分支")
    enter: tuple[Action, ...] = Key((), description="Actions on entering / 进入时")
    leave: tuple[Action, ...] = Key((), description="Actions on leaving / 离开时")


class WorkflowDefinition(Definition):
    """A workflow's file; it is that of the form of the same name."""

    title: Words | None = Key(None, description="What people see / 标题")
    initial: str | None = Key(None, description="State of a new record; the first / 初始状态")
    states: dict[str, State] = Key(description="name: state / 状态")
    transitions: dict[str, Transition] = Key(default_factory=dict, description="name: transition / 流转")
