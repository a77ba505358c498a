"""Records of several forms in one field: chosen, read by form, followed, found, brought in, let go, and widened to."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from engine.runtime.importing import Plan
from engine.runtime.spreadsheets import csv_bytes
from engine.runtime.values import Actor, Ask
from tests.firm import ADMIN, Build, Firm, refused, write

CUSTOMER = """
title: Customer
key: code
fields:
  code: {required: true}
  name: {required: true}
  level: {type: integer}
  notes: {type: related, from: note, via: about}
  told: {type: integer, formula: COUNT(notes)}
record_title: "{name}"
access: {everyone: {can: [view, create, edit, delete]}}
"""
SUPPLIER = """
title: Supplier
fields: {name: {required: true}, notes: {type: related, from: note, via: about}}
access: {boss: {can: [view, create, edit, delete]}}
"""
NOTE = """
title: Note
fields:
  what: {required: true}
  about: {type: references, to: [supplier, customer]}
  copied: {type: references, to: [supplier, customer], default: =about, on_delete: clear}
  many: {type: integer, formula: COUNT(about)}
  level: {type: integer, formula: SUM(about.customer.level)}
  names: {formula: 'JOIN(" + ", about.supplier.name)'}
  ours: {type: boolean, formula: 'ANY(level > 1 from about.customer)'}
  reached: {type: integer, formula: SUM(stops.at.customer.level)}
  stops: {type: lines, fields: {at: {type: references, to: [customer, supplier], on_delete: cascade}}}
views: {all: {columns: [what, about]}}
access: {everyone: {can: [view, create, edit, delete, import, export]}}
"""
FILES = {
    "pack.yaml": "title: T\nlanguage: en\nroles: {sales: Sales, boss: Boss}\n",
    "forms/customer.yaml": CUSTOMER, "forms/supplier.yaml": SUPPLIER, "forms/note.yaml": NOTE,
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Both databases."""
    return str(request.param)


def test_all_that_a_field_does_it_does_with_records_of_several_forms(engine_of: Build, tmp_path: Path) -> None:
    firm: Firm = engine_of(FILES)
    sam, bob = firm.person("sam", "sales"), firm.person("bob", "boss")
    east = firm.new(ADMIN, "customer", code="C1", name="East, Ltd", level=2)
    west = firm.new(ADMIN, "customer", code="C2", name="West", level=5)
    firm.new(ADMIN, "supplier", name="Other")
    mill = firm.new(ADMIN, "supplier", name="Mill")
    both = [f"customer/{west}", f"customer/{east}", f"supplier/{mill}"]
    id = firm.new(bob, "note", what="a", about=both)
    kept = (f"supplier/{mill}", f"customer/{east}", f"customer/{west}")
    note = firm.get("note", id)
    assert (note["about"], note["copied"]) == (kept, kept)
    assert (note["many"], note["level"], note["names"], note["ours"]) == (3, 7, "Mill", True)
    _follows(firm, bob, id, east)
    _chosen(firm, sam, bob, mill)
    _found(firm, bob, east, mill)
    _brought_in_as_it_went(firm, bob, tmp_path, kept)
    _let_go(firm, bob, id, east, mill, west)


def _follows(firm: Firm, bob: Actor, id: int, east: int) -> None:
    firm.engine.change(bob, "customer", east, {"level": "1"})
    assert firm.get("note", id)["level"] == 6
    assert firm.get("customer", east)["told"] == 1
    firm.engine.change(
        bob, "note", id, {"about": [one for one in firm.get("note", id)["about"] if one != f"customer/{east}"]}
    )
    assert firm.get("customer", east)["told"] == 0 and firm.get("note", id)["many"] == 2
    firm.engine.change(bob, "note", id, {"about": [*firm.get("note", id)["about"], f"customer/{east}"]})
    assert firm.get("customer", east)["told"] == 1
    shown = firm.engine.open(bob, "customer", east)
    assert shown.record.value("told") == 1


def _chosen(firm: Firm, sam: Actor, bob: Actor, mill: int) -> None:
    """Only what is there and what they may see."""
    for who, given, code in (
        (sam, f"supplier/{mill}", "no_such_reference"),
        (bob, "customer/99", "no_such_reference"),
        (bob, "note/1", "value_not_a_record_of"),
    ):
        assert (code, "about") in refused(partial(firm.new, who, "note", what="x", about=[given]))
    assert [p.value for p in firm.engine.options(bob, "note", "about", "mi")] == [f"supplier/{mill}"]
    assert {p.facts[0] for p in firm.engine.options(sam, "note", "about")} == {"Customer"}


def _found(firm: Firm, bob: Actor, east: int, mill: int) -> None:
    way = [{"at": [f"customer/{east}", f"supplier/{mill}"]}, {"at": [f"customer/{east}"]}, {"at": []}]
    tour = firm.new(bob, "note", what="tour", stops=way)
    assert firm.get("note", tour)["reached"] == 2
    assert firm.titles(bob, "note", "SUM(stops.at.customer.level) = 2") == ["tour"]
    firm.engine.change(bob, "customer", east, {"level": "4"})
    assert firm.get("note", tour)["reached"] == 8
    firm.engine.change(bob, "customer", east, {"level": "1"})
    firm.engine.remove(bob, "note", tour)
    firm.new(bob, "note", what="b", about=[f"customer/{east}"])
    firm.new(bob, "note", what="none")
    for where, wanted in (
        (f'"supplier/{mill}" in about', ["a"]),
        ("ANY(level = 1 from about.customer)", ["a", "b"]),
        ("COUNT(about) = 0", ["none"]),
        ("ISBLANK(about)", ["none"]),
        ("COUNT(about.supplier) = 0", ["b", "none"]),
        ('"Mill" in about.supplier.name', ["a"]),
    ):
        assert sorted(firm.titles(bob, "note", where)) == wanted, where
    found = firm.engine.page(bob, "note", Ask(view="all", q="mill"))
    assert [row.record.title for row in found.rows] == ["a"]


def _brought_in_as_it_went(firm: Firm, bob: Actor, folder: Path, kept: tuple[str, ...]) -> None:
    rows = list(
        firm.engine.export(bob, "note", Ask(where=firm.engine.condition("note", 'what = "a"')), ("what", "about"))
    )
    assert rows[1] == ["a", "Supplier: Mill; Customer: East, Ltd; Customer: West"]
    file = folder / "in.csv"
    file.write_bytes(b"".join(csv_bytes([["what", "about"], ["in", rows[1][1]], ["by key", "C2, supplier: Mill"]])))
    assert firm.engine.imports.bring_in(bob, "note", file, Plan()).accepted == 2
    page = {row.record.title: row.record.values["about"] for row in firm.engine.page(bob, "note", Ask(view="all")).rows}
    assert page["in"] == kept and page["by key"] == (kept[0], kept[2])


def _let_go(firm: Firm, bob: Actor, id: int, east: int, mill: int, west: int) -> None:
    assert refused(lambda: firm.engine.remove(bob, "supplier", mill)) == [("still_used", None)]
    for title in ("a", "in", "by key"):
        where = firm.engine.condition("note", f'what = "{title}"')
        for row in firm.engine.page(bob, "note", Ask(where=where)).rows:
            firm.engine.change(bob, "note", row.record.id or 0, {"about": [f"customer/{east}"]})
    firm.engine.change(
        bob,
        "note",
        id,
        {
            "copied": [f"supplier/{mill}", f"customer/{west}"],
            "stops": [{"at": [f"supplier/{mill}"]}, {"at": [f"supplier/{mill}", f"customer/{west}"]}],
        },
    )
    for row in firm.engine.page(bob, "note", Ask(view="all")).rows:
        if row.record.id != id:
            firm.engine.change(bob, "note", row.record.id or 0, {"copied": []})
    firm.engine.remove(bob, "supplier", mill)
    note = firm.get("note", id)
    assert note["copied"] == (f"customer/{west}",)
    assert [line["at"] for line in note["stops"]] == [(f"customer/{west}",)]


def test_a_field_of_one_form_is_widened_and_follows_a_form_that_is_renamed(engine_of: Build) -> None:
    before = {**FILES, "forms/note.yaml": "fields: {what: {}, about: {type: references, to: customer}}\n"}
    before["forms/customer.yaml"] = "fields: {name: {required: true}}\n"
    before["forms/supplier.yaml"] = "fields: {name: {required: true}}\n"
    firm: Firm = engine_of(before)
    east = firm.new(ADMIN, "customer", name="East")
    id = firm.new(ADMIN, "note", what="a", about=[east])
    folder = firm.engine.settings.definitions
    write(folder, {"forms/note.yaml": "fields: {what: {}, about: {type: references, to: [customer, supplier]}}\n"})
    firm.engine.reload()
    assert firm.get("note", id)["about"] == (f"customer/{east}",)
    (folder / "forms/customer.yaml").unlink()
    write(folder, {
        "forms/buyer.yaml": "was: customer\nfields: {name: {required: true}}\n",
        "forms/note.yaml": "fields: {what: {}, about: {type: references, to: [buyer, supplier]}}\n",
    })  # fmt: skip
    firm.engine.reload()
    assert firm.get("note", id)["about"] == (f"buyer/{east}",)
