"""Forms as the catalog would compile them, built directly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import engine.fields
from engine.definitions.model import Form, FormField, Numbering, Rule, State, View, Wording, Workflow
from engine.expressions.template import Template
from engine.expressions.tree import Get, Literal, Node, Op, Typed, Var
from engine.expressions.types import BOOLEAN, NUMBER, TEXT, Type, record
from engine.fields.base import Field, Option
from engine.registry import Registry
from engine.storage.layout import Layout, layout
from engine.texts import same

NOW = datetime(2026, 5, 7, 8, 9, 10, tzinfo=UTC)

TYPES = Registry(engine.fields, Field)


def a_field(form: str, name: str, declared: Mapping[str, Any]) -> FormField:
    """A field as the catalog would give it; `formula` and `stored` aren't compiled, only marked."""
    given = {"type": "text", **declared}
    stored, computed = given.pop("stored", True), "formula" in given
    columns: dict[str, FormField] = {}
    if given["type"] == "lines":
        columns = {n: a_field(f"{form}.{name}", n, d) for n, d in given["fields"].items()}
        given["fields"] = {n: c.field for n, c in columns.items()}
    olds = given.pop("olds", {})
    options = {n: Option(same(n), was=olds.get(n, ())) for n in given.get("options", ())}
    kind = TYPES.get(given["type"])
    assert kind is not None, given
    found = kind.model_validate(given)
    numbering = None
    if given["type"] == "serial":
        reset, scope = given.get("reset", "never"), tuple(given.get("scope", ()))
        numbering = Numbering(Template("", ()), reset, scope, False, None, once=reset == "never" and not scope)
    return FormField(
        name=name,
        shape=form,
        field=found,
        type=TEXT,
        title=same(name.title()),
        help=same(""),
        placeholder=same(""),
        formula=Typed("1", Literal(NUMBER, 0, 1), NUMBER, frozenset(), False, False, False) if computed else None,
        stored=stored,
        options=options,
        numbering=numbering,
        columns=columns,
    )


def a_form(name: str, fields: Mapping[str, Mapping[str, Any]], **more: Any) -> Form:
    """A form with these fields as in YAML (also `stored`, and `olds`: option -> its old names)."""
    made = Form(
        name=name,
        pack="home",
        file=f"forms/{name}.yaml",
        digest=repr((name, fields, more)),
        title=same(name.title()),
        help=same(""),
        icon="",
        fields={n: a_field(name, n, d) for n, d in fields.items()},
        record_title=Template("", ()),
        key=None,
        order=(),
        rules=(),
        views={},
        layout=(),
        access=(),
        actions={},
        workflow=None,
    )
    return replace(made, **more)


@dataclass(frozen=True)
class Renamed(State):
    """A state that knows its old names."""

    was: tuple[str, ...] = ()


def a_workflow(*states: str, **olds: tuple[str, ...]) -> Workflow:
    """A workflow of these states; `olds`: state -> its old names."""
    made = {
        name: Renamed(
            name=name, title=same(name), kind="run", final=None, choose=(), enter=(), leave=(), was=olds.get(name, ())
        )
        for name in states
    }
    return Workflow("any", states[0], made, {})


def a_condition(shape: str, member: str, op: str = "=", frame: str = "this") -> Typed:
    """`member OP "x"` over records of the shape."""
    tree: Node = Op(BOOLEAN, 0, op, (Get(TEXT, 0, Var(record(shape), 0, frame), member), Literal(TEXT, 0, "x")))
    return Typed("", tree, BOOLEAN, frozenset(), False, False, False)


def a_typed(tree: Node, type: Type = BOOLEAN) -> Typed:
    """A formula with this tree."""
    return Typed("", tree, type, frozenset(), False, False, False)


def a_rule(*unique: str, **more: Any) -> Rule:
    """A rule that these fields together occur once."""
    made = Rule("once", None, unique, None, "row", None, frozenset(), (), Wording({"zh": Template("", ())}), "error")
    return replace(made, **more)


def a_view(where: Typed | None, *sort: str) -> View:
    """A view of records."""
    return View("v", same("v"), (), where, tuple((name, False) for name in sort), frozenset())


def laid_out(*forms: Form) -> Layout:
    """The layout of these forms."""
    return layout({form.name: form for form in forms})
