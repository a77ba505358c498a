from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from engine.runtime import passwords, people
from engine.web.app import create_app
from tests.firm import Build, Firm

PACK = """
title: {zh: 小店, en: Small shop}
language: en
roles: {clerk: {zh: 店员, en: Clerk}, boss: {zh: 老板, en: Boss}, guest: {zh: 客人, en: Guest}}
menu: [{title: {zh: 买卖, en: Trade}, show: [sale, customer, board]}]
"""
CUSTOMER = """
title: {zh: 客户, en: Customers}
key: name
fields:
  name:  {type: text, title: {zh: 名称, en: Name}, required: true, unique: true}
  sales: {type: related, from: sale, columns: [number, total, state]}
access:
  clerk: {can: [view, create, edit]}
  boss:  {can: [view, create, edit, delete, export]}
"""
SALE = """
title: {zh: 销售单, en: Sales}
record_title: "{number} {customer.name}"
key: number
fields:
  number:   {type: serial, pattern: "S-{seq:000}"}
  customer: {type: reference, to: customer, title: {zh: 客户, en: Customer}, required: true}
  kind:     {type: choice, title: {zh: 类型, en: Kind}, options: {shop: {zh: 门店, en: Shop}, web: {zh: 网店, en: Web}}, default: shop}
  gift:     {type: boolean, title: {zh: 礼物, en: Gift}}
  wish:     {type: text, title: {zh: 祝福语, en: Wish}, visible: gift, required: gift}
  note:     {type: longtext, title: {zh: 备注, en: Note}}
  secret:   {type: text, title: {zh: 秘密, en: Secret}}
  items:
    type: lines
    title: {zh: 明细, en: Lines}
    min_rows: 1
    fields:
      what:     {type: text, title: {zh: 品名, en: What}, required: true}
      quantity: {type: integer, title: {zh: 数量, en: Quantity}, min: 1, required: true}
      price:    {type: money, title: {zh: 单价, en: Price}}
      amount:   {type: money, title: {zh: 金额, en: Amount}, formula: quantity * price}
  total:    {type: money, title: {zh: 合计, en: Total}, formula: SUM(items.amount)}
rules:
  large: {check: total < 10000, level: warn, message: {zh: 金额很大, en: That is a lot}}
  heaps: {from: items, check: quantity < 700000, level: warn, message: {zh: 数量很大, en: "{what}: that many?"}}
views:
  open: {title: {zh: 未结, en: Open}, columns: [number, customer, kind, total, state, created_at], where: not state.final}
  all:  {title: {zh: 全部, en: All}, columns: [number, customer, total, state]}
access:
  clerk: {can: [view, create, edit], hide: [secret]}
  boss:  {can: [view, create, edit, delete, export]}
"""
FLOW = """
initial: draft
states:
  draft: {title: {zh: 草稿, en: Draft}}
  sent:  {title: {zh: 已发, en: Sent}}
  done:  {title: {zh: 完成, en: Done}, final: success}
  off:   {title: {zh: 取消, en: Off}, final: failure}
transitions:
  send:   {title: {zh: 发出, en: Send}, from: draft, to: sent, who: clerk}
  finish: {title: {zh: 完成, en: Finish}, from: sent, to: done, who: boss, edit: [note], require: [note]}
  cancel: {title: {zh: 取消, en: Cancel it}, from: [draft, sent], to: off, who: [clerk, boss], opinion: required}
"""
BOARD = """
title: {zh: 看板, en: Board}
roles: [boss]
filters: {period: {fields: [sale.created_at], default: this_year}}
widgets:
  count:  {type: number, title: {zh: 单数, en: Sales}, from: sale}
  kinds:  {type: bar, title: {zh: 类型, en: Kinds}, from: sale, by: kind, measure: SUM(total)}
  latest: {type: table, title: {zh: 最近, en: Latest}, from: sale, columns: [number, total]}
"""
FILES = {
    "pack.yaml": PACK,
    "forms/customer.yaml": CUSTOMER,
    "forms/sale.yaml": SALE,
    "workflows/sale.yaml": FLOW,
    "dashboards/board.yaml": BOARD,
}
PASSWORD = "correct horse"

Browser = Callable[..., TestClient]


@pytest.fixture
def shop(engine_of: Build) -> Firm:
    """A shop with a clerk (English), a boss, a guest without rights, an administrator, and a customer."""
    return opened(engine_of(FILES))


def opened(firm: Firm) -> Firm:
    """The shop, with its people and its customer."""
    for login, role in (("carl", "clerk"), ("bea", "boss"), ("gus", "guest"), ("ada", "admin")):
        firm.person(login, role)
    firm.engine.submit(firm.who("bea"), "customer", {"name": "Ann & Sons"})
    return firm


@pytest.fixture
def browser(shop: Firm) -> Iterator[Browser]:
    """Opens the site as somebody who is signed in; without a name as nobody."""
    opened: list[TestClient] = []

    def open_as(login: str | None = None, language: str = "en", **more: Any) -> TestClient:
        client = TestClient(create_app(shop.engine), follow_redirects=False, **more)
        client.headers["accept-language"] = language
        client.headers["accept"] = "text/html"
        opened.append(client)
        if login is not None:
            hashed = passwords.hashed(PASSWORD)
            id = shop.who(login).id
            assert id is not None
            with_language = {"password": hashed, "language": language}
            shop.engine.store.write(lambda conn: people.update_person(conn, id, with_language))
            answer = client.post("/login", data={"name": login, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
        return client

    yield open_as
    for client in opened:
        client.close()


@pytest.fixture
def sale(shop: Firm) -> int:
    """A sale of one line, made by the clerk."""
    raw = {"customer": "1", "kind": "shop", "items": [{"what": "Tea", "quantity": "2", "price": "3.50"}]}
    done = shop.engine.submit(shop.who("carl"), "sale", raw)
    assert done.record.id is not None
    return done.record.id
