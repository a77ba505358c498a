"""What people who have never programmed write at first, and what they are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli import main
from engine.definitions.catalog import load
from engine.definitions.drafts import ELSEWHERE

PACK = "title: 借用\nlanguage: zh\n"
FORM = "title: 借用单\nfields:\n  name: {title: 名称, required: WORD}\n  back: {type: date, title: 归还}\n"


def pack(folder: Path, word: str) -> Path:
    """A pack of one form in which `word` says whether a field is required."""
    (folder / "forms").mkdir()
    (folder / "languages").mkdir()
    (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
    (folder / "forms" / "loan.yaml").write_text(FORM.replace("WORD", word), encoding="utf-8")
    (folder / "languages" / "en.yaml").write_text(
        "借用: Loans\n借用单: Loan\n名称: Name\n归还: Back\n", encoding="utf-8"
    )
    return folder


@pytest.mark.parametrize(("word", "right"), [("yes", "true"), ("是", "true"), ("否", "false"), ("back = 我", "user")])
def test_a_plain_word_is_told_the_name_that_formulas_have_for_it(tmp_path: Path, word: str, right: str) -> None:
    found = [p for p in load(pack(tmp_path, word)).problems if p.code == "formula_unknown_name_near"]
    assert [p.remedy("zh") for p in found] == [f"是不是 {right}？"]


def test_a_title_in_a_formula_is_answered_with_the_names_there_are(tmp_path: Path) -> None:
    (found,) = [p for p in load(pack(tmp_path, "ISBLANK(归还日期)")).problems if p.severity == "error"]
    assert "不写标题；可用的有：" in found.remedy("zh")
    assert "name, back" in found.remedy("zh")


def test_a_type_as_others_call_it_is_told_its_name_here(tmp_path: Path) -> None:
    folder = pack(tmp_path, "true")
    fields = "".join(f"  f{n}: {{type: {word}}}\n" for n, word in enumerate(ELSEWHERE))
    (folder / "forms" / "loan.yaml").write_text(f"title: 借用单\nfields:\n{fields}", encoding="utf-8")
    told = [p.remedy("en") for p in load(folder).problems if p.code == "unknown_type"]
    assert told == [f"Here it is called {here}" for here in ELSEWHERE.values()]


@pytest.mark.parametrize(
    ("every", "right"), [("hourly", "最接近的是 every: hour。"), ("daily", "最接近的是 every: day。"), ("每天", "")]
)
def test_how_often_as_people_say_it_is_answered_with_the_word_for_it(tmp_path: Path, every: str, right: str) -> None:
    folder = pack(tmp_path, "true") / "automations"
    folder.mkdir()
    (folder / "nightly.yaml").write_text(
        f"every: {every}\ndo: [{{create: loan, set: {{name: x}}}}]\n", encoding="utf-8"
    )
    (found,) = [p for p in load(tmp_path).problems if p.code == "automation_every"]
    assert found.remedy("zh").startswith(right + "every 写 hour")


def test_definitions_in_which_nothing_is_wrong_are_told_so_in_the_terminals_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, zh = str(pack(tmp_path, "true")), "没有问题：1 张表单，0 个流程，0 个看板"
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    for asked, told in (
        (["--language", "zh", "check"], zh),
        (["check", "--language", "zh"], zh),
        (["check"], "Nothing is wrong. Forms: 1,"),
    ):
        assert main([*asked, folder]) == 0
        said = capsys.readouterr().out
        assert "没有定义用到" not in said  # the pack's title is a text of its own
        assert said.splitlines()[-1].startswith(told)


@pytest.mark.parametrize("command", [["--help"], ["check", "--help"]])
def test_the_help_of_commands_names_the_environment_that_they_read(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(command)
    said = capsys.readouterr().out
    assert "DEFINITIONS" in said and "DATA_DIR" in said and "DATABASE_URL" in said


LINES = "title: 订单\nfields:\n  supplier: {type: member}\n  items: {type: lines, fields: {n: {type: integer}, one: FIELD}}\n"


@pytest.mark.parametrize(
    ("field", "right"),
    [
        ("{type: reference, to: loan, where: owner = this.supplier}", "是不是 this.parent.supplier？"),
        ("{formula: supplier.name}", "是不是 parent.supplier？"),
        ("{type: date, default: =TODAY() + 'x'}", "加天数写成 … + 7；要接上文字用 &"),
    ],
)
def test_what_a_formula_in_a_line_meant_is_told_as_it_is_written_there(tmp_path: Path, field: str, right: str) -> None:
    folder = pack(tmp_path, "true")
    (folder / "forms" / "order.yaml").write_text(LINES.replace("FIELD", field), encoding="utf-8")
    assert [p.remedy("zh") for p in load(folder).problems if p.severity == "error"] == [right]
