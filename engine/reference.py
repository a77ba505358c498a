"""The reference pages for analysts, written from the code: `python -m engine.reference docs/analysts`.

Why: what a key means, which functions there are and what each problem asks for stands in the models, the function table
and the problem catalogue. Pages that are made from them can't disagree; a test compares them with the committed files.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

import engine.problems
from engine.charts.base import Chart
from engine.definitions import actions, automation, dashboard, form, later, pack, workflow
from engine.definitions.compile_dashboard import TYPES
from engine.expressions.functions import FUNCTIONS
from engine.fields import FIELDS
from engine.fields.base import Example, Field, Says
from engine.problems import Kind
from engine.problems.all import CATALOGUE

MADE = "<!-- Made by `make reference` from the code; don't edit. -->\n"

PARTS: tuple[tuple[str, str, tuple[type[BaseModel], ...]], ...] = (
    ("Form", "`forms/NAME.yaml`", (form.FormDefinition, form.Rule, form.View, form.Section, form.Access, form.Source, form.Walk)),
    ("Fragment", "`fragments/NAME.yaml`; a form takes it in with `use`", (form.FragmentDefinition,)),
    ("Workflow", "`workflows/NAME.yaml`, of the form NAME",
     (workflow.WorkflowDefinition, workflow.State, workflow.Choice, workflow.Clock, form.Transition)),
    ("Action", "one step of `do`, `enter` and `leave`: exactly one verb, and the keys that go with it",
     (actions.Action, actions.Branch)),
    ("Automation", "`automations/NAME.yaml`", (automation.AutomationDefinition,)),
    ("Dashboard", "`dashboards/NAME.yaml`; its widgets are in [charts.md](charts.md)",
     (dashboard.DashboardDefinition, dashboard.Filter)),
    ("Pack", "`pack.yaml`",
     (pack.PackDefinition, pack.MenuGroup, pack.CalendarDefinition, pack.ConnectionDefinition,
      pack.Demo, pack.DemoDepartment, pack.DemoPerson, pack.DemoStep)),
)  # fmt: skip
"""Kind of file, where it stands, and the models of its parts, the file's own first."""

FAMILIES = {
    "lists": "Lists / 列表", "logic": "Logic / 逻辑", "numbers": "Numbers / 数字", "texts": "Texts / 文字",
    "dates": "Dates / 日期", "people": "People and records / 人员与记录",
}  # fmt: skip

KINDS = {"formula": "formula", "value": "value", "text": "text", "people": "people", "query": "formula"}


def pages() -> dict[str, str]:
    """File name -> the page, ending with a line break."""
    return {
        "charts.md": _charts(),
        "fields.md": _fields(),
        "functions.md": _functions(),
        "language.md": _language(),
        "problems.md": _problems(),
    }


def main(arguments: list[str]) -> int:
    """Write the pages into the folder that is named; gives the exit code."""
    if len(arguments) != 1:
        print("python -m engine.reference FOLDER", file=sys.stderr)
        return 2
    for name, page in pages().items():
        Path(arguments[0], name).write_text(page, encoding="utf-8")
    return 0


# -- keys of models ----------------------------------------------------------------------------------------------------


def _keys(model: type[BaseModel], without: Iterable[str] = ()) -> Iterator[str]:
    """A table of a model's keys; empty when none are left."""
    rows = []
    for name, info in model.model_fields.items():
        key = info.alias or name
        if key in without or not info.description:
            continue
        rows.append(_row(f"`{key}`", _kind(info), info.description, _default(info)))
    if rows:
        yield _row("key", "kind", "meaning / 含义", "default / 默认")
        yield "|--|--|--|--|"
        yield from rows
        yield ""


def _kind(info: FieldInfo) -> str:
    """What a key holds: formula, value, text, true or false, number, one of some words, a mapping, a list, a name."""
    says = next((m for m in (*info.metadata, *_marks(info.annotation)) if isinstance(m, Says)), None)
    if says is not None:
        return KINDS[says.kind]
    words = [f"`{w}`" for part in _parts(info.annotation) if get_origin(part) is Literal for w in get_args(part)]
    if words:
        listed = any(get_origin(part) is tuple for part in _parts(info.annotation))
        return " ".join(words) + (" or list" if listed else "")
    kinds = [
        next((word for kinds, word in PLAIN if part in kinds or get_origin(part) in kinds), "")
        for part in _parts(info.annotation)
    ]
    found = list(dict.fromkeys(k for k in kinds if k))
    return " or ".join(found) if found else "value"


PLAIN: tuple[tuple[tuple[Any, ...], str], ...] = (
    ((bool,), "true or false"), ((int,), "number"), ((str,), "name"), ((tuple, list), "list"), ((dict,), "mapping"),
)  # fmt: skip


def _parts(annotation: Any) -> Iterator[Any]:
    """The members of a union; else the annotation itself. None is left out."""
    args = get_args(annotation)
    if get_origin(annotation) in (tuple, list, dict, Literal) or not args:
        if annotation is not type(None):
            yield annotation
        return
    for part in args:
        if not isinstance(part, Says):
            yield from _parts(part)


def _marks(annotation: Any) -> Iterator[Any]:
    """The marks inside of a union's members."""
    yield from getattr(annotation, "__metadata__", ())
    if get_origin(annotation) not in (tuple, list, dict):
        for part in get_args(annotation):
            yield from _marks(part)


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "–"
    value = info.get_default(call_default_factory=True, validated_data={})
    if value is None or value == () or value == {}:
        return ""
    return f"`{_flow(value)}`"


# -- pages -------------------------------------------------------------------------------------------------------------


def _language() -> str:
    lines = [
        "# Keys of definitions / 定义的键", MADE,
        "Every file is YAML. The key's kind says what stands behind it: a *formula* always is one; a *value* is plain,",
        "or a formula after `=`; a *text* is for people and may be written once for each language (`{zh: …, en: …}`).",
        "",
    ]  # fmt: skip
    for title, place, models in PARTS:
        lines += [f"## {title}", "", f"{place[:1].upper()}{place[1:]}.", ""]
        for number, model in enumerate(models):
            if number:
                lines += [f"### {title} › {model.__name__}", ""]
            lines += [_sentence(model), "", *_keys(model)]
    lines += ["## Not yet / 尚未支持", "", "`check` refuses these in words; nothing is ignored.", ""]
    names = {"FormDefinition": "form", "WorkflowDefinition": "workflow", "PackDefinition": "pack.yaml"}
    lines += [_row("where", "keys"), "|--|--|"]
    lines += [_row(names.get(m, m.lower()), " ".join(f"`{k}`" for k in keys)) for m, keys in later.LATER.items()]
    lines += [
        _row("folders", " ".join(f"`{f}/`" for f in later.FOLDERS)),
        _row("chart types", _codes(later.CHARTS)),
    ]
    return _page(lines)


def _fields() -> str:
    lines = [
        "# Field types / 字段类型", MADE, "A field is `name: {type: …}` below `fields:` of a form or of lines.", "",
        " · ".join(f"[{f.name}](#{f.name})" for f in FIELDS), "", "## Keys of every field / 所有字段的键", "",
        *_keys(Field),
    ]  # fmt: skip
    shared = {info.alias or name for name, info in Field.model_fields.items()}
    for found in FIELDS:
        lines += [f"## {found.name}", "", f"{found.summary.to('zh')} / {found.summary.to('en')}", ""]
        lines += _keys(found, shared)
        for example in found.examples:
            lines += _example(found.name, example)
    return _page(lines)


def _example(name: str, example: Example) -> Iterator[str]:
    """A declaration, what may be typed, and what is refused."""
    yield f"`{_flow({'type': name, **example.declared})}`"
    yield ""
    typed = [(raw, value) for raw, value in example.accepts if _showable(raw)]
    refused = [(raw, code) for raw, code in example.rejects if _showable(raw)]
    if typed or refused:
        yield _row("typed / 输入", "kept or refused / 保存或拒绝")
        yield "|--|--|"
        for raw, value in typed[:6]:
            yield _row(f"`{_visible(raw)}`", f"`{_visible(_plain(value))}`")
        for raw, code in refused[:4]:
            yield _row(f"`{_visible(raw)}`", f"[{code}](problems.md#{code})")
        yield ""


def _functions() -> str:
    lines = [
        "# Functions / 函数", MADE,
        "Written in capitals; any case is understood. `[…]` may be left out, `, …` repeats.",
        "Unless said otherwise a function gives null when an argument is null.", "",
    ]  # fmt: skip
    for family, title in FAMILIES.items():
        lines += [f"## {title}", "", _row("function", "gives / 结果", "examples / 例子"), "|--|--|--|"]
        for found in FUNCTIONS.values():
            if found.family == family:
                shown = "<br>".join(f"`{formula}` → {f'`{value}`' if value else 'null'}"
                                    for formula, value in found.examples)  # fmt: skip
                lines.append(_row(f"`{found.usage}`", f"{found.help.to('zh')} / {found.help.to('en')}", shown))
        lines.append("")
    return _page(lines)


def _charts() -> str:
    lines = [
        "# Chart types / 图表类型", MADE, "A widget is `name: {type: …}` below `widgets:` of a dashboard.", "",
        "## Keys of every widget / 所有图表的键", "", *_keys(Chart),
    ]  # fmt: skip
    shared = {info.alias or name for name, info in Chart.model_fields.items()}
    for found in TYPES:
        lines += [f"## {found.name}", "", f"{found.summary.to('zh')} / {found.summary.to('en')}", ""]
        lines += [f"Takes {found.quarters} of 4 quarters of a row unless `width` says otherwise.", ""]
        lines += _keys(found, shared)
        declared = dict.fromkeys(_flow(example.declared) for example in found.examples)
        lines += ["```yaml", *(f"{found.name}_{n}: {text}" for n, text in enumerate(declared, 1)), "```", ""]
    return _page(lines)


def _problems() -> str:
    lines = [
        "# Problems / 问题一览", MADE,
        "Whatever is refused has a code. It is the same on a page, in the API's answer and in `formloom check --json`.",
        "The number is the HTTP status when it is the API's answer. `{…}` is filled in.", "",
    ]  # fmt: skip
    for room, kinds in _rooms():
        lines += [f"## {room}", ""]
        for kind in kinds:
            lines += [f"### {kind.code}", "", f"{kind.status} · {_words(kind.message.words)}", ""]
            if kind.remedy:
                lines += [f"→ {_words(kind.remedy.words)}", ""]
    return _page(lines)


def _rooms() -> Iterator[tuple[str, list[Kind]]]:
    """The catalogue by the file that holds it, as that file's docstring begins."""
    for found in pkgutil.iter_modules(engine.problems.__path__):
        module = importlib.import_module(f"engine.problems.{found.name}")
        codes = [v for n, v in vars(module).items() if n.isupper() and isinstance(v, str) and v in CATALOGUE]
        if codes:
            yield (
                (module.__doc__ or found.name).split("\n")[0].partition(":")[0].rstrip("."),
                [CATALOGUE[c] for c in dict.fromkeys(codes)],
            )


# -- words -------------------------------------------------------------------------------------------------------------


def _sentence(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").split("\n\n")[0].replace("\n", " ").strip()


def _words(words: Mapping[str, str]) -> str:
    return " / ".join(w.replace("{{", "{").replace("}}", "}") for w in dict.fromkeys(words.values()) if w)


def _codes(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _showable(raw: Any) -> bool:
    """Whether something typed fits into a table: short, and not invisible."""
    return isinstance(raw, str) and 0 < len(raw) <= 60 and bool(raw.strip()) and raw.replace("\n", "").isprintable()


def _visible(text: str) -> str:
    return text.replace("\n", "⏎").replace("`", "'")


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else _flow(value)


def _flow(value: Any) -> str:
    """A value in YAML's flow style: `{to: customer, min_rows: 1}`."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(v) for v in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "null" if value is None else str(value)
    if isinstance(value, str) and (re.search(r"[{}\[\],#&*!|>'\"%@`]|: |^[=-]? ?$", text) or text != text.strip()):
        quote = "'" if '"' in text else '"'
        return quote + text.replace(quote, quote * 2) + quote
    return text


def _page(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
