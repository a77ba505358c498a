"""Importing and exporting on pages: a workbook goes in step by step, and comes out as it went in."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
from python_calamine import CalamineWorkbook
from starlette.testclient import TestClient

from engine.runtime import passwords, people
from engine.runtime.spreadsheets import xlsx_bytes
from engine.web.app import create_app
from tests.firm import Build

FORMS = {
    "forms/customer.yaml": """
title: {zh: 客户, en: Customers}
key: name
fields:
  name: {type: text, title: {zh: 名称, en: Name}, required: true, unique: true}
  level: {type: choice, title: {zh: 级别, en: Level}, options: {a: A, b: B}}
  bought: {type: lines, title: {zh: 购买, en: Bought}, fields: {what: {type: text, title: What}, paid: {type: money, title: Paid}}}
access:
  clerk: {can: [view]}
  boss: {can: [view, create, edit, delete, import, export]}
"""
}

Come = Callable[[str], TestClient]


@pytest.fixture
def come(engine_of: Build) -> Iterator[Come]:
    """Opens the site of a firm with these forms as somebody with that role."""
    firm = engine_of(FORMS)
    opened: list[TestClient] = []

    def open_as(role: str) -> TestClient:
        id = firm.person(role, role).id
        assert id is not None
        client = TestClient(create_app(firm.engine), follow_redirects=False)
        hashed = passwords.hashed("correct horse")
        firm.engine.store.write(lambda conn: people.update_person(conn, id, {"password": hashed, "language": "en"}))
        client.headers.update({"accept": "text/html", "accept-language": "en"})
        assert client.post("/login", data={"name": role, "password": "correct horse"}).status_code == 303
        opened.append(client)
        return client

    yield open_as
    for client in opened:
        client.close()


def workbook(*rows: list[object]) -> bytes:
    return b"".join(xlsx_bytes([("Sheet", rows)]))


def sent(client: TestClient, content: bytes, name: str = "new.xlsx") -> str:
    answer = client.post("/f/customer/import", files={"file": (name, content)}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def rest(client: TestClient) -> None:
    """What was put off is done."""
    client.app.state.engine.jobs.run_due()  # type: ignore[attr-defined]


def test_a_workbook_goes_in_step_by_step(come: Come) -> None:
    boss = come("boss")
    page = boss.get("/f/customer/import")
    assert page.status_code == 200 and 'type="file"' in page.text
    place = sent(boss, workbook(["Name", "Class"], ["Ann", "A"], ["Ann", "B"], ["Bob", "nothing"]))
    page = boss.get(place)
    assert page.status_code == 200 and '<option value="name" selected>' in page.text
    columns = {"column": ["name", "name"], "mode": "create"}
    answer = boss.post(f"{place}/plan", data=columns)
    assert answer.status_code == 422 and "Two columns are for" in answer.text
    boss.post(f"{place}/plan", data={"column": ["name", "level"], "mode": "create"})
    rest(boss)
    page = boss.get(place)
    assert "1 record can be imported" in page.text and "2 were refused" in page.text
    assert "Ann" not in boss.get("/f/customer").text
    boss.post(f"{place}/run")
    rest(boss)
    page = boss.get(place)
    assert "1 record imported" in page.text
    refused = boss.get(f"{place}/rejected")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(refused.content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows] == ["Name", "Ann", "Bob"] and rows[0][-1] == "Why it was not imported"


def test_what_new_records_need_and_no_column_fills_is_told_before_anything_is_tried(come: Come) -> None:
    boss = come("boss")
    assert "no column fills them yet: Name<" in boss.get(sent(boss, workbook(["Company", "Class"], ["Ann", "A"]))).text
    assert "no column fills" not in boss.get(sent(boss, workbook(["Name"], ["Ann"]))).text


def test_a_title_near_to_just_one_is_proposed(come: Come) -> None:
    boss = come("boss")
    page = boss.get(sent(boss, workbook(["客户名称", "Bought", "No"], ["Ann", "x", 1]))).text
    assert page.count(" selected>") - page.count('value="" selected>') == 1 and '<option value="name" selected>' in page
    page = boss.get(sent(boss, workbook(["Name", "Short name"], ["Ann", "A"]))).text
    assert page.count('<option value="name" selected>') == 1  # what another column is called is taken


def test_of_an_exported_workbook_the_sheet_that_is_meant_is_read_and_the_others_are_named(come: Come) -> None:
    boss = come("boss")
    records = [["Name", "State", "Changed at"], ["Ann", "Draft", "2026-01-05"]]
    book = b"".join(xlsx_bytes([("客户", records), ("Bought", [["Customer", "What", "Paid"], ["Ann", "Tea", 3]])]))
    page = boss.get(sent(boss, book)).text
    assert "further sheets, not read now: Bought" in page and "1 row" in page
    assert page.count(" selected>") - page.count('value="" selected>') == 1  # what every record has is left out
    answer = boss.post("/f/customer/import", data={"lines": "bought"}, files={"file": ("book.xlsx", book)})
    page = boss.get(answer.headers["location"]).text
    assert "further sheets, not read now: 客户" in page
    assert '<option value="bought.what" selected>' in page and '<option value="bought.paid" selected>' in page


def test_what_is_no_spreadsheet_is_said_at_once(come: Come) -> None:
    boss = come("boss")
    answer = boss.post("/f/customer/import", files={"file": ("x.xlsx", b"PK\x03\x04")})
    assert answer.status_code == 422 and "can not be read" in answer.text
    assert boss.post("/f/customer/import", data={}).status_code == 422


def test_who_may_not_import_is_told_and_sees_nobody_elses(come: Come) -> None:
    place = sent(come("boss"), workbook(["Name"], ["Ann"]))
    clerk = come("clerk")
    assert clerk.get("/f/customer/import").status_code == 403
    assert clerk.post("/f/customer/import", files={"file": ("x.csv", b"Name\nX\n")}).status_code == 403
    for method, path in (
        ("get", place),
        ("post", f"{place}/run"),
        ("post", f"{place}/stop"),
        ("get", f"{place}/rejected"),
    ):
        assert getattr(clerk, method)(path).status_code == 404


def test_the_template_and_the_export_of_excel(come: Come) -> None:
    boss = come("boss")
    template = CalamineWorkbook.from_filelike(io.BytesIO(boss.get("/f/customer/import/template.xlsx").content))
    assert template.get_sheet_by_index(0).to_python() == [["Name", "Level", "Bought.What", "Bought.Paid"]]
    place = sent(
        boss, workbook(["Name", "Level", "Bought.What", "Bought.Paid"], ["=Ann", "A", "+x", 2], ["", "", "y", 3])
    )
    page = boss.get(place).text
    assert "called &#34;Bought.What&#34;" in page and "repeat the same &#34;Name&#34;" in page
    boss.post(f"{place}/plan", data={"column": ["name", "level", "bought.what", "bought.paid"]})
    rest(boss)
    boss.post(f"{place}/run")
    rest(boss)
    book = CalamineWorkbook.from_filelike(io.BytesIO(boss.get("/f/customer/export.xlsx").content))
    assert book.sheet_names == ["Customers", "Bought"]
    assert "=Ann" in str(book.get_sheet_by_index(0).to_python())
    assert book.get_sheet_by_index(1).to_python()[1:] == [["=Ann", "+x", 2.0], ["=Ann", "y", 3.0]]
    assert come("clerk").get("/f/customer/export.xlsx").status_code == 403


def test_a_file_that_makes_and_changes_says_how_many_of_each(come: Come) -> None:
    boss = come("boss")
    for file in ("Ann,A\nBob,A\n", "Ann,B\nBob,A\nCid,A\n"):
        place = sent(boss, f"Name,Level\n{file}".encode(), "new.csv")
        boss.post(f"{place}/plan", data={"column": ["name", "level"], "mode": "upsert"})
        rest(boss)
        rehearsed = boss.get(place).text
        boss.post(f"{place}/run")
        rest(boss)
    told = "1 new, 1 changed, 1 as they were"
    assert told in rehearsed and told in boss.get(place).text
