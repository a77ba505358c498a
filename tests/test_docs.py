"""The documentation is true: the tutorials' packs load, their commands answer as printed, made pages are fresh, links
lead somewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine import reference
from engine.cli import main
from engine.definitions.catalog import load
from engine.definitions.report import as_text
from engine.fields.base import Place
from engine.problems import Refused
from engine.runtime.values import Actor, Ask
from engine.source import parse
from engine.texts import text
from engine.web.serving import demo_people
from tests.firm import ADMIN, Firm

ROOT = Path(__file__).parents[1]
ANALYSTS = ROOT / "docs" / "analysts"
TUTORIALS = (ANALYSTS / "tutorial.md", ANALYSTS / "tutorial.zh.md")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"# (?P<path>[\w/]+\.(?:yaml|csv))(?P<mistake> \((?:a mistake|有错)\))?\n")
PART = re.compile(r"^(?=[^\s#])", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the file it is (part of), and whether it shows a mistake."""

    language: str
    text: str
    path: str | None
    mistake: bool


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for language, inner in FENCE.findall(page.read_text(encoding="utf-8")):
        found = PATH.match(inner)
        mistake = bool(found and found["mistake"])
        kept = inner[found.end() :] if found and not mistake else inner
        yield Block(language, kept, found["path"] if found else None, mistake)


def put(folder: Path, block: Block) -> None:
    """Write a block into its file: parts (keys at the left edge) replace those of the same name, others are added."""
    assert block.path is not None
    file = folder / block.path.removeprefix("definitions/")
    file.parent.mkdir(parents=True, exist_ok=True)
    known = file.read_text(encoding="utf-8") if file.exists() else ""
    if block.mistake:
        file.write_text(block.text, encoding="utf-8")
        return
    parts = {p.split(":")[0] if p[0] != '"' else p: p for whole in (known, block.text) for p in PART.split(whole) if p}
    file.write_text("".join(parts.values()), encoding="utf-8")


def answers(block: Block) -> Iterator[tuple[list[str], str]]:
    """The commands of a console block, and what is printed below each."""
    for part in re.split(r"^\$ formloom ", block.text, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        yield shlex.split(command), printed


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda p: p.name)
def test_the_tutorial_works_from_the_first_line_to_the_last(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "visits"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("DEFINITIONS", "visits")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    kept: dict[str, str] = {}
    for block in blocks(page):
        if block.path is not None:
            if block.mistake:
                kept[block.path] = (folder / block.path).read_text(encoding="utf-8")
            else:
                for path, before in kept.items():
                    (folder / path).write_text(before, encoding="utf-8")
                kept.clear()
            put(folder, block)
            problems = [p for p in load(folder).problems if p.severity == "error"]
            if not block.mistake and (folder / "forms").exists():
                assert as_text(problems, "en") == "", block.text
        elif block.language == "console":
            for command, printed in answers(block):
                code = main(command)
                told = capsys.readouterr()
                assert (code, told.out.strip()) == (1 if kept else 0, printed.strip()), told.err
    assert set(load(folder).catalog.forms) == {"visit"}
    assert set(load(folder).catalog.dashboards) == {"visits"}


COMPUTED = (ANALYSTS / "computed-forms.md", ANALYSTS / "computed-forms.zh.md")


@pytest.mark.parametrize("page", COMPUTED, ids=lambda p: p.name)
def test_the_page_on_computed_forms_works(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it shows loads at every step, and its store locks from the batches that expire first."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C")
    folder = tmp_path / "store"
    for block in blocks(page):
        if block.path is not None:
            put(folder, block)
            problems = [p for p in load(folder).problems if p.severity == "error"]
            assert not (folder / "forms").exists() or as_text(problems, "en") == "", block.text
        elif block.language == "console":
            for command, printed in answers(block):
                assert (main(command), capsys.readouterr().out.strip()) == (0, printed.strip())
    firm = Firm(folder, tmp_path / "data")
    try:
        product = firm.new(ADMIN, "product", code="P1", name="Bolt")
        for batch, quantity, expires in (("late", "9", "2027-09-01"), ("soon", "4", "2027-01-01")):
            firm.new(ADMIN, "stock_move", product=product, batch=batch, quantity=quantity, expires=expires)
        slip = firm.new(ADMIN, "slip", product=product, quantity="6")
        firm.engine.act(firm.person("kai", "keeper"), "slip", slip, "lock")
        locks = [firm.get("reservation", id) for id in (1, 2)]
        assert [(lock["batch"], lock["quantity"]) for lock in locks] == [("soon", 4), ("late", 2)]
    finally:
        firm.close()


FORMS = (ANALYSTS / "forms.md", ANALYSTS / "forms.zh.md")


@pytest.mark.parametrize("page", FORMS, ids=lambda p: p.name)
def test_the_page_on_forms_works(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it shows loads at every step, its files come in as printed, and a buyer meets each of its rules."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("DEFINITIONS", "buying")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "buying"
    for block in blocks(page):
        if block.language == "csv":
            (folder / str(block.path)).write_text(block.text, encoding="utf-8")
        elif block.path is not None:
            put(folder, block)
            assert not (folder / "forms").exists() or as_text(load(folder).problems, "en") == "", block.text
        elif block.language == "console":
            for command, printed in answers(block):
                code = main(command)
                assert (code, capsys.readouterr().out.strip()) == (1 if "→" in printed else 0, printed.strip())
    firm = Firm(folder, tmp_path / "data")
    try:
        bob, head = firm.person("bob", "buyer"), firm.person("hal", "head")
        assert firm.get("purchase", 1)["total"] == 185
        assert [line["amount"] for line in firm.get("purchase", 1)["items"]] == [125, 60]

        def order(product: int = 1, count: int = 10, **more: Any) -> dict[str, Any]:
            line = {"product": product, "quantity": count, **more.pop("line", {})}
            return {"supplier": 1, "items": [line], **more}

        def told(raw: dict[str, Any]) -> list[str]:
            with pytest.raises(Refused) as refused:
                firm.engine.submit(bob, "purchase", raw)
            return [str(p.facts.get("key", p.code)) for p in refused.value.problems]

        done = firm.get("purchase", firm.new(bob, "purchase", **order()))
        assert (done["number"], done["total"], done["items"][0]["price"]) == ("CG-202611-001", 125, Decimal("12.5"))
        assert told(order()) == ["rule:once"]
        assert told(order(2, needed="2026-12-01")) == ["reference_excluded"]
        assert told(order(count=100, needed="2026-12-01")) == ["rule:explained"]
        assert told(order(needed="2026-12-02", line={"price": "13"})) == ["rule:cheap"]
        assert told(order(needed="2026-11-24")) == ["rule:soon"]
        dear = order(count=500, why="A new machine", needed="2026-12-01")
        assert told(dear) == ["rule:limit"]
        firm.engine.submit(bob, "purchase", {**dear, "items": [{"product": 1, "quantity": 300}]})
        assert told({**dear, "needed": "2026-12-09"}) == ["rule:limit"]
        spent = [r.record.values["spent"] for r in firm.engine.page(head, "spending", Ask(), ("spent",)).rows]
        assert sorted(spent) == [125, 185, 400, 3750]
        over = firm.engine.page(head, "price_check", Ask(), ("product", "bought", "over")).rows
        assert {r.record.values["product"]: r.record.values["bought"] for r in over} == {1: 320, 2: 500, 3: 2}
    finally:
        firm.close()


WORKFLOWS = (ANALYSTS / "workflows.md", ANALYSTS / "workflows.zh.md")


@pytest.mark.parametrize("page", WORKFLOWS, ids=lambda p: p.name)
def test_the_page_on_workflows_works(page: Path, tmp_path: Path) -> None:
    """What it shows loads at every step, and five people walk a claim through it."""
    folder = tmp_path / "claims"
    for block in blocks(page):
        if block.path is None:
            continue
        kept = (folder / block.path).read_text(encoding="utf-8") if block.mistake else ""
        put(folder, block)
        problems = {p.code for p in load(folder).problems if p.severity == "error"}
        assert problems == ({"dead_end", "unreachable_state"} if block.mistake else set()), block.text
        if block.mistake:
            (folder / block.path).write_text(kept, encoding="utf-8")
    firm = Firm(folder, tmp_path / "data")
    try:
        ann, fay = firm.person("ann", "staff"), firm.person("fay", "finance")
        directors = [firm.person(name, "director") for name in ("dan", "dea", "dot")]
        claim = firm.new(ann, "claim", reason="Fair", amount="5000")

        def press(who: Actor, button: str, **more: Any) -> str:
            firm.engine.act(who, "claim", claim, button, **more)
            return str(firm.get("claim", claim)["state"])

        assert press(ann, "submit") == "checking"  # ann has no head: the directors have it
        assert firm.buttons(ann, "claim", claim) == []
        assert press(directors[2], "approve") == "directors"
        assert [press(d, "agree") for d in directors[:2]] == ["directors", "settling"]
        assert press(ann, "settling.file", raw={"archive": "A-7"}) == "settling"
        assert press(fay, "settling.pay", raw={"paid_on": "2026-11-30"}) == "paid"
        assert (firm.get("claim", claim)["archive"], firm.buttons(fay, "claim", claim)) == ("A-7", [])
        forgotten = firm.new(ann, "claim", reason="Fair", amount="5000")
        firm.clock.later(days=30)
        firm.engine.jobs.run_due()
        assert firm.get("claim", forgotten)["state"] == "rejected"
    finally:
        firm.close()


AUTOMATIONS = (ANALYSTS / "automations.md", ANALYSTS / "automations.zh.md")
SAID = {
    "Say hello to new customers": "欢迎新客户", "{name} is new. Call them today.": "{name}是新客户，今天打个电话。",
    '"Thank "': '"感谢"', "Rename the account": "给账户改名", "Too much at once for ": "一下子太多了：",
    "title: Due tomorrow": "title: 明天到期", "Somebody asked to be called": "有人要求回电",
    "Accounting keeps new customers too": "新客户也记到财务系统", '"Call "': '"回电"',
}  # fmt: skip
"""What the examples of automations say, in English and in Chinese."""


def test_the_chinese_page_on_automations_shows_the_same_with_chinese_words() -> None:
    """The English page's files are run (test_automations); these differ from them in their words alone, and can be read."""
    for english, chinese in zip(*(blocks(page) for page in AUTOMATIONS), strict=True):
        text = english.text
        for said, meant in SAID.items():
            text = text.replace(said, meant)
        assert (chinese.path, chinese.text) == (english.path, text)
        if chinese.path is not None:
            assert parse(chinese.text, chinese.path).value


@pytest.mark.parametrize("pages", [TUTORIALS, FORMS, COMPUTED, WORKFLOWS], ids=lambda p: p[0].stem)
def test_a_page_shows_the_same_files_in_both_languages(pages: tuple[Path, Path]) -> None:
    english, chinese = ([(b.path, b.mistake, re.sub("^#.*\n", "", b.text)) for b in blocks(p) if b.path] for p in pages)
    assert english == chinese


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "README.zh.md"], ids=lambda p: p.name)
def test_the_first_steps_of_the_readme_work(page: Path, tmp_path: Path) -> None:
    files = [b for b in blocks(page) if b.path]
    assert len(files) >= 3
    for block in files:
        put(tmp_path, block)
    (tmp_path / "pack.yaml").write_text("title: Test\n", encoding="utf-8")
    found = load(tmp_path)
    assert as_text(found.problems, "en") == ""
    form = found.catalog.forms["visit"]
    assert form.workflow is not None and form.rules
    assert found.catalog.dashboards["visits"].widgets


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "README.zh.md"], ids=lambda p: p.name)
def test_the_people_of_the_readme_are_those_whom_the_server_names(page: Path) -> None:
    named = {login for login, _, _ in demo_people(load(ROOT / "definitions").catalog)}
    told = re.findall(r"^\| `(\w+)` \| ", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(told) >= 10 and set(told) <= named


@pytest.mark.parametrize("name", sorted(reference.pages()))
def test_made_pages_say_what_the_code_says(name: str) -> None:
    committed = (ANALYSTS / name).read_text(encoding="utf-8")
    assert committed == reference.pages()[name], "run `make reference` and commit docs/analysts"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    text = re.sub(r"`[^`\n]*`", "", text)
    for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", text):
        path, _, anchor = (target[0] or target[1]).partition("#")
        if "://" in path:
            continue
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name}: {path}"
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), f"{page.name}: #{anchor} isn't in {file.name}"


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in links."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.replace("`", "")).strip().lower().replace(" ", "-") for h in heads}


def test_every_setting_is_told_to_operators() -> None:
    """Each environment variable that the settings read stands in docs/operators.md, and none else."""
    source = (ROOT / "engine" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'environ\.get\("(\w+)"', source))
    told = set(
        re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "operators.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert read == told


def test_every_command_is_told_to_somebody() -> None:
    """Each command of `formloom` is shown in a page, and each command shown is one."""
    source = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "engine" / "cli").glob("*.py"))
    known = set(re.findall(r'command\(\s*"([\w-]+)"', source))
    text = "\n".join(p.read_text(encoding="utf-8") for p in PAGES)
    shown = set(re.findall(r"^[^#\n]*formloom (?:--language \w+ )?(\w[\w-]*)", "\n".join(code(text)), re.MULTILINE))
    assert known <= shown
    assert shown <= known


def code(text: str) -> Iterator[str]:
    """What stands in shell blocks."""
    for language, block in FENCE.findall(text):
        if language in ("sh", "console"):
            yield block


def test_the_example_of_a_field_type_keeps_its_promises() -> None:
    (example,) = [b.text for b in blocks(ROOT / "docs" / "writing-a-type.md") if b.language == "python"]
    names: dict[str, Any] = {"__name__": "shade"}
    exec(compile(example, "writing-a-type.md", "exec"), names)
    shade = names["Shade"]
    at = Place("shade", text("颜色", "Colour"))
    for promise in shade.examples:
        field = shade(**promise.declared)
        for raw, value in promise.accepts:
            assert field.parse(raw, at) == value
            assert value is None or Draft202012Validator(field.schema()).is_valid(value)
        for raw, code in promise.rejects:
            with pytest.raises(Refused) as refused:
                field.parse(raw, at)
            assert [p.code for p in refused.value.problems] == [code]


def test_the_pictures_stay_small() -> None:
    files = [f for f in (ROOT / "docs" / "pictures").iterdir() if f.is_file()]
    assert files
    assert sum(f.stat().st_size for f in files) < 1_500_000


def test_the_page_about_prints_shows_a_form_and_a_template_that_fit(tmp_path: Path) -> None:
    form, template = (b.text for b in blocks(ANALYSTS / "prints.md") if b.language in ("yaml", "html"))
    (tmp_path / "forms").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "pack.yaml").write_text("language: en\n", encoding="utf-8")
    (tmp_path / "forms" / "deal.yaml").write_text(form, encoding="utf-8")
    (tmp_path / "templates" / "offer.html").write_text(template, encoding="utf-8")
    assert [p for p in load(tmp_path).problems if p.severity == "error"] == []
