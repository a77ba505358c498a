"""The API's addresses. What each does stands in the file that its reply comes from; `openapi` describes them all."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from engine.problems import Refused, problem
from engine.problems.api import NO_ADDRESS
from engine.web import (
    api_boards,
    api_files,
    api_forms,
    api_prints,
    api_records,
    api_together,
    api_why,
    api_work,
    openapi,
)
from engine.web.api_call import Call, Resource


def nowhere(call: Call) -> Response:
    """There is no such address."""
    raise Refused(problem(NO_ADDRESS))


FORM = "/api/forms/{form}"
RECORDS = f"{FORM}/records"
RECORD = f"{RECORDS}/{{id}}"

routes = [
    Route("/api/openapi.json", Resource(get=openapi.show)),
    Route("/api/forms", Resource(get=api_forms.listing)),
    Route(FORM, Resource(get=api_forms.read)),
    Route(f"{FORM}/schema", Resource(get=api_forms.schema)),
    Route(f"{FORM}/draft", Resource(post=api_records.try_out)),
    Route(RECORDS, Resource(get=api_records.listing, post=api_records.create)),
    Route(RECORD, Resource(get=api_records.read, patch=api_records.update, delete=api_records.delete)),
    Route(f"{RECORD}/history", Resource(get=api_records.events)),
    Route(f"{RECORD}/why", Resource(get=api_why.read)),
    Route(f"{RECORD}/draft", Resource(post=api_records.try_out)),
    Route(f"{RECORD}/prints/{{name}}", Resource(post=api_prints.make)),
    Route(f"{FORM}/transitions/{{name}}", Resource(post=api_together.press)),
    Route(f"{RECORD}/transitions", Resource(get=api_records.transitions)),
    Route(f"{RECORD}/transitions/{{name}}", Resource(post=api_records.press)),
    Route("/api/tasks", Resource(get=api_work.tasks)),
    Route("/api/runs", Resource(get=api_work.log)),
    Route("/api/jobs", Resource(get=api_work.jobs)),
    Route("/api/jobs/{id}/retry", Resource(post=api_work.retry)),
    Route("/api/dashboards", Resource(get=api_boards.listing)),
    Route("/api/dashboards/{name}", Resource(get=api_boards.read)),
    Route("/api/files", Resource(post=api_files.upload)),
    Route("/api/files/{id}", Resource(get=api_files.download)),
    Route("/api", Resource(**dict.fromkeys(("get", "post", "put", "patch", "delete", "options", "trace"), nowhere))),
    Route(
        "/api/{rest:path}",
        Resource(**dict.fromkeys(("get", "post", "put", "patch", "delete", "options", "trace"), nowhere)),
    ),
]
