"""Names in the order of a telephone book, and what one record of a form is called."""

from __future__ import annotations

import pytest

from engine.texts import one_of, spoken_order


def test_names_are_ordered_as_they_are_spoken() -> None:
    names = ["郑昊", "王思远", "bo", "赵一帆", "Anna", "陈立", "李娜", "🙂"]
    assert sorted(names, key=spoken_order)[:7] == ["Anna", "bo", "陈立", "李娜", "王思远", "赵一帆", "郑昊"]


@pytest.mark.parametrize(
    ("title", "one"),
    [
        ("Contracts", "contract"), ("Opportunities", "opportunity"), ("Quality checks", "quality check"), ("Boxes", "box"),
        ("Addresses", "address"), ("Household survey", "household survey"), ("News", "news"), ("Status", "status"),
        ("RMA requests", "RMA request"), ("", ""),
    ],
)  # fmt: skip
def test_one_record_is_called_in_the_singular(title: str, one: str) -> None:
    assert one_of(title, "en") == one


def test_chinese_knows_no_plural() -> None:
    assert one_of("合同", "zh") == "合同"
