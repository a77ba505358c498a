"""JSON Schemas (2020-12) of a form's records, as one person reads and writes them.

Why: a program must know before it sends what will be taken. Each field's own schema comes from its type; here it is seen
who may see and fill it, what is always needed, and what is computed. A field that is hidden from somebody is not even
named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.definitions.model import SYSTEM, Catalog, Constant, Form, FormField, Transition
from engine.expressions.tree import Literal, Typed
from engine.runtime.access import hidden_in, sets, spread
from engine.runtime.exporting import SYSTEM_TITLES
from engine.runtime.far import seen
from engine.runtime.values import Actor
from engine.texts import Text, text

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
MOMENT = {"type": "string", "format": "date-time"}
PURPOSES = ("create", "change", "record")
NAMED = text("记录的名称", "What the record is called")
VERSION = text("版本，每次改动加一", "The version; each change adds one")
LINE = text("行的编号；新行不带", "The line's id; a new line has none")
LIMITS = ("minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "x-minimum", "x-maximum", "allOf")
"""What limits values that are sent: what is stored may be older than a limit."""


def schema(catalog: Catalog, form: Form, actor: Actor, purpose: str) -> dict[str, Any]:
    """The whole schema for `create`, `change` or `record`, with what is computed marked readOnly and options titled."""
    body = record(catalog, form, actor) if purpose == "record" else writes(form, actor, purpose)
    if purpose != "record":
        shown = _properties(form, actor, hidden_in(form, sets(form, actor, "view")))
        extra = {n: {**s, "readOnly": True} for n, s in shown.items() if n not in body["properties"]}
        order = [n for n in form.fields if n in body["properties"] or n in extra]
        body["properties"] = {n: body["properties"].get(n) or extra[n] for n in order}
    body["properties"] = {n: titled(form.fields.get(n), s, actor.language) for n, s in body["properties"].items()}
    address = f"urn:formloom:schema:{form.name}:{purpose}"
    return {"$schema": DIALECT, "$id": address, "title": form.title.to(actor.language), **body}


def record(catalog: Catalog, form: Form, actor: Actor, *, listed: bool = False) -> dict[str, Any]:
    """What is answered of a record. `listed`: in a list, where columns may be chosen."""
    language = actor.language
    hidden = hidden_in(form, sets(form, actor, "view"))
    properties: dict[str, Any] = {
        "id": {**ID, "readOnly": True},
        "_version": {"type": "integer", "minimum": 0, "title": VERSION.to(language), "readOnly": True},
        "_title": {"type": "string", "title": NAMED.to(language), "readOnly": True},
    }
    for name in SYSTEM[1:]:
        if name != "state" or form.workflow is not None:
            properties[name] = {"title": SYSTEM_TITLES[name].to(language), **_system(form, name), "readOnly": True}
    own = _properties(form, actor, hidden)
    properties |= own
    sometimes = frozenset[str]().union(*(spread(form, s.hide) for s in sets(form, actor, "view")))
    always = [n for n in properties if n not in sometimes]
    for path, found in form.far.items() if listed else ():
        if seen(catalog, form, actor, path):
            properties[path] = {**nullable(found.field.schema()), **_words(found, language), "readOnly": True}
    needed = ["id", "_version", "_title"] if listed else always
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def writes(form: Form, actor: Actor, purpose: str) -> dict[str, Any]:
    """What may be sent to create or change a record: only what this person may fill."""
    action = "create" if purpose == "create" else "edit"
    held = sets(form, actor, action)
    closed = frozenset(form.fields) if not held else _closed(form, actor, action)
    properties: dict[str, Any] = {}
    required: list[str] = []
    for name, found in form.fields.items():
        if name in closed or not fillable(found):
            continue
        needed = constant(found.required) is True and _always_shown(form, found)
        properties[name] = _wanted(found, actor.language, needed, purpose, closed)
        least = found.field.row_limits()[0]
        if purpose == "create" and (needed or (least and _always_shown(form, found))) and found.default is None:
            required.append(name)
    made: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return made | ({"required": required} if required else {})


def press(form: Form, transition: Transition, language: str) -> dict[str, Any]:
    """What may be sent to press a button: the fields it asks for, its own questions, an opinion."""
    properties: dict[str, Any] = {}
    fields = _asked(form, transition, language)
    if fields:
        properties["fields"] = {"type": "object", "properties": fields, "additionalProperties": False}
    if transition.ask:
        asked = {
            n: _wanted(f, language, constant(f.required) is True and f.default is None, "create", frozenset())
            for n, f in transition.ask.items()
        }
        needed = [n for n, f in transition.ask.items() if constant(f.required) is True and f.default is None]
        properties["ask"] = {"type": "object", "properties": asked, "additionalProperties": False, "required": needed}
    if transition.opinion == "required":
        properties["opinion"] = {"type": "string", "minLength": 1, "maxLength": 10000, "pattern": r"\S"}
    elif transition.opinion == "optional":
        properties["opinion"] = {"type": ["string", "null"], "maxLength": 10000}
    properties["version"] = {"type": "integer", "minimum": 1, "maximum": 2**31}
    properties["confirm"] = {"type": "array", "items": {"type": "string", "maxLength": 200}, "maxItems": 50}
    made: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    must = [n for n, there in (("opinion", transition.opinion == "required"),) if there]
    if transition.ask and properties["ask"]["required"]:
        must.append("ask")
    return made | ({"required": must} if must else {})


def together(form: Form, transition: Transition, language: str, most: int) -> dict[str, Any]:
    """What may be sent to press a button on several records: as for one, and which records in which versions."""
    made = press(form, transition, language)
    whole = {"type": "integer", "minimum": 1, "maximum": 2**31}
    row = {
        "type": "object",
        "properties": {"id": whole, "version": whole},
        "required": ["id"],
        "additionalProperties": False,
    }
    records = {"type": "array", "items": row, "minItems": 1, "maxItems": most}
    properties = {"records": records, **{n: p for n, p in made["properties"].items() if n != "version"}}
    return {**made, "properties": properties, "required": ["records", *made.get("required", ())]}


def titled(found: FormField | None, made: dict[str, Any], language: str) -> dict[str, Any]:
    """The same schema with the options' titles, as form generators read them (`oneOf` of constants)."""
    if found is None:
        return made
    if found.columns and "items" in made:
        inner = made["items"]["properties"]
        columns = {n: titled(found.columns.get(n), s, language) for n, s in inner.items()}
        return made | {"items": made["items"] | {"properties": columns}}
    where = made.get("items") if made.get("type") in ("array", ["array", "null"]) else made
    if not found.options or not isinstance(where, dict) or "enum" not in where:
        return made
    options: list[dict[str, Any]] = []
    for name in where["enum"]:
        option = found.options.get(name) if name is not None else None
        options.append({"const": name, "title": "–" if name is None else option.title.to(language) if option else name})
    new = {k: v for k, v in where.items() if k != "enum"} | {"oneOf": options}
    return new if where is made else made | {"items": new}


def constant(given: Typed | bool) -> bool | None:
    """What a condition always is; None: it depends."""
    if isinstance(given, bool):
        return given
    return given.tree.value if isinstance(given.tree, Literal) and isinstance(given.tree.value, bool) else None


def fillable(found: FormField) -> bool:
    """Whether anybody may ever send a value for it: it isn't computed, numbered, live, closed or kept for actions."""
    return (
        found.formula is None
        and found.related is None
        and found.numbering is None
        and constant(found.readonly) is not True
        and constant(found.visible) is not False
    )


# -- inner -------------------------------------------------------------------------------------------------------------


def _properties(form: Form, actor: Actor, hidden: frozenset[str]) -> dict[str, Any]:
    """What a person sees of a record's fields."""
    found: dict[str, Any] = {}
    for name, field in form.fields.items():
        if name in hidden or field.related is not None:
            continue
        found[name] = _seen(field, actor.language, hidden, name)
        if not fillable(field):
            found[name]["readOnly"] = True
    return found


def _seen(field: FormField, language: str, hidden: frozenset[str], own: str) -> dict[str, Any]:
    """A value as it is answered; of lines with the columns that the person sees."""
    made = _stored(field, language)
    if not field.columns:
        return nullable(made)
    columns = {
        n: _seen(c, language, hidden, f"{own}.{n}")
        for n, c in field.columns.items()
        if f"{own}.{n}" not in hidden and c.related is None
    }
    line = {"id": {**ID, "title": LINE.to(language)}, **columns}
    return made | {"items": {"type": "object", "properties": line, "additionalProperties": False, "required": ["id"]}}


def _stored(found: FormField, language: str) -> dict[str, Any]:
    """A value as it is answered: of its type, without the limits of what may be sent."""
    made = {k: v for k, v in found.field.schema().items() if k not in LIMITS}
    return {**_words(found, language), **made}


def _wanted(
    found: FormField, language: str, needed: bool, purpose: str, closed: frozenset[str],
    only: frozenset[str] | None = None, own: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A value as it is sent. `only`: of its columns just these, and lines can neither be added nor taken away."""
    made = {**_words(found, language), **found.field.schema()}
    if isinstance(found.default, Constant) and purpose == "create" and not found.columns:
        value = found.field.to_json(found.default.value)
        made |= {} if value is None else {"default": value}
    if found.columns:
        made["items"] = _line(found, language, purpose, closed, only, own or found.name)
        least, most = found.field.row_limits()
        made["minItems"] = max(least, 1 if needed else 0)
        made |= {} if most is None else {"maxItems": most}
        return made if made["minItems"] else nullable(made)
    return filled(made) if needed else nullable(made)


def _line(
    found: FormField, language: str, purpose: str, closed: frozenset[str], only: frozenset[str] | None, own: str
) -> dict[str, Any]:  # fmt: skip
    columns: dict[str, Any] = {}
    required: list[str] = []
    for name, column in found.columns.items():
        path = f"{own}.{name}"
        below = _below(only, name)
        if path in closed or not (fillable(column) or column.columns) or (only is not None and below == frozenset()):
            continue
        needed = constant(column.required) is True and constant(column.visible) is True
        columns[name] = _wanted(column, language, needed, purpose, closed, below, path)
        if needed and purpose == "create" and column.default is None:
            required.append(name)
    if purpose != "create":
        columns = {"id": {**ID, "title": LINE.to(language)}, **columns}
    made: dict[str, Any] = {"type": "object", "properties": columns, "additionalProperties": False}
    if only is not None:
        required = ["id"]
    return made | ({"required": required} if required else {})


def _below(only: frozenset[str] | None, name: str) -> frozenset[str] | None:
    """What of a column is named: None for all of it, nothing when it isn't."""
    if only is None or name in only:
        return None
    return frozenset(n.partition(".")[2] for n in only if n.startswith(f"{name}."))


def _asked(form: Form, transition: Transition, language: str) -> dict[str, Any]:
    """The form's fields that a button asks for; of lists only the columns named, where columns are named."""
    found: dict[str, Any] = {}
    for path in (*transition.edit, *transition.require):
        name = path.partition(".")[0]
        field = form.fields[name]
        if name in found or not (field.columns or fillable(field) or constant(field.readonly) or _unseen(field)):
            continue
        if field.formula is not None or field.related is not None or field.numbering is not None:
            continue
        both = (*transition.edit, *transition.require)
        columns = frozenset(p.partition(".")[2] for p in both if p.startswith(f"{name}."))
        needed = name in transition.require
        found[name] = _wanted(
            field, language, needed, "change", frozenset(), columns if columns and name not in both else None
        )
    return found


def _unseen(found: FormField) -> bool:
    return constant(found.visible) is False


def nullable(made: dict[str, Any]) -> dict[str, Any]:
    """The same, or null."""
    new = dict(made)
    if isinstance(new.get("type"), str):
        new["type"] = [new["type"], "null"]
    if "enum" in new:
        new["enum"] = [*new["enum"], None]
    return new


def filled(made: dict[str, Any]) -> dict[str, Any]:
    """The same, but not empty: what is always needed."""
    kind = made.get("type")
    if kind == "boolean":
        return made | {"const": True}
    if kind == "array":
        return made | {"minItems": max(1, made.get("minItems", 0))}
    if kind == "string" and "enum" not in made and re.search(made.get("pattern", ""), "") is not None:
        return made | {"minLength": 1, "allOf": [*made.get("allOf", ()), {"pattern": r"\S"}]}
    return made


def _words(found: FormField, language: str) -> dict[str, Any]:
    made: dict[str, Any] = {"title": found.title.to(language)}
    said = found.help.to(language) if isinstance(found.help, Text) else ""
    if said:
        made["description"] = said
    target = found.field.target()
    if target is not None:
        made["x-form"] = target
    elif found.field.targets():
        made["x-forms"] = list(found.field.targets())
    return made


def _system(form: Form, name: str) -> dict[str, Any]:
    if name == "state":
        states = form.workflow.states if form.workflow is not None else {}
        return {"type": "string", "enum": list(states)}
    if name.endswith("_at") or name == "state_since":
        return {**MOMENT, "type": ["string", "null"]}
    return {**ID, "type": ["integer", "null"], "x-form": "person"}


def _always_shown(form: Form, found: FormField) -> bool:
    sections = [s for s in form.layout if found.name in s.fields]
    return constant(found.visible) is True and all(constant(s.visible) is True for s in sections)


def _closed(form: Form, actor: Actor, action: str) -> frozenset[str]:
    """The fields that none of the person's sets with this action lets them fill."""
    parts = [spread(form, s.hide | s.readonly) for s in sets(form, actor, action) if action in s.can]
    if not parts:
        return frozenset(form.fields)
    return frozenset.intersection(*parts)


def unknown_keys(contract: Mapping[str, Any], raw: Mapping[str, Any]) -> list[str]:
    """Paths of what a body has and its schema doesn't know: `colour`, `items.0.colour`."""
    known = contract.get("properties", {})
    found = [str(name) for name in raw if name not in known]
    for name, value in raw.items():
        inner = known.get(name, {})
        items = inner.get("items")
        if isinstance(value, list) and isinstance(items, Mapping) and items.get("additionalProperties") is False:
            for number, row in enumerate(value):
                if isinstance(row, Mapping):
                    found += [f"{name}.{number}.{path}" for path in unknown_keys(items, row)]
        elif isinstance(value, Mapping) and inner.get("additionalProperties") is False:
            found += [f"{name}.{path}" for path in unknown_keys(inner, value)]
    return found


def is_id(value: Any) -> bool:
    """Whether a JSON value is a whole number that an id could be (4.0 is one)."""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return whole and not isinstance(value, bool) and 1 <= value <= ID["maximum"]
