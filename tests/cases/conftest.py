from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.firm import Build, Clock, Firm


@pytest.fixture
def case(engine_of: Build) -> Callable[..., Firm]:
    """The firm of a case: its definitions beside this file."""
    return lambda name, clock=None: engine_of(Path(__file__).parent / name, clock or Clock())
