"""JSON Schemas (2020-12) of the files that analysts write, for editors: completion, and marks under what is unknown.

Why: the pydantic models are the authority, so the schemas are made from them. Editors don't follow discriminators,
hence fields and widgets are a `oneOf` of their types with a constant `type`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from engine.definitions.automation import AutomationDefinition
from engine.definitions.compile_dashboard import TYPES
from engine.definitions.dashboard import DashboardDefinition
from engine.definitions.form import FormDefinition, FragmentDefinition
from engine.definitions.pack import PackDefinition
from engine.definitions.workflow import WorkflowDefinition
from engine.fields import FIELDS
from engine.texts import Text

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAME = "^[a-z][a-z0-9_]*$"
FILES: dict[str, type[BaseModel]] = {
    "form": FormDefinition,
    "workflow": WorkflowDefinition,
    "automation": AutomationDefinition,
    "dashboard": DashboardDefinition,
    "pack": PackDefinition,
    "fragment": FragmentDefinition,
}
"""Kind of file -> its model."""


def schema(kind: str) -> dict[str, Any]:
    """The schema of a kind of file: `form`, `workflow`, `automation`, `dashboard`, `pack` or `fragment`. KeyError for any other."""
    made = FILES[kind].model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
    defs: dict[str, Any] = made.setdefault("$defs", {})
    made["$schema"] = DIALECT
    made["title"] = kind
    if kind != "dashboard":
        defs["AnyField"] = _family(FIELDS, "field", defs, "text")
    else:
        defs["AnyWidget"] = _family(TYPES, "widget", defs, "table")
    holders = {
        "form": ("fields",),
        "fragment": ("fields",),
        "pack": ("settings",),
        "dashboard": ("widgets",),
        "workflow": (),
        "automation": (),
    }[kind]
    for key in holders:
        made["properties"][key] = _named(made["properties"][key], "AnyWidget" if kind == "dashboard" else "AnyField")
    for definition in defs.values():
        properties = definition.get("properties", {})
        if "ask" in properties and "from" in properties:
            properties["ask"] = _named(properties["ask"], "AnyField")
        if definition.get("title") == "Lines" or properties.get("type", {}).get("const") == "lines":
            properties["fields"] = _named(properties["fields"], "AnyField")
    return _plain(made)  # type: ignore[no-any-return]


def _family(types: Iterable[Any], word: str, defs: dict[str, Any], default: str) -> dict[str, Any]:
    """One of the types of a family, each with its `type` as a constant; the default type may leave it out.

    All names stand beside the alternatives too: an editor offers a type whose other keys aren't written yet.
    """
    members, names = [], []
    for found in types:
        part = found.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
        defs.update(part.pop("$defs", {}))
        part["properties"] = {
            "type": {"const": found.name},
            **{k: v for k, v in part["properties"].items() if k != "type"},
        }
        required = [key for key in part.get("required", []) if key != "type"]
        part["required"] = required if found.name == default else ["type", *required]
        summary = found.summary
        part["description"] = f"{summary.to('en')} / {summary.to('zh')}" if isinstance(summary, Text) else ""
        name = f"{found.name}_{word}"
        defs[name] = part
        members.append({"$ref": f"#/$defs/{name}"})
        names.append(found.name)
    return {"type": "object", "properties": {"type": {"enum": names}}, "oneOf": members}


def _named(given: dict[str, Any], each: str) -> dict[str, Any]:
    """name: one of `each`, keeping the description."""
    kept = {key: given[key] for key in ("description",) if key in given}
    found = {"$ref": f"#/$defs/{each}"}
    empty = [{"type": "null"}] if each == "AnyField" else []
    value = {"anyOf": [found, *empty]} if empty else found
    return {**kept, "type": "object", "propertyNames": {"pattern": NAME}, "additionalProperties": value}


def _plain(node: Any) -> Any:
    """Without what editors stumble over: titles made of names, defaults, decimals' pattern."""
    if isinstance(node, list):
        return [_plain(part) for part in node]
    if not isinstance(node, dict):
        return node
    found = {}
    for key, value in node.items():
        if key == "default" or (key == "title" and isinstance(value, str) and "properties" not in node):
            continue
        if key in ("properties", "$defs"):
            found[key] = {name: _plain(part) for name, part in value.items()}
        else:
            found[key] = _plain(value)
    return _formulas(found)


def _formulas(node: dict[str, Any]) -> dict[str, Any]:
    """Where a text is taken, a bare number, true or false will do, and one name where a list of names is."""
    if node.get("type") == "string" and re.match(r".* / ", str(node.get("description", ""))) and "pattern" not in node:
        return {**node, "type": ["string", "number", "boolean"]}
    if node.get("type") == "array" and node.get("items") == {"type": "string"}:
        kept = {key: value for key, value in node.items() if key == "description"}
        return {**kept, "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    return node
