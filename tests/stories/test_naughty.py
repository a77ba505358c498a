"""Naughty strings go through the whole house and come out as they were: API, lists, search, history, pages, CSV and back."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from engine.runtime import passwords, people
from engine.runtime.exporting import texts
from engine.runtime.importing import Plan
from engine.runtime.spreadsheets import csv_bytes
from engine.runtime.values import Ask
from engine.web.app import create_app
from tests.firm import Build, Firm
from tests.web.programs import Desk, Program

NAUGHTY: list[str] = json.loads((Path(__file__).parents[1] / "data" / "naughty-strings.json").read_text("utf-8"))[
    "strings"
]
LINES = list(dict.fromkeys(s for s in NAUGHTY if s.strip() and "\n" not in s and "\r" not in s))
NOTE = """
record_title: "{short}"
fields:
  short: {}
  long:  {type: longtext}
  items: {type: lines, fields: {what: {}, more: {type: longtext}}}
  both:  {formula: short & "|" & short}
views:
  all: {columns: [short, long, both]}
access: {clerk: {can: [view, create, edit, import, export]}}
"""


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    made = engine_of({"forms/note.yaml": NOTE})
    made.person("ann", "clerk")
    return made


@pytest.fixture
def ann(firm: Firm) -> Program:
    return Desk(firm).of("ann")


def kept(given: str) -> str | None:
    """A text field keeps no blanks at its ends, and nothing for nothing."""
    return given.strip() or None


def one(ann: Program, id: int) -> dict[str, Any]:
    return ann.record("note", id)


def test_the_api_gives_back_what_it_was_given(ann: Program) -> None:
    for naughty in NAUGHTY:
        short = naughty if naughty in LINES else None
        items = [{"what": short, "more": naughty}] if short else []
        made = ann.new("note", short=short, long=naughty, items=items)
        for found in (made, one(ann, made["id"])):
            assert (found["short"], found["long"]) == (kept(short or ""), kept(naughty))
            assert [(r["what"], r["more"]) for r in found["items"]] == ([(kept(short), kept(naughty))] if short else [])
        changed = ann.change("note", made["id"], long=f"x{naughty}x")
        assert changed["long"] == f"x{naughty}x"
        (first, *_) = ann.get(f"/forms/note/records/{made['id']}/history")["events"]
        assert (kept(naughty), f"x{naughty}x") in [(c["old"], c["new"]) for c in first["changes"]]


def test_search_and_conditions_find_the_very_text(firm: Firm, ann: Program) -> None:
    for naughty in LINES:
        ann.new("note", short=f"<{naughty}>")
    for naughty in LINES:
        found = ann.get("/forms/note/records", q=naughty.strip()[:200], limit=200)["records"]
        assert f"<{naughty}>" in [r["short"] for r in found], naughty
        quoted = naughty.replace('"', '""')
        if len(quoted) < 1900:
            some = ann.get("/forms/note/records", where=f'short = "<{quoted}>"', limit=5)["records"]
            assert [r["short"] for r in some] == [f"<{naughty}>"], naughty


def test_an_export_read_again_gives_the_same_texts(firm: Firm, ann: Program, tmp_path: Path) -> None:
    clerk = firm.who("ann", "import")
    for naughty in LINES:
        ann.new("note", short=naughty, long=naughty)
    rows = firm.engine.export(clerk, "note", Ask(), ("short", "long"))
    file = tmp_path / "notes.csv"
    file.write_bytes(b"".join(csv_bytes(texts(rows))))
    table = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"), newline="")))
    unquoted = [c[1:] if c.startswith("'") and c[1:2] and c[1] in "=+-@\t\r\n" else c for c, _ in table[1:]]
    assert sorted(unquoted) == sorted(s.strip() for s in LINES)
    found = firm.engine.imports.bring_in(clerk, "note", file, Plan())
    assert (found.accepted, len(found.refused)) == (len(LINES), 0)
    short = [r.record.values["short"] for page in range(1, 20) for r in notes(firm, clerk, page)]
    assert sorted(short) == sorted(2 * [s.strip() for s in LINES])


def notes(firm: Firm, actor: Any, number: int) -> Any:
    page = firm.engine.page(actor, "note", Ask(page=number, limit=50))
    return page.rows if page.page == number else ()


def test_pages_show_them_as_text_and_run_none(firm: Firm, ann: Program) -> None:
    browser = signed_in(firm)
    plain = shape(browser.get(f"/f/note/{ann.new('note', short='plain', long='plain')['id']}").text)
    for naughty in [s for s in NAUGHTY if "<" in s or '"' in s or "'" in s or "{" in s]:
        short = naughty if naughty in LINES else "x"
        id = ann.new("note", short=short, long=naughty)["id"]
        for path in (f"/f/note/{id}", f"/f/note/{id}/edit", "/f/note"):
            answer = browser.get(path)
            assert answer.status_code == 200
            assert not re.search(
                r"<(script|iframe|img|svg|body|object|video)[^>]*(alert|javascript:|onerror)", answer.text, re.I
            )
        page = browser.get(f"/f/note/{id}").text
        assert shape(page) == plain, naughty
        assert html.escape(kept(short) or "", quote=False)[:20] in html.unescape(page) or str(
            kept(short)
        ) in html.unescape(page)


def shape(page: str) -> list[str]:
    """The names of all tags of a page, which no text may change (line breaks of a long text aside)."""
    return [t for t in re.findall(r"<(/?[a-zA-Z][a-zA-Z0-9-]*)", page) if t.lower() != "br"]


def signed_in(firm: Firm) -> TestClient:
    ann = firm.who("ann").id
    assert ann is not None
    given = {"password": passwords.hashed("correct horse"), "language": "en"}
    firm.engine.store.write(lambda conn: people.update_person(conn, ann, given))
    client = TestClient(create_app(firm.engine), headers={"accept": "text/html"}, follow_redirects=False)
    assert client.post("/login", data={"name": "ann", "password": "correct horse"}).status_code == 303
    return client
