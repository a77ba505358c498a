"""Pressing a record's button: at once, or after the dialog in which it asks for fields, answers, an opinion or
a yes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from engine.definitions.model import Form, FormField, Transition
from engine.problems import Problem, Refused, nearest, problem
from engine.problems.record import CONFLICT, NO_BUTTON
from engine.runtime.history import phrases
from engine.runtime.record import Record
from engine.runtime.titles import place_title
from engine.runtime.values import Accepted
from engine.runtime.workbench import WAITING, Narrowed, bench
from engine.web import brought, named, todo
from engine.web.boxes import box
from engine.web.filling import Cell, Filling, by_path, cell
from engine.web.line_tables import LineTable
from engine.web.lookups import filled, opened
from engine.web.posted import posted, rearranged
from engine.web.raw import raw_values
from engine.web.render import fragment, respond
from engine.web.rules import filling_rules, rules_of
from engine.web.said import noted, summary, warnings_of
from engine.web.tasks import tasks_in
from engine.web.toasts import toast
from engine.web.visit import Visit


def ask(visit: Visit) -> Response:
    """The dialog of a button, as a part or as a page of its own."""
    form, transition = _button(visit)
    return _dialog(visit, form, transition, {}, ())


def press(visit: Visit) -> Response:
    """Do it. What is refused comes back in the dialog, with what was typed."""
    form, transition = _button(visit)
    id, lost = visit.record_id(), brought.take(visit)
    if "_rows" in visit.posted:
        typed, starts = rearranged(visit, form)
        return _dialog(visit, form, transition, typed, lost, starts)
    raw = posted(visit, {n: f for n, f in form.fields.items() if n in asked_names(transition)})
    if lost:
        return _again(visit, form, transition, raw, lost)
    version = int(visit.sent("version")) if visit.sent("version").isdigit() else None
    try:
        done = visit.engine.act(
            visit.actor, form.name, id, transition.name, raw=raw, ask=answers(visit, form, transition),
            opinion=visit.sent("opinion") or None, version=version, confirmed=frozenset(visit.sent_all("confirm")),
        )  # fmt: skip
    except Refused as refused:
        return _again(visit, form, transition, raw, refused.problems)
    if visit.request.headers.get("x-stay"):
        return _stayed(visit, form, transition, done)
    there, target = done.open or (form.name, id)
    gone = done.open is None and not _still_there(visit, form, id)
    url = f"/f/{form.name}" if gone else f"/f/{there}/{target}"
    words = noted(visit, visit.t("acted", title=visit.text(transition.title)), done)
    return toast(visit.go(url), words, None if done.open is not None else next_task(visit, form, id))


def _again(
    visit: Visit, form: Form, transition: Transition, raw: Mapping[str, Any], problems: Sequence[Problem]
) -> Response:
    """What was refused: in the card that it was pressed from, if that still stands, else in the button's dialog."""
    if todo.CARD in visit.posted and visit.partial:
        read = opened(visit, form, visit.record_id())
        names = todo.inline(form, read.opened, read.tasks)
        if transition.name in names:
            return todo.refused(visit, form, visit.record_id(), raw, problems, names)
    return _dialog(visit, form, transition, raw, problems)


def next_task(visit: Visit, form: Form, id: int) -> tuple[str, str] | None:
    """What else waits for the reader, in words and where it is; None: nothing, or this record itself still does."""
    found = visit.engine.read(visit.actor, lambda work: bench(work, WAITING, Narrowed(), 2)).items
    if not found or any(item.form.name == form.name and item.row.record.id == id for item in found):
        return None
    first = tasks_in(visit, found[:1])[0]
    return visit.t("next_task", title=first.title), first.href


def asked_names(transition: Transition) -> tuple[str, ...]:
    """The fields that a button asks for; a column's list by the list's name."""
    names = (n.partition(".")[0] for n in (*transition.edit, *transition.require))
    return tuple(dict.fromkeys(names))


def answers(visit: Visit, form: Form, transition: Transition) -> dict[str, Any]:
    """What was answered to the button's own questions (`ask.NAME`)."""
    pairs = [(n.removeprefix("ask."), v) for n, v in named.typed(visit, form) if n.startswith("ask.")]
    return raw_values(pairs, transition.ask, tuple(transition.ask))


def _button(visit: Visit) -> tuple[Form, Transition]:
    form, name = visit.form("view"), visit.path("button")
    found = form.button(name)
    if found is None:
        known = [*form.actions, *(form.workflow.transitions if form.workflow is not None else ())]
        raise Refused(problem(NO_BUTTON, form=form.title, name=name[:80], nearest=nearest(name, known)))
    return form, found


def _dialog(
    visit: Visit, form: Form, transition: Transition, raw: Mapping[str, Any], problems: Sequence[Problem],
    starts: Mapping[str, int] | None = None,
) -> Response:  # fmt: skip
    id = visit.record_id()
    found = filled(visit, form, raw=raw, id=id, button=transition.name)
    draft = found.draft
    transition = transition.at(draft.record.values.get("state"))
    visit.knows([draft.record])
    fitting = by_path([p for p in problems if p.severity == "error"])
    only = tuple(dict.fromkeys((*transition.edit, *transition.require)))
    filling = Filling(visit, form, draft, raw, fitting, starts=starts or {}, only=only)
    boxes: list[Cell | LineTable] = [b for n in asked_names(transition) if (b := box(filling, n)) is not None]
    shown = {b.cell.name if isinstance(b, LineTable) else b.name for b in boxes}
    values = {
        "form": form, "record": draft.record, "transition": transition, "title": visit.text(transition.title),
        "boxes": boxes, "asked": asked_cells(visit, transition, filling, found.answers),
        "question": found.question or _leaves(visit, form, transition),
        "expected": " ".join(sorted(shown)), "rules": filling_rules(rules_of(visit, draft, found.settings, transition), boxes),
        "summary": _summary(visit, form, transition, problems, shown),
        "warnings": warnings_of(visit, form, problems, shown),
        "confirmed": frozenset(visit.sent_all("confirm")), "opinion": visit.sent("opinion"),
        "opinion_error": filling.error("opinion"), "version": _version(visit, draft.record, problems),
        "phrases": visit.engine.read(visit.actor, lambda work: phrases(work, form, transition)),
        "danger": _ends_badly(form, transition), "wide": any(isinstance(b, LineTable) for b in boxes),
    }  # fmt: skip
    status = 422 if problems and all(p.status == 422 for p in problems) else problems[0].status if problems else 200
    if visit.partial:
        return fragment(visit, "parts/act.html", 422 if problems else 200, **values)
    return respond(visit, "act.html", status, **values)


def asked_cells(visit: Visit, transition: Transition, filling: Filling, known: Mapping[str, Any]) -> list[Cell]:
    """The boxes of the button's own questions, with what was answered; before that with what is known."""
    given = answers(visit, filling.form, transition) if visit.request.method == "POST" else dict[str, Any]()
    raw = {f"ask.{n}": v for n, v in given.items()}
    made = []
    for name, found in transition.ask.items():
        value = _read(visit, found, given[name]) if name in given else known.get(name)
        holder = Record("ask", None, {found.name: value}, filling.draft.record._rows)
        one = Filling(visit, filling.form, filling.draft, {"ask": given, **raw}, filling.errors, only=(f"ask.{name}",))
        asked = cell(one, found, holder, f"ask.{name}", f"ask:{transition.name}.{name}")
        made.append(replace(asked, name=f"ask.{name}"))  # the form may have a field of the same name
    return made


def _read(visit: Visit, found: FormField, raw: Any) -> Any:
    try:
        return found.field.parse(raw, visit.place(found, f"ask.{found.name}"))
    except Refused:
        return None


def _summary(
    visit: Visit, form: Form, transition: Transition, problems: Sequence[Problem], shown: set[str]
) -> list[tuple[str, str]]:
    """Problems with no box of their own, in words, and links to the others."""
    out: list[tuple[str, str]] = []
    for one in problems:
        path = one.place.field or ""
        head = path.partition(".")[0]
        if one.severity != "error":
            continue
        if head in shown:
            out += [e for e in summary(visit, form, [one]) if e not in out]
        elif path == "opinion" or (head == "ask" and path.partition(".")[2] in transition.ask):
            title = (
                visit.t("opinion") if path == "opinion" else visit.text(transition.ask[path.partition(".")[2]].title)
            )
            out.append((f"#field-{path.replace('.', '-')}", title))
        else:
            lead = (
                f"{place_title(form, path, visit.language)}: " if head in form.fields and visit.language == "en" else ""
            )
            out.append(("", lead + one.said(visit.language)))
    return out


def _leaves(visit: Visit, form: Form, transition: Transition) -> str:
    if transition.verb != "withdraw":
        return ""
    return visit.t("withdraw_undoes" if form.name in visit.catalog.compensations else "withdraw_leaves")


def _version(visit: Visit, record: Record, problems: Sequence[Problem]) -> int:
    """The version that the person has seen: after a conflict, the present one, which the dialog now shows."""
    sent = visit.sent("version")
    if sent.isdigit() and not any(p.code == CONFLICT for p in problems):
        return int(sent)
    return record.version


def _ends_badly(form: Form, transition: Transition) -> bool:
    states = form.workflow.states if form.workflow is not None else {}
    target = states.get(transition.target or "")
    return target is not None and target.final == "failure"


def _stayed(visit: Visit, form: Form, transition: Transition, done: Accepted) -> Response:
    """The answer for a page that stays where it is (a board): what to say, and which record was acted on."""
    title = done.record.title or f"#{done.record.id}"
    said: dict[str, Any] = {"text": visit.t("act_done_on", act=visit.text(transition.title), title=title), "kind": "ok"}
    if done.open is not None:
        said["action"] = {"text": visit.t("open"), "href": f"/f/{done.open[0]}/{done.open[1]}"}
    acted = {"form": form.name, "id": done.record.id, "now": done.record.values.get("state")}
    return Response(status_code=204, headers={"HX-Trigger": json.dumps({"toast": said, "fl:acted": acted})})


def _still_there(visit: Visit, form: Form, id: int) -> bool:
    try:
        opened(visit, form, id)
    except Refused:
        return False
    return True
