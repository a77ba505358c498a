"""Several records, people or departments in one field: chosen, kept right, filtered, reached and let go."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from engine.problems import Refused
from engine.runtime import people
from engine.runtime.importing import Plan
from engine.runtime.spreadsheets import csv_bytes
from engine.runtime.values import Actor, Ask
from tests.firm import ADMIN, Build, Firm, refused

FILES = {
    "pack.yaml": "title: T\nlanguage: en\nroles: {sales: Sales, boss: Boss}\n",
    "forms/package.yaml": """
title: Package
fields:
  name: {required: true}
  weight: {type: decimal}
  open: {type: boolean, default: true}
  trips: {type: related, from: trip, via: packages}
  used: {type: integer, formula: COUNT(trips)}
  riders: {type: integer, formula: COUNT(trips.members)}
access: {everyone: {can: [view, create, edit, delete]}}
""",
    "forms/trip.yaml": """
title: Trip
fields:
  name: {required: true}
  packages: {type: references, to: package, where: open, on_delete: clear}
  must: {type: references, to: package}
  members: {type: members, among: sales}
  teams: {type: departments}
  count: {type: integer, formula: COUNT(packages)}
  weight: {type: decimal, formula: SUM(packages.weight)}
  names: {formula: 'JOIN(" + ", name from packages)'}
  crew: {formula: 'JOIN(", ", name from members)'}
  stops: {type: lines, fields: {place: {}, drop: {type: references, to: package, on_delete: clear}}}
views: {all: {columns: [name, packages, members]}}
access:
  sales: {can: [view, create, edit, import, export], where: user in members}
  boss: {can: [view, create, edit, delete, import, export]}
""",
    "forms/convoy.yaml": """
title: Convoy
fields:
  name: {required: true}
  trips: {type: references, to: trip, on_delete: cascade}
  weight: {type: decimal, formula: SUM(trips.weight)}
access: {boss: {can: [view, create, edit]}}
""",
}


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    made: Firm = engine_of(FILES)
    made.person("sam", "sales")
    made.person("sue", "sales")
    made.person("bob", "boss")
    return made


@pytest.fixture
def bob(firm: Firm) -> Actor:
    return firm.who("bob")


def package(firm: Firm, name: str, weight: str = "1") -> int:
    return firm.new(ADMIN, "package", name=name, weight=weight)


def test_what_is_chosen_is_a_set_in_the_order_of_ids_and_formulas_read_it(firm: Firm, bob: Actor) -> None:
    a, b = package(firm, "A", "1.5"), package(firm, "B", "2")
    sam = firm.who("sam").id
    trip = firm.get("trip", firm.new(bob, "trip", name="T", packages=[b, a], members=[sam]))
    assert trip["packages"] == (a, b) and trip["members"] == (sam,)
    assert (trip["count"], trip["weight"], trip["names"], trip["crew"]) == (2, Decimal("3.5"), "A + B", "Sam")


def test_formulas_follow_when_a_target_changes_or_another_is_chosen(firm: Firm, bob: Actor) -> None:
    a, b = package(firm, "A", "1.5"), package(firm, "B", "2")
    id = firm.new(bob, "trip", name="T", packages=[a])
    convoy = firm.new(bob, "convoy", name="C", trips=[id])
    firm.engine.change(ADMIN, "package", a, {"weight": "7", "name": "AA"})
    assert firm.get("trip", id)["weight"] == 7 and firm.get("trip", id)["names"] == "AA"
    firm.engine.change(bob, "trip", id, {"packages": [a, b]})
    assert firm.get("trip", id)["weight"] == 9
    assert firm.get("convoy", convoy)["weight"] == 9


def test_only_what_exists_and_is_offered_may_be_chosen_but_what_was_chosen_stays(firm: Firm, bob: Actor) -> None:
    a, b = package(firm, "A"), package(firm, "B")
    sam, sue = firm.who("sam").id, firm.who("sue").id
    id = firm.new(bob, "trip", name="T", packages=[a], members=[sam])
    firm.engine.change(ADMIN, "package", a, {"open": False})
    firm.engine.change(bob, "trip", id, {"packages": [a, b], "members": [sam, sue]})
    assert firm.get("trip", id)["packages"] == (a, b)
    assert refused(lambda: firm.new(bob, "trip", name="U", packages=[b, a])) == [("reference_excluded", "packages")]
    assert refused(lambda: firm.new(bob, "trip", name="U", packages=[99])) == [("no_such_reference", "packages")]
    assert refused(lambda: firm.new(bob, "trip", name="U", members=[bob.id])) == [("reference_excluded", "members")]


def test_conditions_over_them_are_sql(firm: Firm, bob: Actor) -> None:
    a, b = package(firm, "A"), package(firm, "B", "9")
    sam, sue = firm.who("sam"), firm.who("sue")
    firm.new(bob, "trip", name="one", packages=[a], members=[sam.id])
    firm.new(bob, "trip", name="two", packages=[a, b], members=[sam.id, sue.id])
    firm.new(bob, "trip", name="none")
    assert set(firm.titles(sam, "trip")) == {"one", "two"}
    assert firm.titles(sue, "trip") == ["two"]
    for where, wanted in (
        (f"ANY(id = {b} from packages)", {"two"}),
        (f"ANY(id in [{a}, {b}] from packages)", {"one", "two"}),
        (f"not ANY(id = {b} from packages)", {"one", "none"}),
        ("COUNT(packages) = 0", {"none"}),
        ("COUNT(packages) > 0", {"one", "two"}),
        ("ANY(weight > 5 from packages)", {"two"}),
        ("user in members", set()),
        ('"B" in packages.name', {"two"}),
        ("SUM(packages.weight) = 10", {"two"}),
    ):
        assert set(firm.titles(bob, "trip", where)) == wanted, where
    assert set(firm.titles(sam, "trip", "user in members")) == {"one", "two"}


def test_a_list_of_what_points_here_works_through_several_too(firm: Firm, bob: Actor) -> None:
    a, b = package(firm, "A"), package(firm, "B")
    sam, sue = firm.who("sam").id, firm.who("sue").id
    one = firm.new(bob, "trip", name="one", packages=[a], members=[sam, sue])
    two = firm.new(bob, "trip", name="two", packages=[a, b], members=[sam])
    assert [firm.get("package", p)["used"] for p in (a, b)] == [2, 1]
    assert [firm.get("package", p)["riders"] for p in (a, b)] == [3, 1]
    firm.engine.change(bob, "trip", one, {"packages": [b], "members": [sam]})
    assert [firm.get("package", p)["used"] for p in (a, b)] == [1, 2]
    assert [firm.get("package", p)["riders"] for p in (a, b)] == [1, 2]
    firm.engine.remove(bob, "trip", two)
    assert [firm.get("package", p)["used"] for p in (a, b)] == [0, 1]
    assert set(firm.titles(ADMIN, "package", "used > 0")) == {"B"}
    assert set(firm.titles(ADMIN, "package", "COUNT(trips) = 0")) == {"A"}


def test_a_search_looks_into_the_titles(firm: Firm, bob: Actor) -> None:
    a = package(firm, "Anvil")
    firm.new(bob, "trip", name="one", packages=[a])
    firm.new(bob, "trip", name="two")
    assert firm.titles(bob, "trip", q="anvi") == ["one"]


def test_a_deleted_target_is_taken_out_kept_or_takes_along(firm: Firm, bob: Actor) -> None:
    a, b = package(firm, "A"), package(firm, "B")
    id = firm.new(bob, "trip", name="T", packages=[a, b], stops=[{"place": "X", "drop": [a]}])
    convoy = firm.new(bob, "convoy", name="C", trips=[id])
    firm.engine.remove(ADMIN, "package", a)
    trip = firm.get("trip", id)
    assert trip["packages"] == (b,) and trip["stops"][0]["drop"] is None and trip["count"] == 1
    firm.engine.change(bob, "trip", id, {"must": [b]})
    assert refused(lambda: firm.engine.remove(ADMIN, "package", b)) == [("still_used", None)]
    other = firm.new(bob, "trip", name="U")
    firm.engine.change(bob, "convoy", convoy, {"trips": [id, other]})
    firm.engine.remove(bob, "trip", other)
    assert firm.get("convoy", convoy)["trips"] == (id,)
    firm.engine.remove(bob, "trip", id)
    assert firm.engine.count(bob, "convoy") == 0


def test_a_person_who_may_see_a_part_of_the_targets_can_not_ask_about_the_rest(engine_of: Build) -> None:
    files = FILES | {
        "forms/package.yaml": FILES["forms/package.yaml"].replace(
            "everyone: {can: [view, create, edit, delete]}", "sales: {can: [view], where: open}"
        )
    }
    firm = engine_of(files)
    sam = firm.person("sam", "sales")
    a = package(firm, "A")
    firm.new(ADMIN, "trip", name="T", packages=[a], members=[sam.id])
    assert firm.titles(sam, "trip", f"ANY(id = {a} from packages)") == ["T"]
    assert refused(lambda: firm.titles(sam, "trip", "ANY(weight > 0 from packages)")) == [("rows_closed", None)]


def test_departments_are_limited_by_among_when_offered_and_when_saved(engine_of: Build) -> None:
    trip = FILES["forms/trip.yaml"].replace("{type: departments}", "{type: departments, among: =user.department}")
    firm = engine_of(FILES | {"forms/trip.yaml": trip})
    one, two = (firm.engine.store.write(partial(people.create_department, name=n)) for n in ("Depot", "Elsewhere"))
    ann = firm.person("ann", "boss", department=one)
    assert [p.id for p in firm.engine.options(ann, "trip", "teams")] == [one]
    assert firm.get("trip", firm.new(ann, "trip", name="T", teams=[one]))["teams"] == (one,)
    assert refused(lambda: firm.new(ann, "trip", name="U", teams=[one, two])) == [("reference_excluded", "teams")]


def test_a_cell_names_several_and_comes_back_as_it_went(firm: Firm, bob: Actor, tmp_path: Path) -> None:
    package(firm, "Anvil"), package(firm, "Box, small"), package(firm, "Crate")
    file = tmp_path / "in.csv"
    file.write_text(
        'name,packages,members\none,"Anvil, Box, small",sam\ntwo,Crate；Anvil,"sam;sue"\n', encoding="utf-8"
    )
    bring_in = firm.engine.imports.bring_in
    report = bring_in(bob, "trip", file, Plan())
    assert (report.accepted, report.refused) == (2, {})
    rows = list(firm.engine.export(bob, "trip", Ask(sort=(("name", False),))))
    assert rows[1:] == [["one", "Anvil、Box, small", "Sam"], ["two", "Anvil、Crate", "Sam、Sue"]]
    back = tmp_path / "back.csv"
    back.write_bytes(b"".join(csv_bytes(rows)))
    assert bring_in(bob, "trip", back, Plan()).accepted == 2
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("name,packages\nthree,Anvil、Nothing\n", encoding="utf-8")
    (problems,) = bring_in(bob, "trip", wrong, Plan()).refused.values()
    assert [(p.code, p.facts["value"]) for p in problems] == [("no_match", "Nothing")]


def test_nothing_stands_beneath_itself(engine_of: Build) -> None:
    unit = """
title: Unit
fields:
  name: {required: true}
  above: {type: reference, to: unit, tree: true}
  head: {type: role, among: sales}
access: {everyone: {can: [view, create, edit]}}
actions:
  turn: {who: everyone, ask: {to: {type: reference, to: unit}}, do: [{set: {above: =ask.to}}]}
"""
    firm = engine_of({"pack.yaml": FILES["pack.yaml"], "forms/unit.yaml": unit})
    top = firm.new(ADMIN, "unit", name="Top", head="sales")
    middle, low = (firm.new(ADMIN, "unit", name=n, above=a) for n, a in (("Middle", top), ("Low", top + 1)))
    firm.engine.change(ADMIN, "unit", low, {"above": top})
    firm.engine.change(ADMIN, "unit", low, {"above": middle})
    for call in (
        partial(firm.engine.change, ADMIN, "unit", top, {"above": low}),
        partial(firm.engine.change, ADMIN, "unit", top, {"above": top}),
        partial(firm.engine.act, ADMIN, "unit", top, "turn", ask={"to": str(middle)}),
    ):
        assert refused(call) == [("tree_circle", "above")]
    with pytest.raises(Refused) as told:
        firm.engine.change(ADMIN, "unit", top, {"above": low})
    assert "Top → Low → Middle → Top" in told.value.problems[0].message("en")
