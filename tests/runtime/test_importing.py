"""Import: a spreadsheet's rows become records through the one door; what is refused comes back with its reasons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.problems import Refused
from engine.runtime import exporting
from engine.runtime.importing import Incoming, Plan
from engine.runtime.spreadsheets import csv_bytes, xlsx_bytes
from engine.runtime.values import Actor, Ask
from engine.runtime.work import Work
from tests.runtime.house import ENGINE, House

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
def house(tmp_path: Path, database: str | None) -> Iterator[House]:
    made = House(tmp_path, {"forms/order.yaml": ORDER, "forms/buyer.yaml": BUYER}, database)
    made.put("buyer", code="A", name="Alpha", _title="Alpha")
    made.put("buyer", code="B", name="Beta", _title="Beta")
    made.put("buyer", code="C", name="Beta", _title="Beta")
    yield made
    made.close()


@pytest.fixture
def boss(house: House) -> Actor:
    return house.person("bo", "boss", name="薄荷")


def run(house: House, actor: Actor, path: Path, content: str | bytes, plan: Plan = Plan()) -> Incoming:  # noqa: B008
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return house.engine.imports.bring_in(actor, "order", path, plan)


def orders(house: House, actor: Actor) -> list[Any]:
    columns = ("number", "buyer", "kind", "total", "items")
    page = house.engine.page(actor, "order", Ask(sort=(("number", False),)), columns)
    return [r.record for r in page.rows]


def test_names_titles_and_options_are_understood_and_lines_follow(house: House, boss: Actor, tmp_path: Path) -> None:
    file = "编号,buyer,seller,Kind,明细.产品,items.price\n1,A,bo,加急,B,2.50\n1,,,,A,3\n,,,,A,4\n2,Alpha,薄荷,plain,,\n"
    report = run(house, boss, tmp_path / "x.csv", file)
    assert (report.accepted, report.refused) == (2, {})
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
    assert (report.accepted, len(report.refused)) == (1, 5)
    rows = list(report.rejected("en"))
    assert rows[0] == ["number", "buyer", "items.price", "Why it was not imported"]
    assert [r[0] for r in rows[1:]] == ["2", "3", "4", "4", "", "1"]
    assert "nobody" in rows[1][3] and "2 are called" in rows[2][3] and rows[3][3] and rows[4][3] == ""
    assert rows[3][3].startswith("Items, line 1, Price: ") and "buyer: " not in rows[1][3]
    assert list(report.rejected("zh"))[3][3].startswith("明细第 1 行 Price：")
    assert {p.code for _, p in report.problems()} >= {"no_match", "several_match"}
    mended = b"".join(csv_bytes(rows)).replace(b"nobody", b"B")
    again = run(house, boss, tmp_path / "y.csv", mended)
    assert again.accepted == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "bad_file"),
        ("\n\n", "bad_file"),
        ("numbr,buyer\n1,A\n", "unknown_column"),
        (b"\xff\x00\x80", "bad_file"),
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
def office(tmp_path: Path, database: str | None) -> Iterator[House]:
    made = House(tmp_path, {"forms/staff.yaml": STAFF, "forms/team.yaml": TEAM}, database)
    yield made
    made.close()


def test_rows_that_point_at_rows_further_down_wait_for_them(office: House, tmp_path: Path) -> None:
    boss = office.person("bo", "boss")
    file = tmp_path / "staff.csv"
    file.write_text(
        "StaffID,Name,ReportsTo,Since\n1,Ann,2.0,2026-01-05 00:00:00.000\n2,Bob,3,\n3,Cat,,\n4,Dan,9,\n", "utf-8"
    )
    report = office.engine.imports.bring_in(boss, "staff", file, Plan())
    assert (report.accepted, len(report.refused)) == (3, 1)
    assert [(n, p.code, p.place.field) for n, p in report.problems()] == [(5, "no_match", "chief")]
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
    assert office.engine.imports.bring_in(clerk, "team.members", file, Plan()).accepted == 0
    report = office.engine.imports.bring_in(boss, "team.members", file, Plan())
    assert (report.accepted, len(report.refused)) == (1, 3)
    assert sorted(p.code for _, p in report.problems()) == ["no_match", "no_match", "too_small"]
    page = office.engine.page(boss, "team", Ask(), ("number", "shares", "members"))
    found = {r.record.values["number"]: r.record for r in page.rows}
    assert [line.values["part"] for line in found[70].values["members"]] == [1, 2, 3]
    assert (found[70].values["shares"], found[71].values["shares"]) == (6, 1)
    for wrong in ("team.nothing", "nothing", "team.number"):
        with pytest.raises(Refused) as raised:
            office.engine.imports.bring_in(boss, wrong, file, Plan())
        assert raised.value.problems[0].code == "no_form"


# -- workbooks, modes, rehearsals --------------------------------------------------------------------------------------


def workbook(path: Path, *rows: list[object]) -> Path:
    path.write_bytes(b"".join(xlsx_bytes([("Sheet", rows)])))
    return path


def test_a_workbook_is_read_as_a_person_would_type_it(office: House, tmp_path: Path) -> None:
    boss = office.person("bo", "boss")
    file = workbook(
        tmp_path / "staff.xlsx", ["Staff ID", "Name", "Reports to", "Since"],
        [Decimal(1), "Ann", Decimal(2), date(2026, 1, 5)], [], [Decimal("2.0"), "'=x", None, datetime(2026, 2, 3, 4, 5)],
    )  # fmt: skip
    found = office.engine.imports.bring_in(boss, "staff", file, Plan())
    assert sorted((n, p.code) for n, p in found.problems()) == [(2, "no_match"), (4, "value_not_a_date")]
    file = workbook(tmp_path / "more.xlsx", ["number", "name", "since"], [Decimal(3), "Bob", date(2026, 1, 5)])
    assert office.engine.imports.bring_in(boss, "staff", file, Plan()).accepted == 1


def test_what_is_no_workbook_is_told(office: House, tmp_path: Path) -> None:
    boss = office.person("bo", "boss")
    (tmp_path / "x.xlsx").write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(Refused) as refused:
        office.engine.imports.bring_in(boss, "staff", tmp_path / "x.xlsx", Plan())
    assert refused.value.problems[0].code == "bad_file"
    with pytest.raises(Refused) as refused:
        office.engine.imports.bring_in(boss, "staff", tmp_path / "none.csv", Plan())
    assert refused.value.problems[0].code == "bad_file"


def names(office: House, actor: Actor) -> dict[int, str]:
    page = office.engine.page(actor, "staff", Ask(), ("number", "name"))
    return {int(r.record.values["number"]): r.record.values["name"] for r in page.rows}


def test_rows_change_those_that_are_there_or_make_the_others(office: House, tmp_path: Path) -> None:
    boss, file = office.person("bo", "boss"), tmp_path / "staff.csv"
    for number in (1, 2):
        office.engine.submit(boss, "staff", {"number": number, "name": f"P{number}"})
    file.write_text("number,name\n1,Ann\n3,Cat\n2,\n", "utf-8")
    found = office.engine.imports.bring_in(boss, "staff", file, Plan("update"))
    assert found.counts() == {"accepted": 2, "changed": 1, "same": 1, "refused": 1}
    assert [(n, p.code) for n, p in found.problems()] == [(3, "no_match")]
    assert names(office, boss) == {1: "Ann", 2: "P2"}
    found = office.engine.imports.bring_in(boss, "staff", file, Plan("upsert"))
    assert found.counts() == {"accepted": 3, "changed": 0, "same": 2, "refused": 0}
    assert names(office, boss) == {1: "Ann", 2: "P2", 3: "Cat"}
    file.write_text("id,name\n1,Eve\n99,Zoe\n", "utf-8")
    found = office.engine.imports.bring_in(boss, "staff", file, Plan("update"))
    assert found.accepted == 1 and names(office, boss)[1] == "Eve"


def test_who_may_not_edit_changes_nothing_by_a_file(office: House, tmp_path: Path) -> None:
    boss, file = office.person("bo", "boss"), tmp_path / "team.csv"
    office.engine.submit(boss, "team", {"number": 70})
    file.write_text("number,members.part\n70,5\n", "utf-8")
    found = office.engine.imports.bring_in(office.person("cl", "clerk"), "team", file, Plan("update"))
    assert [p.code for _, p in found.problems()] == ["forbidden"]


def test_a_rehearsal_goes_through_every_rule_and_keeps_nothing(house: House, boss: Actor, tmp_path: Path) -> None:
    file = "number,buyer,items.price\n1,A,1\n1,B,2\n2,A,-1\n3,nobody,1\n"
    (tmp_path / "x.csv").write_text(file, "utf-8")
    tried = house.engine.imports.bring_in(boss, "order", tmp_path / "x.csv", Plan(), rehearse=True)
    assert tried.accepted == 1 and orders(house, boss) == []
    done = house.engine.imports.bring_in(boss, "order", tmp_path / "x.csv", Plan())
    assert list(done.problems()) == list(tried.problems()) and len(orders(house, boss)) == 1
    assert not list(house.engine.settings.data.glob(".rehearsal*"))


def test_all_or_nothing(house: House, boss: Actor, tmp_path: Path) -> None:
    found = run(house, boss, tmp_path / "x.csv", "number,buyer\n1,A\n2,nobody\n", Plan(together=True))
    assert found.accepted == 0 and len(found.refused) == 1 and orders(house, boss) == []
    assert run(house, boss, tmp_path / "x.csv", "number,buyer\n1,A\n2,B\n", Plan(together=True)).accepted == 2
    assert len(orders(house, boss)) == 2


def test_columns_are_matched_by_hand(house: House, boss: Actor, tmp_path: Path) -> None:
    file = "Nr,Who,Price,?\n1,A,3,x\n"
    plan = Plan(columns=("number", "buyer", "items.price", ""))
    assert run(house, boss, tmp_path / "x.csv", file, plan).accepted == 1
    assert orders(house, boss)[0].values["total"] == Decimal(3)
    for columns, code in ((("number", "number", "", ""), "column_twice"), (("numer", "", "", ""), "unknown_column")):
        with pytest.raises(Refused) as refused:
            run(house, boss, tmp_path / "x.csv", file, Plan(columns=columns))
        assert refused.value.problems[0].code == code
    with pytest.raises(Refused) as refused:
        run(house, boss, tmp_path / "x.csv", file, Plan("update", columns=("", "buyer", "", "")))
    assert refused.value.problems[0].code == "no_key_column"


def test_an_export_holds_one_piece_in_memory_however_long_it_is(
    house: House, boss: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"{n},A,{n}\n,,1\n" for n in range(1, 8))
    assert run(house, boss, tmp_path / "x.csv", f"number,buyer,items.price\n{rows}").accepted == 7
    monkeypatch.setattr(exporting, "LIMIT", 2)
    admin = Actor(None, "Admin", "", ENGINE.roles)

    def unit(work: Work) -> list[int]:
        held = []
        for _ in exporting.export(work, work.form("order"), Ask(), ("number", "items")):
            held.append(sum(shape.startswith("order") for shape, _ in work._known))
        return [max(held), sum(shape.startswith("order") for shape, _ in work._known)]

    assert house.do(admin, unit) == [2 * 3, 0]
