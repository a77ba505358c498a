"""Each change of a definition, on records that are there: what it says, what it does, or what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text

from engine.definitions.model import Form
from engine.problems import Refused
from engine.storage import changes, records, steps_tables, steps_targets, tables
from engine.storage.layout import Layout
from engine.storage.serials import next_number
from engine.storage.snapshot import snapshot
from engine.storage.step import Change
from engine.storage.store import Store
from tests.storage.building import NOW, a_form, a_rule, a_workflow, laid_out
from tests.storage.live import drift, everything, table_names

Adopt = Callable[..., Layout]


def keep(store: Store, found: Layout, shape: str, *rows: Mapping[str, Any]) -> list[int]:
    return store.write(lambda conn: [records.insert(conn, found, shape, row) for row in rows])


def values(store: Store, found: Layout, shape: str, name: str) -> list[Any]:
    with store.read() as conn:
        return [row[name] for row in records.fetch(conn, found, shape, range(1, 100)).values()]


def planned(store: Store, *forms: Form, absent: Sequence[str] = ()) -> list[Change]:
    with store.read() as conn:
        return list(changes.plan(conn, changes.applied(conn), laid_out(*forms), absent))


def refusal(store: Store, *forms: Form) -> tuple[str, str]:
    """The only problem for which these forms are refused, code and message; nothing has happened."""
    before = everything(store)
    with pytest.raises(Refused) as refused:
        store.write(lambda conn: changes.adopt(conn, laid_out(*forms), NOW))
    assert everything(store) == before
    (found,) = refused.value.problems
    assert found.message("zh")
    assert found.remedy("en")
    assert found.remedy("zh")
    (change,) = (c for c in planned(store, *forms) if c.severity == "destructive")
    assert change.describe().to("en") == found.message("en")
    return found.code, found.message("en")


def test_nothing_to_do_is_no_step(store: Store, adopt: Adopt) -> None:
    form = a_form("lead", {"name": {"unique": True}, "items": {"type": "lines", "fields": {"a": {}}}})
    found = adopt(form)
    assert planned(store, form) == []
    assert drift(store, found) == []


def test_a_new_form_and_its_lines(store: Store) -> None:
    form = a_form("lead", {"name": {}, "items": {"type": "lines", "fields": {"a": {}}}})
    said = [change.describe().to("en") for change in planned(store, form)]
    assert said == ['The form "Lead" is new', 'The form "Lead" gets the lines "Items"']
    assert [change.describe().to("zh") for change in planned(store, form)] == [
        "新增表单“Lead”",
        "表单“Lead”新增明细“Items”",
    ]


def test_a_new_field_is_empty_in_the_records_there_are(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"name": {}}))
    keep(store, found, "lead", {"name": "a"}, {"name": "b"})
    form = a_form("lead", {"name": {}, "phone": {"index": True}, "size": {"type": "integer", "formula": "1"}})
    steps = planned(store, form)
    assert [s.describe().to("en") for s in steps] == [
        'The form "Lead" gets the field "Phone"; it is empty in the 2 records there are',
        'The form "Lead" gets the field "Size"',
        'The form "Lead" gets an index on phone',
    ]
    assert {s.severity for s in steps} == {"safe"}
    assert [(s.shape, s.column.name, s.computed) for s in steps if isinstance(s, steps_tables.AddColumn)] == [
        ("lead", "phone", False),
        ("lead", "size", True),
    ]
    found = adopt(form)
    assert drift(store, found) == []
    assert values(store, found, "lead", "name") == ["a", "b"]
    assert values(store, found, "lead", "phone") == [None, None]


def test_a_removed_field_nobody_filled_goes(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"name": {}, "phone": {"index": True}}))
    keep(store, found, "lead", {"name": "a"})
    said = [s.describe().to("en") for s in planned(store, a_form("lead", {"name": {}}))]
    assert said == [
        'The form "Lead" loses the index on phone',
        'The form "Lead" loses the field "Phone"; no data is lost',
    ]
    assert drift(store, adopt(a_form("lead", {"name": {}}))) == []


def test_a_removed_field_with_values_is_refused(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"name": {}, "phone": {}}))
    keep(store, found, "lead", {"phone": "1"}, {"phone": "2"}, {"name": "a"})
    assert refusal(store, a_form("lead", {"name": {}})) == (
        "field_lost",
        'Removing the field "Phone" of the form "Lead" would lose its value in 2 records',
    )


def test_a_removed_computed_field_goes_although_it_has_values(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"name": {}, "size": {"type": "integer", "formula": "1"}}))
    keep(store, found, "lead", {"size": Decimal(3)})
    assert drift(store, adopt(a_form("lead", {"name": {}}))) == []


def test_a_computed_field_that_is_no_longer_kept_loses_its_column(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"size": {"type": "integer", "formula": "1"}}))
    keep(store, found, "lead", {"size": Decimal(3)})
    found = adopt(a_form("lead", {"size": {"type": "integer", "formula": "TODAY()", "stored": False}}))
    assert "size" not in found.table("lead").c
    assert drift(store, found) == []


def test_a_renamed_field_keeps_its_values_and_its_counter(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"code": {"type": "serial"}, "items": {"type": "lines", "fields": {"a": {}}}}))
    keep(store, found, "lead", {"code": "L-1"})
    keep(store, found, "lead.items", {"parent_id": 1, "a": "x"})
    store.write(lambda conn: next_number(conn, "lead", "code"))
    lines = {"type": "lines", "fields": {"b": {"was": ["zero", "a"]}}}
    form = a_form("lead", {"number": {"type": "serial", "was": "code"}, "items": lines})
    said = [s.describe().to("en") for s in planned(store, form)]
    assert 'The field "Number" of the form "Lead" is renamed from code to number; its 1 values are kept' in said
    found = adopt(form)
    assert values(store, found, "lead", "number") == ["L-1"]
    assert values(store, found, "lead.items", "b") == ["x"]
    assert store.write(lambda conn: next_number(conn, "lead", "number")) == 2
    assert drift(store, found) == []
    assert planned(store, form) == []


def test_a_renamed_form_keeps_records_lines_and_history(store: Store, adopt: Adopt) -> None:
    fields: dict[str, dict[str, Any]] = {"name": {"unique": True}, "items": {"type": "lines", "fields": {"a": {}}}}
    found = adopt(a_form("lead", fields), a_form("call", {"to": {"type": "reference", "to": "lead"}}))
    keep(store, found, "lead", {"name": "x"})
    keep(store, found, "lead.items", {"parent_id": 1, "a": "y"})
    keep(store, found, "call", {"to": 1})
    event = {"form": "lead", "record": 1, "version": 1, "at": NOW, "action": "create", "channel": "cli"}
    store.write(lambda conn: conn.execute(insert(tables.event).values(event)))
    renamed = a_form("prospect", {**fields, "items": {**fields["items"], "was": "items"}}, was=("lead",))
    calls = a_form("call", {"to": {"type": "reference", "to": "prospect"}})
    assert planned(store, renamed, calls)[0].describe().to("en") == (
        'The form "Prospect" is renamed from lead to prospect; its 1 records are kept'
    )
    found = adopt(renamed, calls)
    assert values(store, found, "prospect", "name") == ["x"]
    assert values(store, found, "prospect.items", "a") == ["y"]
    with store.read() as conn:
        assert conn.execute(tables.event.select()).one().form == "prospect"
        assert set(changes.applied(conn)) == {"prospect", "call"}
    assert drift(store, found) == []
    assert store.write(lambda conn: records.delete(conn, found, "prospect", 1))
    assert values(store, found, "prospect.items", "a") == []


def test_everything_renamed_at_once(store: Store, adopt: Adopt) -> None:
    old: dict[str, dict[str, Any]] = {
        "name": {"unique": True},
        "items": {"type": "lines", "fields": {"a": {"index": True}}},
    }
    found = adopt(a_form("lead", old))
    keep(store, found, "lead", {"name": "x"})
    keep(store, found, "lead.items", {"parent_id": 1, "a": "y"})
    lines = {"type": "lines", "was": "items", "fields": {"b": {"was": "a", "index": True}, "c": {}}}
    found = adopt(a_form("deal", {"label": {"was": "name", "unique": True}, "rows": lines}, was=("lead",)))
    assert values(store, found, "deal", "label") == ["x"]
    assert values(store, found, "deal.rows", "b") == ["y"]
    assert drift(store, found) == []


def test_a_removed_form_without_records_goes_and_one_with_records_is_refused(store: Store, adopt: Adopt) -> None:
    lines = {"type": "lines", "fields": {"a": {}}}
    found = adopt(a_form("lead", {"name": {}, "items": lines}), a_form("call", {"name": {}, "items": lines}))
    keep(store, found, "lead", {}, {})
    keep(store, found, "lead.items", {"parent_id": 1})
    assert refusal(store, a_form("call", {"name": {}, "items": lines})) == (
        "form_lost",
        'Removing the form "Lead" would lose its 2 records',
    )
    adopt(a_form("lead", {"name": {}, "items": lines}))
    there = table_names(store)
    with store.read() as conn:
        assert set(changes.applied(conn)) == {"lead"}
    assert "f_call" not in there
    assert "l_call__items" not in there


def test_a_form_that_cannot_be_read_just_now_stays(store: Store, adopt: Adopt) -> None:
    form = a_form("lead", {"name": {}})
    found = adopt(form)
    keep(store, found, "lead", {"name": "a"})
    adopt(a_form("call", {"name": {}}), absent=("lead",))
    found = adopt(a_form("call", {"name": {}}), form)
    assert values(store, found, "lead", "name") == ["a"]


def test_removed_lines(store: Store, adopt: Adopt) -> None:
    lines = {"type": "lines", "fields": {"a": {}}}
    found = adopt(a_form("lead", {"name": {}, "items": lines, "more": lines}))
    keep(store, found, "lead", {})
    keep(store, found, "lead.items", {"parent_id": 1}, {"parent_id": 1})
    assert refusal(store, a_form("lead", {"name": {}, "more": lines})) == (
        "lines_lost",
        'Removing the lines "Items" of the form "Lead" would lose 2 rows',
    )
    said = [s.describe().to("en") for s in planned(store, a_form("lead", {"name": {}, "items": lines}))]
    assert said == ['The form "Lead" loses the lines "More", which are empty']
    assert drift(store, adopt(a_form("lead", {"name": {}, "items": lines}))) == []


def test_another_type(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"size": {"index": True}, "other": {}}))
    keep(store, found, "lead", {"size": "12"}, {"size": "many"}, {"other": "kept"})
    form = a_form("lead", {"size": {"type": "integer", "index": True}, "other": {}})
    assert refusal(store, form) == (
        "type_lost",
        'The field "Size" of the form "Lead" changes from text to integer; its value in 2 records would be lost',
    )
    store.write(lambda conn: conn.execute(text("UPDATE f_lead SET size = NULL")))
    assert 'The field "Size" of the form "Lead" changes from text to integer; no data is lost' in [
        s.describe().to("en") for s in planned(store, form)
    ]
    found = adopt(form)
    assert drift(store, found) == []
    assert values(store, found, "lead", "other") == [None, None, "kept"]
    keep(store, found, "lead", {"size": Decimal(5)})
    assert values(store, found, "lead", "size") == [None, None, None, Decimal(5)]


def test_a_type_that_reads_the_same_values_is_no_change(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"note": {"type": "text"}}))
    keep(store, found, "lead", {"note": "a"})
    assert planned(store, a_form("lead", {"note": {"type": "longtext"}})) == []


def test_more_decimals_keep_every_value(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"price": {"type": "decimal", "decimals": 2, "unique": True}}))
    numbers = [Decimal("12.34"), Decimal("-0.01"), None, Decimal("99999999999999.99")]
    keep(store, found, "lead", *({"price": number} for number in numbers))
    form = a_form("lead", {"price": {"type": "decimal", "decimals": 4, "unique": True}})
    assert [s.describe().to("en") for s in planned(store, form)] == [
        'The field "Price" of the form "Lead" goes from 2 to 4 decimals; its 3 values stay the same'
    ]
    found = adopt(form)
    assert values(store, found, "lead", "price") == numbers
    assert str(values(store, found, "lead", "price")[0]) == "12.3400"
    assert drift(store, found) == []


def test_more_decimals_are_refused_where_a_number_would_not_fit(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"price": {"type": "decimal", "decimals": 2}}))
    keep(store, found, "lead", {"price": Decimal("100000000000000.00")}, {"price": Decimal(1)})
    code, message = refusal(store, a_form("lead", {"price": {"type": "decimal", "decimals": 4}}))
    assert code == "digits_lost"
    assert "in 1 records the number is too large for that, such as 100000000000000.00" in message


def test_fewer_decimals_are_refused_only_where_a_value_would_change(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"price": {"type": "decimal", "decimals": 4}}))
    keep(store, found, "lead", {"price": Decimal("1.2500")}, {"price": Decimal("-1.2345")})
    narrow = a_form("lead", {"price": {"type": "decimal", "decimals": 2}})
    assert refusal(store, narrow) == (
        "decimals_lost",
        'The field "Price" of the form "Lead" goes from 4 to 2 decimals; '
        "the value in 1 records would change, such as -1.2345",
    )
    store.write(lambda conn: records.update(conn, found, "lead", 2, {"price": Decimal("-7")}))
    found = adopt(narrow)
    assert values(store, found, "lead", "price") == [Decimal("1.25"), Decimal("-7.00")]


def test_a_computed_number_with_other_decimals_is_computed_anew(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"price": {"type": "decimal", "decimals": 4, "formula": "1", "index": True}}))
    keep(store, found, "lead", {"price": Decimal("1.2345")})
    form = a_form("lead", {"price": {"type": "decimal", "decimals": 2, "formula": "1", "index": True}})
    assert steps_tables.ChangeType in [type(step) for step in planned(store, form)]
    found = adopt(form)
    assert values(store, found, "lead", "price") == [None]
    assert drift(store, found) == []


def test_a_reference_to_another_form(store: Store, adopt: Adopt) -> None:
    others = a_form("person_card", {"name": {}}), a_form("firm", {"name": {}})
    found = adopt(a_form("lead", {"about": {"type": "reference", "to": "firm"}}), *others)
    form = a_form("lead", {"about": {"type": "reference", "to": "person_card"}})
    assert planned(store, form, *others) == []
    keep(store, found, "lead", {"about": 1})
    code, message = refusal(store, form, *others)
    assert code == "target_lost"
    assert 'points at "firm"' in message


ABOUT = {"type": "reference", "to": ["firm", "person_card"]}


def test_a_reference_to_one_form_may_come_to_point_at_others_too(store: Store, adopt: Adopt) -> None:
    others = a_form("person_card", {"name": {}}), a_form("firm", {"name": {}})
    found = adopt(a_form("lead", {"about": {"type": "reference", "to": "firm"}}), *others)
    keep(store, found, "lead", {"about": 12}, {"about": None})
    form = a_form("lead", {"about": ABOUT})
    (step,) = [s for s in planned(store, form, *others) if isinstance(s, steps_targets.WidenTarget)]
    assert "its 1 values still point at firm" in step.describe().to("en") and step.describe().to("zh")
    found = adopt(form, *others)
    assert values(store, found, "lead", "about") == ["firm/12", None]
    assert drift(store, found) == [] and planned(store, form, *others) == []
    code, _ = refusal(store, a_form("lead", {"about": {"type": "text"}}), *others)
    assert code == "type_lost"


def test_values_follow_when_one_of_the_forms_they_point_at_is_renamed_or_stand_in_the_way_when_it_goes(
    store: Store, adopt: Adopt
) -> None:
    others = a_form("person_card", {"name": {}}), a_form("firm", {"name": {}})
    found = adopt(a_form("lead", {"about": ABOUT}), *others)
    keep(store, found, "lead", {"about": "firm/1"}, {"about": "person_card/1"}, {})
    company = a_form("company", {"name": {}}, was=("firm",))
    form = a_form("lead", {"about": {"type": "reference", "to": ["company", "person_card"]}})
    found = adopt(form, others[0], company)
    assert values(store, found, "lead", "about") == ["company/1", "person_card/1", None]
    narrower = a_form("lead", {"about": {"type": "reference", "to": ["company", "lead"]}})
    code, message = refusal(store, narrower, others[0], company)
    assert code == "target_lost" and "person_card" in message


def test_a_renamed_option_is_renamed_in_the_records(store: Store, adopt: Adopt) -> None:
    options = {"old": "Old", "older": "Older", "b": "B"}
    several = {"type": "choices", "options": options}
    found = adopt(a_form("lead", {"kind": {"type": "choice", "options": options}, "tags": several}))
    rows: list[dict[str, Any]] = [
        {"kind": "old", "tags": ("old", "b")},
        {"kind": "b", "tags": ("older",)},
        {"kind": "old"},
    ]
    keep(store, found, "lead", *rows)
    now = {"new": "New", "older": "Older", "b": "B"}
    olds = {"new": ("old",)}
    form = a_form(
        "lead",
        {
            "kind": {"type": "choice", "options": now, "olds": olds},
            "tags": {"type": "choices", "options": now, "olds": olds},
        },
    )
    assert [s.describe().to("en") for s in planned(store, form)] == [
        'The option old of the field "Kind" of the form "Lead" is renamed to new in 2 records',
        'The option old of the field "Tags" of the form "Lead" is renamed to new in 1 records',
    ]
    found = adopt(form)
    assert values(store, found, "lead", "kind") == ["new", "b", "new"]
    assert values(store, found, "lead", "tags") == [("new", "b"), ("older",), None]


def test_a_removed_option_is_refused_only_while_it_is_used(store: Store, adopt: Adopt) -> None:
    def form(*options: str, type: str = "choice") -> Form:
        return a_form("lead", {"kind": {"type": type, "options": {o: o for o in options}}})

    found = adopt(form("a", "b", "c"))
    keep(store, found, "lead", {"kind": "a"}, {"kind": "a"}, {"kind": "b"})
    assert refusal(store, form("b", "c")) == (
        "option_lost",
        'The field "Kind" of the form "Lead" loses the option "a", which 2 records still have',
    )
    adopt(form("a", "b"))


def test_a_removed_option_of_several_is_found_in_lists(store: Store, adopt: Adopt) -> None:
    def form(*options: str) -> Form:
        return a_form("lead", {"tags": {"type": "choices", "options": {o: o for o in options}}})

    found = adopt(form("a", "b", "c"))
    keep(store, found, "lead", {"tags": ("a", "b")}, {"tags": ("a",)})
    assert refusal(store, form("b", "c"))[0] == "option_lost"
    adopt(form("a", "b"))


def test_a_text_that_becomes_a_choice_must_have_its_options(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"kind": {}}))
    keep(store, found, "lead", {"kind": "a"}, {"kind": "other"})
    form = a_form("lead", {"kind": {"type": "choice", "options": {"a": "A"}}})
    assert refusal(store, form)[0] == "option_lost"


def test_states_that_go_or_are_renamed(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"name": {}}, workflow=a_workflow("open", "won", "lost")))
    keep(store, found, "lead", {"state": "open"}, {"state": "won"}, {"state": "won"})
    assert refusal(store, a_form("lead", {"name": {}}, workflow=a_workflow("open", "lost"))) == (
        "state_lost",
        'The workflow of the form "Lead" loses the state "won", but 2 records are in it: #2, #3',
    )
    found = adopt(a_form("lead", {"name": {}}, workflow=a_workflow("open", "signed", signed=("won",))))
    assert values(store, found, "lead", "state") == ["open", "signed", "signed"]


def test_a_workflow_that_goes_while_records_are_in_it_is_refused(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"name": {}}, workflow=a_workflow("open")))
    keep(store, found, "lead", {"state": "open"})
    assert refusal(store, a_form("lead", {"name": {}}))[0] == "state_lost"


def test_a_first_workflow_takes_the_records_there_are_into_its_first_state(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"name": {}}))
    keep(store, found, "lead", {"created_at": NOW}, {})
    form = a_form("lead", {"name": {}}, workflow=a_workflow("open", "won"))
    assert [s.describe().to("en") for s in planned(store, form)] == [
        'The form "Lead" has a workflow now; 2 records enter the state "open"'
    ]
    found = adopt(form)
    assert values(store, found, "lead", "state") == ["open", "open"]
    assert values(store, found, "lead", "state_since") == [NOW, None]


def test_uniqueness_is_refused_while_values_occur_twice(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"name": {}, "price": {"type": "decimal", "decimals": 2}}))
    rows = [("a", 1), ("a", 1), ("b", 1), ("b", 2), (None, 1), (None, 1)]
    keep(store, found, "lead", *({"name": n, "price": Decimal(p)} for n, p in rows))
    both = a_form("lead", {"name": {}, "price": {"type": "decimal", "decimals": 2}}, rules=(a_rule("name", "price"),))
    assert refusal(store, both) == (
        "duplicates_there",
        '"Name + Price" of the form "Lead" can\'t be made unique: 1 values occur more than once, such as a + 1.00',
    )
    store.write(lambda conn: records.update(conn, found, "lead", 1, {"name": "c"}))
    assert [s.describe().to("en") for s in planned(store, both)] == ['name, price of the form "Lead" must be unique']
    assert drift(store, adopt(both)) == []


def test_serial_numbers_that_are_there_twice_stand_in_the_way_of_being_kept_once(store: Store, adopt: Adopt) -> None:
    """They came with an older version, or were texts before: the upgrade says which, and nothing is changed."""
    found = adopt(a_form("lead", {"number": {}}))
    keep(store, found, "lead", {"number": "L-0001"}, {"number": "L-0001"}, {"number": "L-0002"}, {"number": None})
    numbered = a_form("lead", {"number": {"type": "serial", "pattern": "L-{seq:0000}"}})
    assert refusal(store, numbered) == (
        "duplicates_there",
        '"Number" of the form "Lead" can\'t be made unique: 1 values occur more than once, such as L-0001',
    )
    assert values(store, found, "lead", "number") == ["L-0001", "L-0001", "L-0002", None]
    store.write(lambda conn: records.update(conn, found, "lead", 2, {"number": "L-0003"}))
    assert drift(store, adopt(numbered)) == []


def test_uniqueness_that_ends_is_said(store: Store, adopt: Adopt) -> None:
    adopt(a_form("lead", {"name": {"unique": True}}))
    said = [s.describe().to("zh") for s in planned(store, a_form("lead", {"name": {}}))]
    assert said == ["表单“Lead”的 name 允许重复了"]


def test_all_that_would_be_lost_is_said_at_once_with_its_file(store: Store, adopt: Adopt) -> None:
    found = adopt(a_form("lead", {"a": {}, "b": {}}))
    keep(store, found, "lead", {"a": "1", "b": "2"})
    with pytest.raises(Refused) as refused:
        adopt(a_form("lead", {"a": {"type": "integer"}}))
    assert [(p.code, p.place.file) for p in refused.value.problems] == [
        ("field_lost", "forms/lead.yaml"),
        ("type_lost", "forms/lead.yaml"),
    ]


def test_a_failure_in_the_last_step_leaves_everything_as_it_was(
    store: Store, adopt: Adopt, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields: dict[str, dict[str, Any]] = {
        "name": {"index": True},
        "gone": {"index": True},
        "price": {"type": "decimal", "decimals": 2},
    }
    lines: dict[str, dict[str, Any]] = {"items": {"type": "lines", "fields": {"a": {}}}}
    found = adopt(a_form("lead", {**fields, **lines}), a_form("empty", {"name": {}}))
    keep(store, found, "lead", {"name": "a", "price": Decimal("1.50")})
    keep(store, found, "lead.items", {"parent_id": 1, "a": "y"})
    before = everything(store)
    new: dict[str, dict[str, Any]] = {
        "label": {"was": "name", "unique": True},
        "price": {"type": "decimal", "decimals": 4},
        "rows": {"type": "lines", "was": "items", "fields": {"b": {"was": "a"}}},
        "more": {"type": "lines", "fields": {"c": {}}},
    }
    form = a_form("deal", new, was=("lead",), workflow=a_workflow("open"))
    assert len({type(step) for step in planned(store, form)}) >= 9

    def fail(self: Change, conn: Connection) -> None:
        raise OSError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(steps_tables.AddIndex, "apply", fail)
        with pytest.raises(OSError, match="the power went"):
            adopt(form)
    assert everything(store) == before
    found = adopt(form)
    assert drift(store, found) == []
    assert values(store, found, "deal", "price") == [Decimal("1.5000")]
    assert values(store, found, "deal.rows", "b") == ["y"]


def test_a_snapshot_comes_back_as_it_was_kept(store: Store, adopt: Adopt) -> None:
    fields: dict[str, dict[str, Any]] = {
        "kind": {"type": "choice", "options": {"a": "A"}},
        "price": {"type": "money"},
        "items": {"type": "lines", "fields": {"a": {"unique": True}}},
    }
    form = a_form("lead", fields, workflow=a_workflow("open", "won"))
    found = adopt(form)
    with store.read() as conn:
        there = changes.applied(conn)["lead"]
    assert there == snapshot(form, found)
    assert there.states == ("open", "won")
    assert there.lists[""].columns["price"].scale == 2
    assert there.lists[""].columns["kind"].options == ("a",)
