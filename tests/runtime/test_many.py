"""Many records of a file stored together: just what one after the other would have given, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.runtime import importing, many, outright
from engine.runtime.importing import Plan
from engine.runtime.values import Actor, Ask
from tests.runtime.house import House

CUSTOMER = """
key: code
record_title: "{code}"
fields:
  code: {type: text, unique: true}
  orders: {type: related, from: order}
  total: {type: money, formula: SUM(orders.total)}
access: {boss: {can: [view, create, import]}}
"""
ORDER = """
key: number
record_title: "{number} {customer.code}"
fields:
  number: {type: serial, pattern: "O-{seq:0000}"}
  note: {type: text, unique: true}
  customer: {type: reference, to: customer, required: true}
  product: {type: text, default: tea}
  quantity: {type: integer, min: 1, required: true}
  items: {type: lines, fields: {price: {type: money, min: 0}, twice: {type: money, formula: price * 2}}}
  total: {type: money, formula: SUM(items.twice) * quantity}
rules:
  few: {check: quantity < 100, message: Too many}
  pair: {unique: [customer, product], where: quantity > 5, message: There already}
access: {boss: {can: [view, create, import]}}
"""
STOCK = """
aggregate: {out: {from: order}}
fields:
  product: {type: text}
  left: {type: decimal, formula: 50 - SUM(out.quantity)}
rules: {enough: {check: left >= 0, message: "Only 50 of {product}"}}
access: {boss: {can: [view]}}
"""
FILE = """note,customer,product,quantity,items.price
a,A,tea,10,1
,,,,2
b,A,tea,10,1
c,B,tea,3,1.5
a,B,tea,2,1
d,B,tea,200,1
e,B,tea,20,1
f,A,milk,4,-1
g,A,milk,4,1
h,C,milk,4,1
i,A,tea,20,1
j,B,tea,1,
"""


PLACE = """
key: code
record_title: "{code}"
fields: {code: {type: text, unique: true}, total: {type: money}}
access: {boss: {can: [view, create, import]}}
"""
PLAIN = """
key: note
record_title: "{number} {customer.code}"
fields:
  number: {type: serial, pattern: "P-{seq:0000}"}
  note: {type: text, unique: true, max_length: 8}
  customer: {type: reference, to: customer, required: true}
  product: {type: text, default: tea}
  quantity: {type: integer, min: 1, max: "=IF(product = 'tea', 30, 300)", required: true}
  price: {type: money, min: 0, default: "=quantity / 3", required: quantity > 5}
  total: {type: money, formula: quantity * price}
  secret: {type: text, sensitive: true, readonly: quantity > 20}
  each: {type: decimal, formula: total / (quantity - 7)}
rules:
  few: {check: total < 1000 and customer.code != "C", message: Too many}
  odd: {check: secret != "x", level: warn, message: Odd}
  pair: {unique: [product, quantity], where: quantity > 25, message: There already}
access: {boss: {can: [view, create, import], where: quantity != 4}}
"""
PLAIN_FILE = """note,customer,product,quantity,price,secret
a,A,,10,2,s
b,A,tea,11,,
c,B,milk,250,1.505,
d,B,milk,250,1.5,
a,B,,2,1,
e,B,,40,1,
f,A,milk,26,1,
g,A,milk,26,1,
h,C,,4,1,
i,A,,4,1,
j,B,,7,3,
k,B,,8,3,x
l,B,,9,3,
much too long,B,,9,3,
m,B,,,3,
n,B,milk,21,1,no
o,,tea,1,1,
p,B,cocoa,0,1,
q,B,tea,２,1,
"""
LINED = """
key: note
record_title: "{number} {customer.code}"
fields:
  number: {type: serial, pattern: "L-{seq:0000}"}
  note: {type: text, unique: true}
  customer: {type: reference, to: customer, required: true}
  product: {type: text, default: tea}
  items:
    type: lines
    min_rows: 1
    max_rows: 3
    fields:
      tag: {type: text, unique: true}
      of: {type: reference, to: customer, default: =parent.customer}
      quantity: {type: integer, min: 1, max: "=IF(parent.product = 'tea', 30, 300)", required: true}
      price: {type: money, min: 0, default: "=quantity / 3", required: quantity > 5}
      mark: {type: text, max_length: 4, default: =of.code & tag}
      secret: {type: text, sensitive: true, readonly: quantity > 20}
      twice: {type: money, formula: price * 2}
      part: {type: decimal, formula: twice / (SUM(parent.items.quantity) - 7)}
      bits:
        type: lines
        fields: {weight: {type: decimal, min: 1}, heavy: {type: decimal, formula: weight * parent.quantity}}
  quantity: {type: decimal, formula: SUM(items.quantity)}
  heaviest: {type: decimal, formula: MAX(items.bits.heavy)}
  total: {type: money, formula: SUM(items.twice)}
rules:
  few: {from: items, where: mark != "Bok", check: quantity < 25 and of.code != "C", message: "{row.tag}"}
  odd: {check: total < 500, level: warn, message: Odd}
  pair: {unique: [product, quantity], where: quantity > 45, message: There already}
access: {boss: {can: [view, create, import], where: quantity != 4}}
"""
STOCK_OF_LINES = """
aggregate: {out: {from: order.items}}
fields:
  of: {type: reference, to: customer}
  left: {type: decimal, formula: 150 - SUM(out.quantity)}
rules: {enough: {check: left >= 0, message: "Only 150"}}
access: {boss: {can: [view]}}
"""
LINED_FILE = """note,customer,product,items.tag,items.of,items.quantity,items.price,items.mark,items.secret,items.bits.weight
a,A,,a1,,10,2,,s,
,,,a2,B,11,,,,2
,,,a2,B,11,,,,3.5
b,B,milk,b1,A,3,1.505,,,
c,B,milk,c1,A,3,1.5,,,
,,,c2,,2,,,no,0.5
d,B,milk,d1,A,1,,,,
,,,,,1,,,,
,,,,,1,,,,
,,,,,1,,,,
e,A,milk,e1,,0,1,,,
f,A,milk,far too long,,2,1,,,
g,A,milk,far too long,,2,1,good,,
h,A,,h1,,29,1,,,
i,B,,ok,,29,1,Bok,,1
j,B,,j1,,21,1,,no,
k,B,,k1,,21,1,,,
l,B,milk,a1,,2,1,,,
m,B,milk,m1,,3,1,,,
,,,m1,,3,1,,,
n,B,milk,n1,,7,1,,,
o,B,milk,o1,,4,1,,,
p,B,milk,p1,,9,300,,,
q,B,milk,q1,,24,1,,,
,,,q2,,24,1,,,
r,A,milk,r1,,24,1,,,
,,,r2,,24,1,,,
a,A,,s1,,1,1,,,
t,A,,t1,,,1,,,
u,A,,,,,,,,
v,,,v1,,1,1,,,
w,A,,w1,,1,1,,,2
,,,w2,,2,1,,,
,,,w3,,3,1,,,1
x,Z,,x1,,1,1,,,
y,A,,y1,,31,1,,,
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def house(database: str | None, tmp_path: Path) -> Iterator[House]:
    files = {"forms/customer.yaml": CUSTOMER, "forms/order.yaml": ORDER, "forms/stock.yaml": STOCK}
    made = House(tmp_path, files, database=database)
    yield made
    made.close()


def state(house: House, boss: Actor) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for form, columns in (
        ("order", tuple(house.engine.catalog.forms["order"].fields)), ("customer", ("code", "total")),
        ("stock", tuple(house.engine.catalog.forms["stock"].fields)),
    ):  # fmt: skip
        page = house.engine.page(boss, form, Ask(sort=(("id", False),)), columns)
        found[form] = [
            (r.record.title, {**values_of(r.record), **lines_of(house, boss, r.record.id if form == "order" else None)})
            for r in page.rows
        ]
    found["stock"] = sorted(found["stock"], key=str)
    orders = [r.record.id for r in house.engine.page(boss, "order", Ask()).rows]
    found["history"] = [
        (e.action, e.channel, [(c.path[0], c.path[-1], c.new) for c in e.changes])
        for id in orders if id is not None for e in house.engine.history(boss, "order", id)
    ]  # fmt: skip
    return found


def values_of(row: Any) -> dict[str, Any]:
    """The values of a record or a line; lines likewise, without their numbers."""
    left_out = ("created_at", "updated_at", "state_since", "parent")
    return {
        n: [values_of(line) for line in v] if isinstance(v, list) else v
        for n, v in row.values.items() if n not in left_out
    }  # fmt: skip


def lines_of(house: House, boss: Actor, id: int | None) -> dict[str, Any]:
    """All lines of an order as they are stored; none: no order."""
    form = house.engine.catalog.forms["order"]

    def read(work: Any) -> dict[str, Any]:
        record = work.row("order", id)
        for name in form.line_forms():
            record.lines(name)
        return {n: values for n, values in values_of(record).items() if isinstance(values, list)}

    return house.do(boss, read) if id is not None else {}


def brought(house: House, tmp_path: Path, file: str = FILE) -> tuple[dict[str, Any], list[tuple[int, str]]]:
    boss = house.person("bo", "boss")
    for code in "AB":
        house.engine.submit(boss, "customer", {"code": code})
    (tmp_path / "orders.csv").write_text(file, "utf-8")
    found = house.engine.imports.bring_in(boss, "order", tmp_path / "orders.csv", Plan())
    return state(house, boss), [(row, p.code) for row, p in found.problems()]


def test_together_is_the_same_as_one_after_the_other(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert many.together(house.engine.catalog, house.engine.catalog.forms["order"])
    together, refused = brought(house, tmp_path)
    files = {"forms/customer.yaml": CUSTOMER, "forms/order.yaml": ORDER, "forms/stock.yaml": STOCK}
    other = House(tmp_path / "other", files)
    monkeypatch.setattr(many, "together", lambda catalog, form: False)
    try:
        single, expected = brought(other, tmp_path)
    finally:
        other.close()
    assert refused == expected and {code for _, code in refused} >= {"not_unique", "rule_broken", "no_match"}
    rest = [{k: v for k, v in s.items() if k not in ("order", "history")} for s in (together, single)]
    assert rest[0] == rest[1]
    assert by_note(together["order"]) == by_note(single["order"])
    assert unnumbered(together["history"]) == unnumbered(single["history"])


@pytest.mark.parametrize(
    ("order", "stock", "file", "problems"),
    [
        (
            PLAIN,
            STOCK,
            PLAIN_FILE,
            {"required", "too_large", "rule_broken", "not_unique", "forbidden", "readonly_field", "value_decimals"},
        ),
        (
            LINED,
            STOCK_OF_LINES,
            LINED_FILE,
            {
                "required",
                "too_large",
                "too_small",
                "rule_broken",
                "not_unique",
                "forbidden",
                "readonly_field",
                "value_decimals",
                "value_too_long",
                "too_few_lines",
                "too_many_lines",
                "no_match",
            },
        ),
    ],
    ids=["plain", "with lines"],
)
def test_plain_records_are_decided_outright_as_all_others_are(
    order: str, stock: str, file: str, problems: set[str], kind: str, database: str | None, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    files = {"forms/customer.yaml": PLACE, "forms/order.yaml": order, "forms/stock.yaml": stock}
    found, sound = [], outright.Outright.sound

    def listened(self: outright.Outright, raw: Any) -> Any:
        found.append(sound(self, raw))
        return found[-1]

    monkeypatch.setattr(outright.Outright, "sound", listened)
    told = []
    for number, together in enumerate((True, False)):
        if not together:
            monkeypatch.setattr(many, "together", lambda catalog, form: False)
        house = House(tmp_path / str(number), files, database if together else None)
        try:
            rest, refused = brought(house, tmp_path, file)
            told.append((rest["stock"], by_note(rest["order"]), unnumbered(rest["history"]), refused))
        finally:
            house.close()
    assert told[0] == told[1] and sum(found) > 3 and not all(found)
    assert {code for _, code in told[0][-1]} >= problems


def unnumbered(history: list[Any]) -> list[str]:
    return sorted(str((action, channel, [c for c in new if c[0] != "number"])) for action, channel, new in history)


def by_note(orders: list[Any]) -> dict[str, Any]:
    """Orders by their note, without what is given in the order of storing."""
    return {values["note"]: {k: v for k, v in values.items() if k != "number"} for _, values in orders}


def test_numbers_follow_one_another(house: House, tmp_path: Path) -> None:
    together, _ = brought(house, tmp_path)
    numbers = sorted(values["number"] for _, values in together["order"])
    assert numbers == [f"O-{n:04}" for n in range(1, len(numbers) + 1)]


def test_only_what_is_refused_is_halved_down_to(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "FEW", 1)
    boss = house.person("bo", "boss")
    house.engine.submit(boss, "customer", {"code": "A"})
    rows = "".join(f"n{n},A,p{n % 3},{3 if n % 3 else 4}\n" for n in range(40))
    (tmp_path / "x.csv").write_text(f"note,customer,product,quantity\n{rows}", "utf-8")
    found = house.engine.imports.bring_in(boss, "order", tmp_path / "x.csv", Plan())
    left = {v["product"]: v["left"] for _, v in state(house, boss)["stock"]}
    assert found.accepted == 12 + 13 + 13 and {p.code for _, p in found.problems()} == {"rule_broken"}
    assert left == {"p0": 2, "p1": 11, "p2": 11}


def test_only_rows_of_what_runs_out_are_tried_one_by_one(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    single: list[Any] = []
    verb = importing._verb

    def listened(work: Any, form: Any, plan: Any, raw: Any) -> Any:
        single.append(raw)
        return verb(work, form, plan, raw)

    monkeypatch.setattr(importing, "_verb", listened)
    boss = house.person("bo", "boss")
    house.engine.submit(boss, "customer", {"code": "A"})
    rows = "".join(f"n{n},A,p{n % 9},{5 if n % 9 == 4 else 1}\n" for n in range(108))
    (tmp_path / "x.csv").write_text(f"note,customer,product,quantity\n{rows}", "utf-8")
    found = house.engine.imports.bring_in(boss, "order", tmp_path / "x.csv", Plan())
    assert (len(found.refused), len(single)) == (2, 12) and {raw["product"] for raw in single} == {"p4"}


@pytest.mark.parametrize(
    "change",
    [
        "rules: {most: {check: COUNT(from order where customer = this.customer) < 3, message: No}}",
        "rules: {credit: {check: customer.total < 100, message: No}}",
    ],
)
def test_what_earlier_rows_could_change_goes_one_by_one(tmp_path: Path, change: str) -> None:
    order = ORDER.replace("rules:", "x:").split("x:")[0] + change + "\naccess: {boss: {can: [view, create, import]}}\n"
    made = House(tmp_path, {"forms/customer.yaml": CUSTOMER, "forms/order.yaml": order})
    try:
        assert not many.together(made.engine.catalog, made.engine.catalog.forms["order"])
        assert many.together(made.engine.catalog, made.engine.catalog.forms["customer"])
    finally:
        made.close()
