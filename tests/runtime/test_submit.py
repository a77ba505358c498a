"""Submitting: everything wrong is told at once, nothing is kept that isn't the person's to give, values follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from engine.problems import Refused
from tests.firm import ADMIN, Build, Firm, refused

PRODUCT = """
key: code
fields:
  code: {type: text, required: true, unique: true}
  price: {type: money, required: true}
  discount: {type: percent, default: 5%}
access: {everyone: {can: [view]}}
"""
ORDER = """
key: number
record_title: "{number}"
fields:
  number: {type: serial, pattern: "O{seq:000}"}
  product: {type: reference, to: product}
  kind: {type: choice, options: {plain: Plain, gift: {title: Gift, when: not fragile}}, default: plain, required: true}
  fragile: {type: boolean}
  wish: {type: text, required: true, visible: kind = "gift", max_length: 20}
  wrap: {type: choice, options: [red, blue], default: red, visible: kind = "gift"}
  price: {type: money, default: =product.price, min: 0}
  rebate: {type: percent, default: =product.discount, readonly: true}
  amount: {type: money, formula: 'price * (1 - COALESCE(rebate, 0))'}
  secret: {type: text}
  ordered: {type: date, default: =TODAY()}
  age: {type: integer, formula: 'DATEDIF(ordered, TODAY(), "D")'}
  least: {type: integer}
  most: {type: integer, min: =least, max: 10}
  items:
    type: lines
    max_rows: 3
    fields:
      what: {type: text, required: true}
      note: {type: text, visible: 'what != "silent"'}
      count: {type: integer, min: 1, default: 1}
      worth: {type: money, formula: count * parent.price}
  worth: {type: money, formula: SUM(items.worth)}
layout:
  - {fields: [number, product, kind, fragile, wish, wrap, price, rebate, amount, secret]}
  - {title: More, fields: [ordered, age, least, most, items, worth], visible: not fragile}
access:
  boss: {can: [view, create, edit, delete]}
  clerk: {can: [view, create, edit], hide: [secret], readonly: [least]}
  guest: {can: [view]}
"""


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    made = engine_of({"forms/product.yaml": PRODUCT, "forms/order.yaml": ORDER})
    made.new(ADMIN, "product", code="A", price="10")
    made.new(ADMIN, "product", code="B", price="20.50", discount="10%")
    return made


def test_everything_wrong_is_told_at_once_and_nothing_is_kept(firm: Firm) -> None:
    raw = {
        "kind": "gift", "price": "-1", "most": "11", "ordered": "2026-02-30", "colour": "red", "product": 99,
        "items": [{"count": 0}, {"what": "x", "size": 3}],
    }  # fmt: skip
    assert sorted(refused(lambda: firm.engine.submit(ADMIN, "order", raw)), key=str) == sorted(
        [
            ("unknown_field", "colour"), ("value_no_such_day", "ordered"), ("required", "wish"), ("too_small", "price"),
            ("too_large", "most"), ("no_such_reference", "product"), ("required", "items.0.what"),
            ("too_small", "items.0.count"), ("unknown_field", "items.1.size"),
        ],
        key=str,
    )  # fmt: skip
    assert firm.engine.count(ADMIN, "order") == 0
    assert firm.get("order", firm.new(ADMIN, "order"))["number"] == "O001"


def test_a_default_follows_what_it_reads_until_somebody_types(firm: Firm) -> None:
    id = firm.new(ADMIN, "order", product=1)
    assert firm.get("order", id)["price"] == Decimal("10.00")
    firm.engine.change(ADMIN, "order", id, {"product": 2})
    assert (firm.get("order", id)["price"], firm.get("order", id)["rebate"]) == (Decimal("20.50"), Decimal("0.10"))
    firm.engine.change(ADMIN, "order", id, {"price": "7"})
    firm.engine.change(ADMIN, "order", id, {"wish": ""})
    assert firm.get("order", id)["price"] == Decimal("7.00")
    firm.engine.change(ADMIN, "order", id, {"product": 1})
    assert firm.get("order", id)["price"] == Decimal("10.00")
    firm.engine.change(ADMIN, "order", id, {"product": 2, "price": "1"})
    assert firm.get("order", id)["price"] == Decimal("1.00")


def test_a_price_that_changes_later_does_not_change_what_was_agreed(firm: Firm) -> None:
    id = firm.new(ADMIN, "order", product=1)
    firm.engine.change(ADMIN, "product", 1, {"price": "99"})
    firm.engine.change(ADMIN, "order", id, {"wish": None})
    assert firm.get("order", id)["price"] == Decimal("10.00")


def test_what_is_not_shown_is_stored_empty(firm: Firm) -> None:
    id = firm.new(ADMIN, "order", kind="gift", wish="ribbon")
    assert (firm.get("order", id)["wish"], firm.get("order", id)["wrap"]) == ("ribbon", "red")
    firm.engine.change(ADMIN, "order", id, {"kind": "plain"})
    assert (firm.get("order", id)["wish"], firm.get("order", id)["wrap"]) == (None, None)
    id = firm.new(ADMIN, "order", fragile=True, most=3, items=[{"what": "x"}])
    values = firm.get("order", id)
    assert (values["most"], values["items"], values["worth"]) == (None, [], Decimal(0))


def test_a_value_in_a_hidden_column_is_stored_empty(firm: Firm) -> None:
    raw = [{"what": "silent", "note": "shh"}, {"what": "loud", "note": "hey"}]
    lines = firm.get("order", firm.new(ADMIN, "order", price=2, items=raw))["items"]
    assert [(line["note"], line["worth"]) for line in lines] == [(None, Decimal(2)), ("hey", Decimal(2))]


def test_an_option_is_taken_only_while_it_is_offered(firm: Firm) -> None:
    call = lambda: firm.engine.submit(ADMIN, "order", {"kind": "gift", "fragile": True, "wish": "x"})  # noqa: E731
    assert refused(call) == [("not_offered", "kind")]


def test_what_is_computed_or_readonly_can_not_be_given_but_may_be_sent_back(firm: Firm) -> None:
    given = {"product": 2, "amount": "1", "rebate": "50%", "worth": "3", "number": "O777"}
    assert sorted(refused(lambda: firm.engine.submit(ADMIN, "order", given))) == [
        ("computed_field", "amount"), ("computed_field", "worth"), ("readonly_field", "number"),
        ("readonly_field", "rebate"),
    ]  # fmt: skip
    id = firm.new(ADMIN, "order", product=2, amount="18.45", rebate="10%", worth="0.00")
    assert firm.get("order", id)["amount"] == Decimal("18.45")


def test_fields_that_access_closes_are_refused(firm: Firm) -> None:
    clerk = firm.person("ann", "clerk")
    assert refused(lambda: firm.new(clerk, "order", secret="x")) == [("readonly_field", "secret")]
    assert refused(lambda: firm.new(clerk, "order", least=1)) == [("readonly_field", "least")]
    id = firm.new(ADMIN, "order", secret="x", least=1)
    assert refused(lambda: firm.engine.change(clerk, "order", id, {"secret": "y"})) == [("readonly_field", "secret")]
    assert refused(lambda: firm.engine.change(clerk, "order", id, {"secret": None})) == [("readonly_field", "secret")]
    assert refused(lambda: firm.engine.change(clerk, "order", id, {"least": 2})) == [("readonly_field", "least")]
    firm.engine.change(clerk, "order", id, {"least": 1, "most": 5})
    assert (firm.get("order", id)["secret"], firm.get("order", id)["most"]) == ("x", 5)


def test_who_may_not_create_is_told_who_may(firm: Firm) -> None:
    guest = firm.person("gus", "guest")
    with pytest.raises(Refused) as raised:
        firm.new(guest, "order")
    assert raised.value.problems[0].status == 403
    assert raised.value.problems[0].remedy("en") == "These may: Boss, Clerk. Ask an administrator if you need it."


def test_formulas_of_today_are_computed_when_read(firm: Firm) -> None:
    id = firm.new(ADMIN, "order")
    assert (firm.get("order", id)["ordered"], firm.get("order", id)["age"]) == (date(2026, 11, 23), 0)
    firm.clock.later(days=3)
    assert firm.get("order", id)["age"] == 3


def test_lines_have_limits_and_unknown_lines_are_refused(firm: Firm) -> None:
    rows = [{"what": str(n)} for n in range(4)]
    assert refused(lambda: firm.new(ADMIN, "order", items=rows)) == [("too_many_lines", "items")]
    id = firm.new(ADMIN, "order", items=rows[:2])
    other = firm.new(ADMIN, "order", items=rows[:1])
    foreign = firm.get("order", other)["items"][0]["id"]
    call = lambda: firm.engine.change(ADMIN, "order", id, {"items": [{"id": foreign, "what": "x"}]})  # noqa: E731
    assert refused(call) == [("no_such_line", "items.0.id")]


def test_changing_lines_keeps_ids_and_order(firm: Firm) -> None:
    id = firm.new(ADMIN, "order", price=1, items=[{"what": "a"}, {"what": "b", "count": 2}, {"what": "c"}])
    a, b, c = firm.get("order", id)["items"]
    firm.engine.change(ADMIN, "order", id, {"items": [{"id": c["id"]}, {"what": "d"}, {"id": b["id"], "count": 5}]})
    now = firm.get("order", id)
    assert [(line["what"], line["count"]) for line in now["items"]] == [("c", 1), ("d", 1), ("b", 5)]
    assert [now["items"][0]["id"], now["items"][2]["id"]] == [c["id"], b["id"]] and a["id"] not in {
        line["id"] for line in now["items"]
    }
    assert now["worth"] == Decimal(7)


def test_limits_of_another_field_hold(firm: Firm) -> None:
    assert refused(lambda: firm.new(ADMIN, "order", least=5, most=4)) == [("too_small", "most")]
    firm.new(ADMIN, "order", least=5, most=5)


def test_what_must_be_unique_names_the_other(firm: Firm) -> None:
    assert refused(lambda: firm.new(ADMIN, "product", code="A", price=1)) == [("not_unique", "code")]
    assert refused(lambda: firm.engine.change(ADMIN, "product", 2, {"code": "A"})) == [("not_unique", "code")]
    firm.engine.change(ADMIN, "product", 2, {"code": "B", "price": 3})


def test_a_number_too_large_is_refused_with_its_field(firm: Firm) -> None:
    raw = {"price": "9999999999999999", "items": [{"what": "x", "count": 1000}]}
    assert {c for c, _ in refused(lambda: firm.engine.submit(ADMIN, "order", raw))} == {"overflow"}


def test_a_draft_shows_what_follows_and_keeps_nothing(firm: Firm) -> None:
    draft = firm.engine.draft(
        ADMIN, "order", raw={"product": 2, "kind": "gift"}, touched=frozenset({"product", "kind"})
    )
    assert draft.record.values["price"] == Decimal("20.50") and draft.record.values["amount"] == Decimal("18.45")
    assert draft.visible["wish"] and draft.required["wish"] and draft.readonly["rebate"] and draft.readonly["amount"]
    assert draft.options["kind"] == ("plain", "gift") and draft.limits["most"] == (None, 10)
    again = firm.engine.draft(
        ADMIN, "order", raw={"product": 1, "price": "20.50", "fragile": True}, touched=frozenset({"product"})
    )
    assert again.record.values["price"] == Decimal("10.00")
    assert again.options["kind"] == ("plain",) and not again.visible["most"]
    typed = firm.engine.draft(ADMIN, "order", raw={"product": 1, "price": "20.50"}, touched=frozenset({"price"}))
    assert typed.record.values["price"] == Decimal("20.50")
    assert firm.engine.count(ADMIN, "order") == 0


def test_a_draft_of_a_change_starts_from_what_is_stored(firm: Firm) -> None:
    id = firm.new(ADMIN, "order", product=2, price="3", items=[{"what": "x"}])
    draft = firm.engine.draft(ADMIN, "order", id=id, raw={"product": 1})
    assert draft.record.values["price"] == Decimal(10)
    assert firm.get("order", id)["price"] == Decimal(3)
    assert refused(lambda: firm.engine.draft(firm.person("gus", "guest"), "order")) == [("forbidden", None)]


def test_an_import_brings_its_own_numbers_and_none_of_them_is_given_again(firm: Firm) -> None:
    importer = replace(ADMIN, channel="import")
    firm.new(importer, "order", number="O002")
    firm.new(importer, "order", number="old 7")
    assert refused(lambda: firm.new(importer, "order", number="O002")) == [("not_unique", "number")]
    given = [firm.get("order", firm.new(ADMIN, "order"))["number"] for _ in range(2)]
    assert given == ["O003", "O004"]
