"""The OpenAPI 3.1 document: every address, for every form spelled out with its own schemas.

Why spelled out: a code generator then makes a type for each form, and a tester knows what may be sent. It names what the
person who asks may see, no more: a hidden field or form isn't in it.
"""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

from engine.definitions.model import Form, Transition
from engine.runtime.access import may
from engine.runtime.ask import views
from engine.runtime.bulk import MOST
from engine.web import api_schema, openapi_work
from engine.web.api_boards import PERIOD, boards, is_period
from engine.web.api_call import Call, concerns
from engine.web.api_lists import showable, sortable
from engine.web.api_schema import ID, PURPOSES
from engine.web.openapi_parts import components, given, listed, operation, paging, query, ref, sent

VERSION = "1.0.0"
ETAG = {"ETag": {"schema": {"type": "string"}, "description": "The record's version, for If-Match."}}
REPLAYED = {
    "Idempotency-Replayed": {
        "schema": {"type": "string"},
        "required": False,
        "description": "true: this was done before.",
    }
}
ABOUT = """Records of every form, through the same rules as the pages: rights, required fields, formulas, workflow.

* A number is a decimal string, so that no digit is lost; whole numbers are JSON integers. Days are `2026-01-05`, moments
  `2026-01-05T09:20:00Z`. A reference is the id of the record that it points at.
* Every refusal is a problem document (RFC 9457) with a stable `code` and one entry in `problems` for each thing wrong.
* 422: the body doesn't fit its JSON Schema. 409: it does, but the data or definitions as they are now don't allow it."""


def show(call: Call) -> Response:
    """The document for the person who asks."""
    call.query(())
    return Response(orjson.dumps(document(call)), media_type="application/json")


def document(call: Call) -> dict[str, Any]:
    """The whole document as values."""
    forms = [f for f in call.catalog.forms.values() if concerns(f, call.actor)]
    shared = components()
    paths = _general(call, forms) | openapi_work.paths(call, [f.name for f in forms])
    for form in forms:
        shared["schemas"] |= _schemas(call, form)
        paths |= _records(call, form)
        if may(form, call.actor, "view"):
            for transition in _pressable(call, form):
                paths |= _press(call, form, transition)
        if may(form, call.actor, "print"):
            for name in form.prints:
                paths |= _print(call, form, name)
    tags = [{"name": n} for n in ("forms", "tasks", "dashboards", "files", *(("jobs",) if call.actor.admin else ()))]
    tags += [{"name": f.name, "description": f.title.to(call.language)} for f in forms]
    title = call.catalog.title.to(call.language)
    for path in paths.values():
        path["parameters"] = [*path.get("parameters", []), ref("parameters", "Language")]
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{title} API", "version": VERSION, "description": ABOUT},
        "jsonSchemaDialect": api_schema.DIALECT,
        "servers": [{"url": str(call.request.base_url).rstrip("/"), "description": title}],
        "security": [{"token": []}],
        "tags": tags,
        "paths": paths,
        "components": shared,
    }


def _general(call: Call, forms: list[Form]) -> dict[str, Any]:
    """What isn't about the records of one form."""
    name = {
        "name": "form",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "enum": [f.name for f in forms]},
    }
    id = {"name": "id", "in": "path", "required": True, "schema": dict(ID), "example": 1024}
    paths: dict[str, Any] = {
        "/api/openapi.json": {
            "get": operation("forms", "get_openapi", "This document", given("OpenAPI 3.1.", {"type": "object"}), 400)
        },
        "/api/forms": {
            "get": operation("forms", "list_forms", "The forms", given("Forms.", listed("forms", ref("schemas", "Form"))), 400)
        },
        "/api/files": {"post": _upload()},
        "/api/files/{id}": {
            "parameters": [id],
            "get": operation(
                "files", "get_file", "A file's content",
                given("The content.", {"type": "string", "contentEncoding": "binary"}, kind="application/octet-stream"), 400,
            ),
        },
        "/api/dashboards": {
            "get": operation(
                "dashboards", "list_dashboards", "The dashboards",
                given("Dashboards.", listed("dashboards", ref("schemas", "DashboardHead"))), 400,
            )
        },
    }  # fmt: skip
    if forms:
        wanted = query(
            "for", {"type": "string", "enum": list(PURPOSES), "default": "record"}, "What the schema is for."
        )
        paths["/api/forms/{form}"] = {
            "parameters": [name],
            "get": operation("forms", "get_form", "One form", given("The form.", ref("schemas", "Form")), 400),
        }
        paths["/api/forms/{form}/schema"] = {
            "parameters": [name],
            "get": operation(
                "forms", "get_schema", "JSON Schema (2020-12) of a form's records",
                given("The schema.", {"type": "object"}, kind="application/schema+json"), 400, parameters=[wanted],
            ),
        }  # fmt: skip
    for board in boards(call.actor, call.catalog):
        parameters = [
            query(f.name, {"type": "string", "pattern": PERIOD} if is_period(call.catalog, f) else {"type": "string"},
                  f.title.to(call.language))
            for f in board.filters.values()
        ]  # fmt: skip
        paths[f"/api/dashboards/{board.name}"] = {
            "get": operation(
                "dashboards", f"get_dashboard_{board.name}", board.title.to(call.language),
                given("Every widget's data.", ref("schemas", "Dashboard")), 400, 409, parameters=parameters,
            )
        }  # fmt: skip
    return paths


def _records(call: Call, form: Form) -> dict[str, Any]:
    """The addresses of one form's records."""
    base, name, language = f"/api/forms/{form.name}", form.name, call.language
    title = form.title.to(language)
    stored, tag = ref("schemas", name), form.name
    record = f"{base}/records/{{id}}"
    links = {
        f"{verb}_{name}": {"operationId": f"{verb}_{name}", "parameters": {"path.id": "$response.body#/id"}}
        for verb in ("get", "change", "delete", "history", "why", "transitions")
    }
    created = {
        **ETAG,
        "Location": {"schema": {"type": "string"}, "required": True, "description": "The record."},
        **REPLAYED,
    }
    created["ETag"] = {**ETAG["ETag"], "required": False}
    either = {
        "anyOf": [
            stored,
            {"type": "object", "properties": {"id": ID}, "required": ["id"], "additionalProperties": False},
        ]
    }
    gone = {"anyOf": [stored, {"type": "null"}]}
    id, draft = (
        ref("parameters", "RecordId"),
        {"type": "object", "additionalProperties": False, "properties": _any(call, form)},
    )
    return {
        f"{base}/records": {
            "get": operation(
                tag, f"list_{name}", title, given("A page of records.", _page(name)), 400, 409,
                parameters=_lists(call, form),
            ),
            "post": operation(
                tag, f"create_{name}", f"+ {title}", {**given("Created.", either, created), "links": links},
                400, 409, 413, 415, 422, status=201, body=sent(ref("schemas", f"{name}.create")),
                parameters=[ref("parameters", "IdempotencyKey"), *_confirm(form)],
            ),
        },
        record: {
            "parameters": [id],
            "get": operation(tag, f"get_{name}", title, given("The record.", stored, ETAG), 400),
            "patch": operation(
                tag, f"change_{name}", title, given("The record as it is now; null: no longer yours to see.", gone, ETAG),
                400, 409, 412, 413, 415, 422, 428, body=sent(ref("schemas", f"{name}.change")),
                parameters=[ref("parameters", "IfMatch"), *_confirm(form)],
            ),
            "delete": operation(
                tag, f"delete_{name}", title, {"description": "Deleted."}, 400, 409, 412, 413, status=204,
                parameters=[ref("parameters", "IfMatchOptional")],
            ),
        },
        **_told(form, record, [id], title),
        f"{record}/draft": {
            "parameters": [id],
            "post": operation(
                tag, f"draft_change_{name}", title, given("What it would become; nothing is kept.", ref("schemas", "Draft")),
                400, 409, 413, 415, 422, body=sent(draft, required=False),
            ),
        },
        f"{base}/draft": {
            "post": operation(
                tag, f"draft_{name}", title, given("What it would become; nothing is kept.", ref("schemas", "Draft")),
                400, 409, 413, 415, 422, body=sent(draft, required=False),
            )
        },
    }  # fmt: skip


def _told(form: Form, record: str, parameters: list[Any], title: str) -> dict[str, Any]:
    """What may be asked about one record: what happened to it, why its values are so, what may be pressed."""
    name, tag = form.name, form.name
    return {
        f"{record}/history": {
            "parameters": parameters,
            "get": operation(
                tag, f"history_{name}", title, given("The newest first.", listed("events", ref("schemas", "Event"))), 400
            ),
        },
        f"{record}/why": {
            "parameters": parameters,
            "get": operation(
                tag, f"why_{name}", title, given("Why a field has its value.", ref("schemas", "Why")), 400,
                parameters=[ref("parameters", "Field")],
            ),
        },
        f"{record}/transitions": {
            "parameters": parameters,
            "get": operation(
                tag, f"transitions_{name}", title,
                given("What may be pressed.", listed("transitions", ref("schemas", "Transition"))), 400,
            ),
        },
    }  # fmt: skip


def _page(name: str) -> dict[str, Any]:
    """The schema of a page of a form's records."""
    return {
        "type": "object", "additionalProperties": False, "required": ["records", "total", "page", "limit"],
        "properties": {
            "records": {"type": "array", "items": ref("schemas", f"{name}.listed"), "maxItems": 200},
            "total": {"type": "integer", "minimum": 0}, "page": {"type": "integer", "minimum": 1},
            "limit": {"type": "integer", "minimum": 1, "maximum": 200},
        },
    }  # fmt: skip


def _schemas(call: Call, form: Form) -> dict[str, Any]:
    """The schemas of one form's records."""
    title = {"title": form.title.to(call.language)}
    found = {
        form.name: api_schema.record(call.catalog, form, call.actor),
        f"{form.name}.listed": api_schema.record(call.catalog, form, call.actor, listed=True),
        f"{form.name}.create": api_schema.writes(form, call.actor, "create"),
        f"{form.name}.change": api_schema.writes(form, call.actor, "change"),
    }
    return {name: title | made for name, made in found.items()}


def _lists(call: Call, form: Form) -> list[dict[str, Any]]:
    """The parameters of a form's list."""
    sorts, columns = sortable(call.catalog, form, call.actor), showable(call.catalog, form, call.actor)
    named = [v.name for v in views(form, call.actor)]
    both = [way for name in sorts for way in (name, f"-{name}")]
    found = paging()
    found.append(query("sort", _names(both), "Fields to sort by; - for the largest first.", example=["-created_at"]))
    found.append(query("columns", _names(columns), "The fields that are answered."))
    if named:
        found.append(
            query("view", {"type": "string", "enum": named}, "A view of the form: its condition, order and columns.")
        )
    return found


def _names(names: list[str]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": {"type": "string", "enum": names}}


def _confirm(form: Form) -> list[dict[str, Any]]:
    """The parameter that takes note of warnings, where the form has some."""
    rules = [f"rule:{r.name}" for r in form.rules if r.level == "warn"]
    return [query("confirm", _names(rules), "Warnings that the sender has taken note of.")] if rules else []


def _any(call: Call, form: Form) -> dict[str, Any]:
    """The fields of a draft: anything may stand there, what can't be read counts as empty."""
    record = api_schema.record(call.catalog, form, call.actor)["properties"]
    create = api_schema.writes(form, call.actor, "create")["properties"]
    return {n: {"title": f.title.to(call.language)} for n, f in form.fields.items() if n in record or n in create}


def _pressable(call: Call, form: Form) -> list[Transition]:
    flow = form.workflow
    found = [*(flow.transitions.values() if flow is not None else ()), *form.actions.values()]
    found += flow.verbs.values() if flow is not None else ()
    return [t for t in found if t.who.formulas or t.who.roles & call.actor.roles or t.held or (t.verb and not t.who)]


def _plain(name: str) -> str:
    """A button's name as programs can call it: `manager:transfer` -> `manager_transfer`."""
    return name.strip(":").replace(":", "__").replace(".", "_")


def _press(call: Call, form: Form, transition: Transition) -> dict[str, Any]:
    """The address of one button."""
    schema = api_schema.press(form, transition, call.language)
    opened = {"type": "object", "properties": {"form": {"type": "string"}, "id": ID}, "required": ["form", "id"]}
    done = {
        "type": "object", "additionalProperties": False, "required": ["record", "open"],
        "properties": {
            "record": {"anyOf": [ref("schemas", form.name), {"type": "null"}]},
            "open": {"anyOf": [opened, {"type": "null"}]},
        },
    }  # fmt: skip
    return _together(call, form, transition, opened) | {
        f"/api/forms/{form.name}/records/{{id}}/transitions/{transition.name}": {
            "parameters": [ref("parameters", "RecordId")],
            "post": operation(
                form.name, f"press_{form.name}_{_plain(transition.name)}", transition.title.to(call.language),
                given("Done: the record as it is now, and the record that the button leads to.", done, REPLAYED),
                400, 409, 413, 415, 422, body=sent(schema, required=bool(schema.get("required"))),
                parameters=[ref("parameters", "IdempotencyKey")],
            ),
        }
    }  # fmt: skip


def _together(call: Call, form: Form, transition: Transition, opened: dict[str, Any]) -> dict[str, Any]:
    """The address of a button that takes several records, all or none; none for another."""
    if not transition.together:
        return {}
    records = {"type": "array", "items": {"anyOf": [ref("schemas", form.name), {"type": "null"}]}}
    done = {
        "type": "object", "additionalProperties": False, "required": ["records", "open"],
        "properties": {"records": records, "open": {"anyOf": [opened, {"type": "null"}]}},
    }  # fmt: skip
    return {
        f"/api/forms/{form.name}/transitions/{transition.name}": {
            "post": operation(
                form.name, f"together_{form.name}_{_plain(transition.name)}", transition.title.to(call.language),
                given("Done with all: the records as they are now.", done, REPLAYED), 400, 409, 413, 415, 422,
                body=sent(api_schema.together(form, transition, call.language, MOST), required=True),
                parameters=[ref("parameters", "IdempotencyKey")],
            ),
        }
    }  # fmt: skip


def _print(call: Call, form: Form, name: str) -> dict[str, Any]:
    """The address of one print."""
    printed = form.prints[name]
    file = {"type": "string", "contentEncoding": "binary"}
    more = [query("as", {"type": "string", "enum": ["pdf"]}, "As PDF.")] if printed.ending == ".html" else []
    return {
        f"/api/forms/{form.name}/records/{{id}}/prints/{name}": {
            "parameters": [ref("parameters", "RecordId")],
            "post": operation(
                form.name, f"print_{form.name}_{name}", printed.title.to(call.language),
                given("The file; it is in the record's history.", file, kind="*/*"), 400, 409, 413, 422, parameters=more,
            ),
        }
    }  # fmt: skip


def _upload() -> dict[str, Any]:
    body = {
        "type": "object", "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}},
    }  # fmt: skip
    made = given("Kept.", ref("schemas", "File"), {"Location": {"schema": {"type": "string"}, "required": True}})
    return operation(
        "files",
        "upload_file",
        "Send a file",
        made,
        400,
        413,
        415,
        422,
        status=201,
        body=sent(body, kind="multipart/form-data"),
    )
