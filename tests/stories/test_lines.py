"""A warehouse clerk's shipment of hundreds of lines, filled from a spreadsheet, by keys alone, on the phone, without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from engine.engine import Engine
from engine.settings import Settings
from tests.stories.desk import Desk
from tests.stories.server import PASSWORD, Server, running

PACK = """
title: 仓库
roles: {clerk: 仓管}
demo:
  people: {wu_ying: {name: 吴颖, roles: [clerk]}}
  records:
    depot: [{name: 北仓}, {name: 南仓}]
    bin: [{code: "2", name: 乙架, depot: 北仓, price: 7}, {code: "1", name: 甲架, depot: 北仓, price: 8}]
    product: [{code: P-1, name: 压力传感器, price: 2150}, {code: P-2, name: 电磁阀, price: 365}, {code: P-3, name: 接头, price: 12.5}]
"""
PRODUCT = """
title: 产品
key: code
record_title: "{code} {name}"
fields: {code: {required: true}, name: {}, price: {type: money}}
access: {clerk: {can: [view]}}
"""
SHIPMENT = """
title: 发货单
fields:
  customer: {title: 客户, required: true}
  items:
    title: 明细
    type: lines
    min_rows: 1
    max_rows: 2000
    fields:
      product:  {type: reference, to: product, title: 产品, required: true}
      quantity: {type: integer, min: 1, max: 9999, title: 数量, required: true}
      price:    {type: money, title: 单价, default: =product.price}
      ship_on:  {type: date, title: 日期}
      kind:     {type: choice, options: {sale: 销售, sample: 样品}, title: 类别}
      note:     {title: 备注}
      amount:   {type: money, title: 金额, formula: quantity * price}
  pieces: {type: integer, title: 总件数, formula: SUM(items.quantity)}
  total:  {type: money, title: 总金额, formula: SUM(items.amount)}
access: {clerk: {can: [view, create, edit, copy]}}
"""
PICKING = """
title: 拣货单
fields:
  depot: {type: reference, to: depot, title: 仓库}
  items:
    title: 明细
    type: lines
    fields:
      bin:      {type: reference, to: bin, title: 货位, required: true, where: depot = this.parent.depot}
      shelf:    {title: 架, formula: bin.name}
      quantity: {type: integer, title: 数量}
      price:    {type: money, title: 单价, default: =bin.price}
access: {clerk: {can: [view, create]}}
"""
FORMS = {
    "product": PRODUCT, "shipment": SHIPMENT, "picking": PICKING,
    "depot": "title: 仓库\nfields: {name: {}}\naccess: {clerk: {can: [view]}}\n",
    "bin": "title: 货位\nkey: code\nrecord_title: '{name}'\naccess: {clerk: {can: [view]}}\n"
    "fields: {code: {}, name: {}, depot: {type: reference, to: depot}, price: {type: money}}\n",
}  # fmt: skip
ROW = "#fl-form tr[data-row]"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a small pack: products and shipments."""
    folder = tmp_path_factory.mktemp("warehouse")
    home = folder / "definitions"
    (home / "forms").mkdir(parents=True)
    (home / "pack.yaml").write_text(PACK, encoding="utf-8")
    for name, text in FORMS.items():
        (home / "forms" / f"{name}.yaml").write_text(text, encoding="utf-8")
    engine = Engine(Settings(definitions=home, data=folder / "data"))
    engine.load_demo(PASSWORD)
    engine.close()
    with running(folder / "data", home) as found:
        yield found


Person = Callable[..., Desk]


def paste(page: Page, text: str) -> None:
    """Paste what a spreadsheet has copied into the cell under the hand, and wait until it is there."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.evaluate("document.querySelector('.fl-toast')?.remove()")
    page.keyboard.press("Control+v")
    expect(page.locator(".fl-toast")).to_contain_text("已粘贴")


SLOWLY = """() => {
  const json = Response.prototype.json;
  const held = new Promise((go) => { globalThis.flGo = go; });
  Response.prototype.json = async function () {
    if (this.url.endsWith("/compute")) await held;
    return json.call(this);
  };
}"""
"""What the server computes is heard, but only read when the page's `flGo()` was called."""


def at(page: Page) -> str:
    """The name of the cell under the hand."""
    return str(
        page.evaluate(
            "(document.activeElement.name || document.activeElement.closest('.fl-picker')?.querySelector('select').name || '')"
        )
    )


def sheet(count: int) -> str:
    """Rows as Excel copies them: product by its key, quantity with a thousands separator, price, date, kind, a note with a
    line break in quotes."""
    rows = [
        (f"P-{i % 3 + 1}", f"1,00{i % 10}", f"{i % 7 + 1}.50", f"2026/11/{i % 28 + 1}", ("销售", "样品")[i % 2],
         f'"第{i + 1}行\n“易碎”"')
        for i in range(count)
    ]  # fmt: skip
    return "\r\n".join("\t".join(row) for row in rows) + "\r\n"


def test_two_hundred_lines_come_from_a_spreadsheet_and_two_are_put_right(person: Person) -> None:
    desk = person("wu_ying")
    page = desk.page
    desk.open("/f/shipment/new")
    desk.put("customer", "东方机械")
    page.locator("[name='items.0.product']").locator("xpath=..").get_by_role("combobox").focus()
    rows = sheet(200).split("\r\n")
    rows[120] = rows[120].replace("1,000", "五个")
    paste(page, "\r\n".join(rows))
    expect(page.locator("[data-lines='items']")).to_have_attribute("aria-rowcount", "201")
    assert page.locator(ROW).count() < 60, "only the rows in view stand on the page"
    desk.rest()  # products are looked up by the server
    total = page.locator("[data-calculated='total']").inner_text()
    page.evaluate(SLOWLY)
    with page.expect_response("**/compute"):
        page.keyboard.press("Control+z")
    expect(page.locator("[data-lines='items']")).to_have_attribute("aria-rowcount", "2")
    assert at(page) == "items.0.product"
    desk.reckoned("total", "0.00")
    paste(page, "\r\n".join(rows))
    page.evaluate("flGo()")  # what the server said of one row comes when there are two hundred
    desk.rest()
    expect(page.locator("[data-lines='items']")).to_have_attribute("aria-rowcount", "201")
    desk.reckoned("total", total)
    page.keyboard.press("Control+End")
    assert at(page) == "items.199.product"
    desk.picked("items.199.product", "P-2 电磁阀")
    desk.has("items.199.note", "第200行 “易碎”")
    desk.press("保存")
    desk.sees("1 处要改")
    page.locator("#fl-errors a").first.click()
    assert at(page) == "items.120.quantity"
    desk.has("items.120.quantity", "五个")
    desk.fault("items.120.quantity", "数")
    page.keyboard.press("Control+a")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    assert at(page) == "items.121.quantity"
    page.keyboard.type("7")
    expect(page.locator("[data-next-error]")).to_be_hidden()
    desk.press("保存")
    desk.arrive(r"/f/shipment/\d+$")
    page.goto(page.url + "/edit")
    desk.rest()
    expect(page.locator("[data-lines='items']")).to_have_attribute("aria-rowcount", "201")
    expect(page.locator("[data-total='items.quantity']")).to_have_text(re_total(200))
    page.locator("[name='items.0.quantity']").focus()
    for _ in range(12):
        page.keyboard.press("PageDown")
    assert at(page) == "items.120.quantity"
    desk.has("items.120.quantity", "5")
    desk.has("items.121.quantity", "7")


def re_total(count: int) -> str:
    """The pieces of `sheet(count)` after line 121 was made 5 and the next 7."""
    pieces = [1000 + i % 10 for i in range(count)]
    pieces[120], pieces[121] = 5, 7
    return f"{sum(pieces):,}"


def test_what_is_pasted_before_the_choice_it_waits_for_is_kept_and_looked_up_then(person: Person) -> None:
    desk = person("wu_ying")
    page = desk.page
    desk.open("/f/picking/new")
    page.get_by_role("button", name="添加一行").click()
    page.locator("[name='items.0.bin']").locator("xpath=..").get_by_role("combobox").focus()
    paste(page, "货位\t数量\t单价\n2\t5\t\n1\t6\t9.5\n7\t1\t\n")  # with their titles, without what is computed
    expect(page.locator(".fl-toast")).to_contain_text("先选“仓库”")
    for row, words in enumerate(("2", "1", "7")):
        desk.picked(f"items.{row}.bin", words)
        desk.fault(f"items.{row}.bin", f"货位“{words}”：先选“仓库”")
    expect(page.locator("[data-next-error]")).to_contain_text("3")
    desk.put("depot", "北仓")
    desk.picked("items.0.bin", "乙架")
    desk.picked("items.1.bin", "甲架")
    expect(page.locator("[name='items.0.price']")).to_have_value("7.00")
    expect(page.locator("[name='items.1.price']")).to_have_value("9.50")
    desk.has("items.0.quantity", "5")
    page.locator("[name='items.0.bin']").locator("xpath=..").get_by_role("combobox").focus()
    paste(page, "2\t乙架\t8\n")  # copied from such a table: the shelf is there, and stays what it is
    desk.has("items.0.quantity", "8")
    desk.fault("items.2.bin", "没有认出“7”")
    desk.press("保存")
    desk.sees("1 处要改")
    desk.picked("items.2.bin", "7")  # a refused page keeps it too, and never takes it for an id
    desk.put("items.2.bin", "甲架")
    desk.press("保存")
    desk.arrive(r"/f/picking/\d+$")


def test_lines_are_filled_and_arranged_by_keys_alone(person: Person) -> None:
    desk = person("wu_ying")
    page = desk.page
    desk.open("/f/shipment/new")
    page.locator("[name=customer]").focus()
    page.keyboard.type("南方阀门")
    page.keyboard.press("Tab")
    while at(page) != "items.0.product":
        page.keyboard.press("Tab")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    while at(page) != "items.0.quantity":
        page.keyboard.press("Tab")
    page.keyboard.type("3")
    page.keyboard.press("Enter")  # beneath the last line begins a new one
    expect(page.locator("[name='items.1.quantity']")).to_be_focused()
    page.keyboard.press("Alt+Delete")
    expect(page.locator(ROW)).to_have_count(1)
    page.keyboard.press("Control+Enter")
    assert at(page) == "items.1.product"
    page.keyboard.press("Control+d")
    desk.picked("items.1.product", "P-1 压力传感器")
    page.keyboard.press("ArrowRight")
    assert at(page) == "items.1.quantity"
    page.keyboard.type("5")
    page.keyboard.press("Shift+Enter")
    assert at(page) == "items.0.quantity"
    page.keyboard.press("Alt+Shift+ArrowDown")
    assert at(page) == "items.1.quantity"
    desk.has("items.0.quantity", "5")
    desk.has("items.1.quantity", "3")
    page.keyboard.press("Alt+Delete")
    expect(page.locator(ROW)).to_have_count(1)
    desk.reckoned("pieces", "5")
    page.keyboard.press("Control+z")
    expect(page.locator(ROW)).to_have_count(2)
    desk.reckoned("pieces", "8")
    desk.reckoned("total", "17,200.00")
    page.keyboard.press("Control+s")
    desk.arrive(r"/f/shipment/\d+$")
    desk.sees("¥17,200.00")


def test_on_the_phone_a_line_is_a_card(person: Person) -> None:
    desk = person("wu_ying", width=390)
    page = desk.page
    desk.open("/f/shipment/new")
    desk.put("customer", "北方仪表")
    desk.put("items.0.product", "P-3 接头")
    page.locator(ROW).get_by_label("加一").first.click()
    page.locator(ROW).get_by_label("加一").first.click()
    desk.has("items.0.quantity", "2")
    expect(page.locator("[data-total='items.amount']")).to_contain_text("25.00")
    page.locator("[data-row-remove]").click()
    expect(page.locator(ROW)).to_have_count(0)
    page.get_by_role("status").get_by_text("撤销").click()
    desk.has("items.0.quantity", "2")
    desk.press("保存")
    desk.arrive(r"/f/shipment/\d+$")


def test_a_thousand_lines_stay_light_and_are_all_sent(person: Person) -> None:
    desk = person("wu_ying")
    page = desk.page
    desk.open("/f/shipment/new")
    desk.put("customer", "千行公司")
    page.locator("[name='items.0.product']").locator("xpath=..").get_by_role("combobox").focus()
    paste(page, sheet(1000))
    expect(page.locator("[data-lines='items']")).to_have_attribute("aria-rowcount", "1001")
    desk.press("保存")
    desk.arrive(r"/f/shipment/\d+$")
    page.goto(page.url + "/edit")
    desk.rest()
    assert page.evaluate("document.querySelectorAll('*').length") <= 1500
    expect(page.locator("[data-total='items.quantity']")).to_have_text("1,004,500")


def test_without_scripts_long_lists_are_turned_and_lines_come_and_go(person: Person) -> None:
    desk = person("wu_ying", scripts=False)
    page = desk.page
    page.goto(desk.url + "/f/shipment/new")
    page.fill("[name=customer]", "无脚本")
    page.fill("[name='items.0.quantity']", "4")
    page.click("[data-row-add]")
    expect(page.locator("[name='items.1.quantity']")).to_be_visible()
    assert page.input_value("[name='items.0.quantity']") == "4"
    page.click("[name=_rows][value='items drop 0']")
    expect(page.locator(ROW)).to_have_count(1)
    assert page.input_value("[name=customer]") == "无脚本"


def test_when_the_server_fails_everything_stays_and_is_sent_again(person: Person) -> None:
    desk = person("wu_ying")
    page = desk.page
    desk.refusals |= {500}
    desk.open("/f/shipment/new")
    desk.put("customer", "再来一次")
    desk.put("items.0.product", "P-1 压力传感器")
    desk.put("items.0.quantity", "2")
    page.route("**/f/shipment/new", lambda route: route.fulfill(status=500, body="broken"))
    desk.press("保存")
    expect(page.get_by_role("alert").get_by_text("没能保存，填的内容都还在。")).to_be_visible()
    assert desk.path == "/f/shipment/new"
    desk.has("customer", "再来一次")
    desk.has("items.0.quantity", "2")
    page.unroute("**/f/shipment/new")
    page.get_by_role("button", name="再试一次").click()
    desk.arrive(r"/f/shipment/\d+$")
    desk.sees("¥4,300.00")


def test_what_is_refused_comes_back_into_the_page(person: Person) -> None:
    desk = person("wu_ying")
    page = desk.page
    desk.open("/f/shipment/new")
    desk.put("items.0.quantity", "2")
    desk.press("保存")
    desk.sees("2 处要改")
    expect(page.locator("#fl-errors")).to_be_focused()
    page.locator("[data-next-error]").click()
    assert at(page) == "customer"
    page.locator("[data-next-error]").click()
    assert at(page) == "items.0.product"
    desk.fault("customer")
    desk.fault("items.0.product", "产品")
    desk.put("customer", "改好了")
    expect(page.locator("#fl-errors a.fl-mended")).to_have_count(1)  # the list strikes out what is mended
    expect(page.locator("#fl-errors b")).to_have_text("还有 1 处要改，改好就能保存")
    desk.put("items.0.product", "P-2 电磁阀")
    expect(page.locator("[data-next-error]")).to_be_hidden()
    expect(page.locator("#fl-errors")).to_be_hidden()
    desk.press("保存")
    desk.arrive(r"/f/shipment/\d+$")
    desk.sees("¥730.00")


def test_try_again_after_a_lost_answer_saves_once(person: Person) -> None:
    desk = person("wu_ying")
    page = desk.page
    desk.open("/f/shipment/new")
    desk.put("customer", "断线机械")
    page.locator("[name='items.0.product']").locator("xpath=..").get_by_role("combobox").focus()
    paste(page, sheet(3))

    def lose(route: Route) -> None:
        route.fetch(max_redirects=0)  # the server saves
        route.abort()  # and its answer never arrives

    page.route("**/f/shipment/new", lose, times=1)
    page.get_by_role("button", name="保存").click()
    again = page.locator(".fl-toast").get_by_role("button", name="再试")
    expect(again).to_be_visible()
    again.click()
    page.wait_for_url(re.compile(r"/f/shipment/\d+$"))
    expect(page.locator("h1")).to_be_visible()
    desk.errors = [
        error for error in desk.errors if "ERR_FAILED" not in error
    ]  # the browser's own word of the lost answer
    desk.open("/f/shipment?q=断线机械")
    expect(page.locator("table tbody tr")).to_have_count(1)
