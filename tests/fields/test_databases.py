"""Every field type means the same on both databases: kept and read back, sorted, filtered, exported and brought in again.

One form has a field for each example of each type; a new type is tested by being there. What a browser makes of them is in
`tests/stories/test_types.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.fields import FIELDS
from engine.fields.base import EQUAL, Field
from engine.runtime.exporting import texts
from engine.runtime.importing import Plan
from engine.runtime.spreadsheets import csv_bytes, xlsx_bytes
from engine.runtime.values import Ask
from engine.storage import records
from tests import postgres
from tests.firm import ADMIN, Firm, write


@dataclass(frozen=True)
class Asked:
    """A field of the form, the values that its example sorts, and all that are kept."""

    name: str
    field: Field
    declared: dict[str, Any]
    sorts: tuple[Any, ...]
    kept: tuple[Any, ...]


def asked() -> Iterator[Asked]:
    """All examples whose values are kept in a column and point at nothing."""
    for type_ in FIELDS:
        for number, example in enumerate(type_.examples):
            field = type_.model_validate({"type": type_.name, **example.declared})
            if field.column() is None or field.targets() or field.holds() or field.uploads() is not None:
                continue
            kept = [v for v in (*example.sorts, *(v for _, v in example.accepts)) if v is not None]
            unique = [v for n, v in enumerate(kept) if v not in kept[:n]]
            declared = {n: k for n, k in example.declared.items() if n not in ("unique", "default", "required")}
            yield Asked(
                f"{type_.name}_{number}", field, {"type": type_.name, **declared}, tuple(example.sorts), tuple(unique)
            )


ASKED = list(asked())


@dataclass(frozen=True)
class Every:
    """The firm, and its records in the order of their ids: values by name."""

    firm: Firm
    place: Path
    rows: list[dict[str, Any]]

    def ids(self, **ask: Any) -> list[int]:
        return [row.record.id or 0 for row in self.firm.engine.page(ADMIN, "every", Ask(limit=200, **ask)).rows]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def every(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Every]:
    place = tmp_path_factory.mktemp("every")
    fields = {a.name: a.declared for a in ASKED}
    form = json.dumps({"title": "Every", "fields": fields, "access": {"clerk": {"can": ["view"]}}}, default=str)
    pack: dict[str, Any] = {
        "title": "T",
        "language": "zh",
        "roles": {"clerk": "Clerk", "sales": "S", "service": "S", "finance": "F"},
    }
    pack["options"] = {"industry": {"food": "食品", "it": "信息技术"}}
    about = {"fields": {"title": {}, "items": {"type": "lines", "fields": {"quantity": {"type": "integer"}}}}}
    files = {
        "forms/contract.yaml": json.dumps(about),
        "pack.yaml": json.dumps(pack),
        "forms/every.yaml": form,
        "forms/csv.yaml": form,
        "forms/xlsx.yaml": form,
    }
    with ExitStack() as stack:
        database = None
        if request.param == "postgresql":
            database = stack.enter_context(postgres.database(request.getfixturevalue("cluster")))
        firm = Firm(write(place / "definitions", files), place / "data", database=database)
        stack.callback(firm.close)
        count = max(len(a.kept) for a in ASKED)
        rows = [{a.name: a.kept[::-1][n] if n < len(a.kept) else None for a in ASKED} for n in range(count)]
        layout, now = firm.engine._edition.layout, firm.clock()
        made = [{**row, "created_at": now, "updated_at": now, "_title": "x"} for row in rows]
        firm.engine.store.write(lambda conn: records.insert_many(conn, layout, "every", made))
        yield Every(firm, place, rows)


def test_values_come_back_as_they_were_kept(every: Every) -> None:
    engine = every.firm.engine
    with engine.store.read() as conn:
        found = records.fetch(conn, engine._edition.layout, "every", range(1, len(every.rows) + 1))
    for id, row in enumerate(every.rows, 1):
        for name, value in row.items():
            assert (found[id][name], type(found[id][name])) == (value, type(value)), name


def test_values_sort_alike_and_empty_ones_are_the_smallest(every: Every) -> None:
    for one in (a for a in ASKED if a.field.sortable and a.sorts):
        up = [every.rows[id - 1][one.name] for id in every.ids(sort=((one.name, False),))]
        down = [every.rows[id - 1][one.name] for id in every.ids(sort=((one.name, True),))]
        blank = sum(value is None for value in up)
        assert up[:blank] == [None] * blank == down[len(down) - blank :], one.name
        assert [v for v in up if v in one.sorts] == list(one.sorts), one.name
        assert [v for v in down if v in one.sorts] == list(one.sorts)[::-1], one.name


def test_a_value_is_found_by_its_literal_and_the_empty_by_none(every: Every) -> None:
    engine = every.firm.engine
    for one in (a for a in ASKED if EQUAL in a.field.operators()):
        for value in one.kept:
            where = engine.condition("every", f"{one.name} = {one.field.literal(value)}")
            alike = (value, None) if value is False else (value,)  # what isn't ticked is false
            wanted = {id for id, row in enumerate(every.rows, 1) if row[one.name] in alike}
            assert set(every.ids(where=where)) == wanted, (one.name, value)
        if one.field.kind == "boolean":
            continue
        blank = every.ids(where=engine.condition("every", f"ISBLANK({one.name})"))
        assert set(blank) == {id for id, row in enumerate(every.rows, 1) if row[one.name] is None}, one.name


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_can_be_brought_in_again(every: Every, kind: str) -> None:
    engine, file = every.firm.engine, every.place / f"every.{kind}"
    names = [a.name for a in ASKED if a.field.whole_cell and not a.field.sensitive]
    cells = list(engine.export(ADMIN, "every", Ask(sort=(("id", False),)), tuple(names)))
    cells[0] = names
    pieces = csv_bytes(texts(cells)) if kind == "csv" else xlsx_bytes([("Every", cells)])
    file.write_bytes(b"".join(pieces))
    done = engine.imports.bring_in(ADMIN, kind, file, Plan())
    assert [(row, p.place.field, p.message("en")) for row, p in done.problems()] == []
    with engine.store.read() as conn:
        found = records.fetch(conn, engine._edition.layout, kind, range(1, len(every.rows) + 1))
    given = {a.name for a in ASKED if a.field.numbering() is not None}  # who comes without a number gets one
    wrong = [
        (name, row[name], values[name])
        for row, values in zip(every.rows, found.values(), strict=True)
        for name in names
        if (row[name] is not None or name not in given)
        and values[name] != (row[name].replace(microsecond=0) if isinstance(row[name], datetime) else row[name])
    ]
    assert wrong == []  # moments go out in whole seconds
