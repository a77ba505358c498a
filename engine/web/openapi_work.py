"""What the OpenAPI document says of the workbench, of runs and of jobs."""

from __future__ import annotations

from typing import Any

from engine.runtime.runs import STATES
from engine.runtime.workbench import TABS, WAITING
from engine.web.api_call import Call
from engine.web.api_schema import ID, MOMENT
from engine.web.api_work import MOST
from engine.web.openapi_parts import given, listed, operation, query

MAYBE_MOMENT = {"anyOf": [MOMENT, {"type": "null"}]}
LIMIT = {"type": "integer", "minimum": 1, "maximum": MOST, "default": 50}


def paths(call: Call, forms: list[str]) -> dict[str, Any]:
    """The addresses; those for administrators only where one asks."""
    wanted = [
        query("tab", {"type": "string", "enum": list(TABS), "default": WAITING}, "Which list."),
        query("state", {"type": "string", "maxLength": 100}, "Only in this state; with form."),
        query("late", {"type": "boolean", "default": False}, "Only what is over its time."),
        query("q", {"type": "string", "maxLength": 200}, "Words that the record's title or searchable fields hold."),
        query("limit", LIMIT, "Tasks at most."),
    ]  # fmt: skip
    if forms:
        wanted.append(query("form", {"type": "string", "enum": forms}, "Only of this form."))
    page = {
        "type": "object", "additionalProperties": False, "required": ["tasks", "total"],
        "properties": {"tasks": {"type": "array", "items": _task()}, "total": {"type": "integer", "minimum": 0}},
    }  # fmt: skip
    found: dict[str, Any] = {
        "/api/tasks": {
            "get": operation("tasks", "list_tasks", "The workbench", given("Tasks.", page), 400, parameters=wanted)
        }
    }
    return found | (_for_administrators() if call.actor.admin else {})


def _for_administrators() -> dict[str, Any]:
    state = query("state", {"type": "string", "enum": list(STATES)}, "Only those that ended so.")
    name = query("automation", {"type": "string", "maxLength": 200}, "Only of this automation.")
    again = _object({"id": ID, "state": {"type": "string", "const": "ready"}})
    number = {"name": "id", "in": "path", "required": True, "schema": dict(ID), "example": 7}
    return {
        "/api/runs": {
            "get": operation(
                "jobs", "list_runs", "The runs of automations and calls", given("The newest first.", listed("runs", _run())), 400,
                parameters=[name, state, query("limit", LIMIT, "Runs at most.")],
            )
        },
        "/api/jobs": {
            "get": operation("jobs", "list_jobs", "The jobs that were given up", given("Jobs.", listed("jobs", _job())), 400)
        },
        "/api/jobs/{id}/retry": {
            "parameters": [number],
            "post": operation("jobs", "retry_job", "Try a job again", given("It is tried.", again), 400, 413, status=202),
        },
    }  # fmt: skip


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


def _task() -> dict[str, Any]:
    words = {"type": "string"}
    return _object({
        "form": words, "id": ID, "title": words, "state": words, "due_at": MAYBE_MOMENT, "at": MAYBE_MOMENT,
        "moves_on_at": MAYBE_MOMENT, "ends_at": MAYBE_MOMENT,
        "record": words, "transitions": {"type": "array", "items": _object({"name": words, "href": words})},
    })  # fmt: skip


def _run() -> dict[str, Any]:
    words, number = {"type": "string"}, {"type": "integer"}
    return _object({
        "id": ID, "automation": words, "at": MOMENT, "state": words, "cause": {"type": "object"},
        "effects": {"type": "array", "items": _object({"form": words, "id": number})},
        "error": {"type": ["string", "null"]}, "attempt": number, "job": {"anyOf": [ID, {"type": "null"}]},
    })  # fmt: skip


def _job() -> dict[str, Any]:
    words = {"type": "string"}
    return _object(
        {"id": ID, "kind": words, "about": words, "error": words, "attempt": {"type": "integer"}, "due_at": MOMENT}
    )
