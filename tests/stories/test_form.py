"""The form page, where somebody types: tabs, amounts, fields that come and go. A small pack of its own says just that."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import FilePayload, expect

from engine.engine import Engine
from engine.settings import Settings
from tests.firm import write
from tests.stories.desk import Desk
from tests.stories.server import PASSWORD, Server, running

PACK = """
title: {zh: 采购, en: Buying}
roles: {buyer: {zh: 采购, en: Buyer}}
demo: {people: {li_na: {name: 李娜, roles: [buyer]}}}
"""
ORDER = """
title: {zh: 采购单, en: Orders}
record_title: "{supplier}"
fields:
  supplier: {type: text, title: {zh: 供应商, en: Supplier}, required: true}
  reason:   {type: longtext, title: {zh: 理由, en: Reason}, visible: prepaid > 1000}
  photos:   {type: image, title: {zh: 照片, en: Photos}, max_files: 3, max_size: 100KB}
  foreign:  {type: boolean, title: {zh: 进口, en: From abroad}}
  harbour:  {type: text, title: {zh: 港口, en: Harbour}, required: true}
  terms:    {type: longtext, title: {zh: 条款, en: Terms}, required: true}
  prepaid:  {type: money, title: {zh: 预付, en: Prepaid}, min: 0}
  phone:    {type: phone, title: {zh: 电话, en: Phone}}
  days:     {type: integer, title: {zh: 账期, en: Days to pay}, min: 0}
  items:
    type: lines
    title: {zh: 明细, en: Lines}
    min_rows: 1
    fields:
      what:   {type: text, title: {zh: 品名, en: What}, required: true}
      amount: {type: money, title: {zh: 金额, en: Amount}, required: true}
  total:    {type: money, title: {zh: 合计, en: Total}, formula: SUM(items.amount)}
layout:
  - {title: {zh: 采购, en: Order}, fields: [reason, supplier, phone, photos, prepaid, foreign]}
  - {title: {zh: 明细, en: Lines}, fields: [items, total], tab: true}
  - {title: {zh: 进口, en: Import}, fields: [harbour], tab: true, visible: foreign}
  - {title: {zh: 条款, en: Terms}, fields: [terms, days], tab: true}
access: {buyer: {can: [view, create, edit]}}
"""
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
DROP = """(name) => {
  const carried = new DataTransfer();
  carried.items.add(new File([new Uint8Array(204800)], name, { type: "image/png" }));
  const area = document.querySelector("[data-upload]");
  for (const type of ["dragover", "drop"]) {
    area.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}"""
"""Somebody drags a file of 200 KB onto the photos and lets go."""


LOAD = """
title: {en: Loads, zh: 装货单}
fields:
  name: {required: true}
  weight: {type: decimal, formula: SUM(parcels.items.total)}
  parcels:
    type: lines
    fields:
      label: {required: true}
      weight: {type: integer, formula: SUM(items.total)}
      items:
        type: lines
        fields:
          what: {}
          weight: {type: integer, required: true}
          pieces: {type: integer, default: 1}
          total: {type: integer, formula: weight * pieces}
access: {everyone: {can: [view, create, edit]}}
"""
"""Lines within lines."""


@pytest.fixture(scope="module")
def buying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over that pack."""
    home = write(
        tmp_path_factory.mktemp("buying"), {"pack.yaml": PACK, "forms/order.yaml": ORDER, "forms/load.yaml": LOAD}
    )
    data = home / "data"
    engine = Engine(Settings(definitions=home, data=data))
    try:
        engine.load_demo(PASSWORD)
    finally:
        engine.close()
    with running(data, home) as server:
        yield server


@pytest.fixture
def buyer(buying: Server, visitor: Callable[..., Desk]) -> Callable[..., Desk]:
    def come(width: int = 1280, **more: object) -> Desk:
        desk = visitor(buying.url, width, **more)
        desk.page.context.request.post(
            f"{buying.url}/welcome", form={"as": "li_na"}, headers={"Origin": buying.url}, max_redirects=0
        )
        return desk

    return come


@pytest.mark.parametrize("width", [1280, 390])
def test_tabs_open_where_something_is_to_be_mended(buyer: Callable[..., Desk], width: int) -> None:
    desk = buyer(width, language="en")
    desk.open("/f/order/new")
    tabs = desk.page.get_by_role("tab")
    expect(tabs).to_have_text(["Lines", "Terms"])
    tabs.first.press("ArrowRight")
    expect(desk.page.get_by_role("tabpanel", name="Terms")).to_be_visible()
    expect(tabs.last).to_be_focused()
    tabs.last.press("ArrowRight")
    expect(desk.page.get_by_role("tabpanel", name="Lines")).to_be_visible()
    desk.put("items.0.what", "Tea")
    desk.put("items.0.amount", "12")
    desk.tick("foreign")
    expect(tabs).to_have_text(["Lines", "Import", "Terms"])
    desk.press("Save")
    expect(tabs).to_have_text(["Lines", "Import1 to fix", "Terms1 to fix"])
    expect(desk.page.get_by_role("tabpanel", name="Import")).to_be_visible()
    desk.page.get_by_role("link", name="Terms", exact=True).click()
    expect(desk.form.locator("[name=terms]")).to_be_focused()
    desk.put("terms", "30 days")
    expect(tabs).to_have_text(["Lines", "Import1 to fix", "Terms"])
    desk.page.locator("[data-next-error]").click()
    desk.page.locator("[data-next-error]").click()
    expect(desk.form.locator("[name=harbour]")).to_be_focused()
    desk.put("harbour", "Ningbo")
    expect(tabs).to_have_text(["Lines", "Import", "Terms"])
    desk.form.locator("[name=foreign][type=checkbox]").uncheck()  # the open tab goes with what it was for
    expect(desk.page.get_by_role("tabpanel", name="Lines")).to_be_visible()
    desk.put("supplier", "Ann & Sons")
    desk.press("Save")
    expect(desk.page.get_by_role("tab")).to_have_text(["Lines", "Terms"])


def test_without_scripts_all_sections_stand_one_below_the_other(buyer: Callable[..., Desk]) -> None:
    desk = buyer(language="en", scripts=False)
    desk.page.goto(f"{desk.url}/f/order/new")
    expect(desk.page.get_by_role("tab")).to_have_count(0)
    for title in ("Lines", "Terms"):
        expect(desk.page.get_by_role("heading", name=title)).to_be_visible()
    for name in ("supplier", "items.0.what", "terms"):
        expect(desk.page.locator(f"[name='{name}']")).to_be_visible()


def caret(desk: Desk) -> list[int]:
    found: list[int] = desk.page.evaluate(
        "[document.activeElement.selectionStart, document.activeElement.selectionEnd]"
    )
    return found


def test_amounts_are_plain_under_the_hand_and_in_groups_once_they_are_left(buyer: Callable[..., Desk]) -> None:
    desk = buyer()
    desk.open("/f/order/new")
    prepaid, phone, spelled = (
        desk.form.locator("[name=prepaid]"), desk.form.locator("[name=phone]"), desk.page.locator("[data-spelled]"),
    )  # fmt: skip
    prepaid.click()
    desk.page.keyboard.type("1234567.5")
    expect(prepaid).to_have_value("1234567.5")
    expect(spelled.first).to_have_text("壹佰贰拾叁万肆仟伍佰陆拾柒元伍角整")
    desk.page.keyboard.press("Tab")
    expect(prepaid).to_have_value("1,234,567.50")
    prepaid.focus()
    desk.page.evaluate("document.activeElement.setSelectionRange(5, 5)")  # 1,234|,567.50
    desk.page.keyboard.type("9")
    expect(prepaid).to_have_value("12349567.50")
    assert caret(desk) == [5, 5]
    desk.page.keyboard.press("Backspace")
    expect(prepaid).to_have_value("1234567.50")
    assert caret(desk) == [4, 4]
    for pasted, shown in (("￥1 234", "1,234.00"), ("1,234.50", "1,234.50"), ("8640 元", "8,640.00"), ("$12", "$12")):
        prepaid.focus()
        desk.page.evaluate("document.activeElement.select()")
        desk.page.keyboard.insert_text(pasted)
        desk.page.keyboard.press("Tab")
        expect(prepaid).to_have_value(shown)
    prepaid.fill("64350")
    phone.click()
    desk.page.keyboard.type("13805123347")
    desk.page.keyboard.press("Tab")
    expect(phone).to_have_value("138 0512 3347")
    desk.put("supplier", "河川电子")
    desk.put("items.0.what", "压力传感器")
    desk.put("items.0.amount", "1234.5")
    desk.has("items.0.amount", "1,234.50")
    desk.page.get_by_role("tab", name="条款").click()
    desk.put("terms", "三十天")
    desk.press("保存")
    desk.sees("¥64,350.00", "陆万肆仟叁佰伍拾元整", "138 0512 3347")
    desk.follow("修改")
    desk.has("prepaid", "64,350.00")
    desk.has("phone", "138 0512 3347")
    expect(spelled.first).to_have_text("陆万肆仟叁佰伍拾元整")


def test_what_comes_and_goes_above_moves_nothing_under_the_hand(buyer: Callable[..., Desk]) -> None:
    desk = buyer(390, language="en")
    desk.open("/f/order/new")
    prepaid = desk.form.locator("[name=prepaid]")
    prepaid.focus()
    desk.page.evaluate("document.documentElement.style.overflowAnchor = 'none'; scrollBy(0, 200)")  # as in Safari
    top = "document.activeElement.getBoundingClientRect().top"
    before = desk.page.evaluate(top)
    for typed, shown in (("1001", True), ("100", False)):
        prepaid.press("ControlOrMeta+a")
        desk.page.keyboard.type(typed)
        desk.rest()
        expect(desk.form.locator("[data-field=reason]")).to_be_visible(visible=shown)
        assert desk.page.evaluate(top) == pytest.approx(before, abs=1)


def test_a_photo_that_did_not_go_up_is_kept_and_tried_again(buyer: Callable[..., Desk]) -> None:
    desk = buyer(language="en")
    desk.refusals.add(503)
    desk.open("/f/order/new")
    tiles = desk.form.locator("[data-upload] .fl-tile")
    small: FilePayload = {"name": "box.png", "mimeType": "image/png", "buffer": PICTURE}
    desk.page.route("**/files", lambda route: route.fulfill(status=503, body="busy"), times=1)
    desk.form.locator("[data-upload] input[type=file]").set_input_files([small])
    expect(tiles).to_contain_text(["Upload failed"])
    desk.press("Try again")
    expect(tiles).to_contain_text(["uploaded"])
    expect(desk.form.locator("input[type=hidden][name=photos]:not([value=''])")).to_have_count(1)
    desk.page.evaluate(DROP, "film.png")
    expect(tiles).to_contain_text(["uploaded", "200 KB, over 100 KB"])
    tiles.last.get_by_role("button", name="Remove").click()
    expect(tiles).to_have_count(1)


def test_an_outer_line_is_a_card_with_the_table_of_its_own_lines(buyer: Callable[..., Desk]) -> None:
    desk = buyer(1280, language="en")
    desk.open("/f/load/new")
    desk.put("name", "Monday")
    for parcel, rows in enumerate((("nails", "2"), ("glue", "3"))):
        desk.page.locator("[data-row-add=parcels]").click()
        desk.put(f"parcels.{parcel}.label", f"P{parcel}")
        desk.page.locator(f"[data-row-add='parcels.{parcel}.items']").click()
        desk.put(f"parcels.{parcel}.items.0.what", rows[0])
        desk.put(f"parcels.{parcel}.items.0.weight", rows[1])
    desk.page.keyboard.press("Control+Enter")
    desk.put("parcels.1.items.1.what", "wire")
    desk.reckoned("parcels.1.weight", "3")
    expect(desk.form.locator("#field-weight")).to_have_text("5")
    desk.page.locator("tr[data-row] > td.fl-lines-x > button").first.click()
    desk.page.keyboard.press("Control+z")
    desk.has("parcels.1.items.1.what", "wire")
    desk.page.locator("[name='parcels.0.items.0.what']").click()
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.page.evaluate("navigator.clipboard.writeText('nails\\t1\\t2\\nrope\\t4')")  # two rows of a sheet
    desk.page.keyboard.press("Control+v")
    expect(desk.page.locator(".fl-toast")).to_contain_text("2 rows pasted")
    desk.reckoned("parcels.0.weight", "6")
    expect(desk.form.locator("#field-weight")).to_have_text("9")
    desk.press("Save")
    desk.page.get_by_role("link", name="Parcels, line 2, Items, line 2, Weight").click()
    expect(desk.form.locator("[name='parcels.1.items.1.weight']")).to_be_focused()
    desk.put("parcels.1.items.1.weight", "4")
    desk.press("Save")
    desk.arrive(r"/f/load/\d+")
    desk.sees("wire", "rope", "13")
