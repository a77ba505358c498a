"""One world and its databases for all tests of formulas."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import postgres
from tests.expressions.world import Database, World

DIALECTS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def address(cluster: str) -> Iterator[str]:
    """Makes addresses of databases of the run's PostgreSQL."""
    with postgres.database(cluster) as found:
        yield found.replace("postgresql:", "postgresql+psycopg:")


@pytest.fixture(scope="session")
def other_address(cluster: str) -> Iterator[str]:
    """A second database of the run's PostgreSQL."""
    with postgres.database(cluster) as found:
        yield found.replace("postgresql:", "postgresql+psycopg:")


@pytest.fixture(scope="session")
def databases(address: str) -> Iterator[tuple[Database, ...]]:
    """The same world in SQLite and in PostgreSQL."""
    world = World()
    found = Database(world), Database(world, address)
    yield found
    for each in found:
        each.engine.dispose()


@pytest.fixture(params=DIALECTS)
def database(request: pytest.FixtureRequest, databases: tuple[Database, ...]) -> Database:
    """One of them."""
    return databases[DIALECTS.index(request.param)]


@pytest.fixture(scope="session")
def cases(other_address: str) -> Iterator[tuple[Database, ...]]:
    """Databases that each case fills with a world of its own."""
    found = Database(World(0)), Database(World(0), other_address)
    yield found
    for each in found:
        each.engine.dispose()
