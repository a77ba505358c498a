"""Ticked records of a list: the bar that says what can be done with them, and doing it, record by record.

Why: each record is decided for itself, in a transaction of its own, so one that is refused keeps none of the others; at
the end people read how many were done and why the rest was not. A button that says `together` takes all of them or none.
Without scripts the same bar is a page.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from engine.definitions.model import Form, Transition
from engine.problems import Problem, Refused, problem
from engine.problems.bulk import NOTHING_TICKED, TOO_MANY_TICKED
from engine.problems.record import NO_BUTTON, OPINION_REQUIRED
from engine.runtime import bulk
from engine.runtime.access import forbidden
from engine.runtime.ask import columns_of
from engine.runtime.bulk import MOST
from engine.runtime.together import Apart, together
from engine.runtime.values import Ask
from engine.runtime.work import Work
from engine.web import downloads, named
from engine.web.acts import answers, asked_cells, asked_names
from engine.web.asked import Asked, ask_of, asked_for
from engine.web.boxes import box
from engine.web.filling import Filling, by_path
from engine.web.lookups import filled
from engine.web.raw import raw_values
from engine.web.render import fragment, respond
from engine.web.said import summary
from engine.web.session import safe
from engine.web.table import shown_names
from engine.web.toasts import toast
from engine.web.visit import Visit

NAMED = 5
"""How many of the records a dialog names."""


@dataclass(frozen=True)
class Button:
    """A button of the bar: how many of the ticked records it can take. `why`: it can't be pressed from here."""

    name: str
    title: str
    icon: str | None
    count: int
    danger: bool
    why: str


@dataclass(frozen=True)
class Left:
    """A record that was refused, and why."""

    id: int
    title: str
    reason: str


@dataclass
class Outcome:
    """What came of it: ids done, what was refused, what only waits for a confirmation (with the warnings' keys).
    `undone`: it was all or none."""

    done: list[int]
    refused: list[Left]
    warned: list[Left]
    keys: set[str]
    problems: tuple[Problem, ...] = ()
    undone: bool = False


def offered(visit: Visit) -> Response:
    """The bar's content for the ticked records, or for all that the list has (`all`)."""
    form = visit.form("view")
    asked = asked_for(visit, form)
    matching = 0
    if visit.sent("all"):
        ask = ask_of(visit, form, asked)
        matching, ids = visit.engine.read(visit.actor, lambda w: bulk.matching(w, form, ask))
    else:
        ids = _ticked(visit)
    values = {**bar_values(visit, form, ids), "matching": matching, "all": bool(visit.sent("all"))}
    if visit.partial:
        return fragment(visit, "parts/bulk.html", **values)
    return respond(visit, "bulk.html", part="parts/bulk.html", title=visit.t("ticked_n", values["total"]), **values)


def bar_values(visit: Visit, form: Form, ids: tuple[int, ...]) -> dict[str, Any]:
    """What the bar shows for these records of a form."""
    asked = asked_for(visit, form)
    names = _columns(visit, form, asked)
    found = visit.engine.read(visit.actor, lambda w: bulk.offers(w, form, ids, names))
    return {
        "form": form, "asked": asked, "ids": ids, "total": found.total, "matching": 0, "most": MOST,
        "sum": visit.words(found.measure, found.sum) if found.measure is not None else "",
        "sum_of": visit.text(found.measure.title) if found.measure is not None else "",
        "buttons": [_button(visit, form, o) for o in found.buttons], "delete": found.delete, "export": found.export,
        "all": False, "prints": _prints(visit, form) if found.print == found.total else [],
    }  # fmt: skip


def press(visit: Visit) -> Response:
    """Press a button on the ticked records: at once, or after the dialog in which it asks for something."""
    form = visit.form("view")
    transition = form.button(visit.path("button"))
    if transition is None:
        raise Refused(problem(NO_BUTTON, form=form.title, name=visit.path("button")[:80], nearest=""))
    ids = _ticked(visit)
    if not transition.together:
        ids = visit.engine.read(visit.actor, lambda w: bulk.able(w, form, ids, transition))
    left_out = len(_ticked(visit)) - len(ids)
    if not ids:
        raise Refused(problem(NOTHING_TICKED))
    if _asks(transition) and not visit.sent("_go"):
        return _dialog(visit, form, transition, ids, {}, ())
    given = raw_values(named.typed(visit, form), {n: form.fields[n] for n in asked_names(transition)}, ())
    raw = {n: v for n, v in given.items() if v not in ("", None, [])}
    if transition.opinion == "required" and not visit.sent("opinion").strip():
        return _dialog(visit, form, transition, ids, raw, (problem(OPINION_REQUIRED, field="opinion"),))
    confirmed = frozenset(visit.sent_all("confirm"))

    said: dict[str, Any] = {
        "raw": raw,
        "ask": answers(visit, form, transition),
        "opinion": visit.sent("opinion") or None,
    }

    def act(id: int) -> None:
        visit.engine.act(visit.actor, form.name, id, transition.name, confirmed=confirmed, **said)

    def all_or_none(work: Work) -> None:
        together(work, form.name, dict.fromkeys(ids), transition.name, confirmed=confirmed, **said)

    shown = {*asked_names(transition), "ask", "opinion"} if _asks(transition) else set()
    if transition.together:
        outcome = _all(visit, form, ids, all_or_none, shown)
    else:
        outcome = _each(visit, form, ids, act, shown)
    if outcome.problems:
        return _dialog(visit, form, transition, ids, raw, outcome.problems)
    return _told(visit, form, visit.text(transition.title), outcome, left_out, f"bulk/{transition.name}")


def delete(visit: Visit) -> Response:
    """Delete the ticked records, after having asked."""
    form = visit.form("view")
    ids = visit.engine.read(visit.actor, lambda w: bulk.removable(w, form, _ticked(visit)))
    if not ids:
        raise Refused(forbidden(visit.catalog, form, "delete"))
    if not visit.sent("_go"):
        values = _dialog_values(visit, form, ids, visit.t("delete"), "bulk-delete")
        return _answer(visit, {**values, "danger": True, "question": visit.t("bulk_delete_why", len(ids))})
    outcome = _each(visit, form, ids, lambda id: visit.engine.remove(visit.actor, form.name, id), set())
    return _told(visit, form, visit.t("delete"), outcome, len(_ticked(visit)) - len(ids), "bulk-delete")


def export(visit: Visit) -> Response:
    """The ticked records as a file, in the list's order and columns."""
    form = downloads.permitted(visit)
    asked, ids = asked_for(visit, form), _ticked(visit)
    where = visit.engine.condition(form.name, f"id in [{', '.join(map(str, ids))}]")
    own = ask_of(visit, form, asked)
    names = shown_names(visit, form, asked)
    return downloads.file(visit, form, Ask(own.view, where, sort=own.sort), names, visit.sent("kind") or "xlsx")


# -- inner -------------------------------------------------------------------------------------------------------------


def _prints(visit: Visit, form: Form) -> list[tuple[str, str, bool]]:
    """Name, title and whether it opens as a page, of each print."""
    return [(p.name, visit.text(p.title), p.ending == ".html") for p in form.prints.values()]


def _ticked(visit: Visit) -> tuple[int, ...]:
    """The ids that were posted. Refused: none, or too many."""
    given = [v for v in visit.sent_all("id") if v.isascii() and v.isdigit() and len(v) < 16]
    ids = tuple(dict.fromkeys(int(v) for v in given))
    if not ids:
        raise Refused(problem(NOTHING_TICKED))
    if len(ids) > MOST:
        raise Refused(problem(TOO_MANY_TICKED, most=MOST, n=len(ids)))
    return ids


def _columns(visit: Visit, form: Form, asked: Asked) -> tuple[str, ...]:
    ask, names = ask_of(visit, form, asked), shown_names(visit, form, asked)
    return visit.engine.read(visit.actor, lambda w: columns_of(w, form, ask, names))


def _asks(transition: Transition) -> bool:
    fields = (*transition.edit, *transition.require, *transition.ask)
    return bool(fields) or transition.opinion != "none" or transition.confirm is not None


def _button(visit: Visit, form: Form, offer: bulk.Offer) -> Button:
    transition = offer.transition
    why = visit.t("bulk_lines_why") if offer.lines else ""
    return Button(
        transition.name, visit.text(transition.title), transition.icon, offer.count, _ends_badly(form, transition), why
    )


def _ends_badly(form: Form, transition: Transition) -> bool:
    states = form.workflow.states if form.workflow is not None else {}
    target = states.get(transition.target or "")
    return target is not None and target.final == "failure"


def _each(
    visit: Visit, form: Form, ids: Sequence[int], verb: Callable[[int], None], shown: set[str]
) -> Outcome:  # fmt: skip
    """Do it record by record. What the first one is refused for, at what the dialog asks (`shown`), is the dialog's to
    mend: then nothing has happened, and `problems` holds it."""
    titles = visit.engine.read(visit.actor, lambda w: bulk.titles(w, form, ids))
    outcome = Outcome([], [], [], set())
    for number, id in enumerate(ids):
        try:
            verb(id)
        except Refused as refused:
            heads = {(p.place.field or "").partition(".")[0] for p in refused.problems}
            if number == 0 and heads and heads <= shown:
                return Outcome([], [], [], set(), refused.problems)
            warned = all(p.severity == "warn" for p in refused.problems)
            (outcome.warned if warned else outcome.refused).append(_left(visit, titles, id, refused.problems))
            if warned:
                outcome.keys |= {str(p.facts.get("key", p.code)) for p in refused.problems}
        else:
            outcome.done.append(id)
    return outcome


def _all(
    visit: Visit, form: Form, ids: Sequence[int], unit: Callable[[Work], None], shown: set[str]
) -> Outcome:  # fmt: skip
    """Do it with all records or none; `shown` as in `_each`. What only waits for a confirmation is asked of all."""
    try:
        visit.engine.write(visit.actor, unit)
    except Apart as apart:
        first = apart.reasons.get(min(ids), ())
        if first and {(p.place.field or "").partition(".")[0] for p in first} <= shown:
            return Outcome([], [], [], set(), first)
        titles = visit.engine.read(visit.actor, lambda w: bulk.titles(w, form, ids))
        wrong = {id: [p for p in found if p.severity == "error"] for id, found in apart.reasons.items()}
        if any(wrong.values()):
            left = [_left(visit, titles, id, found) for id, found in wrong.items() if found]
            return Outcome([], left, [], set(), undone=True)
        keys = {str(p.facts.get("key", p.code)) for p in apart.problems}
        return Outcome([], [], [_left(visit, titles, id, apart.reasons.get(id, ())) for id in ids], keys, undone=True)
    except Refused as refused:
        return Outcome([], [_left(visit, {}, 0, refused.problems)], [], set(), undone=True)
    return Outcome(list(ids), [], [], set())


def _left(visit: Visit, titles: Mapping[int, str], id: int, found: Sequence[Problem]) -> Left:
    return Left(id, titles.get(id, f"#{id}" if id else ""), " ".join(p.message(visit.language) for p in found))


def _told(visit: Visit, form: Form, title: str, outcome: Outcome, left_out: int, path: str) -> Response:
    """What came of it: a toast where all went well, else a dialog with the reasons."""
    asked = asked_for(visit, form)
    words = visit.t("bulk_done", len(outcome.done), act=title)
    if outcome.undone:
        words = visit.t("together_undone", act=title)
    if left_out:
        words += visit.t("bulk_left_out", left_out)
    if not outcome.refused and not outcome.warned:
        if not visit.partial:
            return toast(visit.go(safe(visit.sent("next") or f"/f/{form.name}{asked.url()}")), words)
        said = {"toast": {"text": words, "kind": "ok"}, "fl:bulk": {"done": len(outcome.done), "close": True}}
        return Response(status_code=204, headers={"HX-Trigger": json.dumps(said)})
    posted = [(n, v) for n, v in visit.posted.multi_items() if isinstance(v, str) and n not in ("id", "confirm", "_go")]
    values: dict[str, Any] = {
        "form": form, "asked": asked, "title": title, "outcome": outcome, "words": words, "path": path, "again": posted,
    }  # fmt: skip
    if not visit.partial:
        return respond(visit, "bulk.html", part="parts/bulk_done.html", whole=True, **values)
    response = fragment(visit, "parts/bulk_dialog.html", part="parts/bulk_done.html", whole=False, **values)
    if not outcome.undone:  # else the list is as it was, and what is ticked stays so
        response.headers["HX-Trigger-After-Swap"] = json.dumps({"fl:bulk": {"done": len(outcome.done)}})
    return response


def _dialog(
    visit: Visit, form: Form, transition: Transition, ids: Sequence[int], raw: Mapping[str, Any],
    problems: Sequence[Problem],
) -> Response:  # fmt: skip
    """The dialog of a button, once for all: its boxes are empty, and one that stays empty changes nothing."""
    draft = filled(visit, form, id=ids[0], button=transition.name).draft
    for name in asked_names(transition):
        draft.record.values[name] = None
    only = tuple(dict.fromkeys((*transition.edit, *transition.require)))
    errors = by_path([p for p in problems if p.severity == "error"])
    filling = Filling(visit, form, draft, raw, errors, only=only)
    question = "together_question" if transition.together else "bulk_question"
    values = {
        **_dialog_values(visit, form, ids, visit.text(transition.title), f"bulk/{transition.name}"),
        "boxes": [b for n in asked_names(transition) if (b := box(filling, n)) is not None],
        "asked_boxes": asked_cells(visit, transition, filling, {}), "opinion_asked": transition.opinion,
        "opinion": visit.sent("opinion"), "opinion_error": filling.error("opinion"),
        "danger": _ends_badly(form, transition), "question": visit.t(question, len(ids)),
        "summary": [s for p in problems for s in summary(visit, form, [p]) if (p.place.field or "") in form.fields],
    }  # fmt: skip
    return _answer(visit, values, 422 if problems else 200)


def _dialog_values(visit: Visit, form: Form, ids: Sequence[int], title: str, path: str) -> dict[str, Any]:
    titles = visit.engine.read(visit.actor, lambda w: bulk.titles(w, form, ids[:NAMED]))
    return {
        "form": form, "asked": asked_for(visit, form), "ids": ids, "title": title, "path": path, "danger": False,
        "named": [titles.get(i, f"#{i}") for i in ids[:NAMED]], "unnamed": max(0, len(ids) - NAMED), "boxes": [],
        "asked_boxes": [], "opinion_asked": "none", "opinion": "", "opinion_error": "", "question": "", "summary": [],
    }  # fmt: skip


def _answer(visit: Visit, values: dict[str, Any], status: int = 200) -> Response:
    if visit.partial:
        return fragment(
            visit, "parts/bulk_dialog.html", status, part="parts/bulk_act.html", whole=False, **values
        )  # fmt: skip
    return respond(visit, "bulk.html", status, part="parts/bulk_act.html", whole=True, **values)
