"""No door is a back door: each rule is tried through every way in, and refused with the same code at the same place.

The doors: a page's form as a browser posts it, the API, a file that is imported, a button whose action creates the record
for somebody, and an automation that does so, at once or afterwards by the queue. (A public link posts the same page, and
joins `DOORS` when there is one.) What each refuses must be the very problems that the verb itself gives, and leave nothing
behind.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from engine.problems import Refused
from engine.runtime import passwords, people
from engine.runtime.importing import Plan
from engine.storage import tables
from engine.texts import told
from engine.web.app import create_app
from tests.firm import ADMIN, Firm, write
from tests.web.programs import Desk

WISHED = """
fields:
  code:  {}
  most:  {type: integer}
  count: {type: integer}
  kind:  {}
  mail:  {}
  reason: {}
  main:  {type: reference, to: product}
  batch: {}
  day:   {type: date}
  items: {type: lines, fields: {product: {type: reference, to: product}, quantity: {type: integer}, note: {}}}
access: {clerk: {can: [view, create]}}
"""
"""A form from which something else makes an order of the same values."""

MAKE = """
- create: order
  set:
    code: =code
    most: =most
    count: =count
    kind: =kind
    mail: =mail
    reason: =reason
    main: =main
    batch: =batch
    day: =day
    items: {from: items, set: {product: =product, quantity: =quantity, note: =note}}
"""

PACK = {
    "pack.yaml": "title: T\nlanguage: en\nroles: {clerk: Clerk}\n",
    "forms/product.yaml": """
title: Products
key: code
fields:
  code:   {title: Code, required: true, unique: true}
  active: {type: boolean, title: Active}
access: {clerk: {can: [view]}}
""",
    "forms/stock.yaml": """
title: Stock
aggregate: {moves: {from: order.items}}
fields:
  product: {type: reference, to: product}
  left:    {type: decimal, formula: 10 - SUM(moves.quantity)}
rules: {enough: {check: left >= 0, message: "{product.code}: not enough"}}
access: {clerk: {can: [view]}}
""",
    "forms/order.yaml": """
title: Orders
key: code
fields:
  code:    {title: Code, required: true, unique: true, max_length: 8, pattern: "[A-Z].*", hint: a capital first}
  most:    {type: integer, title: Most}
  count:   {type: integer, title: Count, min: 1, max: =most}
  kind:    {type: choice, title: Kind, options: {shop: Shop, web: {title: Web, when: count > 5}}}
  mail:    {type: email, title: Mail}
  reason:  {title: Reason, required: 'kind = "shop" and count > 7'}
  main:    {type: reference, title: Main, to: product, where: active}
  batch:   {title: Batch}
  day:     {type: date, title: Day, max: "2026-12-31"}
  items:
    type: lines
    title: Lines
    max_rows: 2
    fields:
      product:  {type: reference, title: Product, to: product, where: active}
      quantity: {type: integer, title: Quantity, min: 1, required: true}
      note: {title: Note, max_length: 4}
  total: {type: integer, title: Total, formula: SUM(items.quantity)}
rules:
  few:   {check: total <= count, message: More lines than the count}
  once:  {unique: [batch, day], message: This batch is there on that day}
  each:  {from: items, check: quantity != 4, message: Never four}
  fresh: {at: create, check: code != "OLD", message: No old ones}
access: {clerk: {can: [view, create, import]}}
""",
    "forms/wish.yaml": WISHED + "actions:\n  make:\n    who: clerk\n    do:\n" + indent(MAKE, "      "),
    "forms/plea.yaml": WISHED,
    "automations/hear.yaml": "form: plea\nevent: created\ndo:\n" + MAKE,
    "forms/prayer.yaml": WISHED,
    "automations/answer.yaml": "form: prayer\nevent: created\nmode: afterwards\ndo:\n" + MAKE,
}
GOOD = {"code": "A1", "most": 20, "count": 9, "kind": "web", "batch": "B", "day": "2026-11-23"}

Problems = list[tuple[str, str | None]]
CASES: dict[str, tuple[dict[str, Any], Problems]] = {
    "required": ({"code": None}, [("required", "code")]),
    "required by a condition": ({"kind": "shop"}, [("required", "reason")]),
    "unique": ({"code": "THERE"}, [("not_unique", "code")]),
    "too long": ({"code": "A12345678"}, [("value_too_long", "code")]),
    "another pattern": ({"code": "small"}, [("value_pattern", "code")]),
    "no address": ({"mail": "nobody"}, [("value_email", "mail")]),
    "too late a day": ({"day": "2027-01-01"}, [("too_large", "day")]),
    "too long a column": ({"items": [{"quantity": 1, "note": "far too long"}]}, [("value_too_long", "items.0.note")]),
    "least": ({"count": 0, "kind": None}, [("too_small", "count")]),
    "a limit that is a field": ({"most": 8}, [("too_large", "count")]),
    "an option that is not offered": ({"count": 5}, [("not_offered", "kind")]),
    "a reference outside of what is offered": ({"main": 2}, [("reference_excluded", "main")]),
    "a column": ({"items": [{"product": 1, "quantity": 1}, {"product": 1}]}, [("required", "items.1.quantity")]),
    "a column's reference": ({"items": [{"product": 2, "quantity": 1}]}, [("reference_excluded", "items.0.product")]),
    "too many lines": ({"items": [{"quantity": 1}] * 3}, [("too_many_lines", "items")]),
    "a rule": ({"items": [{"quantity": 10}]}, [("rule_broken", None)]),
    "a rule of each line": ({"items": [{"quantity": 1}, {"quantity": 4}]}, [("rule_broken", "items.1")]),
    "a rule at creation": ({"code": "OLD"}, [("rule_broken", None)]),
    "together once": ({"batch": "SAME"}, [("rule_broken", None)]),
    "a rule of what is computed": (
        {"most": 99, "count": 50, "items": [{"product": 1, "quantity": 11}]},
        [("rule_broken", None)],
    ),
    "all at once": (
        {"code": "THERE", "main": 2, "items": [{"quantity": 0}]},
        [("too_small", "items.0.quantity"), ("reference_excluded", "main"), ("not_unique", "code")],
    ),
}


class House:
    """One firm with all its doors; what is refused leaves it as it was, so that all cases share it."""

    def __init__(self, place: Path) -> None:
        self.firm = Firm(write(place / "pack", PACK), place / "data")
        self.clerk = self.firm.person("carl", "clerk")
        self.place = place
        self.program = Desk(self.firm).of("carl")
        self.browser = TestClient(create_app(self.firm.engine), follow_redirects=False)
        self.browser.headers.update({"accept-language": "en", "accept": "text/html"})
        id, words = self.clerk.id or 0, {"password": passwords.hashed("correct horse"), "language": "en"}
        self.firm.engine.store.write(lambda conn: people.update_person(conn, id, words))
        assert self.browser.post("/login", data={"name": "carl", "password": "correct horse"}).status_code == 303
        for code, active in (("P", True), ("Q", False)):
            self.firm.new(ADMIN, "product", code=code, active=active)
        for code, batch in (("THERE", "X"), ("OTHER", "SAME")):
            self.firm.new(ADMIN, "order", **{**GOOD, "code": code, "batch": batch})

    def asked(self, raw: Mapping[str, Any]) -> tuple[Problems, list[str]]:
        """What the verb itself refuses: codes with their places, and their sentences."""
        with pytest.raises(Refused) as raised:
            self.firm.engine.submit(self.firm.who("carl"), "order", raw)
        problems = raised.value.problems
        return [(p.code, p.place.field) for p in problems], [p.message("en") for p in problems]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("doors"))
    yield made
    made.browser.close()
    made.firm.close()


def by_page(house: House, raw: Mapping[str, Any], sentences: list[str]) -> Problems:
    """Posted as the page posts it; each sentence must be in the answer, at the place that it names."""
    flat = {n: "" if v is None else str(v) for n, v in raw.items() if not isinstance(v, list)}
    for number, line in enumerate(raw.get("items", ())):
        flat |= {f"items.{number}.{n}": str(v) for n, v in line.items()}
        flat.setdefault(f"items.{number}.quantity", "")
    answer = house.browser.post("/f/order/new", data=flat, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code in (409, 422), answer.text
    found: Problems = []
    text = re.sub(r"&#39;|&#34;|&quot;", '"', answer.text)
    codes, _ = house.asked(raw)
    for (code, place), sentence in zip(codes, sentences, strict=True):
        assert sentence.replace("'", '"') in text, (code, sentence)
        if place is not None:
            assert f"field-{place.replace('.', '-')}" in text, place
        found.append((code, place))
    return found


def by_api(house: House, raw: Mapping[str, Any], sentences: list[str]) -> Problems:
    found: tuple[int, Problems] = house.program.why("POST", "/forms/order/records", json=dict(raw))
    return found[1]


def by_import(house: House, raw: Mapping[str, Any], sentences: list[str]) -> Problems:
    """A file whose lines repeat the record's key, references by their keys."""
    sheet = io.StringIO()
    columns = [
        "code",
        *(n for n in GOOD if n != "code"),
        "mail",
        "reason",
        "main",
        "items.product",
        "items.quantity",
        "items.note",
    ]
    writer = csv.writer(sheet)
    writer.writerow(columns)
    keys = {1: "P", 2: "Q"}
    for line in raw.get("items") or [{}]:
        told = {**raw, "main": keys.get(raw.get("main", 0)), "items.product": keys.get(line.get("product", 0))}
        writer.writerow([told.get(n, line.get(n.removeprefix("items."))) for n in columns])
    path = house.place / "orders.csv"
    path.write_text(sheet.getvalue(), encoding="utf-8")
    incoming = house.firm.engine.imports.bring_in(house.firm.who("carl", "import"), "order", path, Plan())
    [problems] = incoming.refused.values()
    return [(p.code, p.place.field) for p in problems]


def by_button(house: House, raw: Mapping[str, Any], sentences: list[str]) -> Problems:
    """An action creates it with the definition's rights: that doesn't loosen what a record must be."""
    id = house.firm.new(house.clerk, "wish", **raw)
    with pytest.raises(Refused) as raised:
        house.firm.engine.act(house.clerk, "wish", id, "make")
    return [(p.code, p.place.field) for p in raised.value.problems]


def by_automation(house: House, raw: Mapping[str, Any], sentences: list[str]) -> Problems:
    """What sets it off is refused with what it does."""
    with pytest.raises(Refused) as raised:
        house.firm.new(house.clerk, "plea", **raw)
    return [(p.code, p.place.field) for p in raised.value.problems]


def by_queue(house: House, raw: Mapping[str, Any], sentences: list[str]) -> Problems:
    """An automation that runs afterwards: its run fails, and the log of runs has every sentence."""
    house.firm.new(house.clerk, "prayer", **raw)
    house.firm.engine.jobs.run_due()
    with house.firm.engine.store.read() as conn:
        error = conn.execute(select(tables.run.c.error).order_by(tables.run.c.id.desc()).limit(1)).scalar_one()
    assert all(sentence in told(error, "en") for sentence in sentences), error
    return house.asked(raw)[0]


DOORS: tuple[Callable[[House, Mapping[str, Any], list[str]], Problems], ...] = (
    by_page, by_api, by_import, by_button, by_automation, by_queue,
)  # fmt: skip


@pytest.mark.parametrize("door", DOORS, ids=lambda d: d.__name__)
@pytest.mark.parametrize("case", CASES)
def test_every_door_refuses_alike(house: House, case: str, door: Any) -> None:
    given, expected = CASES[case]
    raw = {**GOOD, **given}
    found, sentences = house.asked(raw)
    assert sorted(found, key=str) == sorted(expected, key=str)
    before = house.firm.engine.count(ADMIN, "order")
    assert sorted(door(house, raw, sentences), key=str) == sorted(expected, key=str)
    assert house.firm.engine.count(ADMIN, "order") == before
