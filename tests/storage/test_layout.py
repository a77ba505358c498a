from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError

from engine.definitions.model import AccessSet
from engine.expressions.tree import Aggregate, Get, Literal, Op, Query, Source, Step, Var
from engine.expressions.types import BOOLEAN, NUMBER, TEXT, list_of, record
from engine.storage import records, tables
from engine.storage.layout import Layout, layout, table_name
from engine.storage.putting import MANY, put
from engine.storage.store import Store, duplicate_columns
from tests.storage.building import NOW, a_condition, a_form, a_rule, a_typed, a_view, laid_out
from tests.storage.live import drift

CONTRACT: dict[str, dict[str, Any]] = {
    "number": {"type": "serial"},
    "customer": {"type": "reference", "to": "customer"},
    "signed_on": {"type": "date"},
    "due": {"type": "datetime"},
    "total": {"type": "money"},
    "tags": {"type": "choices", "options": {"a": "A", "b": "B"}},
    "note": {"type": "longtext"},
    "late": {"type": "integer", "formula": "1", "stored": False},
    "items": {
        "type": "lines",
        "fields": {
            "product": {"type": "reference", "to": "product"},
            "quantity": {"type": "integer"},
            "price": {"type": "decimal", "decimals": 4},
        },
    },
}


def indexed(found: Layout, shape: str) -> dict[tuple[str, ...], bool]:
    return {tuple(c.name for c in i.columns): bool(i.unique) for i in found.table(shape).indexes}


def test_a_form_has_its_own_columns_and_one_for_each_stored_field() -> None:
    found = laid_out(a_form("contract", CONTRACT))
    own = ["id", "version", "_title", "_definition", "state", "state_since", "owner"]
    own += ["created_by", "created_at", "updated_by", "updated_at"]
    fields = ["number", "customer", "signed_on", "due", "total", "tags", "note"]
    assert list(found.table("contract").c.keys()) == own + fields
    lines = ["id", "parent_id", "position", "product", "quantity", "price"]
    assert list(found.table("contract.items").c.keys()) == lines
    assert found.table("contract").name == "f_contract"
    assert found.table("contract.items").name == "l_contract__items"


def test_nothing_but_what_the_engine_fills_is_required() -> None:
    found = laid_out(a_form("contract", CONTRACT))
    needed = {c.name for shape in ("contract", "contract.items") for c in found.table(shape).c if not c.nullable}
    assert needed == {"id", "version", "parent_id", "position"}


def test_the_only_foreign_key_is_that_of_lines() -> None:
    found = laid_out(a_form("contract", CONTRACT), a_form("customer", {"name": {}}))
    keys = [(k.parent.name, k.target_fullname, k.ondelete) for t in found.tables.values() for k in t.foreign_keys
            if t.name[:2] in ("f_", "l_")]  # fmt: skip
    assert keys == [("parent_id", "f_contract.id", "CASCADE")]


def test_tables_of_different_lists_never_share_a_name() -> None:
    assert table_name("a__b.c") != table_name("a.b__c")


def test_indexes_follow_unasked() -> None:
    fields = {**CONTRACT, "code": {"unique": True}, "extra": {"index": True}, "plain": {}}
    found = laid_out(a_form("contract", fields))
    assert indexed(found, "contract") == {
        ("state", "created_at"): False,
        ("owner", "created_at"): False,
        ("created_at",): False,
        ("updated_at",): False,
        ("_title",): False,
        ("number",): True,
        ("customer",): False,
        ("code",): True,
        ("extra",): False,
    }
    assert indexed(found, "contract.items") == {("parent_id", "position"): False, ("product",): False}


def test_a_serial_number_that_begins_anew_is_indexed_but_may_come_again() -> None:
    found = laid_out(a_form("contract", {"number": {"type": "serial", "reset": "month"}}))
    assert indexed(found, "contract")[("number",)] is False


def test_what_views_and_access_filter_and_sort_by_is_indexed() -> None:
    fields: dict[str, dict[str, Any]] = {name: {} for name in "abcdef"}
    mine = AccessSet("s", frozenset(), frozenset(), a_condition("contract", "c", frame="row"), frozenset(), frozenset())
    views = {
        "one": a_view(a_condition("contract", "a"), "b"),
        "two": a_view(a_condition("contract", "d", "!="), "state"),
        "three": a_view(a_condition("person", "e", frame="user")),
    }
    found = indexed(laid_out(a_form("contract", fields, views=views, access=(mine,))), "contract")
    assert {("a",), ("b",), ("c",)} <= found.keys()
    assert not {("d",), ("e",), ("f",), ("state",)} & found.keys()


def test_a_formula_that_asks_another_form_indexes_what_it_compares_there() -> None:
    row, this = Var(record("contract"), 0, "row"), Var(record("claim"), 0, "this")
    where = Op(BOOLEAN, 0, "=", (Get(TEXT, 0, row, "number"), Get(TEXT, 0, this, "asked")))
    query = Query(
        list_of(record("contract")),
        0,
        (Step(Source(list_of(record("contract")), 0, "contract"), "row"),),
        where,
        ((Get(TEXT, 0, row, "rank"), True),),
        None,
    )
    first = a_typed(Aggregate(record("contract"), 0, "FIRST", query))
    claim = a_form("claim", {"asked": {}})
    claim = replace(claim, fields={"asked": replace(claim.fields["asked"], default=first)})
    found = laid_out(claim, a_form("contract", {"number": {}, "rank": {}, "other": {}}))
    assert {("number",), ("rank",)} <= indexed(found, "contract").keys()
    assert ("other",) not in indexed(found, "contract")
    assert ("asked",) not in indexed(found, "claim")


def test_a_rule_of_uniqueness_is_a_unique_index_only_if_it_always_holds() -> None:
    fields: dict[str, dict[str, Any]] = {"a": {}, "b": {}}

    def unique(**more: object) -> object:
        form = a_form("contract", fields, rules=(a_rule("a", "b", **more),))
        return indexed(laid_out(form), "contract")[("a", "b")]

    assert unique() is True
    assert unique(where=a_typed(Literal(NUMBER, 0, 1))) is False
    assert unique(at=frozenset({"create"})) is False
    assert unique(level="warn") is False


def test_a_record_comes_back_as_it_was_kept(store: Store, adopt: Callable[..., Layout]) -> None:
    found = adopt(a_form("contract", CONTRACT))
    values = {
        "_title": "合同 1",
        "state": "draft",
        "owner": 3,
        "created_at": NOW,
        "number": "C-1",
        "customer": 7,
        "signed_on": date(2026, 5, 1),
        "due": datetime(2026, 5, 2, 3, 4, 5, 6, tzinfo=UTC),
        "total": Decimal("12345678.90"),
        "tags": ("b", "a"),
        "note": "“引号” '; DROP TABLE f_contract; -- \n😀",
    }

    def unit(conn: Connection) -> tuple[int, list[int]]:
        id = records.insert(conn, found, "contract", values)
        lines = [
            {"parent_id": id, "position": p, "quantity": Decimal(p), "price": Decimal("0.1250")} for p in (2, 0, 1)
        ]
        return id, records.insert_many(conn, found, "contract.items", lines)

    id, lines = store.write(unit)
    with store.read() as conn:
        there = records.fetch(conn, found, "contract", [id, 99])
        rows = records.fetch_lines(conn, found, "contract", "items", [id, 99])
        line = records.fetch(conn, found, "contract.items", [lines[0]])
    assert list(there) == [id]
    assert {name: there[id][name] for name in values} == values
    assert there[id]["version"] == 1
    assert there[id]["total"].as_tuple().exponent == -2
    assert list(rows) == [id]
    assert [row["position"] for row in rows[id]] == [0, 1, 2]
    assert [row["id"] for row in rows[id]] == [lines[1], lines[2], lines[0]]
    assert line[lines[0]]["parent_id"] == id
    assert line[lines[0]]["price"] == Decimal("0.1250")


def test_a_change_is_guarded_by_the_version(store: Store, adopt: Callable[..., Layout]) -> None:
    found = adopt(a_form("contract", CONTRACT))
    id = store.write(lambda conn: records.insert(conn, found, "contract", {"note": "a"}))

    def change(note: str, version: int | None, **more: bool) -> bool:
        return store.write(lambda conn: records.update(conn, found, "contract", id, {"note": note}, version, **more))

    assert change("b", 1)
    assert not change("c", 1)
    assert change("d", None, bump=False)
    assert not store.write(lambda conn: records.update(conn, found, "contract", 99, {"note": "x"}, None))
    with store.read() as conn:
        there = records.fetch(conn, found, "contract", [id])[id]
    assert (there["note"], there["version"]) == ("d", 2)


def test_removing_a_record_removes_its_lines_and_never_gives_its_id_again(
    store: Store, adopt: Callable[..., Layout]
) -> None:
    found = adopt(a_form("contract", CONTRACT))

    def make(conn: Connection) -> int:
        id = records.insert(conn, found, "contract", {})
        records.insert(conn, found, "contract.items", {"parent_id": id, "position": 0})
        return id

    id = store.write(make)
    assert not store.write(lambda conn: records.delete(conn, found, "contract", id, version=9))
    assert store.write(lambda conn: records.delete(conn, found, "contract", id, version=1))
    assert not store.write(lambda conn: records.delete(conn, found, "contract", id))
    with store.read() as conn:
        assert records.count(conn, found, "contract.items") == 0
    assert store.write(make) > id


def test_records_are_found_by_values(store: Store, adopt: Callable[..., Layout]) -> None:
    found = adopt(a_form("contract", CONTRACT))
    rows: list[dict[str, Any]] = [
        {"customer": 1, "state": None},
        {"customer": 2, "state": "a"},
        {"customer": 1, "state": "a"},
    ]
    ids = store.write(lambda conn: [records.insert(conn, found, "contract", row) for row in rows])
    with store.read() as conn:
        assert records.find(conn, found, "contract", {"customer": 1}) == [ids[0], ids[2]]
        assert records.find(conn, found, "contract", {"customer": 1, "state": None}) == [ids[0]]
        assert records.find(conn, found, "contract", {"customer": 1}, limit=1) == [ids[0]]


def test_what_must_be_unique_may_be_empty_many_times(store: Store, adopt: Callable[..., Layout]) -> None:
    found = adopt(a_form("contract", {"a": {}, "b": {}}, rules=(a_rule("a", "b"),)))

    def keep(**values: str | None) -> int:
        return store.write(lambda conn: records.insert(conn, found, "contract", values))

    keep(a="x", b=None)
    keep(a="x", b=None)
    keep(a="x", b="y")
    with pytest.raises(IntegrityError) as raised:
        keep(a="x", b="y")
    assert duplicate_columns(raised.value) == ("f_contract", ("a", "b"))


def test_many_ids_are_read_in_one_go(store: Store, adopt: Callable[..., Layout]) -> None:
    found = adopt(a_form("contract", CONTRACT))
    rows = [{"note": str(number)} for number in range(1203)]
    ids = store.write(lambda conn: records.insert_many(conn, found, "contract", rows))
    with store.read() as conn:
        there = records.fetch(conn, found, "contract", ids)
    assert [there[id]["note"] for id in ids] == [row["note"] for row in rows]


@pytest.mark.parametrize("note", ["it's ''; DROP TABLE \"f_contract\" -- 100% :x ? \\' {}\n李", "", None])
def test_what_many_rows_share_is_kept_as_a_single_row_keeps_it(
    store: Store, adopt: Callable[..., Layout], note: str | None
) -> None:
    found = adopt(a_form("contract", CONTRACT))
    shared = {
        "note": note, "total": Decimal("-1.50"), "signed_on": date(2026, 2, 3), "due": NOW, "tags": ("a", "b"), "customer": 7,
    }  # fmt: skip
    table, many = found.table("contract"), range(MANY)
    rows = [{"number": f"C{n}", **shared} for n in many]

    def unit(conn: Connection) -> tuple[int, list[int], list[int]]:
        alone = records.insert(conn, found, "contract", {"number": None, **shared})
        together = records.insert_many(conn, found, "contract", rows)
        beside = records.insert_many(
            conn, found, "contract", [{} for _ in many], shared, {"number": [f"D{n}" for n in many]}
        )
        put(conn, table, [shared] * MANY)
        return alone, together, beside

    alone, together, beside = store.write(unit)
    with store.read() as conn:
        ids = conn.execute(select(table.c.id).order_by(table.c.id)).scalars().all()
        there = records.fetch(conn, found, "contract", ids)
    assert [there[id]["number"] for id in (*together, *beside)] == [f"{letter}{n}" for letter in "CD" for n in many]
    single = {**there[alone], "id": None, "number": None}
    assert len(ids) == 1 + 3 * MANY and single["note"] == note
    assert all({**row, "id": None, "number": None} == single for row in there.values())


def test_people_and_departments_are_read_without_their_secrets(store: Store) -> None:
    found = layout({})

    def unit(conn: Connection) -> tuple[int, int, int]:
        named = conn.execute(tables.department.insert().values(name={"en": "Sales", "zh": "销售部"}, key="sales"))
        other = conn.execute(tables.department.insert().values(name={"en": "Depot"}, key="depot"))
        department = named.inserted_primary_key[0]
        values = {"login": "li", "name": "李", "department": department, "password": "hash", "created_at": NOW}
        person = conn.execute(tables.person.insert().values(values)).inserted_primary_key[0]
        return person, department, other.inserted_primary_key[0]

    person, department, other = store.write(unit)
    with store.read() as conn:
        there = records.fetch(conn, found, "person", [person])[person]
        named = records.fetch(conn, found, "department", [department, other])
        alias = found.table("department").alias("d")
        read = conn.execute(select(found.column("department", alias, "name")).order_by(alias.c.id)).scalars().all()
    assert there["department"] == department
    assert "password" not in there
    assert [named[department]["name"], named[other]["name"]] == ["销售部", "Depot"]
    assert read == ["销售部", "Depot"]


def test_a_lines_parent_and_unknown_members() -> None:
    found = laid_out(a_form("contract", CONTRACT))
    alias = found.table("contract.items").alias("i")
    assert found.column("contract.items", alias, "parent") is alias.c.parent_id
    with pytest.raises(KeyError):
        found.column("contract", found.table("contract"), "late")
    with pytest.raises(KeyError):
        found.table("nothing")


def test_a_list_by_state_newest_first_uses_its_index(store: Store, adopt: Callable[..., Layout]) -> None:
    adopt(a_form("contract", CONTRACT))
    query = "SELECT id FROM f_contract WHERE state = 'a' ORDER BY created_at {} LIMIT 50"
    with store.read() as conn:
        if conn.dialect.name == "sqlite":
            rows = conn.execute(text("EXPLAIN QUERY PLAN " + query.format("DESC"))).all()
            steps = [row.detail for row in rows]
            assert len(steps) == 1
        else:
            conn.execute(text("SET LOCAL enable_seqscan = off"))
            conn.execute(text("SET LOCAL enable_sort = off"))
            steps = list(conn.execute(text("EXPLAIN (COSTS off) " + query.format("DESC NULLS LAST"))).scalars())
            assert not any("Sort" in step for step in steps)
    assert any("ix_f_contract_state_created_at" in step for step in steps)


def test_long_names_fit_the_database_and_stay_apart(store: Store, adopt: Callable[..., Layout]) -> None:
    long = "a" * 39
    lines = {f"{long}{end}": {"type": "lines", "fields": {f"{long}{end}": {"unique": True}}} for end in "xy"}
    found = adopt(a_form(f"{long}x", lines), a_form(f"{long}y", lines))
    assert len({table.name for table in found.tables.values()}) == 2 + 2 + 4
    assert drift(store, found) == []
