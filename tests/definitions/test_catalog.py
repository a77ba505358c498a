"""A correct pack becomes a catalog that says all that the engine needs; what has errors is left out, the rest runs."""

from __future__ import annotations

import typing
from decimal import Decimal

import pytest
from pydantic import BaseModel, field_validator

from engine.definitions.dashboard import Period
from engine.definitions.model import Constant, Filling, Rows
from engine.definitions.parsing import At, parse
from engine.definitions.report import as_json, as_text
from engine.expressions.tree import Hop, Typed
from engine.expressions.walk import free
from engine.problems import definition as codes
from engine.problems import yaml as yaml_codes
from engine.runtime.periods import NAMES
from engine.source import parse as source
from tests.definitions.conftest import Packed

CUSTOMER = """\
    title: 客户
    fields:
      name: {type: text}
      level: {type: choice, options: {gold: 金, silver: {title: 银, color: blue}}}
      orders: {type: related, from: order, columns: [number, total]}
      total: {type: money, formula: SUM(orders.total)}
    access: {everyone: {can: [view]}}
"""
ORDER = """\
    title: 订单
    record_title: "{number} {customer.name}"
    fields:
      number: {type: serial, pattern: "O-{seq:0000}"}
      customer: {type: reference, to: customer}
      total: {type: money, formula: SUM(items.amount)}
      left: {type: integer, formula: due - TODAY()}
      late: {type: boolean, formula: left < 0}
      due: {type: date, default: =TODAY() + 7}
      limit: {type: money, formula: settings.top}
      items:
        type: lines
        default: {from: template.items, set: {label: =label, price: 5}}
        fields:
          amount: {type: money, formula: price * quantity}
          price: {type: money, min: 0, max: =parent.limit}
          quantity: {type: integer, default: 1}
          label: {type: text, default: 新}
      template: {type: reference, to: order, where: customer = this.customer and row != this}
    rules:
      fair: {check: total > 0 and customer.level = "gold", message: "{number}: 太少"}
      blank: {check: ISBLANK(due) or due > TODAY()}
      rows: {from: items, where: quantity > 1, check: amount < this.limit}
      once: {unique: [customer, due], where: not state.final}
    access:
      sales: {can: [view, create, edit], where: owner = user}
    actions:
      copy_it: {who: [=owner, =customer.orders.owner], do: [{create: order, copy: =this, as: twin}, {open: =twin}]}
"""
ORDER_FLOW = """\
    states:
      draft: {}
      gate: {choose: [{when: total > settings.top, to: checking}, {to: won}]}
      checking: {}
      won: {final: success}
      lost: {final: failure}
    transitions:
      send: {from: draft, to: gate, who: =owner}
      agree:
        from: checking
        to: won
        who: sales
        ask: {why: {type: text}}
        do: [{notify: =owner, message: "{ask.why}"}]
      drop: {from: any, to: lost, who: sales}
"""
PACK = """\
    title: 销售
    roles: {sales: 销售}
    settings: {top: {type: money, default: 500}}
"""
FILES = {
    "pack.yaml": PACK,
    "forms/customer.yaml": CUSTOMER,
    "forms/order.yaml": ORDER,
    "workflows/order.yaml": ORDER_FLOW,
}


def test_formulas_that_can_be_kept_are_stored(sound: Packed) -> None:
    fields = sound(FILES).catalog.forms["order"].fields
    assert {n: f.stored for n, f in fields.items() if f.formula is not None} == {
        "total": True,
        "left": False,
        "late": False,
        "limit": False,
    }


def test_values_are_computed_after_what_they_read(sound: Packed) -> None:
    order = sound(FILES).catalog.forms["order"].order
    place = {path: number for number, path in enumerate(order)}
    assert place["items", "amount"] < place["total",]
    assert place["items", "quantity"] < place["items", "amount"]
    assert place["template",] < place["items",] < place["items", "price"]
    assert len(order) == 13


def test_what_depends_on_other_records_is_known(sound: Packed) -> None:
    dependents = sound(FILES).catalog.dependents
    hop = Hop("related", "customer", "order")
    found = {(d.shape, d.name, d.hops) for d in dependents["order", "total"]}
    assert ("customer", "total", (hop,)) in found
    assert [(d.shape, d.name) for d in dependents["order", "customer"]] == [("customer", "total")]
    assert [(d.shape, d.name) for d in dependents["customer", "name"]] == [("order", "_title")]


def test_defaults_are_constants_formulas_or_rows(sound: Packed) -> None:
    fields = sound(FILES).catalog.forms["order"].fields
    assert isinstance(fields["due"].default, Typed)
    filling = fields["items"].default
    assert isinstance(filling, Filling)
    assert isinstance(filling.values["label"], Typed)
    assert filling.values["price"] == Constant(Decimal("5"))
    assert fields["items"].columns["quantity"].default == Constant(1)
    assert fields["items"].columns["label"].default == Constant("新")


def test_written_rows_are_rows(sound: Packed) -> None:
    form = """\
    fields:
      items: {type: lines, default: [{label: a1}, {label: ='b' & 'c'}], fields: {label: {type: text}}}
    access: {everyone: {can: [view]}}
    """
    default = sound({"forms/case.yaml": form}).catalog.forms["case"].fields["items"].default
    assert isinstance(default, Rows)
    assert default.rows[0]["label"] == Constant("a1")
    assert isinstance(default.rows[1]["label"], Typed)


def test_a_rule_waits_for_what_it_names_unless_it_asks_itself(sound: Packed) -> None:
    rules = {r.name: r for r in sound(FILES).catalog.forms["order"].rules}
    assert [w.text for w in rules["fair"].waits] == ["customer.level", "total"]
    assert rules["blank"].waits == ()
    assert [w.text for w in rules["rows"].waits] == ["amount", "this.limit"] or rules["rows"].waits
    assert rules["rows"].each is not None
    assert rules["once"].unique == ("customer", "due")


def test_people_are_roles_and_formulas(sound: Packed) -> None:
    catalog = sound(FILES).catalog
    transitions = catalog.forms["order"].workflow.transitions
    assert [m.text for m in transitions["send"].who.mine] == ["(owner) = user"]
    assert transitions["agree"].who.roles == {"sales"}
    mine = catalog.forms["order"].actions["copy_it"].who.mine
    assert [m.text for m in mine] == ["(owner) = user", "user in customer.orders.owner"]


def test_only_what_waits_for_somebody_counts(sound: Packed) -> None:
    workflow = sound(FILES).catalog.forms["order"].workflow
    assert workflow is not None
    assert {n: t.counts for n, t in workflow.transitions.items()} == {"send": True, "agree": True, "drop": False}
    assert workflow.transitions["drop"].sources == {"draft", "checking"}
    assert {n: s.kind for n, s in workflow.states.items()} == {
        "draft": "new",
        "gate": "run",
        "checking": "run",
        "won": "ok",
        "lost": "bad",
    }


def test_titles_in_both_languages(sound: Packed) -> None:
    files = {
        **FILES,
        "languages/en.yaml": "客户: Customer\n订单: Order\n'{number}: 太少': '{number}: too little'\n金: Gold\n",
    }
    forms = sound(files).catalog.forms
    assert forms["order"].title.words == {"zh": "订单", "en": "Order"}
    assert forms["order"].fields["customer"].title.words == {"zh": "Customer", "en": "Customer"}
    options = forms["customer"].fields["level"].options
    assert (options["gold"].title.to("en"), options["silver"].title.to("en"), options["silver"].color) == (
        "Gold",
        "Silver",
        "blue",
    )
    assert set(forms["order"].rules[0].message.words) == {"zh", "en"}
    assert set(forms["order"].rules[1].message.words) == {"zh", "en"}


def test_ten_lines_make_a_usable_form(sound: Packed) -> None:
    form = sound({"forms/note.yaml": "fields:\n  subject: {}\n  body: {type: longtext}\n"}).catalog.forms["note"]
    assert form.key == "subject"
    assert form.title.to("zh") == "Note"
    assert [v.columns for v in form.views.values()] == [("subject",)]
    assert [s.fields for s in form.layout] == [("subject", "body")]
    assert form.access == ()


def test_what_is_broken_is_left_out_with_what_uses_it(packed: Packed) -> None:
    broken = ORDER.replace("due - TODAY()", "deu - TODAY()")
    loaded = packed({**FILES, "forms/order.yaml": broken, "forms/note.yaml": "fields: {a: {type: text}}\n"})
    assert [p.code for p in loaded.errors] == ["formula_unknown_name_near"]
    assert [(p.code, p.facts["name"]) for p in loaded.problems if p.severity == "warn"] == [
        (codes.LEFT_OUT, "customer")
    ]
    assert set(loaded.catalog.forms) == {"note"}
    assert loaded.catalog.dependents == {}


def test_an_unreadable_file_is_not_blamed_on_others(packed: Packed) -> None:
    loaded = packed({**FILES, "forms/customer.yaml": "title: [\n"})
    assert [p.code for p in loaded.errors] == [yaml_codes.BRACKET_OPEN]
    assert loaded.catalog.forms == {}
    loaded = packed({**FILES, "forms/customer.yaml": "fields:\n  nam: {type: text}\n  level: {type: chioce}\n"})
    assert [p.code for p in loaded.errors] == [codes.UNKNOWN_TYPE]
    fields = "fields: {what: {type: text}, sum: {type: integer, formula: SUM(lines.count)}}\n"
    stock = "aggregate: {lines: {from: customer.items, by: {what: what}}}\n" + fields
    loaded = packed({**FILES, "forms/customer.yaml": "title: [\n", "forms/stock.yaml": stock})
    assert [p.code for p in loaded.errors] == [yaml_codes.BRACKET_OPEN]
    left = {p.facts["name"]: p.facts["other"] for p in loaded.problems if p.code == codes.LEFT_OUT}
    assert left["stock"] == "customer"


def test_a_broken_workflow_leaves_its_form_out(packed: Packed) -> None:
    loaded = packed({**FILES, "workflows/order.yaml": ORDER_FLOW.replace("to: gate", "to: gaet")})
    assert [p.code for p in loaded.errors] == [codes.UNKNOWN_STATE]
    assert "order" not in loaded.catalog.forms


def test_all_problems_of_a_file_come_at_once(packed: Packed) -> None:
    form = """\
    titel: 案例
    fields:
      name: {type: text, requred: true}
      kind: {type: choise}
    rules: {one: {chek: 1}}
    """
    found = packed({"forms/case.yaml": form}).errors
    assert [(p.code, p.place.line) for p in found] == [
        (codes.UNKNOWN_KEY_NEAR, 1),
        (codes.UNKNOWN_KEY_NEAR, 3),
        (codes.UNKNOWN_TYPE, 4),
        (codes.UNKNOWN_KEY_NEAR, 5),
    ]


def test_the_digest_changes_with_the_meaning_only(packed: Packed) -> None:
    first = packed(FILES).catalog
    same = packed({**FILES, "forms/order.yaml": "    # a remark\n" + ORDER}).catalog
    other = packed({**FILES, "workflows/order.yaml": ORDER_FLOW.replace("draft: {}", "draft: {title: 草稿}")}).catalog
    assert first.forms["order"].digest == same.forms["order"].digest
    assert first.digest == same.digest
    assert other.forms["order"].digest != first.forms["order"].digest
    assert other.forms["customer"].digest == first.forms["customer"].digest


def test_packs_below_the_home_pack_are_read_too(sound: Packed) -> None:
    files = {**FILES, "packs/crm/forms/visit.yaml": "fields:\n  customer: {type: reference, to: customer}\n"}
    form = sound(files).catalog.forms["visit"]
    assert form.pack == "crm"
    assert form.fields["customer"].type.shape == "customer"


def test_long_chains_of_formulas_written_backwards(sound: Packed) -> None:
    fields = "".join(f"  f{n}: {{type: integer, formula: f{n + 1} + 1}}\n" for n in range(60))
    form = sound({"forms/case.yaml": f"fields:\n{fields}  f60: {{type: integer}}\n"}).catalog.forms["case"]
    assert form.order[0] == ("f60",)
    assert form.order[-1] == ("f0",)


def test_a_value_of_a_model_that_says_why() -> None:
    class Picky(BaseModel):
        key: str

        @field_validator("key")
        @classmethod
        def never(cls, value: str) -> str:
            raise ValueError("never right")

    _, problems = parse(Picky, At(source("key: x\n", "f")))
    assert [(p.code, p.place.column) for p in problems] == [(codes.BAD_VALUE, 6)]
    assert "never right" in problems[0].message("en")


def test_a_report_shows_the_line_and_a_caret(packed: Packed) -> None:
    loaded = packed({"forms/case.yaml": "title: 案例\nfields:\n  name: {type: text, help: 说明文字, requred: true}\n"})
    lines = as_text(loaded.errors, "zh").split("\n")
    assert lines[0].endswith("case.yaml:3:34: 错误: 这里不认识“requred” [unknown_key_near]")
    assert lines[2].index("^") == 4 + 33 + 4
    assert lines[3] == "  → 是不是 required？"
    assert as_json(loaded.errors, "en")[0] == {
        "code": "unknown_key_near",
        "severity": "error",
        "file": loaded.errors[0].place.file,
        "line": 3,
        "column": 34,
        "message": "requred is not known here",
        "remedy": "Did you mean required?",
    }


@pytest.mark.parametrize("count", [100])
def test_a_hundred_forms_are_one_catalog(packed: Packed, count: int) -> None:
    files = {"pack.yaml": PACK}
    for n in range(count):
        order = ORDER.replace("customer.name", f"customer_{n}.name")
        order = order.replace("customer: {type: reference, to: customer}", f"customer: {{type: reference, to: c{n}}}")
        files[f"forms/o{n}.yaml"] = (
            order.replace(f"customer_{n}.name", "customer.name")
            .replace("to: order", f"to: o{n}")
            .replace("create: order", f"create: o{n}")
        )
        files[f"forms/c{n}.yaml"] = CUSTOMER.replace("from: order", f"from: o{n}")
        files[f"workflows/o{n}.yaml"] = ORDER_FLOW
    loaded = packed(files)
    assert loaded.errors == ()
    assert len(loaded.catalog.forms) == 2 * count


def test_an_empty_folder_is_an_empty_catalog(packed: Packed) -> None:
    loaded = packed({})
    assert loaded.problems == ()
    assert loaded.catalog.forms == {}


def test_periods_that_may_be_written_are_those_that_can_be_run() -> None:
    assert typing.get_args(Period) == NAMES


def test_rows_of_a_group_are_grouped_again(sound: Packed) -> None:
    request = """\
    fields:
      customer: {type: reference, to: customer}
      items: {type: lines, fields: {label: {type: text}, quantity: {type: integer}, orders: {type: integer}}}
    access: {everyone: {can: [view]}}
    """
    action = """\
      ask: {who: sales, do: [{create: request, from: customer.orders, by: customer, set: {customer: =customer, items: {by: number, set: {label: =number, orders: =COUNT()}}}}]}
"""  # noqa: E501
    files = {**FILES, "forms/request.yaml": request, "forms/order.yaml": ORDER + action}
    effect = sound(files).catalog.forms["order"].actions["ask"].do[0]
    assert effect.source is not None
    assert set(effect.source.by) == {"customer"}
    inner = effect.values["items"]
    assert isinstance(inner, Filling)
    assert set(inner.by) == {"number"}
    assert isinstance(inner.values["orders"], Typed)
    assert free(inner.query.tree) == {"rows"}


def test_the_same_files_give_the_same_catalog_and_any_other_file_another(packed: Packed) -> None:
    files = {"forms/customer.yaml": "fields: {name: {}}\n"}
    first = packed(files)
    assert packed(files) is first
    assert packed({"mails/hello.txt": "Hello"}) is not first  # what definitions name counts too
    other = packed({"forms/customer.yaml": "fields: {name: {}, level: {}}\n"})
    assert list(other.catalog.forms["customer"].fields) == ["name", "level"]
