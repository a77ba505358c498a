"""What a page with a form says beside its fields: what is to be mended, what is to be confirmed, what was done.

Why: a record's form, a button's dialog and a bulk of records say it in the same words, with links to the same places.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.definitions.model import Form
from engine.problems import Problem
from engine.runtime.values import Accepted
from engine.web.boxes import field_id
from engine.web.visit import Visit


def warnings_of(visit: Visit, problems: Sequence[Problem]) -> list[tuple[str, str, str]]:
    """The warnings to be confirmed: what confirms each, its words, and the fields whose change takes that back."""
    return [
        (p.facts.get("key", p.code), p.message(visit.language), p.facts.get("reads", ""))
        for p in problems if p.severity == "warn"
    ]  # fmt: skip


def noted(visit: Visit, words: str, done: Accepted) -> str:
    """What is said of something done: with it what rules think worth a word."""
    return " ".join([words, *(note.message(visit.language) for note in done.notes)])


def summary(visit: Visit, form: Form, errors: Sequence[Problem]) -> list[tuple[str, str]]:
    """What stands on top, in the order of the page: (link, words) for each field, "" as link for what concerns the whole
    form."""
    out: list[tuple[str, str]] = []
    order = {name: i for i, name in enumerate(n for section in form.layout for n in section.fields)}

    def place(one: Problem) -> tuple[int, int, int]:
        name, _, rest = (one.place.field or "").partition(".")
        number, _, column = rest.partition(".")
        columns = list(form.fields[name].columns) if name in form.fields else []
        at = columns.index(column) if column in columns else -1
        return order.get(name, -1), int(number) if number.isdigit() else -1, at

    for one in sorted(errors, key=place):
        path = one.place.field
        if not path or path.split(".")[0] not in form.fields:
            out.append(("", one.said(visit.language)))
            continue
        line = ("#" + field_id(path), path_title(visit, form, path))
        if line not in out:
            out.append(line)
    return out


def path_title(visit: Visit, form: Form, path: str) -> str:
    """items.1.quantity -> 退货明细第 2 行 数量."""
    name, _, rest = path.partition(".")
    title = visit.text(form.fields[name].title)
    number, _, column = rest.partition(".")
    if not number.isdigit():
        return title
    inner = form.fields[name].columns.get(column)
    words = visit.text(inner.title) if inner is not None else ""
    return visit.t("line_field", title=title, line=int(number) + 1, column=words).strip()
