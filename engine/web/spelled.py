"""Which values are spelled out beside their figures: 大写金额.

Why: a form that has a field of its own for it (`in_words: {formula: RMBCAP(total)}`) says it there, and only there.
"""

from __future__ import annotations

from typing import Any

from engine.definitions.model import Form, FormField
from engine.expressions.tree import Call, Get, Var
from engine.web.visit import Visit


def spelled(visit: Visit, form: Form, found: FormField, value: Any) -> str | None:
    """The value of a record's own field in words; "" for an empty one, None where it isn't spelled out."""
    words = found.field.spelled(value, visit.reader)
    return None if words is None or any(_spells(one, found.name) for one in form.fields.values()) else words


def _spells(found: FormField, name: str) -> bool:
    tree = found.formula.tree if found.formula is not None else None
    if not isinstance(tree, Call) or tree.function != "RMBCAP" or len(tree.args) != 1:
        return False
    read = tree.args[0]
    return isinstance(read, Get) and isinstance(read.of, Var) and read.name == name
