"""Papers: Word, Excel and HTML templates filled for one person, opened here by readers of their own."""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from openpyxl import Workbook, load_workbook

from engine.definitions.catalog import load
from engine.prints.html import pdf
from engine.problems import Refused
from engine.problems import prints as codes
from engine.problems.record import FORBIDDEN, NOT_FOUND
from engine.runtime import printing
from engine.runtime.printing import Printed
from engine.runtime.values import Actor
from tests.firm import Build, Firm, write

PACK = """
language: en
roles: {seller: Sellers, packer: Packers, guest: Guests}
settings: {house: {type: text, default: Acme}}
"""
CUSTOMER = """
key: name
fields: {name: {required: true}, level: {type: choice, options: {gold: {zh: 金牌, en: Gold}}}}
access: {seller: {can: [view, create]}, packer: {can: [view]}}
"""
DEAL = """
key: number
record_title: "{number}"
fields:
  number:   {required: true}
  customer: {type: reference, to: customer}
  day:      {type: date}
  rate:     {type: percent}
  pin:      {sensitive: true}
  margin:   {type: money}
  sign:     {type: signature}
  items:
    type: lines
    fields: {what: {type: longtext}, quantity: {type: integer}, price: {type: money}, amount: {type: money, formula: quantity * price}}
  total:    {type: money, formula: SUM(items.amount)}
  notes:    {type: related, from: note, columns: [text]}
prints:
  word:  {title: {zh: 合同, en: Contract}, template: templates/deal.docx}
  sheet: {template: templates/deal.xlsx}
  page:  {template: templates/deal.html}
access:
  seller: {can: [view, create, edit, print]}
  packer: {can: [view, print], hide: [margin, items.price, items.amount, total], where: 'day != DATE(2026, 1, 1)'}
  guest:  {can: [view]}
"""
NOTE = """
fields: {deal: {type: reference, to: deal}, text: {}, secret: {type: boolean}}
access: {seller: {can: [view, create]}, packer: {can: [view], where: not secret}}
"""
HTML = """<!doctype html><html><head><meta charset="utf-8"><title>x {number}</title>
<style>td { color: #123; } /* {not a hole} */</style></head><body>
<h1 class="a">{number} {customer.level} {{plain}}</h1><p>{day:d mmm yyyy} {rate} {pin} {settings.house} {margin}</p><img src="logo.png">
<table><tr><th>Head</th></tr><tr><td>{nth}</td><td>{items.what}</td><td>{items.amount}</td></tr>
<tr><td>{SUM(items.quantity)}</td><td>{total:#,##0}</td></tr></table><ul><tr><td>{notes.text}</td></tr></ul>{number:qr 20mm}{sign}
</body></html>"""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cfc000000301010018dd8db00000000049454e44ae426082"
)


def word() -> bytes:
    """A Word template, one of whose holes is cut into runs of different looks."""
    paper = Document()
    first = paper.add_paragraph()
    first.add_run("No. {num")
    first.add_run("ber} of ").bold = True
    first.add_run("{customer.name}!")
    paper.add_paragraph("Signed {sign:10mm} here, {number:code128 30mm} {{x}} {customer.level}")
    table = paper.add_table(rows=4, cols=3)
    rows = (("What", "Price", "Amount"), ("{nth}. {items.what}", "{items.price}", "{items.amount:#,##0.00}"),
            ("{notes.text}", "", ""), ("{SUM(items.quantity)}", "{number}", "{total}"))  # fmt: skip
    for y, row in enumerate(rows):
        for x, words in enumerate(row):
            table.cell(y, x).text = words
    paper.sections[0].header.paragraphs[0].text = "Head {number}"
    made = BytesIO()
    paper.save(made)
    return made.getvalue()


def excel() -> bytes:
    """An Excel template with a row that repeats above a total, merged cells below it, and a formula of its own."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for place, words in {
        "A1": "Deal {number}", "B1": "{day}", "C1": "{rate}", "A2": "{items.what}", "B2": "{items.quantity}",
        "C2": "{items.amount}", "A3": "Total", "C3": "{total}", "A4": "below", "C4": "=1+1", "A5": "{number:qr}",
    }.items():  # fmt: skip
        sheet[place] = words
    sheet.merge_cells("A4:B4")
    sheet.row_dimensions[4].height = 33
    made = BytesIO()
    book.save(made)
    return made.getvalue()


FILES: dict[str, str | bytes] = {
    "pack.yaml": PACK, "forms/customer.yaml": CUSTOMER, "forms/deal.yaml": DEAL, "forms/note.yaml": NOTE,
    "templates/deal.docx": word(), "templates/deal.xlsx": excel(), "templates/deal.html": HTML, "templates/logo.png": PNG,
    "templates/deal.zh.html": "<p>合同 {number} {customer.level}</p>",
}  # fmt: skip


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    firm = engine_of(FILES)
    for login, role in (("sue", "seller"), ("pat", "packer"), ("gus", "guest")):
        firm.person(login, role)
    sue = english(firm, "sue")
    firm.new(sue, "customer", name="<Ann & Co>", level="gold")
    file = firm.engine.keep_file(sue, "sign.png", BytesIO(PNG))
    lines = [{"what": "=cmd()", "quantity": 2, "price": "1.5"}, {"what": "Nut\nBolt", "quantity": 10, "price": "1000"}]
    firm.new(
        sue,
        "deal",
        number="D-1",
        customer=1,
        day="2026-11-05",
        rate="0.125",
        pin="1234",
        margin="7",
        sign=[file],
        items=lines,
    )
    firm.new(sue, "deal", number="D/2", day="2026-01-01")
    firm.new(sue, "note", deal=1, text="open", secret=False)
    firm.new(sue, "note", deal=1, text="hidden", secret=True)
    return firm


def english(firm: Firm, login: str) -> Actor:
    found = firm.who(login)
    return Actor(found.id, found.name, found.login, found.roles, found.department, "en", found.channel)


def out(
    firm: Firm, template: str, ids: tuple[int, ...] = (1,), login: str = "sue", actor: Actor | None = None
) -> Printed:
    """What is printed for somebody."""
    files = firm.engine.files.open
    who = actor or english(firm, login)
    return firm.engine.read(who, lambda w: printing.printed(w, "deal", ids, template, files))


def paragraphs(content: bytes) -> list[str]:
    return [p.text for p in Document(BytesIO(content)).paragraphs]


def cells(content: bytes) -> list[list[str]]:
    return [[c.text for c in row.cells] for row in Document(BytesIO(content)).tables[0].rows]


def test_a_word_file_is_filled_where_it_stands_and_its_row_is_repeated(firm: Firm) -> None:
    made = out(firm, "word")
    assert made.name == "Contract D-1.docx"
    assert paragraphs(made.content)[:2] == ["No. D-1 of <Ann & Co>!", "Signed  here,  {x} Gold"]
    paper = Document(BytesIO(made.content))
    assert [bool(r.bold) for r in paper.paragraphs[0].runs if r.text] == [False, True, False]
    assert len(paper.inline_shapes) == 2 and paper.sections[0].header.paragraphs[0].text == "Head D-1"
    assert cells(made.content) == [
        ["What", "Price", "Amount"], ["1. =cmd()", "¥1.50", "3.00"], ["2. Nut\nBolt", "¥1,000.00", "10,000.00"],
        ["open", "", ""], ["hidden", "", ""], ["12", "D-1", "¥10,003.00"],
    ]  # fmt: skip
    assert (
        cells(out(firm, "word", (2,)).content)[1] == ["0", "D/2", ""]
        or cells(out(firm, "word", (2,)).content)[1][1] == "D/2"
    )


def test_nobody_is_printed_what_they_may_not_see(firm: Firm) -> None:
    made = out(firm, "word", login="pat")
    assert cells(made.content)[1:] == [
        ["1. =cmd()", "", ""],
        ["2. Nut\nBolt", "", ""],
        ["open", "", ""],
        ["12", "D-1", ""],
    ]
    page = out(firm, "page", login="pat").content.decode()
    assert "10,003" not in page and ">7<" not in page and "1234" not in page


def test_an_excel_file_has_numbers_days_and_no_formula_that_somebody_typed(firm: Firm) -> None:
    sheet = load_workbook(BytesIO(out(firm, "sheet").content)).active
    assert sheet is not None
    assert (
        sheet["A1"].value == "Deal D-1" and sheet["B1"].value.date() == date(2026, 11, 5) and sheet["C1"].value == 0.125
    )
    assert [[c.value for c in row] for row in sheet["A2:C5"]] == [
        ["=cmd()", 2, 3], ["Nut\nBolt", 10, 10000], ["Total", None, 10003], ["below", None, "=1+1"]
    ]  # fmt: skip
    assert sheet["A2"].data_type == "s" and sheet["C5"].data_type == "f"
    assert [str(r) for r in sheet.merged_cells.ranges] == ["A5:B5"] and sheet.row_dimensions[5].height == 33
    assert len(sheet._images) == 1  # type: ignore[attr-defined]
    empty = load_workbook(BytesIO(out(firm, "sheet", (2,)).content)).active
    assert empty is not None and [empty["A2"].value, empty["A3"].value, empty["C3"].value] == ["Total", "below", "=1+1"]


def test_a_page_is_escaped_and_holds_its_pictures_itself(firm: Firm) -> None:
    made = out(firm, "page")
    text = made.content.decode()
    assert '<h1 class="a">D-1 Gold {plain}</h1>' in text and "5 Nov 2026 12.5% •••" in text and "Acme" in text
    assert "<td>1</td><td>=cmd()</td><td>¥3.00</td></tr><tr><td>2</td><td>Nut<br>Bolt</td>" in text
    assert (
        "<td>12</td><td>10,003</td>" in text
        and "{not a hole}" in text
        and "<title>page D-1</title>" in text.replace("Page", "page")
    )
    assert text.count("data:image/png;base64,") == 3 and "logo.png" not in text
    two = out(firm, "page", (1, 2)).content.decode()
    assert two.count("<section>") == 2 and "break-before: page" in two
    assert pdf(text).startswith(b"%PDF")


def test_several_files_come_as_one_archive(firm: Firm) -> None:
    made = out(firm, "word", (1, 2))
    assert made.name == "Contract.zip"
    assert zipfile.ZipFile(BytesIO(made.content)).namelist() == ["Contract D-1.docx", "Contract D 2.docx"]


def test_each_reads_a_template_in_their_language(firm: Firm) -> None:
    chinese = firm.who("sue")
    assert "<p>合同 D-1 金牌</p>" in out(firm, "page", actor=chinese).content.decode()


@pytest.mark.parametrize(
    ("login", "ids", "template", "code"),
    [
        ("gus", (1,), "word", FORBIDDEN),  # sees, but may not print
        ("pat", (2,), "word", NOT_FOUND),
        ("sue", (99,), "word", NOT_FOUND),
        ("sue", (1,), "letter", codes.NO_PRINT),
        ("sue", tuple(range(1, 300)), "word", codes.PRINT_TOO_MANY),
    ],
)
def test_what_may_not_be_printed_is_refused(
    firm: Firm, login: str, ids: tuple[int, ...], template: str, code: str
) -> None:
    with pytest.raises(Refused) as raised:
        out(firm, template, ids, login)
    assert raised.value.problems[0].code == code


def test_what_was_printed_is_in_the_history(firm: Firm) -> None:
    sue = english(firm, "sue")
    firm.engine.write(sue, lambda w: printing.note(w, "deal", [1], "word"))
    assert firm.history("deal", 1)[-1] == "print:word"
    assert firm.get("deal", 1)["version"] == 1


def broken(words: str) -> bytes:
    paper = Document()
    paper.add_paragraph("Fine {number}")
    paper.add_paragraph(words)
    made = BytesIO()
    paper.save(made)
    return made.getvalue()


def cut(book: Callable[[], bytes]) -> bytes:
    return book()[:100]


@pytest.mark.parametrize(
    ("file", "content", "code", "told"),
    [
        ("deal.docx", broken("{nmber}"), codes.PRINT_HOLE, "paragraph 2 of the text"),
        ("deal.docx", broken("{items.what}"), codes.PRINT_HOLE, "{items.what}"),  # no row that could repeat
        ("deal.docx", broken("{total:qqq}"), codes.PRINT_HOLE, "{total:qqq}"),
        ("deal.docx", broken("{total:4cm}"), codes.PRINT_HOLE, "no field of pictures"),
        ("deal.docx", b"PK nothing", codes.BAD_PRINT_TEMPLATE, "can't be opened"),
        ("deal.xlsx", cut(excel), codes.BAD_PRINT_TEMPLATE, "can't be opened"),
        ("deal.html", "<p>\n{nmber}</p>", codes.PRINT_HOLE, "line 2"),
        ("deal.html", "<p onclick='x()'>", codes.PRINT_FORBIDDEN, "onclick="),
        ("deal.html", "<script>1</script>", codes.PRINT_FORBIDDEN, "<script>"),
        ("deal.html", '<img src="https://x/y.png">', codes.PRINT_FORBIDDEN, "src=https://x/y.png"),
        ("deal.html", '<p style="color:red">', codes.PRINT_FORBIDDEN, "style="),
        ("deal.html", "<style>@import 'x'</style>", codes.PRINT_FORBIDDEN, "@import"),
        ("deal.html", '<a class="{number}">', codes.PRINT_FORBIDDEN, "class="),
        ("deal.html", '<img src="lgo.png">', codes.NO_PRINT_PICTURE, "lgo.png"),
    ],
    ids=itertools.count(),  # what is broken are bytes with the time of day in them, which no two workers make alike
)
def test_a_mistake_in_a_template_is_told_with_its_place(
    tmp_path: Any, file: str, content: str | bytes, code: str, told: str
) -> None:
    loaded = load(write(tmp_path, {**FILES, f"templates/{file}": content}))
    found = [p for p in loaded.problems if p.severity == "error"]
    assert [p.code for p in found] == [code]
    assert told in found[0].message("en") and str(found[0].place.file).endswith(file)


def test_a_template_that_is_not_there_is_told_with_the_nearest(tmp_path: Any) -> None:
    files = {**FILES, "forms/deal.yaml": DEAL.replace("deal.docx", "dael.docx")}
    found = [p for p in load(write(tmp_path, files)).problems if p.severity == "error"]
    assert [p.code for p in found] == [codes.NO_PRINT_TEMPLATE]
    assert "deal.docx" in found[0].remedy("en") and found[0].place.line == 18
