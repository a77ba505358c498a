"""Times allowed, as written -> as clocks are set by: a length in working time, or a formula that gives a length or a moment.

Why: `4h` of a working day and `2d` from Friday mean working hours and working days; whoever writes a length in words needs
no formula, and whoever reckons (`=promised_on`) gets the same checks as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from engine.definitions.compile_effects import EffectCompiler, Inside
from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Draft
from engine.definitions.model import Clock, Due, Effect
from engine.definitions.parsing import At
from engine.definitions.workflow import Clock as ClockDefinition
from engine.definitions.workflow import PartTask, State
from engine.expressions.calls import CALENDARS
from engine.expressions.tree import Typed
from engine.problems import definition as codes
from engine.problems import task as tasks

LENGTH = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,3})?) ?(s|m|h|d|w)")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
KINDS = frozenset({"length", "instant", "date", "null"})
AWAITED = frozenset({"boolean", "instant", "date", "null"})


class TimeCompiler:
    """Compiles the times of one form's workflow."""

    def __init__(self, compiler: Compiler, effects: EffectCompiler, draft: Draft) -> None:
        self.compiler, self.effects, self.draft = compiler, effects, draft

    def state(self, state: State, at: At) -> tuple[Due | None, tuple[Effect, ...] | None]:
        """The time allowed in a state, and what is done when it is over (None: the holders are reminded)."""
        due = self.due(state.due, state.calendar, at)
        if state.due is None:
            for key in ("calendar", "overdue"):
                used = key == "calendar" and any(part.due or part.ends for part in state.tasks.values())
                if getattr(state, key) is not None and not used:
                    self.compiler.refuse(codes.DUE_MISSING, (at / key).place(key=True), key=key)
        overdue = None
        if state.overdue is not None:
            overdue = self._do(state.overdue, at / "overdue", tasked=bool(state.task or state.tasks))
        return due, overdue

    def part(
        self, task: PartTask, calendar: str | None, at: At
    ) -> tuple[Due | None, tuple[Effect, ...] | None, Due | None]:
        """The time allowed for one of several tasks, in its state's calendar, what is done when it is over (None: its holders
        are reminded), and when it ends by itself."""
        if task.due is None and task.overdue is not None:
            self.compiler.refuse(codes.DUE_MISSING, (at / "overdue").place(key=True), key="overdue")
        overdue = self._do(task.overdue, at / "overdue") if task.overdue is not None else None
        due, ends = (self._allowed(getattr(task, key), calendar, at / key) for key in ("due", "ends"))
        return due, overdue, ends

    def clocks(self, clocks: Mapping[str, ClockDefinition], at: At) -> dict[str, Clock]:
        """The clocks of a workflow; those whose time is wrong are left out."""
        found: dict[str, Clock] = {}
        self.compiler.named(clocks, at)
        scope = self.compiler.scope(self.draft.name)
        for name, clock in clocks.items():
            here = at / name
            due = self.due(clock.due, clock.calendar, here)
            title = self.draft.pack.book.title(clock.title, name, here / "title" if clock.title else here)
            start, stop, pause = (
                self.compiler.condition(getattr(clock, key), scope, here / key) for key in ("start", "stop", "pause")
            )
            met, overdue = self._do(clock.met, here / "met"), self._do(clock.overdue, here / "overdue")
            if due is not None:
                found[name] = Clock(name, title, due, start, stop, pause, met, overdue)
        return found

    def due(self, given: Any, calendar: str | None, at: At) -> Due | None:
        """One time allowed; None when there is none, or it is wrong."""
        if calendar is not None and not self._calendar(calendar, at / "calendar"):
            return None
        return self._allowed(given, calendar, at / "due")

    def _allowed(self, given: Any, calendar: str | None, here: At) -> Due | None:
        if given is None or (calendar is not None and calendar not in self.compiler.shapes.all[CALENDARS].members):
            return None
        text = str(given).strip()
        if text.startswith("="):
            typed = self.compiler.formula(text[1:].lstrip(), self.compiler.scope(self.draft.name), here)
            if typed is None:
                return None
            if typed.type.kind not in KINDS:
                self.compiler.refuse(codes.DUE_KIND, here.place(), given=text)
                return None
            return Due(0, timedelta(), typed, calendar)
        match = LENGTH.fullmatch(text)
        if match is None:
            code = codes.FORMULA_UNMARKED if text in self.compiler.slots_of(self.draft.name) else codes.DUE_KIND
            self.compiler.refuse(code, here.place(), given=text, found=text)
            return None
        return self._length(float(match[1]), match[2], calendar)

    def until(self, given: str, at: At) -> Typed | None:
        """What a state waits for: a condition, or a moment or date that is to come; None when it is wrong."""
        typed = self.compiler.plain_formula(given, self.compiler.scope(self.draft.name), at)
        if typed is not None and typed.type.kind not in AWAITED:
            self.compiler.refuse(tasks.WAIT_KIND, at.place(), until=given.strip())
            return None
        return typed

    def _length(self, number: float, unit: str, calendar: str | None) -> Due:
        if unit == "w" and calendar is not None:
            return self._length(number * self._worked(calendar), "d", calendar)
        if unit in "dw":
            days = number * (7 if unit == "w" else 1)
            return Due(int(days), timedelta(days=days - int(days)), None, calendar)
        return Due(0, timedelta(**{UNITS[unit]: number}), None, calendar)

    def _calendar(self, name: str, at: At) -> bool:
        return self.compiler.known(codes.UNKNOWN_CALENDAR, name, self.compiler.shapes.all[CALENDARS].members, at)

    def _worked(self, calendar: str) -> int:
        names = self.compiler.shapes.all[CALENDARS].members[calendar].names or {}
        return str(names.get("week", "")).count("1")

    def _do(self, actions: Any, at: At, *, tasked: bool = True) -> tuple[Effect, ...]:
        return self.effects.effects(actions, at, Inside(self.draft.name, self.draft.pack, tasked=tasked))
