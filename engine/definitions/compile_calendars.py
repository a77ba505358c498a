"""The calendars of packs: checked, and made known to formulas as members of the shape `calendars`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time

from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Draft
from engine.definitions.model import Calendar
from engine.definitions.pack import CalendarDefinition
from engine.definitions.packs import Pack
from engine.definitions.parsing import At
from engine.definitions.shapes import Known
from engine.expressions.calls import CALENDARS
from engine.expressions.types import DATE, Member
from engine.problems import definition as codes

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]|24):([0-5][0-9])")


def calendars(compiler: Compiler, packs: list[Pack], drafts: Mapping[str, Draft]) -> dict[str, Calendar]:
    """All calendars by name; one whose name another pack has already is refused."""
    shape = compiler.shapes.add(Known(CALENDARS))
    found: dict[str, Calendar] = {}
    for pack in packs:
        at = pack.at / CALENDARS
        compiler.named(pack.definition.calendars, at)
        for name, declared in pack.definition.calendars.items():
            if name in found:
                compiler.refuse(codes.DUPLICATE_DEFINITION, (at / name).place(key=True), name=name, other="pack.yaml")
                continue
            found[name] = made = _calendar(compiler, declared, drafts, at / name)
            form, field = made.holidays or ("", "")
            shape.members[name] = Member(name, DATE, names={"week": made.week, "form": form, "field": field})
    return found


def _calendar(compiler: Compiler, declared: CalendarDefinition, drafts: Mapping[str, Draft], at: At) -> Calendar:
    week = "".join("1" if day in declared.days else "0" for day in WEEK)
    return Calendar(week, _hours(compiler, declared.hours, at / "hours"), _holidays(compiler, declared, drafts, at))


def _hours(compiler: Compiler, given: tuple[str, ...], at: At) -> tuple[tuple[time, time], ...]:
    found: list[tuple[time, time]] = []
    for i, words in enumerate(given):
        match = _SPAN.fullmatch(words)
        start, end = (words[:5], words[6:]) if match else ("", "")
        if not match or start >= end or end > "24:00" or (found and time.fromisoformat(start) < found[-1][1]):
            compiler.refuse(codes.CALENDAR_HOURS, (at / i).place(), given=words)
            continue
        # midnight at the end of the day is its last moment
        last = time.max if end == "24:00" else time.fromisoformat(end)
        found.append((time.fromisoformat(start), last))
    return tuple(found)


def _holidays(
    compiler: Compiler, declared: CalendarDefinition, drafts: Mapping[str, Draft], at: At
) -> tuple[str, str] | None:
    if declared.holidays is None:
        return None
    form, _, field = declared.holidays.partition(".")
    draft = drafts.get(form)
    slot = draft.slots.get(field) if draft is not None else None
    if slot is None or slot.type.kind != "date":
        compiler.refuse(codes.CALENDAR_HOLIDAYS, (at / "holidays").place(), given=declared.holidays)
        return None
    return form, field
