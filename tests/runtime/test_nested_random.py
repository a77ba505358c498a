"""Whatever is done to lines within lines, one save after the other: each keeps its identity, and all sums are right."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.runtime import recount
from tests.firm import ADMIN, Build, Firm

FORM = """
fields:
  name: {required: true}
  parcels:
    type: lines
    fields:
      label: {unique: true}
      items: {type: lines, fields: {what: {}, weight: {type: decimal}, double: {type: decimal, formula: weight * 2}}}
      weight: {type: decimal, formula: SUM(items.weight)}
  weight: {type: decimal, formula: SUM(parcels.items.double)}
  pieces: {type: integer, formula: COUNT(parcels.items)}
access: {clerk: {can: [view, create, edit]}}
"""
TOTAL = """
aggregate: {items: {from: shipment.parcels.items}}
fields: {what: {}, weight: {type: decimal, formula: SUM(items.weight)}}
access: {clerk: {can: [view]}}
"""

item = st.tuples(st.sampled_from("abc"), st.integers(0, 9))
turn = st.tuples(
    st.permutations(range(4)),  # the order, and so which of the lines there are, in which all are sent back
    st.integers(0, 4),  # how many of them stay
    st.lists(st.tuples(st.booleans(), st.lists(item, max_size=2), st.integers(0, 3)), max_size=4),  # each one's items
    st.lists(st.lists(item, max_size=3), max_size=2),  # new lines
)


def sent(there: list[dict[str, Any]], step: Any, labels: Any) -> list[dict[str, Any]]:
    """What a page sends after these edits. Labels go round, so that lines hand them to each other."""
    order, stay, edits, fresh = step
    kept = [there[place] for place in order if place < len(there)][:stay]
    raw: list[dict[str, Any]] = []
    for place, one in enumerate(kept):
        untouched, new, drop = edits[place] if place < len(edits) else (True, [], 0)
        line: dict[str, Any] = {"id": one["id"], "label": kept[place - 1]["label"]}
        if not untouched:
            old = [{"id": i["id"], "what": i["what"], "weight": str(i["weight"] + 1)} for i in one["items"][drop:]]
            line["items"] = [*({"what": what, "weight": str(weight)} for what, weight in new), *reversed(old)]
        raw.append(line)
    for items in fresh:
        rows = [{"what": what, "weight": str(weight)} for what, weight in items]
        raw.insert(0, {"label": f"p{next(labels)}", "items": rows})
    return raw


def rows(firm: Firm, id: int) -> list[dict[str, Any]]:
    record = firm.engine.open(ADMIN, "shipment", id).record
    return [
        {"id": p.id, **p.values, "items": [{"id": i.id, **i.values} for i in p.value("items")]}
        for p in record.value("parcels")
    ]


def expected(there: list[dict[str, Any]], raw: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What must be there then: each line's id (None: a new one), label and items."""
    known = {one["id"]: one for one in there}
    found: list[tuple[Any, ...]] = []
    for line in raw:
        items = line.get("items", known[line["id"]]["items"] if "id" in line else [])
        found.append((line.get("id"), line["label"], [(i.get("id"), i["what"], Decimal(i["weight"])) for i in items]))
    return found


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_lines_within_lines_keep_who_they_are_and_what_they_add_up_to(engine_of: Build) -> None:
    firm = engine_of({"forms/shipment.yaml": FORM, "forms/total.yaml": TOTAL})
    clerk, labels = firm.person("kai", "clerk"), iter(range(10_000))

    @settings(max_examples=6, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate])
    @given(st.lists(turn, min_size=2, max_size=4))
    def holds(steps: list[Any]) -> None:
        id, gone = firm.new(clerk, "shipment", name="One"), set[int]()
        there: list[dict[str, Any]] = []
        for step in steps:
            raw = sent(there, step, labels)
            firm.engine.change(clerk, "shipment", id, {"parcels": raw})
            now = rows(firm, id)
            for line, (line_id, label, items) in zip(now, expected(there, raw), strict=True):
                assert line["label"] == label and line["id"] not in gone
                assert line_id in (None, line["id"]) and (line_id is not None or line["id"] not in ids(there))
                assert [(i["what"], i["weight"]) for i in line["items"]] == [(w, n) for _, w, n in items]
                assert all(was in (None, i["id"]) for i, (was, _, _) in zip(line["items"], items, strict=True))
                assert line["weight"] == sum(n for _, _, n in items)
            weights = [i["weight"] for line in now for i in line["items"]]
            whole = firm.get("shipment", id)
            assert (whole["weight"], whole["pieces"]) == (2 * sum(weights), len(weights))
            gone |= ids(there) - ids(now)
            there = now
        engine = firm.engine
        assert engine.read(ADMIN, lambda w: recount.verify(w, w.form("total"))) == []

    holds()


def ids(lines: list[dict[str, Any]]) -> set[int]:
    """The ids of the outer lines."""
    return {line["id"] for line in lines}
