"""Parts of the OpenAPI document that are the same for all forms: parameters, problem answers, common schemas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.runtime.causes import KINDS
from engine.web.api_lists import CONDITION, PAGES, WORDS
from engine.web.api_schema import ID, MOMENT

JSON, PROBLEM = "application/json", "application/problem+json"

PROBLEMS = {
    400: "The request can't be read: broken JSON, a body that is no object, a wrong query parameter or header.",
    401: "No token, or one that is wrong, expired or taken back.",
    403: "The person behind the token may not do this.",
    404: "There is no such address, form or record, or not for this person.",
    409: "The request is well-formed, but the data or definitions as they are now don't allow it: a rule, a reference to "
    "nothing, a state, a condition that doesn't fit the form, a warning that isn't confirmed.",
    412: "The record was changed since the version in If-Match.",
    413: "More was sent than is taken.",
    415: "Not a media type that is taken here.",
    422: "The body doesn't fit its JSON Schema; every field that is wrong is told.",
    428: "If-Match is missing.",
    500: "Something went wrong and nothing was changed; the number in the detail stands in the server's log.",
    503: "The database is busy; try again.",
}
SHORT = {
    400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 409: "Conflict", 412: "Stale",
    413: "TooLarge", 415: "WrongType", 422: "Invalid", 428: "VersionMissing", 500: "Failed", 503: "Busy",
}  # fmt: skip
VALIDATOR = r'^(\*|"[1-9][0-9]{0,16}")$'
"""How If-Match is written."""

ALWAYS = (401, 403, 404, 500, 503)


def ref(kind: str, name: str) -> dict[str, str]:
    """A reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def refusals(*statuses: int) -> dict[str, Any]:
    """The problem answers of an operation, with those that every operation may give."""
    return {str(s): ref("responses", SHORT[s]) for s in sorted({*ALWAYS, *statuses})}


def given(description: str, schema: Any, headers: dict[str, Any] | None = None, kind: str = JSON) -> dict[str, Any]:
    """An answer with a body."""
    made: dict[str, Any] = {"description": description, "content": {kind: {"schema": schema}}}
    return made | ({"headers": headers} if headers else {})


def sent(schema: Any, *, required: bool = True, kind: str = JSON) -> dict[str, Any]:
    """A body that is sent."""
    return {"required": required, "content": {kind: {"schema": schema}}}


def query(name: str, schema: dict[str, Any], description: str, **more: Any) -> dict[str, Any]:
    """A query parameter; lists are written with commas."""
    made: dict[str, Any] = {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }
    if schema.get("type") == "array":
        made |= {"style": "form", "explode": False}
    return made | more


def operation(
    tag: str, name: str, summary: str, done: dict[str, Any], *refused: int, status: int = 200,
    body: dict[str, Any] | None = None, parameters: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """An operation with its answers."""
    made: dict[str, Any] = {"tags": [tag], "operationId": name, "summary": summary}
    if parameters:
        made["parameters"] = parameters
    if body is not None:
        made["requestBody"] = body
    return made | {"responses": {str(status): done, **refusals(*refused)}}


def paging() -> list[dict[str, Any]]:
    """The parameters of lists that are the same for all forms."""
    return [
        query(
            "where",
            {"type": "string", "maxLength": CONDITION},
            "A condition in the expression language of the definitions; bare names are the record's fields.",
            examples={"state": {"value": "not ISBLANK(owner)"}},
        ),
        query("q", {"type": "string", "maxLength": WORDS}, "Words that the record's title or searchable fields hold."),
        query("page", {"type": "integer", "minimum": 1, "maximum": PAGES, "default": 1}, "The page, from 1."),
        query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "Records a page."),
    ]


def components() -> dict[str, Any]:
    """Schemas, answers, parameters and security schemes that all operations share."""
    return {
        "schemas": _schemas(),
        "responses": {
            SHORT[s]: {
                "description": words,
                "content": {PROBLEM: {"schema": ref("schemas", "Problem")}},
                **({"headers": {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "Bearer"}}} if s == 401 else {}),
            }
            for s, words in PROBLEMS.items()
        },
        "parameters": {
            "RecordId": {
                "name": "id", "in": "path", "required": True, "schema": dict(ID), "description": "The record's id.",
                "example": 1024,
            },
            "IfMatch": {
                "name": "If-Match", "in": "header", "required": True,
                "schema": {"type": "string", "pattern": VALIDATOR},
                "description": 'The ETag of the version that is changed, such as "3"; * for whichever it is.',
                "example": "*",
            },
            "IfMatchOptional": {
                "name": "If-Match", "in": "header", "required": False,
                "schema": {"type": "string", "pattern": VALIDATOR},
                "description": "Delete only this version.", "example": "*",
            },
            "Field": {
                "name": "field", "in": "query", "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 200},
                "description": "A field of the record, or LIST.LINE.COLUMN for a value of the line with that id.",
            },
            "IdempotencyKey": {
                "name": "Idempotency-Key", "in": "header", "required": False,
                "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
                "description": "A request that is repeated with the same key within 24 hours is done once; the answer is "
                "given again. The same key with another request is refused.",
            },
            "Language": {
                "name": "Accept-Language", "in": "header", "required": False,
                "schema": {"type": "string"},
                "description": "The language of titles and messages; else that of the person.",
            },
        },
        "securitySchemes": {
            "token": {
                "type": "http", "scheme": "bearer", "bearerFormat": "fl_…",
                "description": "A token made with `formloom token create LOGIN`. It has that person's rights.",
            },
        },
    }  # fmt: skip


def listed(name: str, item: Any) -> dict[str, Any]:
    """An object with one list."""
    return _object({name: {"type": "array", "items": item}})


def _schemas() -> dict[str, Any]:
    text, none = {"type": "string"}, {"type": ["string", "null"]}
    one = {
        "code": {**text, "description": "A stable name of the reason."},
        "field": {**none, "description": "Dotted path of the field, such as items.1.quantity; null: the whole request."},
        "message": text, "remedy": none,
        "severity": {"type": "string", "enum": ["error", "warn", "info"]},
        "column": {"type": "integer", "minimum": 1, "description": "Where in an expression."},
        "confirm": {**text, "description": "A warning's name: send it as `confirm` to go on."},
        "value": {"description": "The value that failed, as it was sent."},
    }  # fmt: skip
    closed = {"anyOf": [_object({"code": text, "message": text, "remedy": none}), {"type": "null"}]}
    return {
        "Problem": _object(
            {
                "type": {**text, "format": "uri"}, "title": text, "status": {"type": "integer"}, "detail": text,
                "instance": text, "code": text,
                "problems": {"type": "array", "minItems": 1, "items": _object(one, ("code", "field", "message", "remedy", "severity"))},
            },
            extra=True,
        ),
        "Form": _form(),
        "Event": _object(
            {
                "id": ID, "at": MOMENT, "actor": {"type": ["integer", "null"]}, "actor_name": none, "action": text,
                "transition": none, "from_state": none, "to_state": none, "opinion": none, "comment": none,
                "channel": text, "version": {"type": "integer"}, "task": none, "acting_for": none,
                "signature": {"type": ["integer", "null"]}, "definition": none, "causes": {"type": "array", "items": _object(_cause())},
                "changes": {
                    "type": "array",
                    "items": _object({"path": {"type": "array", "items": text, "minItems": 1}, "old": {}, "new": {}}),
                },
            }
        ),
        "Why": _why(),
        "Transition": _object(
            {
                "name": text, "title": text, "to": none, "opinion": {"type": "string", "enum": ["none", "optional", "required"]},
                "edit": _texts(), "require": _texts(), "ask": _texts(), "open": {"type": "boolean"}, "closed": closed,
            }
        ),
        "Draft": _object(
            {
                "values": {"type": "object"}, "visible": _flags(), "required": _flags(), "readonly": _flags(),
                "limits": {"type": "object", "additionalProperties": _object({"min": {}, "max": {}})},
                "options": {"type": "object", "additionalProperties": _texts()},
            }
        ),
        "DashboardHead": _object(_head()),
        "Dashboard": _object({**_head(), "widgets": {"type": "object", "additionalProperties": ref("schemas", "Widget")}}),
        "Widget": _object(
            {
                "title": text, "type": text, "problem": closed,
                "data": {"anyOf": [ref("schemas", "Answer"), {"type": "null"}]},
            }
        ),
        "Answer": _answer(),
        "File": _object({"id": ID, "name": text, "size": {"type": "integer", "minimum": 0}, "type": text, "url": text}),
    }  # fmt: skip


def _cause() -> dict[str, Any]:
    """What in the definitions did something: an automation, a button, a state, a clock, a call's answer."""
    return {
        "kind": {"type": "string", "enum": list(KINDS)}, "name": {"type": "string"}, "form": {"type": ["string", "null"]},
        "record": {"type": ["integer", "null"]}, "definition": {"type": "string"}, "fields": _texts(),
    }  # fmt: skip


def _why() -> dict[str, Any]:
    text, none, whole = {"type": "string"}, {"type": ["string", "null"]}, {"type": "integer", "minimum": 0}
    record = _object({"form": text, "id": ID, "title": text})
    line = _object({"title": text, "value": {}})
    turn = {
        "at": MOMENT, "event": ID, "actor": {"type": ["integer", "null"]}, "actor_name": none, "channel": text, "old": {},
        "new": {}, "definition": none, "by": {"anyOf": [_object({**_cause(), "title": text}), {"type": "null"}]},
    }  # fmt: skip
    part = {"title": text, "value": {}, "told": {"type": "boolean"}, "record": {"anyOf": [record, {"type": "null"}]}}
    return _object(
        {
            "field": text, "title": text, "value": {},
            "source": {"type": "string", "enum": ["formula", "number", "default", "typed", "written"]},
            "kept": {"type": "boolean"}, "formula": none, "definition": text,
            "parts": {"type": "array", "items": _object(part)},
            "sums": {
                "type": "array",
                "items": _object({"lines": {"type": "array", "items": line}, "more": whole, "column": text}),
            },
            "times": whole, "turns": {"type": "array", "items": _object(turn)},
        }
    )  # fmt: skip


def _form() -> dict[str, Any]:
    text, none = {"type": "string"}, {"type": ["string", "null"]}
    column = {"name": text, "title": text, "type": text, "target": none, "targets": _texts()}
    named = {"type": "array", "items": _object({"name": text, "title": text})}
    field = {**column, "computed": {"type": "boolean"}, "columns": {"type": "array", "items": _object(column)}}
    return _object(
        {
            "name": text, "title": text, "help": none, "rights": _texts(), "url": text, "views": named, "prints": named,
            "fields": {"type": "array", "items": _object(field)},
            "states": {"type": "array", "items": _object({"name": text, "title": text, "final": none})},
        }
    )  # fmt: skip


def _head() -> dict[str, Any]:
    text = {"type": "string"}
    one = {"name": text, "title": text, "period": {"type": "boolean"}, "default": {"type": ["string", "null"]}}
    return {"name": text, "title": text, "filters": {"type": "array", "items": _object(one)}, "widgets": _texts()}


def _answer() -> dict[str, Any]:
    text, none = {"type": "string"}, {"type": ["string", "null"]}
    cell = _object({"value": {"description": "Numbers as decimal strings."}, "label": text})
    point = _object(
        {
            "keys": {"type": "array", "items": cell},
            "measures": {"type": "object", "additionalProperties": cell},
            "records": {"type": ["integer", "null"]},
            "href": none,
        }
    )
    points = {"type": "array", "items": point}
    row = _object({"href": none, "cells": {"type": "array", "items": text}})
    return _object(
        {
            "measures": {"type": "object", "additionalProperties": text}, "points": points,
            "previous": {"anyOf": [points, {"type": "null"}]}, "goal": {"anyOf": [cell, {"type": "null"}]},
            "columns": _texts(), "rows": {"type": "array", "items": row}, "total": {"type": "integer"},
        }
    )  # fmt: skip


def _object(
    properties: dict[str, Any], required: Iterable[str] | None = None, *, extra: bool = False
) -> dict[str, Any]:
    names = list(properties) if required is None else list(required)
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": extra}


def _texts() -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}}


def _flags() -> dict[str, Any]:
    return {"type": "object", "additionalProperties": {"type": "boolean"}}
