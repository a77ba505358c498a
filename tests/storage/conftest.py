"""A store on a real database, SQLite and PostgreSQL, and a way to bring its tables to some forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.definitions.model import Form
from engine.storage import changes, tables
from engine.storage.layout import Layout
from engine.storage.store import Store
from tests.storage.building import NOW, laid_out


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Both databases."""
    return str(request.param)


@pytest.fixture
def place(database: str | None, tmp_path: Path) -> Path | str:
    """Where the store is: a file's path, or an address."""
    return database or tmp_path / "data.db"


@pytest.fixture
def store(place: Path | str) -> Iterator[Store]:
    """A new store with the fixed tables."""
    with Store(place) as made:
        made.write(tables.create)
        yield made


@pytest.fixture
def adopt(store: Store) -> Callable[..., Layout]:
    """Make the tables fit these forms; gives their layout. Refused as `changes.adopt`."""

    def act(*forms: Form, absent: tuple[str, ...] = ()) -> Layout:
        new = laid_out(*forms)
        store.write(lambda conn: changes.adopt(conn, new, NOW, absent))
        return new

    return act
