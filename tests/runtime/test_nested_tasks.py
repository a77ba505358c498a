"""Lines within lines at work: what a task may do with their columns, rows by default, drafts, files, and any edits at all."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.firm import ADMIN, Build, Firm, refused

KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
ITEMS = "{what: {}, weight: {type: decimal}, seen: {type: boolean}, cost: {type: money}, total: {type: decimal, formula: weight * 2}}"
FORM = f"""
fields:
  name: {{required: true}}
  parcels:
    type: lines
    fields:
      label: {{}}
      items: {{type: lines, fields: {ITEMS}}}
      weight: {{type: decimal, formula: SUM(items.weight)}}
  weight: {{type: decimal, formula: SUM(parcels.items.total)}}
access: {{clerk: {{can: [view, create, edit]}}, boss: {{can: [view]}}}}
"""
FLOW = """
states:
  draft: {}
  asked:
    task: {assign: boss, edit: [parcels.items.weight, parcels.items.seen], hide: [parcels.items.cost], require: [parcels.items.seen]}
  done: {final: success}
transitions:
  send: {from: draft, to: asked, who: clerk}
  agree: {from: asked, to: done}
"""


def rows(firm: Firm, id: int) -> list[dict[str, Any]]:
    """The parcels, each with its id and its items, each of them with its id."""
    record = firm.engine.open(ADMIN, "parcel", id).record
    return [
        {"id": p.id, **p.values, "items": [{"id": i.id, **i.values} for i in p.value("items")]}
        for p in record.value("parcels")
    ]


@KINDS
def test_a_task_edits_hides_and_requires_columns_of_inner_lines(engine_of: Build) -> None:
    firm = engine_of({"forms/parcel.yaml": FORM, "workflows/parcel.yaml": FLOW})
    clerk, boss = firm.person("kai", "clerk"), firm.person("bob", "boss")
    sent = [{"label": "A", "items": [{"what": "nails", "weight": "2", "cost": "5"}, {"what": "pins", "weight": "1"}]}]
    id = firm.new(clerk, "parcel", name="One", parcels=sent)
    firm.engine.act(clerk, "parcel", id, "send")
    [outer] = rows(firm, id)
    nails, pins = outer["items"]
    assert refused(lambda: firm.engine.act(boss, "parcel", id, "agree"))[0][0] == "required"
    opened = firm.engine.open(boss, "parcel", id)
    assert "parcels.items.cost" in opened.rights.hidden
    assert {i.values["cost"] for p in opened.record.value("parcels") for i in p.value("items")} == {None}

    def press(**changed: Any) -> None:
        items = [{"id": nails["id"], "seen": True, **changed}, {"id": pins["id"], "seen": True}]
        firm.engine.act(boss, "parcel", id, "agree", raw={"parcels": [{"id": outer["id"], "items": items}]})

    for column in ("what", "cost"):
        assert refused(lambda column=column: press(**{column: "7"}))
    press(weight="9")
    [after] = rows(firm, id)
    assert [(i["what"], i["weight"], i["seen"], i["cost"]) for i in after["items"]] == [
        ("nails", 9, True, 5), ("pins", 1, True, None),
    ]  # fmt: skip
    assert (after["weight"], firm.get("parcel", id)["weight"], after["label"]) == (10, 20, "A")


BOX = """
record_title: "{name}"
fields:
  name: {required: true}
  paper: {type: file}
  box_of: {type: reference, to: box}
  parcels:
    type: lines
    default: [{label: first, size: 3}, {label: second}]
    fields:
      label: {unique: true}
      size: {type: integer, default: 7}
      items:
        type: lines
        default: [{what: a}, {what: b, pieces: 3}]
        fields: {what: {}, pieces: {type: integer, default: 7}, doc: {type: file}}
access:
  clerk: {can: [view, create, edit, delete, copy]}
  other: {role: boss, can: [view, create], hide: [parcels.items.doc]}
actions:
  again: {who: clerk, do: [{create: box, copy: =this, set: {name: Copy, box_of: =this}, as: made}, {open: =made}]}
"""


@KINDS
def test_what_a_row_by_default_says_isnt_replaced_by_the_columns_default(engine_of: Build) -> None:
    firm = engine_of({"forms/box.yaml": BOX})
    clerk = firm.person("kai", "clerk")
    id = firm.new(clerk, "box", name="One")
    record = firm.engine.open(ADMIN, "box", id).record
    assert [(p.values["label"], p.values["size"]) for p in record.value("parcels")] == [("first", 3), ("second", 7)]
    assert [[(i.values["what"], i.values["pieces"]) for i in p.value("items")] for p in record.value("parcels")] == [
        [("a", 7), ("b", 3)]
    ] * 2
    sent = [{"label": "x"}, {"label": "y", "items": []}, {"label": "z", "items": [{"what": "c"}]}]
    record = firm.engine.open(ADMIN, "box", firm.new(clerk, "box", name="Two", parcels=sent)).record
    assert [[(i.values["what"], i.values["pieces"]) for i in p.value("items")] for p in record.value("parcels")] == [
        [("a", 7), ("b", 3)], [], [("c", 7)],
    ]  # fmt: skip


@KINDS
def test_lines_may_hand_a_value_that_occurs_once_to_each_other(engine_of: Build) -> None:
    firm = engine_of({"forms/box.yaml": BOX})
    clerk = firm.person("kai", "clerk")
    id = firm.new(clerk, "box", name="One", parcels=[{"label": label} for label in "ABC"])
    ids = [p["id"] for p in firm.get("box", id)["parcels"]]
    lines = [{"label": "A"}, *({"id": i, "label": label} for i, label in zip(ids, "BCD", strict=True))]
    firm.engine.change(clerk, "box", id, {"parcels": lines})
    assert [(p["id"], p["label"]) for p in firm.get("box", id)["parcels"]][1:] == list(zip(ids, "BCD", strict=True))
    again = {"parcels": [{"id": ids[0], "label": "C"}, {"id": ids[1], "label": "C"}]}
    assert refused(lambda: firm.engine.change(clerk, "box", id, again))[0][0] == "not_unique"


@KINDS
def test_a_copy_has_files_of_its_own_in_inner_lines_too(engine_of: Build) -> None:
    firm = engine_of({"forms/box.yaml": BOX})
    engine, clerk, other = firm.engine, firm.person("kai", "clerk"), firm.person("cas", "clerk")
    boss = firm.person("bob", "boss")
    doc = engine.keep_file(clerk, "a.txt", io.BytesIO(b"hello"))
    id = firm.new(clerk, "box", name="One", parcels=[{"items": [{"what": "x", "doc": [doc]}]}])
    assert engine.file(other, doc).name == "a.txt"
    assert refused(lambda: engine.file(boss, doc)) == [("not_found", None)]

    def held(id: int) -> int:
        [parcel] = engine.open(ADMIN, "box", id).record.value("parcels")
        return int(parcel.value("items")[0].values["doc"][0])

    opened = engine.act(clerk, "box", id, "again").open
    assert opened is not None
    typed = firm.new(other, "box", name="Typed", parcels=[{"items": [{"what": "x", "doc": [doc]}]}])
    stolen = {"name": "Stolen", "paper": [doc]}  # the number of a file that they may not see
    assert refused(lambda: engine.submit(boss, "box", stolen)) == [("no_such_file", "paper")]
    assert len({doc, held(opened[1]), held(typed)}) == 3
    engine.change(clerk, "box", opened[1], {"box_of": None})
    engine.remove(clerk, "box", id)
    for copy in (held(opened[1]), held(typed)):
        assert engine.file(clerk, copy).path.read_bytes() == b"hello"
        assert refused(lambda copy=copy: engine.file(boss, copy)) == [("not_found", None)]
