"""Every problem can be told in both languages: its texts have the same places, and every place is a plain name."""

from __future__ import annotations

from string import Formatter

import pytest

from engine.problems import problem
from engine.problems.all import CATALOGUE


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_a_problem_is_worded_in_both_languages(code: str) -> None:
    kind = CATALOGUE[code]
    for text in (kind.message, kind.remedy):
        assert set(text.words) == {"zh", "en"}
        assert all(name.rstrip("_").isidentifier() for words in text.words.values() for name in places(words))
        assert bool(text.words["zh"]) == bool(text.words["en"])
    assert kind.message.words["zh"]
    told = places(kind.message.words["zh"]) | places(kind.remedy.words["zh"])
    assert places(kind.message.words["en"]) | places(kind.remedy.words["en"]) <= told | {"name", "title", "s"}
    assert 200 <= kind.status < 600


@pytest.mark.parametrize("language", ["zh", "en"])
def test_where_nothing_is_near_no_nearest_name_is_told(language: str) -> None:
    found = problem("no_role", name="x", nearest="")
    assert found.remedy(language) in ("角色写在 pack.yaml 里。", "Roles are written in pack.yaml.")
    assert problem("unknown_field", name="x", nearest="").remedy(language) == ""
