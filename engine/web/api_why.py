"""Why a value is what it is, over the API: what its page says, as data.

Why: a program that shows or audits a number asks the same question as a person, and must be told no more than them.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from engine.problems import Refused, problem
from engine.problems.api import BAD_PARAMETER
from engine.runtime.causes import title_of
from engine.runtime.record import Record
from engine.runtime.why import Part, Turn, Why, why
from engine.texts import text
from engine.web.api_call import Call, answer
from engine.web.api_values import cause_json, moment, plain
from engine.web.formulas import part_words


def read(call: Call) -> Response:
    """Why the field of `?field=` (`refund`, or `items.7.amount` for the line with that id) has its value."""
    form, id = call.form(), call.id()
    field = call.query(("field",)).get("field")
    if not field:
        expected = text("一个字段，比如 refund 或 items.7.amount", "a field, such as refund or items.7.amount")
        raise Refused(problem(BAD_PARAMETER, field="field", name="field", expected=expected))
    found = call.engine.read(call.actor, lambda work: why(work, form.name, id, field))
    return answer(_why(call, found, field))


def _why(call: Call, found: Why, field: str) -> dict[str, Any]:
    formula = found.formula
    return {
        "field": field, "title": found.found.title.to(call.language),
        "value": found.found.field.to_json(found.value) if not found.found.columns else None,
        "source": found.source, "kept": found.kept, "formula": formula.text if formula is not None else None,
        "definition": found.form.digest,
        "parts": [_part(call, found, part) for part in found.parts] if formula is not None else [],
        "sums": [
            {
                "lines": [{"title": row.title, "value": _value(row.value)} for row in one.rows],
                "more": one.more, "column": one.found.name,
            }
            for one in found.sums
        ],
        "times": found.times, "turns": [_turn(call, turn) for turn in found.turns],
    }  # fmt: skip


def _part(call: Call, found: Why, part: Part) -> dict[str, Any]:
    assert found.formula is not None
    source = part.source
    return {
        "title": part_words(call.catalog, found.formula, call.language, part.node),
        "value": _value(part.value),
        "told": part.told,
        "record": None if source is None else {"form": source.shape, "id": source.id, "title": source.title},
    }


def _turn(call: Call, turn: Turn) -> dict[str, Any]:
    event = turn.event
    return {
        "at": moment(event.at), "event": event.id, "actor": event.actor, "actor_name": event.actor_name or None,
        "channel": event.channel, "old": turn.change.old, "new": turn.change.new, "definition": event.definition or None,
        "by": None if turn.by is None else cause_json(turn.by, []) | {
            "title": title_of(call.catalog, turn.by).to(call.language)
        },
    }  # fmt: skip


def _value(value: Any) -> Any:
    """A value of a formula; of a record its title, of a list how many it has."""
    if isinstance(value, Record):
        return value.title or f"#{value.id}"
    return len(value) if isinstance(value, list) else plain(value)
