"""All automations for administrators: of which form, what sets each off, when it comes next, and how its last run ended."""

from __future__ import annotations

from dataclasses import dataclass

from engine.definitions.model import Automation
from engine.definitions.schedule import Schedule, words_of
from engine.runtime import runs
from engine.runtime.work import Work
from engine.web import figures
from engine.web.visit import Visit

KINDS = {
    "done": "ok", "failed": "run", "dead": "bad", "refused": "bad", "nobody": "wait", "gone": "void", "late": "void",
}  # fmt: skip
"""The kind of badge of each state of a run."""


@dataclass(frozen=True)
class Line:
    """An automation in words; `next last state` are "" where there is none."""

    name: str
    title: str
    form: str
    when: str
    next: str
    last: str
    state: str
    kind: str


def lines(visit: Visit, work: Work) -> list[Line]:
    """All of them, by form. Refused for all but administrators."""
    found = [_line(visit, one) for one in runs.known(work)]
    return sorted(found, key=lambda one: (one.form, one.title))


def _line(visit: Visit, known: runs.Known) -> Line:
    automation, last = known.automation, known.last
    form = visit.catalog.forms.get(automation.form.partition(".")[0])
    return Line(
        name=automation.name, title=visit.text(automation.title),
        form=visit.text(form.title) if form is not None else visit.t("auto_formless"), when=_when(visit, automation),
        next=figures.moment(known.next, visit.reader), last=figures.moment(last.at, visit.reader) if last else "",
        state=visit.t(f"run_{last.state}") if last else "", kind=KINDS.get(last.state, "void") if last else "void",
    )  # fmt: skip


def _when(visit: Visit, automation: Automation) -> str:
    if automation.hook is not None:
        return visit.t("auto_hook", name=automation.name)
    if automation.every is not None:
        return _schedule(visit, automation.every)
    comma = visit.t("list_comma")
    events = comma.join(visit.t(f"cause_{event}") for event in sorted(automation.events))
    form = visit.catalog.forms.get(automation.form)
    fields = [form.fields[n] for n in automation.changed if n in form.fields] if form is not None else []
    if not fields:
        return events
    return f"{events} · {visit.t('auto_changed', fields=comma.join(visit.text(f.title) for f in fields))}"


def _schedule(visit: Visit, every: Schedule) -> str:
    if every.length is not None:
        return visit.t("auto_every", length=figures.length(every.length, visit.language))
    word, time = words_of(every)
    return visit.t(f"auto_{word}", time=time) if word else visit.t("auto_cron", fields=every.fields)
