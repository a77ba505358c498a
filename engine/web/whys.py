"""Why a value is what it is: a box beside the value, or a page of its own.

Why: a number that can be asked is trusted. What is known stands in `runtime.why`; here it is put into words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from starlette.responses import Response

from engine.definitions.model import FormField
from engine.expressions.tree import Typed
from engine.runtime.compute import plain
from engine.runtime.record import Record
from engine.runtime.values import Change
from engine.runtime.why import Part, Row, Turn, Why
from engine.runtime.why import why as asked
from engine.web import causes, figures
from engine.web.diffs import change_title, words_of
from engine.web.formulas import part_words, start_of, worded
from engine.web.render import fragment, respond
from engine.web.visit import Visit


@dataclass(frozen=True)
class Told:
    """A part of the formula, or a line of a sum: what it is, how it came about ("" where it was typed), its value; the record
    that it was read from as (address, title), None: this one."""

    title: str
    how: str
    value: str
    source: tuple[str, str] | None = None


@dataclass(frozen=True)
class Changed:
    """A change of the value: who, from what to what ("" for nothing), what brought it about, when."""

    who: str
    robot: bool
    old: str
    new: str
    cause: str
    at: datetime


def show(visit: Visit) -> Response:
    """The answer for `?field=`: a part of the page, or a page of its own."""
    form, id, path = visit.form("view"), visit.record_id(), visit.arg("field")
    found = visit.engine.read(visit.actor, lambda work: asked(work, form.name, id, path))
    visit.knows([found.record])
    values = {"form": form, "record": found.record, "why": found, **_words(visit, found)}
    if visit.partial:
        return fragment(visit, "parts/why.html", whole=False, **values)
    return respond(visit, "why.html", whole=True, **values)


def _words(visit: Visit, why: Why) -> dict[str, Any]:
    title = visit.text(why.found.title)
    shown = visit.words(why.found, why.value)
    if why.line is not None:
        list_ = visit.text(why.form.line_forms()[why.holder.shape.partition(".")[2]].title)
        place_words = visit.t("line_n", list=list_, n=why.line)
    else:
        place_words = ""
    at = why.found.place
    return {
        "title": title, "line": place_words,
        "question": visit.t("why_value", value=shown) if shown else visit.t("why_empty", title=title),
        "formula": worded(visit.catalog, why.formula, visit.language) if why.formula is not None else "",
        "text": why.formula.text if why.formula is not None else "",
        "source": _source(visit, why),
        "parts": _parts(visit, why), "sums": [
            ([_row(visit, s.found, r) for r in s.rows], s.more) for s in why.sums
        ],
        "turns": [_turn(visit, why, t) for t in why.turns],
        "place": f"{(at.file or why.form.file).rpartition('/')[2]}:{at.line}" if at.line else why.form.file,
        "file": at.file or why.form.file, "version": why.form.digest[:8],
    }  # fmt: skip


def _source(visit: Visit, why: Why) -> list[str]:
    """Where the value is from, in sentences."""
    if why.source == "formula":
        return [] if why.found.stored else [visit.t("why_now")]
    last = why.turns[0] if why.turns else None
    if why.source == "written" and last is not None and last.by is not None:
        key = "why_written_by" if last.event.actor is not None else "why_written"
        return [
            visit.t(
                key, what=causes.words(visit, last.by, why.form), who=last.event.actor_name, when=_when(visit, last)
            )
        ]
    if why.source == "default" and why.formula is not None:
        what = worded(visit.catalog, why.formula, visit.language)
        if why.kept:
            return [visit.t("why_default_from", what=what), visit.t("why_kept")]
        return [*_typed_by(visit, last), visit.t("why_default_from", what=what), visit.t("why_typed_over")]
    if why.source == "typed":
        return _typed_by(visit, last) or [visit.t("why_typed")]
    return [visit.t(f"why_{why.source}")]


def _typed_by(visit: Visit, last: Turn | None) -> list[str]:
    """Who filled it in last, and when; nothing where history doesn't know."""
    if last is None or last.by is not None or last.event.actor is None:
        return []
    return [visit.t("why_typed_by", who=last.event.actor_name, when=_when(visit, last))]


def _when(visit: Visit, turn: Turn) -> str:
    return figures.moment(turn.event.at, visit.reader)


def _parts(visit: Visit, why: Why) -> list[Told]:
    """What the formula read. A sum whose lines are told isn't told again."""
    if why.formula is None:
        return []
    alone = len(why.parts) == 1 and why.sums
    return [
        Told(part_words(visit.catalog, why.formula, visit.language, p.node), "", _said(visit, p), _from(p))
        for p in why.parts
        if not alone
    ]


def _from(part: Part) -> tuple[str, str] | None:
    found = part.source
    return (f"/f/{found.shape}/{found.id}", found.title or f"#{found.id}") if found is not None else None


def _row(visit: Visit, found: FormField, row: Row) -> Told:
    value = visit.words(found, plain(row.value))
    return Told(row.title, _figures(visit, row.formula, row.parts) if row.formula is not None else "", value)


def _figures(visit: Visit, typed: Typed, parts: Sequence[Part]) -> str:
    """The formula with values in place of names: 365.00 × 6; in words where it isn't arithmetic of few values."""
    if not parts or len(parts) > 4 or any(not p.told for p in parts):
        return ""
    figures = {start_of(typed, p.node): _said(visit, p) or "–" for p in parts}
    return worded(visit.catalog, typed, visit.language, figures)


def _said(visit: Visit, part: Part) -> str:
    if not part.told:
        return visit.t("why_secret")
    return said(visit, part.found, part.value)


def said(visit: Visit, found: FormField | None, value: Any) -> str:
    """A value as a formula gives it, in words; by its field where there is one."""
    if value is None:
        return "–"
    if isinstance(value, Record):
        return visit.reader.title_of(value.shape, value.id) if value.id is not None else "–"
    if isinstance(value, bool):
        return visit.t("yes" if value else "no")
    if isinstance(value, list):
        return visit.t("records_n", n=len(value))
    if found is not None and not found.columns and found.related is None:
        return visit.words(found, plain(value))
    if isinstance(value, Decimal):
        return f"{value.normalize():,f}"
    return str(value)


def _turn(visit: Visit, why: Why, turn: Turn) -> Changed:
    event = turn.event
    return Changed(
        event.actor_name or visit.t("engine"), event.actor is None or event.action == "effect" or turn.by is not None,
        words_of(visit, why.found, turn.change.old), words_of(visit, why.found, turn.change.new),
        _cause(visit, why, turn), event.at,
    )  # fmt: skip


def _cause(visit: Visit, why: Why, turn: Turn) -> str:
    """Who did it, and which value that they changed brought it about."""
    event, form = turn.event, why.form
    who = event.actor_name or visit.t("engine")
    if turn.by is not None:
        return visit.t("why_by_cause", who=who, what=causes.words(visit, turn.by, form))
    if event.action == "create":
        return visit.t("why_by_create", who=who)
    if event.action == "effect":
        return visit.t("why_by_effect")
    typed = [c for c in turn.causes if _typed(why, c)] if why.formula is not None and why.found.formula else []
    if typed:
        first = typed[0]
        what = change_title(visit, form, first, why.record)
        if first.path[1:] and first.path[1][0] in "+-":
            return visit.t("why_by_line", who=who, what=what)
        old, new = _ends(visit, why, first)
        return visit.t(
            "why_by_change" if old else "why_by_set", who=who, what=what, old=old, new=new or visit.t("emptied")
        )
    button = form.button(event.transition) if event.transition else None
    if button is not None:
        return visit.t("why_by_act", who=who, act=visit.text(button.title))
    return visit.t("why_by_edit", who=who)


def _typed(why: Why, change: Change) -> bool:
    """Whether a person typed this value, and the formula goes out from its field."""
    assert why.formula is not None
    reads = {r.hops[0].name if r.hops else r.name for r in why.formula.reads}
    found = why.form.fields.get(change.path[0])
    if len(change.path) == 3 and found is not None:
        found = found.columns.get(change.path[2])
        reads |= (
            {change.path[0]} if why.line is not None and change.path[1].lstrip("+-") == str(why.holder.id) else set()
        )
    return found is not None and found.formula is None and change.path[0] in reads


def _ends(visit: Visit, why: Why, change: Change) -> tuple[str, str]:
    found = why.form.fields.get(change.path[0])
    if len(change.path) == 3 and found is not None:
        found = found.columns.get(change.path[2])
    return words_of(visit, found, change.old), words_of(visit, found, change.new)
