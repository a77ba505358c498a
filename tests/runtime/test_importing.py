"""Import: a spreadsheet's rows become records through the one door; what is refused comes back with its reasons."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from engine.problems import Refused
from engine.runtime.importing import Report, import_csv
from engine.runtime.values import Actor, Ask
from tests.runtime.house import House

ORDER = """
title: {en: Order, zh: 订单}
key: number
fields:
  number: {type: text, title: {en: Number, zh: 编号}, required: true, unique: true}
  buyer: {type: reference, to: buyer}
  seller: {type: member}
  kind: {type: choice, options: {rush: {title: 加急}, plain: Plain}}
  total: {type: money, formula: SUM(items.price)}
  items:
    type: lines
    title: {en: Items, zh: 明细}
    fields: {product: {type: reference, to: buyer, title: {en: Product, zh: 产品}}, price: {type: money, min: 0}}
access: {boss: {can: [view, create, import]}, clerk: {can: [view, create]}}
"""
BUYER = """
title: Buyer
key: code
record_title: "{name}"
fields: {code: {type: text}, name: {type: text}}
access: {boss: {can: [view]}}
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, {"forms/order.yaml": ORDER, "forms/buyer.yaml": BUYER})
    made.put("buyer", code="A", name="Alpha", _title="Alpha")
    made.put("buyer", code="B", name="Beta", _title="Beta")
    made.put("buyer", code="C", name="Beta", _title="Beta")
    yield made
    made.close()


@pytest.fixture
def boss(house: House) -> Actor:
    return house.person("bo", "boss", name="薄荷")


def run(house: House, actor: Actor, path: Path, content: str | bytes) -> Report:
    path.write_bytes(content.encode() if isinstance(content, str) else content)

    def submit_many(raws: Sequence) -> list[Refused | None]:
        found: list[Refused | None] = []
        for raw in raws:
            try:
                house.engine.submit(actor, "order", raw)
                found.append(None)
            except Refused as refused:
                found.append(refused)
        return found

    form = house.engine.catalog.forms["order"]
    return import_csv(form, path, lambda unit: house.do(actor, unit), submit_many, language="en")


def orders(house: House, actor: Actor) -> list:
    columns = ("number", "buyer", "kind", "total", "items")
    page = house.engine.page(actor, "order", Ask(sort=(("number", False),)), columns)
    return [r.record for r in page.rows]


def test_names_titles_and_options_are_understood_and_lines_follow(house: House, boss: Actor, tmp_path: Path) -> None:
    file = "编号,buyer,seller,Kind,明细.产品,items.price\n1,A,bo,加急,B,2.50\n1,,,,A,3\n,,,,A,4\n2,Alpha,薄荷,plain,,\n"
    report = run(house, boss, tmp_path / "x.csv", file)
    assert (report.accepted, report.refused, report.rejected) == (2, 0, None)
    first, second = orders(house, boss)
    assert [line.values["price"] for line in first.values["items"]] == [Decimal("2.50"), Decimal(3), Decimal(4)]
    assert first.values["total"] == Decimal("9.50") and first.values["kind"] == "rush"
    assert second.values["buyer"] == first.values["buyer"] == 1 and second.values["items"] == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_encodings_of_excel(house: House, boss: Actor, tmp_path: Path, encoding: str) -> None:
    report = run(house, boss, tmp_path / "x.csv", '编号;buyer\r\n"订单;一";A\r\n'.encode(encoding))
    assert report.accepted == 1 and orders(house, boss)[0].title == "订单;一"


def test_refused_rows_come_back_whole_with_reasons_and_can_be_mended(house: House, boss: Actor, tmp_path: Path) -> None:
    file = "number,buyer,items.price\n1,A,1\n2,nobody,1\n3,Beta,1\n4,A,-1\n4,,2\n,A,\n1,A,1\n"
    report = run(house, boss, tmp_path / "x.csv", file)
    assert (report.accepted, report.refused) == (1, 5)
    assert report.rejected == tmp_path / "x.rejected.csv"
    rows = list(csv.reader(report.rejected.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0] == ["number", "buyer", "items.price", "Why it was not imported"]
    assert [r[0] for r in rows[1:]] == ["2", "3", "4", "4", "", "1"]
    assert "nobody" in rows[1][3] and "2 are called" in rows[2][3] and rows[3][3] and rows[4][3] == ""
    assert {code for _, code in ((n, p.code) for n, p in report.problems)} >= {"no_match", "several_match"}
    mended = report.rejected.read_text(encoding="utf-8-sig").replace("nobody", "B")
    again = run(house, boss, tmp_path / "y.csv", mended)
    assert again.accepted == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "bad_file"),
        ("\n\n", "bad_file"),
        ("numbr,buyer\n1,A\n", "unknown_column"),
        (b"\xff\xfe\x00\x80", "bad_file"),
    ],
)
def test_a_file_that_can_not_be_read_changes_nothing(
    house: House, boss: Actor, tmp_path: Path, content: str | bytes, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        run(house, boss, tmp_path / "x.csv", content)
    assert refused.value.problems[0].code == code and orders(house, boss) == []


def test_who_may_only_create_may_not_import(house: House, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        run(house, house.person("carl", "clerk"), tmp_path / "x.csv", "number\n1\n")
    assert refused.value.problems[0].code == "forbidden"


def test_what_an_export_made_harmless_is_read_as_it_was(house: House, boss: Actor, tmp_path: Path) -> None:
    run(house, boss, tmp_path / "x.csv", "number\n'=1+1\n")
    assert orders(house, boss)[0].title == "=1+1"


STAFF = """
key: number
fields:
  number: {type: integer, unique: true, title: Staff ID}
  name: {type: text}
  chief: {type: reference, to: staff, title: Reports to}
  since: {type: date}
access: {boss: {can: [view, create, edit, import]}}
"""
TEAM = """
key: number
fields:
  number: {type: integer, unique: true, title: Team No}
  members: {type: lines, fields: {person: {type: reference, to: staff}, part: {type: integer, min: 1}}}
  shares: {type: integer, formula: SUM(members.part)}
access: {boss: {can: [view, create, edit, import]}, clerk: {can: [view, import]}}
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, {"forms/staff.yaml": STAFF, "forms/team.yaml": TEAM})
    yield made
    made.close()


def test_rows_that_point_at_rows_further_down_wait_for_them(office: House, tmp_path: Path) -> None:
    boss = office.person("bo", "boss")
    file = tmp_path / "staff.csv"
    file.write_text(
        "StaffID,Name,ReportsTo,Since\n1,Ann,2.0,2026-01-05 00:00:00.000\n2,Bob,3,\n3,Cat,,\n4,Dan,9,\n", "utf-8"
    )
    report = office.engine.import_csv(boss, "staff", file, language="en")
    assert (report.accepted, report.refused) == (3, 1)
    assert [(n, p.code, p.place.field) for n, p in report.problems] == [(5, "no_match", "chief")]
    columns = ("name", "chief", "since")
    found = {r.record.values["name"]: r.record for r in office.engine.page(boss, "staff", Ask(), columns).rows}
    assert found["Ann"].values["chief"] == found["Bob"].id and found["Bob"].values["chief"] == found["Cat"].id
    assert found["Ann"].values["since"].isoformat() == "2026-01-05"


def test_lines_come_in_a_file_of_their_own_and_join_those_that_are_there(office: House, tmp_path: Path) -> None:
    boss, clerk = office.person("bo", "boss"), office.person("cl", "clerk")
    for number in (70, 71):
        office.engine.submit(boss, "staff", {"number": number, "name": f"P{number}"})
        office.engine.submit(boss, "team", {"number": number, "members": [{"part": 1}]})
    file = tmp_path / "members.csv"
    file.write_text("team_no,person,Part\n70,71,2\n71,70,4\n70,70,3\n72,70,1\n71,70,0\n,70,1\n", "utf-8")
    assert office.engine.import_csv(clerk, "team.members", file, language="en").accepted == 0
    report = office.engine.import_csv(boss, "team.members", file, language="en")
    assert (report.accepted, report.refused) == (1, 3)
    assert sorted(p.code for _, p in report.problems) == ["no_match", "no_match", "too_small"]
    page = office.engine.page(boss, "team", Ask(), ("number", "shares", "members"))
    found = {r.record.values["number"]: r.record for r in page.rows}
    assert [line.values["part"] for line in found[70].values["members"]] == [1, 2, 3]
    assert (found[70].values["shares"], found[71].values["shares"]) == (6, 1)
    for wrong in ("team.nothing", "nothing", "team.number"):
        with pytest.raises(Refused) as raised:
            office.engine.import_csv(boss, wrong, file)
        assert raised.value.problems[0].code == "no_form"
