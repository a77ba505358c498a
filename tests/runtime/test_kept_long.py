"""What is stored of formulas is what they give, always: random small forms that read one another, random writes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine.definitions.model import FormField
from engine.problems import Refused
from engine.runtime import recount
from engine.runtime.compute import field_value
from engine.runtime.record import Record
from engine.runtime.work import Work
from tests.firm import ADMIN, Clock, Firm, write

FORMS = ("a", "b", "c")
LEVELS = 3
ITEMS = """  items:
    type: lines
    fields:
      q: {type: integer}
      to: {type: reference, to: b, on_delete: clear}
      r: {type: integer, formula: %s}
"""
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def below(level: int) -> st.SearchStrategy[str]:
    """A field of a lower level; every form has all of them."""
    return st.sampled_from(["n", *(f"f{k}" for k in range(1, level))])


@st.composite
def formula(draw: st.DrawFn, form: str, level: int) -> str:
    """A formula that reads lower levels only, so that nothing closes a circle."""
    x, y, other, third = (
        draw(below(level)),
        draw(below(level)),
        draw(st.sampled_from(FORMS)),
        draw(st.sampled_from(FORMS)),
    )
    made = [
        f"{x} + {y}",
        f"to_{other}.{x}",
        f"to_{other}.to_{third}.{x} + {y}",
        f"SUM({x} from {other} where to_{form} = this)",
        f"COUNT(from {other} where to_{form} = this and {x} > {y})",
        f"MAX({x} from {other} where to_{form} = this and to_{third} = this.to_{third})",
        f"FIRST({x} from {other} where to_{form} = this sort -{y})",
        f"SUM(to_{third}.{x} from {other} where to_{form} = this)",
    ]
    if level > 1:
        made += ["SUM(items.r)", "COUNT(from items where q > 1)"]
        if form == "b":
            made += [f"SUM(q * parent.{x} from {other}.items where to = this)"]
    if level == LEVELS:
        made += [f"SUM(total from sums where to_{form} = this)" if form == "a" else f"to_a.{x}"]
    return draw(st.sampled_from(made))


@st.composite
def packs(draw: st.DrawFn) -> dict[str, str]:
    """Three forms that read one another, and an aggregate over them."""
    files = {"pack.yaml": "title: Random\nlanguage: en\n"}
    for form in FORMS:
        text = "fields:\n  n: {type: integer}\n"
        text += "".join(f"  to_{o}: {{type: reference, to: {o}, on_delete: clear}}\n" for o in FORMS)
        text += ITEMS % draw(st.sampled_from(["q * to.n", "q + parent.n", "to.f1", "parent.to_c.f1 + q"]))
        for level in range(1, LEVELS + 1):
            text += f'  f{level}: {{type: integer, formula: "{draw(formula(form, level))}"}}\n'
        files[f"forms/{form}.yaml"] = text
    where = draw(st.sampled_from(["", ", where: n > 1", ", where: to_b.f1 > 0"]))
    by = draw(st.sampled_from(["to_a", "to_b.to_a"]))
    files["forms/sums.yaml"] = (
        f"aggregate:\n  bs: {{from: b, by: {{to_a: {by}}}{where}}}\n"
        "  cs: {from: c.items, by: {to_a: parent.to_a}}\n"
        "fields:\n  to_a: {type: reference, to: a}\n"
        "  total: {type: integer, formula: SUM(bs.f1) + SUM(cs.q)}\n"
        "  most: {type: integer, formula: MAX(bs.n)}\n"
        "  name: {type: integer, formula: to_a.n}\n"
    )
    return files


small = st.integers(-2, 4)
pointer = st.one_of(st.none(), st.integers(0, 3))
line = st.fixed_dictionaries({"q": small, "to": pointer})
write_one = st.tuples(
    st.sampled_from(["new", "new", "change", "change", "change", "remove"]),
    st.sampled_from(FORMS),
    st.integers(0, 3),
    st.fixed_dictionaries(
        {}, optional={"n": small, **{f"to_{o}": pointer for o in FORMS}, "items": st.lists(line, max_size=2)}
    ),
)


def pointed(raw: dict[str, Any], there: dict[str, list[int]]) -> dict[str, Any]:
    """References by number become ids of records that are there."""
    found = dict(raw)
    for o in FORMS:
        if found.get(f"to_{o}") is not None:
            found[f"to_{o}"] = there[o][found[f"to_{o}"] % len(there[o])] if there[o] else None
    if "items" in found:
        found["items"] = [
            {"q": i["q"], "to": there["b"][i["to"] % len(there["b"])] if i["to"] is not None and there["b"] else None}
            for i in found["items"]
        ]
    return found


def do(firm: Firm, there: dict[str, list[int]], step: tuple[str, str, int, dict[str, Any]]) -> None:
    kind, form, number, raw = step
    try:
        if kind == "new":
            there[form].append(firm.new(ADMIN, form, **pointed(raw, there)))
        elif there[form] and kind == "change":
            id = there[form][number % len(there[form])]
            firm.engine.change(ADMIN, form, id, pointed(raw, there))
        elif there[form]:
            id = there[form][number % len(there[form])]
            firm.engine.remove(ADMIN, form, id)
            there[form].remove(id)
    except Refused as refused:
        assert {p.code for p in refused.problems} <= {"formula_overflow", "overflow"}, refused


def wrong(work: Work) -> Iterator[tuple[str, int | None, str, Any, Any]]:
    """Every stored formula whose value isn't what it gives now."""
    for form in work.catalog.forms.values():
        table = work.layout.table(form.name)
        for id in work.conn.execute(select(table.c.id)).scalars().all():
            record = work.row(form.name, id)
            assert record is not None
            for name, found in form.fields.items():
                yield from differs(work, found, record)
                for line in record.value(name) or [] if found.columns else []:
                    for column in found.columns.values():
                        yield from differs(work, column, line)


def differs(work: Work, found: FormField, row: Record) -> Iterator[tuple[str, int | None, str, Any, Any]]:
    if found.formula is not None and found.stored:
        right = field_value(work, found, found.formula, row)
        if right != row.values.get(found.name):
            yield row.shape, row.id, found.name, row.values.get(found.name), right


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
@given(packs(), st.lists(write_one, min_size=6, max_size=18))
def test_what_is_kept_is_what_formulas_give(
    files: dict[str, str], steps: list[tuple[str, str, int, dict[str, Any]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        firm = Firm(write(place / "definitions", files), place / "data", Clock(NOW))
        try:
            there: dict[str, list[int]] = {form: [] for form in FORMS}
            for step in steps:
                do(firm, there, step)
                assert firm.engine.read(ADMIN, lambda w: list(wrong(w))) == [], step
            assert firm.engine.read(ADMIN, lambda w: recount.verify(w, w.form("sums"))) == []
        finally:
            firm.close()
