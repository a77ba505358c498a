from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from engine.fields.base import Reader


def reader(language: str = "zh") -> Reader:
    return Reader(
        language,
        ZoneInfo("Asia/Shanghai"),
        date(2026, 11, 23),
        datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
        title_of=lambda shape, id: f"{shape} {id}",
        href_of=lambda shape, id: f"/{shape}/{id}" if id < 100 else None,
        file_of=lambda id: (f"file-{id}.pdf", 2_202_009, "application/pdf") if id < 100 else None,
    )


@pytest.fixture
def zh() -> Reader:
    return reader()


@pytest.fixture
def en() -> Reader:
    return reader("en")
