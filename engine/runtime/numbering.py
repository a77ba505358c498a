"""Serial numbers: given when they are due, counted by scope and period, and moved on by those that come with an import."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from engine.definitions.model import Form, FormField
from engine.runtime.clocks import clocks_of
from engine.runtime.record import Record
from engine.runtime.work import Work
from engine.storage.serials import next_numbers, reach


def number(work: Work, form: Form, record: Record, transition: str | None) -> bool:
    """Give the serial numbers that are due at creation (`transition` None) or with this transition. True: there was
    one."""
    return bool(number_many(work, form, [record], transition))


def number_many(work: Work, form: Form, records: Sequence[Record], transition: str | None) -> list[Record]:
    """As `number` for several records, in their order, each counter moved once; gives those that got a number."""
    numbered: dict[int, Record] = {}
    for found in form.numbered:
        rule = found.numbering
        if rule is None or rule.given != transition:
            continue
        when, scopes = period(work, rule.reset), dict[str, list[Record]]()
        for record in records:
            if record.values.get(found.name) is None:
                scopes.setdefault(counter_of(record, found), []).append(record)
        env, variables = work.passing()
        clocked = form.workflow is not None and bool(form.workflow.clocks)
        for scope, due in scopes.items():
            taken = next_numbers(
                work.conn, form.name, found.name, scope, when, count=len(due), gapless=rule.gapless
            )  # fmt: skip
            for record, seq in zip(due, taken, strict=True):
                variables["this"] = variables["row"] = record
                variables["seq"] = Decimal(seq)
                if clocked:
                    variables["clocks"] = clocks_of(work, record)
                record.values[found.name] = rule.pattern.render(env)
                numbered[id(record)] = record
    return list(numbered.values())


def catch_up(work: Work, form: Form, record: Record) -> None:
    """A number that came with an import moves its counter on, so that it is never given again."""
    for found in form.numbered:
        brought = record.values.get(found.name)
        if found.numbering is None or brought is None:
            continue
        rule = found.numbering
        for figures in re.findall("[0-9]{1,18}", brought):
            if rule.pattern.render(work.env(record, seq=Decimal(figures))) == brought:
                scope = counter_of(record, found)
                reach(
                    work.conn,
                    form.name,
                    found.name,
                    int(figures),
                    scope,
                    period(work, rule.reset),
                    gapless=rule.gapless,
                )
                break


def counter_of(record: Record, found: FormField) -> str:
    """The scope of the counter that numbers this record; "" where there is only one."""
    assert found.numbering is not None
    return "\x1f".join(str(record.values.get(n)) for n in found.numbering.scope)


def period(work: Work, reset: str) -> str:
    """The name of the period in which a counter runs: "" when it never starts again."""
    return period_of(work.today, reset)


def period_of(today: date, reset: str) -> str:
    """The same for a day."""
    year, week, _ = today.isocalendar()
    names = {
        "day": today.isoformat(), "week": f"{year}-W{week:02}", "month": f"{today:%Y-%m}", "year": f"{today:%Y}",
    }  # fmt: skip
    return names.get(reset, "")
