"""What a page with a form says beside its fields: what is to be mended, what is to be confirmed, what was done.

Why: a record's form, a button's dialog and a bulk of records say it in the same words, with links to the same places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.definitions.model import Form, FormField
from engine.problems import Problem
from engine.runtime.values import Accepted
from engine.web.filling import field_id
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

    def place(one: Problem) -> tuple[int, ...]:
        first, *rest = (one.place.field or "").split(".")
        columns = form.fields[first].columns if first in form.fields else {}
        out = [order.get(first, -1)]
        for part in rest:
            if part.isdigit():
                out.append(int(part))
            else:
                out.append(list(columns).index(part) if part in columns else -1)
                columns = columns[part].columns if part in columns else {}
        return tuple(out)

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
    """items.1.quantity -> 退货明细第 2 行 数量; parcels.1.items.2.weight -> 包裹第 2 行 物品第 3 行 重量."""
    return _titled(visit, form.fields, path.split("."))


def _titled(visit: Visit, fields: Mapping[str, FormField], parts: Sequence[str]) -> str:
    found = fields.get(parts[0]) if parts else None
    if found is None:
        return ""
    title = visit.text(found.title)
    if len(parts) == 1 or not parts[1].isdigit():
        return title
    inner = _titled(visit, found.columns, parts[2:])
    return visit.t("line_field", title=title, line=int(parts[1]) + 1, column=inner).strip()
