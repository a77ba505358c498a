"""`formloom copy-to`: an installation moves from SQLite to PostgreSQL, and answers as before."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, insert, select, update

from engine.cli import main
from engine.storage import copying, records, tables
from engine.storage.store import Store
from tests import postgres
from tests.conftest import HOME
from tests.firm import NOW, Firm

EVENT = {"form": "x", "record": 1, "version": 1, "at": NOW, "action": "a", "channel": "api"}


@pytest.fixture
def address(cluster: str) -> Iterator[str]:
    with postgres.database(cluster, "template1") as made:
        yield made


@pytest.fixture
def data(demo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo's data folder, one's own copy, named by the environment."""
    shutil.copytree(demo_folder, tmp_path / "data")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DEFINITIONS", str(HOME))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path / "data"


def copy_to(address: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["--language", "en", "copy-to", address])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_the_demo_is_the_same_on_the_other_side(data: Path, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Store(data / "formloom.sqlite3") as source:
        last = source.write(lambda conn: conn.execute(insert(tables.event).values(**EVENT)).inserted_primary_key[0])
        source.write(lambda conn: conn.execute(tables.event.delete().where(tables.event.c.id == last)))
    code, said = copy_to(address, capsys)
    assert (code, "✓" in said) == (0, True) and f"Uploaded files stay in {data / 'files'}" in said
    one, other = Firm(HOME, data), Firm(HOME, data, database=address)
    try:
        layout = one.engine._edition.layout
        with one.engine.store.read() as before, other.engine.store.read() as after:
            for shape in layout.tables:
                there = records.fetch(before, layout, shape, range(1, 1000))
                assert records.fetch(after, layout, shape, range(1, 1000)) == there, shape
            for table in tables.FIXED:
                if table.name not in ("sys_edition", "sys_applied"):
                    rows = select(table).order_by(*table.primary_key.columns)
                    assert after.execute(rows).all() == before.execute(rows).all(), table.name
        again = other.engine.store.write(
            lambda conn: conn.execute(insert(tables.event).values(**EVENT)).inserted_primary_key[0]
        )
        assert again == last + 1
    finally:
        one.close()
        other.close()


def test_a_database_with_something_in_it_is_refused(
    data: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    with Store(address) as store:
        store.write(tables.create)
    code, said = copy_to(address, capsys)
    assert code == 1
    assert "not empty" in said


def test_what_is_not_the_same_afterwards_is_not_kept(
    data: Path, address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(source: Connection, target: Connection, table: Table) -> None:
        fill(source, target, table)
        if table is tables.person:
            target.execute(update(tables.person).values(name="x"))

    fill = copying._fill
    with monkeypatch.context() as patched:
        patched.setattr(copying, "_fill", spoilt)
        code, said = copy_to(address, capsys)
    assert code == 1
    assert "sys_person" in said
    assert copy_to(address, capsys)[0] == 0


def test_a_nul_character_is_told_before_anything_is_kept(
    data: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    with Store(data / "formloom.sqlite3") as source:
        source.write(lambda conn: conn.execute(update(tables.person).values(name="a\0b")))
    code, said = copy_to(address, capsys)
    assert code == 1
    assert "NUL" in said


def test_only_from_sqlite_and_only_to_postgresql(
    data: Path, address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert copy_to("-", capsys)[0] == 1
    assert "can't be reached" in copy_to("postgresql://u@127.0.0.1:1/d", capsys)[1]
    monkeypatch.setenv("DATABASE_URL", address)
    code, said = copy_to(address, capsys)
    assert code == 1
    assert "PostgreSQL already" in said
