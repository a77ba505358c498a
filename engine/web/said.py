"""What a page with a form says beside its fields: what is to be mended, what is to be confirmed, what was done.

Why: a record's form, a button's dialog and a bulk of records say it in the same words, with links to the same places.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from engine.definitions.model import Form
from engine.problems import Problem
from engine.runtime.titles import place_title
from engine.runtime.values import Accepted
from engine.web.filling import field_id
from engine.web.visit import Visit


@dataclass(frozen=True)
class Warned:
    """A warning to be confirmed: what confirms it (`key`), and the fields whose change takes that back. `said` is what it
    says, of each line (link, what the line is called, words); "" and "" where it is about no line, "" as link where the
    line isn't on this page."""

    key: str
    reads: str
    said: list[tuple[str, str, str]]


def warnings_of(
    visit: Visit, form: Form, problems: Sequence[Problem], shown: Collection[str] | None = None
) -> list[Warned]:
    """The warnings, those of several lines together; `shown` are the fields that the page has (None: all)."""
    found: dict[str, Warned] = {}
    for one in problems:
        if one.severity != "warn":
            continue
        key, path = one.facts.get("key", one.code), one.place.field or ""
        head, _, line = path.partition(".")
        place = place_title(form, path, visit.language) if line else ""
        link = f"#{field_id(_open(form, path))}" if place and (shown is None or head in shown) else ""
        warned = found.setdefault(key, Warned(key, one.facts.get("reads", ""), []))
        warned.said.append((link, place, one.message(visit.language)))
    return list(found.values())


def _open(form: Form, path: str) -> str:
    """The path of what is filled in first of a line, where `path` names but the line: a link needs a box to lead to."""
    *_, last = parts = path.split(".")
    found = form.named(".".join(parts[::2])) if last.isdigit() else None
    first = (
        [n for n, c in found.columns.items() if c.formula is None and c.related is None and not c.columns]
        if found
        else []
    )
    return f"{path}.{first[0]}" if first else path


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
        line = ("#" + field_id(_open(form, path)), place_title(form, path, visit.language))
        if line not in out:
            out.append(line)
    return out
