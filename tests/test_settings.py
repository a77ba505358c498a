"""What the surroundings say, and what is made of it."""

from __future__ import annotations

import pytest

from engine.settings import terminal_language


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LC_ALL": "POSIX"}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "de_DE@euro"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US"}, "en"),
        ({"LANG": "en_US", "LC_MESSAGES": "", "LC_ALL": "zh"}, "zh"),
    ],
)
def test_a_terminal_is_spoken_to_in_its_language(environ: dict[str, str], language: str) -> None:
    assert terminal_language(environ) == language
