"""A running server reads definitions anew when a file changes: what would strand records is refused with their list, and people
go on with what was there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from engine.web import serving
from tests.firm import Build

FORM = "fields: {name: {}}\naccess: {everyone: {can: [view, create]}}\n"
FLOW = """
states: {open: {}, asked: {title: Asked, task: {assign: admin}}, done: {final: success}}
transitions:
  ask:   {from: open, to: asked, who: everyone}
  agree: {from: asked, to: done}
"""


def test_a_change_that_would_strand_records_is_refused_with_their_list_until_was_says_where_they_go(
    engine_of: Build, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    firm = engine_of({"forms/plea.yaml": FORM, "workflows/plea.yaml": FLOW})
    ann, ada = firm.person("ann"), firm.person("ada", "admin")
    ids = [firm.new(ann, "plea", name=f"p{n}") for n in range(3)]
    for id in ids[:2]:
        firm.engine.act(ann, "plea", id, "ask")
    gone = FLOW.replace("asked", "judged")
    answers: list[str] = []

    def edits(folder: Any, **more: Any) -> Iterator[None]:
        for text in (gone, gone.replace("judged: {", "judged: {was: asked, ")):
            (folder / "workflows" / "plea.yaml").write_text(text, encoding="utf-8")
            yield
            told = capsys.readouterr()
            answers.append(told.out + told.err)
            assert firm.buttons(ada, "plea", ids[0]) == ["agree"]

    monkeypatch.setattr("watchfiles.watch", edits)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    serving.watch(firm.engine, firm.engine.settings.definitions, threading.Event())
    refused, taken = answers
    assert "去掉了状态“asked”，但还有 2 条记录在这个状态：p0 #1, p1 #2" in refused
    assert "/workflows/plea.yaml" in refused and "states: {" in refused  # the line with its states
    assert "the definitions stay as they were" in refused and "definitions read anew" in taken
    assert [firm.get("plea", id)["state"] for id in ids] == ["judged", "judged", "open"]
