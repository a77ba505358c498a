"""Lines within lines: a shipment's parcels hold their own items. They are kept, computed, checked and told like any lines."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.problems import Refused
from engine.problems import record as codes
from engine.runtime.exporting import export_sheets
from engine.runtime.importing import Plan
from engine.runtime.printing import printed
from engine.runtime.values import Ask
from engine.runtime.work import Work
from tests.firm import ADMIN, Build, Firm, refused

FILES = {
    "pack.yaml": "title: Parcels\nroles: {clerk: Clerk, guest: Guest}\n",
    "templates/slip.html": (
        "<table><tr><td>{nth}</td><td>{parcels.label}</td><td>{items.what}</td><td>{items.total:0.0}</td></tr></table>"
    ),
    "forms/shipment.yaml": """
title: Shipment
key: name
access:
  clerk: {can: [view, create, edit, delete, import, export]}
  guest: {can: [view, edit], hide: [parcels.items.secret], readonly: [parcels.items.weight]}
fields:
  name: {required: true}
  rate: {type: decimal, default: 2}
  parcels:
    type: lines
    fields:
      label: {required: true}
      fragile: {type: boolean}
      items:
        type: lines
        max_rows: 4
        fields:
          what:
          code: {unique: true}
          weight: {type: decimal, required: true, min: 0, max: =parent.most}
          pieces: {type: integer, default: 1}
          total: {type: decimal, formula: weight * pieces}
          price: {type: decimal, formula: total * parent.parent.rate}
          secret: {visible: parent.fragile}
      most: {type: integer, default: 100}
      weight: {type: decimal, formula: SUM(items.total)}
      kinds: {type: integer, formula: COUNT(items)}
  weight: {type: decimal, formula: SUM(parcels.items.total)}
  price: {type: decimal, formula: SUM(parcels.items.price)}
  heavy: {type: integer, formula: COUNT(from parcels.items where total > 5)}
prints:
  slip: {template: slip.html}
actions:
  again: {who: clerk, do: [{create: shipment, copy: =this}]}
rules:
  no_lead: {from: parcels.items, check: 'what != "lead"', message: '{parent.label}: no {what}'}
""",
}
ROWS: list[dict[str, Any]] = [
    {"label": "A", "items": [{"what": "nails", "weight": "1.5", "pieces": "2"}, {"what": "screws", "weight": "2"}]},
    {"label": "B", "items": []},
    {"label": "C", "items": [{"what": "bolts", "weight": "7", "code": "B-7"}]},
]


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    return engine_of(FILES)


def inner(firm: Firm, id: int) -> list[list[tuple[Any, ...]]]:
    """Per parcel its items: what, weight, pieces, total."""
    record = firm.engine.open(ADMIN, "shipment", id).record
    names = ("what", "weight", "pieces", "total")
    return [[tuple(i.values[n] for n in names) for i in p.value("items")] for p in record.value("parcels")]


def as_sent(firm: Firm, id: int) -> list[dict[str, Any]]:
    """The parcels as a page would send them back."""
    record = firm.engine.open(ADMIN, "shipment", id).record
    return [
        {
            "id": p.id,
            "label": p.values["label"],
            "items": [
                {"id": i.id, "what": i.values["what"], "weight": str(i.values["weight"])} for i in p.value("items")
            ],
        }
        for p in record.value("parcels")
    ]


def test_two_levels_are_kept_and_added_up(firm: Firm) -> None:
    id = firm.new(ADMIN, "shipment", name="One", parcels=ROWS)
    d = Decimal
    assert inner(firm, id) == [
        [("nails", d("1.5"), 2, d(3)), ("screws", d(2), 1, d(2))],
        [],
        [("bolts", d(7), 1, d(7))],
    ]
    found = firm.get("shipment", id)
    assert [p["weight"] for p in found["parcels"]] == [d(5), None, d(7)] or [p["weight"] for p in found["parcels"]] == [
        d(5),
        0,
        d(7),
    ]
    assert [p["kinds"] for p in found["parcels"]] == [2, 0, 1]
    assert (found["weight"], found["price"], found["heavy"]) == (d(12), d(24), 1)
    assert firm.titles(ADMIN, "shipment", "SUM(parcels.items.total) = 12 and ANY(kinds = 2 from parcels)") == ["One"]
    assert firm.titles(ADMIN, "shipment", 'ANY(what = "bolts" and parent.label = "C" from parcels.items)') == ["One"]
    firm.engine.change(ADMIN, "shipment", id, {"rate": "3"})
    assert firm.get("shipment", id)["price"] == d(36)


def test_lines_keep_their_ids_and_history_names_both(firm: Firm) -> None:
    id = firm.new(ADMIN, "shipment", name="One", parcels=ROWS)
    rows = as_sent(firm, id)
    first, second = rows[0]["items"]
    last = rows[2]
    rows[0]["items"] = [second | {"weight": "4"}, {"what": "glue", "weight": "1"}]
    firm.engine.change(ADMIN, "shipment", id, {"parcels": rows[:2]})
    now = as_sent(firm, id)
    assert now[0]["items"][0]["id"] == second["id"]
    glue = now[0]["items"][1]["id"]
    assert firm.get("shipment", id)["weight"] == Decimal(5)
    [edit, _] = firm.engine.history(ADMIN, "shipment", id)
    parcel = rows[0]["id"]
    changes = {
        c.path: (c.old, c.new) for c in edit.changes if c.path[-1] in ("what", "label") or c.path[-1] == "weight"
    }
    assert changes[("parcels.items", f"-{parcel}.{first['id']}", "what")] == ("nails", None)
    assert changes[("parcels.items", f"+{parcel}.{glue}", "what")] == (None, "glue")
    assert changes[("parcels.items", f"{parcel}.{second['id']}", "weight")] == ("2.0000", "4.0000")
    assert changes[("parcels.items", f"-{last['id']}.{last['items'][0]['id']}", "what")] == ("bolts", None)
    assert changes[("parcels", f"-{last['id']}", "label")] == ("C", None)
    firm.engine.remove(ADMIN, "shipment", id)
    with firm.engine.store.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM ll_shipment__parcels__items").scalar() == 0


def test_a_line_that_is_not_sent_keeps_its_items_and_anothers_are_refused(firm: Firm) -> None:
    id = firm.new(ADMIN, "shipment", name="One", parcels=ROWS)
    rows = as_sent(firm, id)
    moved = rows[0]["items"][0]["id"]
    firm.engine.change(ADMIN, "shipment", id, {"parcels": [{"id": r["id"], "label": f"{r['label']}!"} for r in rows]})
    assert [len(items) for items in inner(firm, id)] == [2, 0, 1]
    rows[1]["items"] = [{"id": moved, "weight": "1"}]
    wrong = refused(lambda: firm.engine.change(ADMIN, "shipment", id, {"parcels": rows}))
    assert wrong == [(codes.NO_SUCH_LINE, "parcels.1.items.0.id")]


def test_what_is_wrong_stands_at_its_place(firm: Firm) -> None:
    bad = [
        {"label": "A", "items": [{"weight": "1", "code": "X"}]},
        {"label": "B", "most": "5", "items": [{"weight": "1", "code": "X"}, {"weight": "9"}, {"what": "lead"}]},
        {"items": [{"weight": "many"}, {"weight": "1", "wieght": 2}]},
        {"label": "D", "items": [{"weight": "1"}] * 5},
    ]
    found = refused(lambda: firm.new(ADMIN, "shipment", name="One", parcels=bad))
    assert sorted(found, key=str) == sorted(
        [
            (codes.UNKNOWN_FIELD, "parcels.2.items.1.wieght"),
            ("value_not_a_number", "parcels.2.items.0.weight"),
            (codes.TOO_MANY_LINES, "parcels.3.items"),
            (codes.REQUIRED, "parcels.1.items.2.weight"),
            (codes.REQUIRED, "parcels.2.label"),
            (codes.TOO_LARGE, "parcels.1.items.1.weight"),
            (codes.NOT_UNIQUE, "parcels.1.items.0.code"),
            (codes.RULE_BROKEN, "parcels.1.items.2"),
        ],
        key=str,
    )


def test_nested_list_points_at_outer_2_inner_3(firm: Firm) -> None:
    """c33: an outer list of inner lists of a required number."""
    ok = {"weight": "1"}
    rows = [{"label": "1", "items": [ok]}, {"label": "2", "items": [ok, ok, {"what": "nothing"}]}]
    with pytest.raises(Refused) as caught:
        firm.new(ADMIN, "shipment", name="One", parcels=rows)
    [one] = caught.value.problems
    assert (one.code, one.place.field) == (codes.REQUIRED, "parcels.1.items.2.weight")


def test_a_copy_has_items_of_its_own(firm: Firm) -> None:
    id = firm.new(ADMIN, "shipment", name="One", parcels=ROWS)
    firm.engine.act(firm.person("clara", "clerk"), "shipment", id, "again")
    [other] = [r.record.id or 0 for r in firm.engine.page(ADMIN, "shipment", Ask()).rows if r.record.id != id]
    assert [[x[:3] for x in p] for p in inner(firm, other)] == [[x[:3] for x in p] for p in inner(firm, id)]
    ids = {i["id"] for r in as_sent(firm, id) for i in r["items"]}
    assert not ids & {i["id"] for r in as_sent(firm, other) for i in r["items"]}


def test_a_hidden_or_closed_column_of_the_inner_lines(firm: Firm) -> None:
    guest = firm.person("gast", "guest")
    rows = [{"label": "A", "fragile": "true", "items": [{"weight": "1", "secret": "s"}]}]
    id = firm.new(ADMIN, "shipment", name="One", parcels=rows)
    seen = firm.engine.open(guest, "shipment", id)
    assert seen.record.value("parcels")[0].value("items")[0].values["secret"] is None
    sent = as_sent(firm, id)
    sent[0]["items"][0] |= {"weight": "3"}
    wrong = refused(lambda: firm.engine.change(guest, "shipment", id, {"parcels": sent}))
    assert wrong == [(codes.READONLY_FIELD, "parcels.0.items.0.weight")]
    sent[0]["items"][0] |= {"weight": "1", "what": "tin"}
    firm.engine.change(guest, "shipment", id, {"parcels": sent})
    record = firm.engine.open(ADMIN, "shipment", id).record
    item = record.value("parcels")[0].value("items")[0]
    assert (item.values["what"], item.values["secret"]) == ("tin", "s")
    firm.engine.change(ADMIN, "shipment", id, {"parcels": [{"id": sent[0]["id"], "fragile": "false"}]})
    assert firm.engine.open(ADMIN, "shipment", id).record.value("parcels")[0].value("items")[0].values["secret"] is None


def test_a_file_names_outer_and_inner_in_each_row_or_leaves_the_outer_empty(firm: Firm, tmp_path: Path) -> None:
    clerk, file = firm.person("clara", "clerk"), tmp_path / "in.csv"
    file.write_text(
        "name,parcels.label,parcels.items.what,parcels.items.weight\n"
        "One,A,nails,1\nOne,A,screws,2\n,,glue,3\nOne,B,bolts,4\nTwo,C,,\nThree,D,tin,many\n"
    )
    done = firm.engine.imports.bring_in(clerk, "shipment", file, Plan())
    assert [inner(firm, r) for r in (1, 2)] == [
        [
            [("nails", 1, 1, 1), ("screws", 2, 1, 2), ("glue", 3, 1, 3)],
            [("bolts", 4, 1, 4)],
        ],
        [[]],
    ]
    assert [p.place.field for _, p in done.problems()] == ["parcels.0.items.0.weight"]
    sheets = {title: list(rows) for title, rows in firm.engine.read(clerk, lambda work: sheets_of(work))}
    assert sheets["Items"][0][:3] == ["Shipment", "Parcels", "What"]
    assert [row[:3] for row in sheets["Items"][1:]] == [
        ["One", 1, "nails"], ["One", 1, "screws"], ["One", 1, "glue"], ["One", 2, "bolts"]
    ]  # fmt: skip
    with pytest.raises(Refused) as alone:
        firm.engine.imports.bring_in(clerk, "shipment.parcels.items", file, Plan())
    (wrong,) = alone.value.problems
    assert wrong.code == "inner_lines" and "into shipment.parcels" in wrong.remedy("en")
    file.write_text("name,label,items.what,items.weight\nTwo,E,wire,2\nTwo,E,rope,5\n")
    assert firm.engine.imports.bring_in(clerk, "shipment.parcels", file, Plan()).accepted == 1
    assert inner(firm, 2) == [[], [("wire", 2, 1, 2), ("rope", 5, 1, 5)]]


def sheets_of(work: Work) -> list[tuple[str, list[Any]]]:
    return [(title, list(rows)) for title, rows in export_sheets(work, work.form("shipment"), Ask())]


def test_a_changed_definition_keeps_inner_lines_when_both_lists_get_other_names(
    engine_of: Build, tmp_path: Path
) -> None:
    firm = engine_of(FILES)
    id = firm.new(ADMIN, "shipment", name="One", parcels=ROWS)
    folder = firm.engine.settings.definitions
    file = folder / "forms/shipment.yaml"
    words = file.read_text()
    renamed = words.replace("  parcels:\n    type: lines", "  boxes:\n    was: parcels\n    type: lines")
    renamed = renamed.replace("parcels", "boxes").replace("was: boxes", "was: parcels")
    renamed = renamed.replace(
        "      items:\n        type: lines", "      parts:\n        was: items\n        type: lines"
    )
    renamed = renamed.replace("items", "parts").replace("was: parts", "was: items")
    file.write_text(renamed)
    slip = folder / "templates/slip.html"
    slip.write_text(slip.read_text().replace("parcels", "boxes").replace("items", "parts"))
    firm.engine.reload()
    record = firm.engine.open(ADMIN, "shipment", id).record
    assert [[i.values["what"] for i in p.value("parts")] for p in record.value("boxes")] == [
        ["nails", "screws"], [], ["bolts"]
    ]  # fmt: skip
    assert record.values["weight"] == Decimal(12)


def test_a_print_repeats_a_row_for_each_inner_line_and_names_the_outer_one(firm: Firm) -> None:
    id = firm.new(ADMIN, "shipment", name="One", parcels=ROWS)
    made = firm.engine.read(
        ADMIN, lambda work: printed(work, "shipment", [id], "slip", firm.engine.files.open)
    ).content.decode()
    assert re.findall(r"<td>(.*?)</td>", made) == [
        "1",
        "A",
        "nails",
        "3.0",
        "2",
        "A",
        "screws",
        "2.0",
        "3",
        "C",
        "bolts",
        "7.0",
    ]


FILLED = """
fields:
  sums:
    type: lines
    default: {from: items, by: {what: what}, set: {what: =what, amount: =SUM(total from rows)}}
    fields: {what: {}, amount: {type: decimal}}
  flat: {type: lines, default: {from: items.parts, set: {amount: =size}}, fields: {amount: {type: decimal}}}
  deep:
    type: lines
    default: {from: items, set: {what: =what, inner: {from: parts, set: {amount: =size}}}}
    fields: {what: {}, inner: {type: lines, fields: {amount: {type: decimal}}}}
  items:
    type: lines
    fields:
      what: {}
      quantity: {type: integer, default: 2}
      total: {type: decimal, formula: quantity * last}
      last: {type: decimal, default: '=COALESCE(LAST(last from deal.items where what = this.what), 7)'}
      parts: {type: lines, fields: {n: {type: integer}, size: {type: integer, default: =n * parent.quantity}}}
"""


def test_lines_filled_from_other_lines_come_after_what_those_are_computed_from(engine_of: Build) -> None:
    """Whatever stands first in the file; and a column may take what another record's lines of its own name have."""
    firm = engine_of({"forms/deal.yaml": FILLED})
    items = [{"what": "a", "parts": [{"n": 1}, {"n": 2}]}, {"what": "a", "quantity": 3}]
    deal = firm.get("deal", firm.new(ADMIN, "deal", items=items))
    assert [(line["what"], line["amount"]) for line in deal["sums"]] == [("a", 35)]
    assert [line["amount"] for line in deal["flat"]] == [2, 4]
    assert [[inner.values["amount"] for inner in line["inner"]] for line in deal["deep"]] == [[2, 4], []]
