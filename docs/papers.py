"""The demo's Word and Excel templates, made by a script so that a change of theirs can be reviewed.

python docs/papers.py        writes definitions/templates/contract*.docx and packing_list*.xlsx
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side

FOLDER = Path(__file__).parents[1] / "definitions" / "templates"
FONT = "Microsoft YaHei"
CONTRACT = {
    "": {
        "title": "产品购销合同", "number": "合同号：{number}", "day": "签订日期：{signed_on:yyyy年m月d日}",
        "parties": ["供方：青屿精密", "需方：{customer.name}", "收货地址：{delivery_address}", "联系人：{contact.name}　{contact.mobile}"],
        "heads": ["序号", "产品", "规格", "单位", "数量", "单价", "折扣", "金额"],
        "total": "合计：{total:¥#,##0.00}　大写：{in_words}",
        "terms": [
            "一、结算方式：{payment}。", "二、交货日期：{delivery_on:yyyy年m月d日}。",
            "三、质量与验收：按产品说明书的指标验收，收货后七日内没有书面异议视为合格。",
            "四、本合同一式两份，双方签字盖章后生效。",
        ],
        "sign": ["供方（盖章）：", "需方（盖章）："], "foot": "{number} · {customer.name}",
    },
    ".en": {
        "title": "Sales contract", "number": "Contract {number}", "day": "Signed on {signed_on:d mmm yyyy}",
        "parties": ["Seller: Qingyu Precision", "Buyer: {customer.name}", "Deliver to: {delivery_address}",
                    "Contact: {contact.name} {contact.mobile}"],
        "heads": ["No.", "Product", "Specification", "Unit", "Quantity", "Price", "Discount", "Amount"],
        "total": "Total: CNY {total:#,##0.00}",
        "terms": [
            "1. Payment: {payment}.", "2. Delivery by {delivery_on:d mmm yyyy}.",
            "3. The goods are accepted unless the buyer objects in writing within seven days after receipt.",
            "4. This contract is made in two copies and takes effect when both sides have signed it.",
        ],
        "sign": ["Seller (seal):", "Buyer (seal):"], "foot": "{number} · {customer.name}",
    },
}  # fmt: skip
ROW = [
    "{nth}", "{items.product.name}", "{items.product.spec}", "{items.unit}", "{items.quantity}", "{items.price:#,##0.00}",
    "{items.discount}", "{items.amount:#,##0.00}",
]  # fmt: skip
PACKING = {
    "": {"title": "装箱单", "facts": ["发货单", "客户", "收货人", "电话", "地址", "计划发货日"],
         "heads": ["序号", "产品", "规格", "数量"], "total": "总件数", "sheet": "装箱单"},
    ".en": {"title": "Packing list", "facts": ["Shipment", "Customer", "Consignee", "Phone", "Address", "Ships on"],
            "heads": ["No.", "Product", "Specification", "Quantity"], "total": "Pieces", "sheet": "Packing list"},
}  # fmt: skip
FACTS = ["{number}", "{customer.name}", "{consignee}", "{phone}", "{address}", "{ship_on}"]


def contract(words: Mapping[str, Any], path: Path) -> None:
    """A contract on one sheet of A4."""
    paper = Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    style = paper.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(10.5)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    head = paper.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = head.add_run(str(words["title"]))
    run.bold, run.font.size = True, Pt(18)
    paper.add_paragraph(f"{words['number']}　　{words['day']}")
    for line in words["parties"]:
        paper.add_paragraph(line)
    table = paper.add_table(rows=2, cols=len(ROW), style="Table Grid")
    for place, (title, hole) in enumerate(zip(words["heads"], ROW, strict=True)):
        table.cell(0, place).paragraphs[0].add_run(title).bold = True
        table.cell(1, place).text = hole
        if place > 3:
            for row in (0, 1):
                table.cell(row, place).paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    repeat = OxmlElement("w:tblHeader")  # the heads again on every page
    table.rows[0]._tr.get_or_add_trPr().append(repeat)
    paper.add_paragraph(str(words["total"])).runs[0].bold = True
    for line in words["terms"]:
        paper.add_paragraph(line)
    signs = paper.add_table(rows=1, cols=2)
    for column, line in enumerate(words["sign"]):
        signs.cell(0, column).text = f"\n{line}\n"
    section.footer.paragraphs[0].text = str(words["foot"])
    paper.core_properties.author, paper.core_properties.title = "Formloom", str(words["title"])
    paper.save(str(path))


def packing_list(words: Mapping[str, Any], path: Path) -> None:
    """What is in the boxes of a shipment."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = str(words["sheet"])
    line = Side(style="thin", color="999999")
    box = Border(left=line, right=line, top=line, bottom=line)
    for column, width in zip("ABCD", (14, 34, 34, 12), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.merge_cells("A1:D1")
    sheet["A1"], sheet["A1"].font = words["title"], Font(size=16, bold=True)
    sheet["A1"].alignment = Alignment(horizontal="center")
    for row, (title, hole) in enumerate(zip(words["facts"], FACTS, strict=True), 2):
        sheet.cell(row, 1, title).font = Font(bold=True)
        sheet.cell(row, 2, hole).alignment = Alignment(horizontal="left")
    holes = ("{nth}", "{items.product.name}", "{items.product.spec}", "{items.quantity}")
    for place, (title, hole) in enumerate(zip(words["heads"], holes, strict=True), 1):
        sheet.cell(9, place, title).font = Font(bold=True)
        sheet.cell(10, place, hole)
        sheet.cell(9, place).border = sheet.cell(10, place).border = box
    sheet["A11"], sheet["D11"] = words["total"], "{pieces}"
    sheet["D2"] = "{number:qr 22mm}"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth = 1
    book.properties.creator = "Formloom"
    book.save(path)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for ending in ("", ".en"):
        contract(CONTRACT[ending], FOLDER / f"contract{ending}.docx")
        packing_list(PACKING[ending], FOLDER / f"packing_list{ending}.xlsx")
