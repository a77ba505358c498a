"""Problems of definitions as people and programs read them: lines for the terminal, a list for `--json`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from engine.definitions.model import Catalog
from engine.problems import Problem
from engine.texts import text

SEVERITIES = {"error": text("错误", "error"), "warn": text("警告", "warning"), "info": text("提示", "hint")}
REMEDY = text("→ ", "-> ")
SOUND = text(
    "没有问题：{forms} 张表单，{workflows} 个流程，{dashboards} 个看板",
    "Nothing is wrong. Forms: {forms}, workflows: {workflows}, dashboards: {dashboards}",
)


def as_text(problems: Iterable[Problem], language: str) -> str:
    """For each problem `file:line:column: severity: message [code]`, the source line with a caret, and the remedy.

    Empty when there are none.
    """
    return "\n\n".join("\n".join(_lines(problem, language)) for problem in problems)


def as_sound(catalog: Catalog, language: str) -> str:
    """One line for definitions in which nothing is wrong: what was found in them."""
    flows = sum(form.workflow is not None for form in catalog.forms.values())
    return SOUND.to(language).format(forms=len(catalog.forms), workflows=flows, dashboards=len(catalog.dashboards))


def as_json(problems: Iterable[Problem], language: str) -> list[dict[str, Any]]:
    """The same as a list of `{code, severity, file, line, column, message, remedy}`; unknown places are null."""
    return [
        {
            "code": problem.code,
            "severity": problem.severity,
            "file": problem.place.file,
            "line": problem.place.line,
            "column": problem.place.column,
            "message": problem.message(language),
            "remedy": problem.remedy(language),
        }
        for problem in problems
    ]


def _lines(problem: Problem, language: str) -> list[str]:
    place = problem.place
    where = ":".join(str(part) for part in (place.file, place.line, place.column) if part is not None)
    severity = SEVERITIES[problem.severity].to(language)
    lines = [f"{where}: {severity}: {problem.message(language)} [{problem.code}]"]
    if place.excerpt is not None and place.excerpt.strip() and problem.severity != "info":
        lines += _excerpt(place.excerpt, place.column or 1)
    remedy = problem.remedy(language)
    if remedy:
        lines.append(f"  {REMEDY.to(language)}{remedy}")
    return lines


def _excerpt(line: str, column: int) -> list[str]:
    """The source line and a caret beneath the column; long lines are cut around it, wide characters count twice."""
    start = max(0, column - 60) if len(line) > 110 else 0
    shown = line[start : start + 110]
    before = shown[: column - 1 - start]
    width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in before)
    return [f"    {shown}", f"    {' ' * width}^"]
