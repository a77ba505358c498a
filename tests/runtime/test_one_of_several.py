"""A record of one of several forms in one field: chosen, read through, kept right, found, brought in and let go."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.runtime.importing import Plan
from engine.runtime.spreadsheets import csv_bytes
from engine.runtime.values import Actor, Ask
from tests.firm import ADMIN, Build, Firm, refused

FILES = {
    "pack.yaml": "title: T\nlanguage: en\nroles: {sales: Sales, boss: Boss}\n",
    "forms/customer.yaml": """
title: Customer
key: code
fields:
  code: {required: true}
  name: {required: true}
  level: {type: integer}
  calls: {type: related, from: visit, via: subject}
  visits: {type: integer, formula: COUNT(calls)}
record_title: "{name}"
access: {everyone: {can: [view, create, edit, delete]}}
""",
    "forms/supplier.yaml": """
title: Supplier
fields:
  name: {required: true}
  rating: {type: integer}
  calls: {type: related, from: visit, via: subject}
access: {boss: {can: [view, create, edit, delete]}}
""",
    "forms/visit.yaml": """
title: Visit
fields:
  subject: {type: reference, to: [customer, supplier]}
  customer: {type: reference, to: customer}
  same: {type: reference, to: [customer, supplier], default: =customer, on_delete: clear}
  name: {formula: subject.name}
  level: {type: integer, formula: subject.customer.level}
  ours: {type: boolean, formula: subject = customer}
  kind: {formula: 'IF(ISBLANK(subject), "none", IF(subject.customer = null, "supplier", "customer"))'}
  stops: {type: lines, fields: {about: {type: reference, to: [supplier, customer], on_delete: cascade}}}
record_title: "To {subject}"
views: {all: {columns: [subject, name], sort: subject}}
access: {everyone: {can: [view, create, edit, delete, import, export]}}
""",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Both databases."""
    return str(request.param)


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    made = engine_of(FILES)
    made.person("sam", "sales")
    made.person("bob", "boss")
    return made


@pytest.fixture
def bob(firm: Firm) -> Actor:
    return firm.who("bob")


@pytest.fixture
def east(firm: Firm) -> int:
    return firm.new(ADMIN, "customer", code="C1", name="East", level=2)


@pytest.fixture
def mill(firm: Firm) -> int:
    firm.new(ADMIN, "supplier", name="Other")
    return firm.new(ADMIN, "supplier", name="Mill", rating=5)


def test_it_is_read_through_whichever_form_it_is_of(firm: Firm, bob: Actor, east: int, mill: int) -> None:
    one = firm.get("visit", firm.new(bob, "visit", subject=f"customer/{east}", customer=east))
    assert (one["name"], one["level"], one["ours"], one["kind"]) == ("East", 2, True, "customer")
    assert one["same"] == f"customer/{east}"
    two = firm.get("visit", firm.new(bob, "visit", subject=f"supplier/{mill}"))
    assert (two["name"], two["level"], two["ours"], two["kind"]) == ("Mill", None, False, "supplier")
    none = firm.get("visit", firm.new(bob, "visit"))
    assert (none["name"], none["ours"], none["kind"], none["same"]) == (None, True, "none", None)
    assert sorted(firm.titles(bob, "visit")) == ["To", "To East", "To Mill"]


def test_stored_formulas_follow_both_forms_and_the_records_that_point_back(
    firm: Firm, bob: Actor, east: int, mill: int
) -> None:
    id = firm.new(bob, "visit", subject=f"customer/{east}")
    firm.new(bob, "visit", subject=f"supplier/{east}")
    assert firm.get("customer", east)["visits"] == 1
    firm.engine.change(bob, "customer", east, {"name": "East 2", "level": "7"})
    assert (firm.get("visit", id)["name"], firm.get("visit", id)["level"]) == ("East 2", 7)
    firm.engine.change(bob, "visit", id, {"subject": f"supplier/{mill}"})
    assert firm.get("customer", east)["visits"] == 0 and firm.get("visit", id)["name"] == "Mill"
    firm.engine.change(bob, "supplier", mill, {"name": "Mill 2"})
    assert firm.get("visit", id)["name"] == "Mill 2"


def test_only_a_record_that_is_there_and_that_one_may_see_can_be_chosen(
    firm: Firm, bob: Actor, east: int, mill: int
) -> None:
    sam = firm.who("sam")
    assert refused(lambda: firm.new(sam, "visit", subject=f"supplier/{mill}")) == [("no_such_reference", "subject")]
    assert refused(lambda: firm.new(bob, "visit", subject="customer/99")) == [("no_such_reference", "subject")]
    assert refused(lambda: firm.new(bob, "visit", subject="visit/1")) == [("value_not_a_record_of", "subject")]
    names = [(p.value, p.title, p.facts[0]) for p in firm.engine.options(bob, "visit", "subject", "i")]
    assert names == [(f"supplier/{mill}", "Mill", "Supplier")]
    assert [p.facts[0] for p in firm.engine.options(sam, "visit", "subject")] == ["Customer"]


def test_lists_are_searched_filtered_and_sorted_by_it(firm: Firm, bob: Actor, east: int, mill: int) -> None:
    firm.new(bob, "visit", subject=f"supplier/{mill}")
    firm.new(bob, "visit", subject=f"customer/{east}")
    for where, wanted in (
        (f'subject = "customer/{east}"', ["To East"]),
        (f'subject in ["customer/{east}", "supplier/{mill}"]', ["To East", "To Mill"]),
        ("subject.customer.level = 2", ["To East"]),
        ('subject.name = "Mill"', ["To Mill"]),
        ("ISBLANK(subject)", []),
    ):
        assert sorted(firm.titles(bob, "visit", where)) == wanted, where
    found = firm.engine.page(bob, "visit", Ask(view="all", q="mill"))
    assert [row.record.title for row in found.rows] == ["To Mill"]
    assert [row.record.title for row in firm.engine.page(bob, "visit", Ask(view="all")).rows] == ["To East", "To Mill"]


def test_what_goes_takes_it_along_clears_it_or_is_held(firm: Firm, bob: Actor, east: int, mill: int) -> None:
    id = firm.new(
        bob, "visit", same=f"supplier/{mill}", stops=[{"about": f"supplier/{mill}"}, {"about": f"customer/{east}"}]
    )
    held = firm.new(bob, "visit", subject=f"supplier/{mill}")
    assert refused(lambda: firm.engine.remove(bob, "supplier", mill)) == [("still_used", None)]
    firm.engine.change(bob, "visit", held, {"subject": None})
    firm.engine.remove(bob, "supplier", mill)
    assert firm.get("visit", id)["same"] is None
    assert [line["about"] for line in firm.get("visit", id)["stops"]] == [f"customer/{east}"]


def test_imports_name_it_by_form_and_title_or_key_and_exports_say_the_form(
    firm: Firm, bob: Actor, east: int, mill: int, tmp_path: Path
) -> None:
    firm.new(ADMIN, "supplier", name="East")
    rows = [["Subject"], ["Customer: East"], ["customer: C1"], ["Mill"], [f"supplier/{mill}"], ["East"], ["Nobody"]]
    file = tmp_path / "in.csv"
    file.write_bytes(b"".join(csv_bytes(rows)))
    report = firm.engine.imports.bring_in(bob, "visit", file, Plan())
    assert [p.code for told in report.refused.values() for p in told] == ["several_match", "no_match"]
    assert sorted(firm.titles(bob, "visit")) == ["To East", "To East", "To Mill", "To Mill"]
    exported = list(firm.engine.export(bob, "visit", Ask(), ("subject",)))
    assert exported == [["Subject"], ["Customer: East"], ["Customer: East"], ["Supplier: Mill"], ["Supplier: Mill"]]
