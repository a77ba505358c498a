"""An analyst's work: a form of ten lines appears while the server runs; mistakes are told by file and line; what would lose
data is refused and the old form stays."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import expect

from tests.stories.desk import Desk
from tests.stories.server import HOME, Server, running

PAUSE = Event()
"""Never set: waiting for it is a pause."""

TREE = """\
title: {zh: 树, en: Trees}
icon: package
fields:
  name:    {type: text, title: 树名, required: true}
  height:  {type: decimal, title: 高度, unit: 米, min: 0}
  planted: {type: date, title: 种下日期, default: =TODAY()}
  tall:    {type: boolean, title: 够高, formula: height > 10}
views:
  all: {title: 全部, columns: [name, height, planted, tall]}
access:
  sales_head: {can: [view, create, edit]}
"""


@pytest.fixture
def analyst(tmp_path: Path, demo_data: Path) -> Iterator[Server]:
    """A server that reads the definitions anew when they change, over a copy of them."""
    shutil.copytree(HOME, tmp_path / "definitions")
    shutil.copytree(demo_data, tmp_path / "data")
    with running(tmp_path / "data", tmp_path / "definitions", RELOAD="1") as server:
        yield server


def wait_for(server: Server, words: str) -> None:
    """Until the server has printed these words."""
    for _ in range(600):
        if words in server.said():
            return
        PAUSE.wait(0.05)
    raise AssertionError(f"never printed: {words}\n{server.said()}")


def until(desk: Desk, path: str, words: str) -> None:
    """Look at a page until it has these words: the server reads its definitions anew when it notices."""
    for _ in range(200):
        desk.open(path)
        if desk.page.get_by_text(words).count():
            return
        PAUSE.wait(0.1)
    raise AssertionError(f"{words} never came to {path}")


def test_a_form_appears_breaks_and_is_protected(analyst: Server, visitor: Callable[..., Desk]) -> None:
    file = analyst.definitions / "forms" / "tree.yaml"
    head = visitor(analyst.url)
    head.refusals.add(404)  # while the form is broken it is switched off
    head.page.context.request.post(f"{analyst.url}/welcome", form={"as": "gu_minghua"}, headers={"Origin": analyst.url})

    file.write_text(TREE, encoding="utf-8")
    wait_for(analyst, "定义已重新读取")
    head.open("/")
    head.follow("树")
    head.open("/f/tree/new")
    head.put("name", "银杏")
    head.put("height", "12.5")
    expect(head.form.locator("[data-calculated=tall]")).to_contain_text("✓")
    head.press("保存")
    head.arrive(r"/f/tree/\d+$")
    head.fact("树名", "银杏")
    tree = head.path

    file.write_text(TREE.replace("formula: height > 10", "formula: heigth > 10"), encoding="utf-8")
    wait_for(analyst, "heigth")
    said = analyst.said()
    assert "tree.yaml:7" in said and "height" in said  # the place, and the nearest name that there is
    head.open("/f/contract?view=all")
    assert head.rows()  # the rest runs

    file.write_text(TREE, encoding="utf-8")
    until(head, tree, "够高")
    lossy = [line for line in TREE.splitlines() if not line.startswith(("  height:", "  tall:"))]
    file.write_text("\n".join(lossy).replace("[name, height, planted, tall]", "[name, planted]"), encoding="utf-8")
    wait_for(analyst, "仍用原来的定义")
    head.open(tree)
    head.fact("高度", "12.5 米")  # nothing was lost

    kind = "  kind:    {type: choice, title: 种类, options: {leaf: 阔叶, needle: 针叶}}\n  planted:"
    file.write_text(TREE.replace("  planted:", kind), encoding="utf-8")
    until(head, f"{tree}/edit", "种类")
    head.put("kind", "阔叶")
    head.press("保存")
    head.arrive(r"/f/tree/\d+$")
    head.fact("种类", "阔叶")
    head.fact("高度", "12.5 米")
