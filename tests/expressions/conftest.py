"""One world and its database for all tests of formulas."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.expressions.world import Database, World


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    found = Database(World())
    yield found
    found.engine.dispose()
