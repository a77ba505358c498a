"""Serial numbers: given when they are due, counted by scope and period, and moved on by those that come with an import."""

from __future__ import annotations

import re
from decimal import Decimal

from engine.definitions.model import Form, FormField
from engine.runtime.record import Record
from engine.runtime.work import Work
from engine.storage.serials import next_number, reach


def number(work: Work, form: Form, record: Record, transition: str | None) -> bool:
    """Give the serial numbers that are due at creation (`transition` None) or with this transition. True: there was
    one."""
    due = [
        f for f in form.fields.values()
        if f.numbering is not None and f.numbering.given == transition and record.values.get(f.name) is None
    ]  # fmt: skip
    for found in due:
        record.values[found.name] = _number(work, form, record, found)
    return bool(due)


def catch_up(work: Work, form: Form, record: Record) -> None:
    """A number that came with an import moves its counter on, so that it is never given again."""
    for found in form.fields.values():
        brought = record.values.get(found.name)
        if found.numbering is None or brought is None:
            continue
        rule = found.numbering
        for figures in re.findall("[0-9]{1,18}", brought):
            if rule.pattern.render(work.env(record, seq=Decimal(figures))) == brought:
                scope = _scope(record, found)
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


def _scope(record: Record, found: FormField) -> str:
    assert found.numbering is not None
    return "\x1f".join(str(record.values.get(n)) for n in found.numbering.scope)


def _number(work: Work, form: Form, record: Record, found: FormField) -> str:
    rule = found.numbering
    assert rule is not None
    scope, when = _scope(record, found), period(work, rule.reset)
    seq = next_number(work.conn, form.name, found.name, scope, when, gapless=rule.gapless)
    return rule.pattern.render(work.env(record, seq=Decimal(seq)))


def period(work: Work, reset: str) -> str:
    """The name of the period in which a counter runs: "" when it never starts again."""
    today = work.today
    year, week, _ = today.isocalendar()
    names = {
        "day": today.isoformat(), "week": f"{year}-W{week:02}", "month": f"{today:%Y-%m}", "year": f"{today:%Y}",
    }  # fmt: skip
    return names.get(reset, "")
