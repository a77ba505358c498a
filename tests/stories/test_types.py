"""Every field type keeps its examples in a real browser too: one form has a field for each example of each type.

What a person types is judged twice: by the page at once, by the server on saving. The page may be more lenient, never
stricter; what it believes was said (numbers, days, moments, ticks) is what the server keeps. A new type is tested by
being there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from engine.engine import Engine
from engine.fields import FIELDS
from engine.fields.base import Example, Field
from engine.settings import Settings
from tests.stories.desk import Desk
from tests.stories.server import PASSWORD, Server, running

TYPED_ALIKE = ("number", "boolean", "date", "time", "instant", "length", "location")
"""Kinds whose value the page reads by itself; a text it holds as it was typed."""

FILL = """([name, given]) => {
    const controls = [...document.querySelectorAll(`#fl-form [name="${CSS.escape(name)}"]`)];
    const told = (control) => { for (const type of ["input", "change"]) control.dispatchEvent(new Event(type, { bubbles: true })); };
    const radios = controls.filter((one) => one.type === "radio" || (one.type === "checkbox" && one.value === "true"));
    const select = controls.find((one) => one.tagName === "SELECT");
    if (radios.length) {
        const wanted = radios.find((one) => one.value === given);
        if (!wanted) return null;
        wanted.checked = true;
        told(wanted);
    } else if (select) {
        if (![...select.options].some((one) => one.value === given)) return null;
        select.value = given;
        told(select);
    } else {
        const [line] = controls.filter((one) => one.type !== "hidden");
        if (!line || line.type === "checkbox") return null;
        line.value = given;
        if (line.value !== given) return null;
        told(line);
    }
    const held = document.getElementById("fl-form").flRecord[name];
    return [controls.some((one) => one.getAttribute("aria-invalid") === "true"), held === undefined ? null : held];
}"""
"""Type into a field as its control takes it. Gives null when that can't be typed there, else whether the page objects and
the value it believes in."""


@dataclass(frozen=True)
class Asked:
    """A field of the form: one example of one type."""

    name: str
    field: Field
    example: Example


def asked() -> list[Asked]:
    """All examples that people type: not what is chosen from other records, uploaded, or given by the engine."""
    found = []
    for type_ in FIELDS:
        for number, example in enumerate(type_.examples):
            field = type_.model_validate({"type": type_.name, **example.declared})
            powers = (field.targets() or None, field.lines(), field.related(), field.numbering(), field.uploads())
            if all(one is None for one in powers):
                found.append(Asked(f"{type_.name}_{number}", field, example))
    return found


ASKED = asked()


@pytest.fixture(scope="module")
def typing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over a pack with a form that has a field for each example, and one that formulas are about."""
    home = tmp_path_factory.mktemp("types")
    (home / "forms").mkdir()
    fields = {a.name: {"type": a.field.name, **a.example.declared} for a in ASKED}
    for one in fields.values():
        one.pop("default", None)
    form = {"title": "类型", "fields": fields, "access": {"everyone": {"can": ["view", "create", "edit"]}}}
    contract = {
        "title": "合同", "record_title": "{name}", "access": {"everyone": {"can": ["view", "create"]}},
        "fields": {
            "name": {"type": "text"},
            "kind": {"type": "choice", "options": {"sale": "销售", "lease": "租赁"}}, "total": {"type": "money"},
            "items": {"type": "lines", "fields": {"price": {"type": "money"}}},
        },
    }  # fmt: skip
    site = {
        "title": "工厂", "record_title": "{name}", "access": {"everyone": {"can": ["view", "create"]}},
        "fields": {"name": {"type": "text"}},
    }  # fmt: skip
    note = {
        "title": "便笺", "access": {"everyone": {"can": ["view", "create"]}},
        "fields": {"about": {"type": "reference", "title": "关于", "to": ["contract", "site"], "required": True}},
    }  # fmt: skip
    pack = {
        "title": "类型", "roles": {"sales": "销售", "service": "客服", "finance": "财务"},
        "options": {"industry": {"food": "食品", "it": "信息技术"}},
        "demo": {"people": {"li_na": {"name": "李娜", "roles": ["sales"]}}},
    }  # fmt: skip
    for name, one in {"every": form, "contract": contract, "site": site, "note": note}.items():
        written = json.dumps(one, ensure_ascii=False, default=str)
        (home / "forms" / f"{name}.yaml").write_text(written, encoding="utf-8")
    (home / "pack.yaml").write_text(json.dumps(pack, ensure_ascii=False), encoding="utf-8")
    data = home / "data"
    engine = Engine(Settings(definitions=home, data=data))
    try:
        engine.load_demo(PASSWORD)
    finally:
        engine.close()
    with running(data, home) as server:
        yield server


@pytest.fixture
def desk(typing: Server, visitor: Callable[..., Desk]) -> Desk:
    found: Desk = visitor(typing.url)
    found.page.context.request.post(
        f"{typing.url}/welcome", form={"as": "li_na"}, headers={"Origin": typing.url}, max_redirects=0
    )
    return found


def typable(raw: Any) -> bool:
    return isinstance(raw, str) and len(raw) < 3000 and "\0" not in raw and raw.isprintable() and bool(raw.strip())


def same(field: Field, held: Any, value: Any) -> bool:
    """Whether the page believes in the value that the server makes of it."""
    wanted = field.to_json(value)
    if field.kind == "number" and held is not None:
        return Decimal(str(held)) == Decimal(str(wanted))
    if field.kind == "instant" and held is not None:
        return datetime.fromisoformat(held) == value
    return bool(held == wanted)


def test_page_and_server_judge_alike_whatever_the_examples_say(desk: Desk) -> None:
    desk.open("/f/every/new")
    wrong = []
    for one in ASKED:
        for raw, value in one.example.accepts:
            if not typable(raw) or (told := desk.page.evaluate(FILL, [one.name, raw])) is None:
                continue
            objects, held = told
            if objects:
                wrong.append(f"{one.name}: the page refuses {raw!r}, the server takes it")
            elif one.field.kind in TYPED_ALIKE and not same(one.field, held, value):
                wrong.append(f"{one.name}: the page reads {raw!r} as {held!r}, the server as {value!r}")
    assert not wrong, "\n".join(wrong)


def test_what_the_page_lets_pass_is_kept_as_the_examples_say(desk: Desk) -> None:
    rounds = max(len(one.example.accepts) for one in ASKED)
    kept = 0
    for turn in range(min(rounds, 3)):
        desk.open("/f/every/new")
        typed = {}
        for one in ASKED:
            pairs = [(raw, value) for raw, value in one.example.accepts if typable(raw)]
            if turn < len(pairs) and desk.page.evaluate(FILL, [one.name, pairs[turn][0]]) is not None:
                typed[one.name] = (one, pairs[turn][1])
        desk.page.locator("#fl-form .fl-actions button").last.click()
        desk.page.wait_for_url(re.compile(r"/f/every/[0-9]+$"))
        id = desk.path.rpartition("/")[2]
        stored = desk.page.request.get(f"{desk.url}/api/forms/every/records/{id}").json()
        for name, (one, value) in typed.items():
            assert stored[name] == one.field.to_json(value), name
        kept += len(typed)
    assert kept > len(FIELDS.names())


def test_what_the_examples_refuse_is_refused_at_its_field(desk: Desk) -> None:
    desk.refusals.add(422)
    desk.open("/f/every/new")
    typed = set()
    for one in ASKED:
        pairs = [raw for raw, _ in one.example.rejects if typable(raw)]
        if pairs and desk.page.evaluate(FILL, [one.name, pairs[0]]) is not None:
            typed.add(one.name)
    desk.page.locator("#fl-form .fl-actions button").last.click()
    desk.page.wait_for_selector("#fl-errors")
    marked = desk.page.evaluate("[...document.querySelectorAll('.fl-field--bad')].map((one) => one.dataset.field)")
    assert set(marked) == typed and len(typed) > 10


@pytest.mark.parametrize("width", [1280, 390])
def test_all_controls_fit_on_the_page(typing: Server, visitor: Callable[..., Desk], width: int, tmp_path: Path) -> None:
    """Nothing breaks the policy or scrolls sideways: what the page complains of fails the test."""
    desk = visitor(typing.url, width, dark=width < 768)
    desk.page.context.request.post(
        f"{typing.url}/welcome", form={"as": "li_na"}, headers={"Origin": typing.url}, max_redirects=0
    )
    desk.open("/f/every/new")
    assert desk.page.locator("[data-control]").count() > 3


def test_a_note_is_about_a_contract_or_a_factory(desk: Desk) -> None:
    for form, name in (("contract", "苏州年度合同"), ("site", "苏州二厂")):
        desk.page.context.request.post(
            f"{desk.url}/api/forms/{form}/records", data={"name": name}, headers={"Origin": desk.url}
        )
    desk.open("/f/note/new")
    desk.press("保存")
    desk.fault("about")
    picker = desk.form.get_by_role("combobox")
    picker.fill("苏州")
    expect(desk.page.get_by_role("option")).to_have_count(2)  # of both forms
    desk.put("about", "苏州二厂")
    desk.press("保存")
    desk.arrive(r"/f/note/\d+$")
    desk.follow("苏州二厂")
    desk.arrive(r"/f/site/\d+$")
    desk.open("/f/note")
    desk.sees("苏州二厂")
