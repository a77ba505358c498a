"""Lists as files: CSV for programs, a workbook for people.

Why: the list and its ticked records are exported alike, row by row as the database gives them, so that a hundred
thousand records need no more memory than one.
"""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response, StreamingResponse

from engine.definitions.model import Form
from engine.problems import Refused
from engine.runtime.access import forbidden, may
from engine.runtime.exporting import texts
from engine.runtime.spreadsheets import CSV_TYPE, XLSX_TYPE, csv_bytes, xlsx_bytes
from engine.runtime.values import Ask
from engine.web.asked import ask_of, asked_for
from engine.web.table import shown_names
from engine.web.visit import Visit


def as_csv(visit: Visit) -> Response:
    """All records of the list as it is asked for, for programs."""
    return _listed(visit, "csv")


def as_workbook(visit: Visit) -> Response:
    """The same for people, with a sheet for each list of lines."""
    return _listed(visit, "xlsx")


def permitted(visit: Visit) -> Form:
    """The form of the address, for those who may export it."""
    form = visit.form("view")
    if not may(form, visit.actor, "export"):
        raise Refused(forbidden(visit.catalog, form, "export"))
    return form


def file(visit: Visit, form: Form, ask: Ask, columns: tuple[str, ...] | None, kind: str) -> Response:
    """What is asked for as a file to be saved."""
    engine, actor = visit.engine, visit.actor
    if kind == "xlsx":
        content: Iterator[bytes] = xlsx_bytes(engine.export_sheets(actor, form.name, ask, columns))
    else:
        content = csv_bytes(texts(engine.export(actor, form.name, ask, columns)))
    return saved(content, f"{form.name}-{visit.reader.today.isoformat()}.{kind}")


def saved(content: Iterator[bytes], name: str) -> Response:
    """Pieces of a file of that (plain) name, to be saved."""
    kind = XLSX_TYPE if name.endswith(".xlsx") else CSV_TYPE
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(content, media_type=kind, headers=headers)


def _listed(visit: Visit, kind: str) -> Response:
    form = permitted(visit)
    asked = asked_for(visit, form)
    return file(visit, form, ask_of(visit, form, asked), shown_names(visit, form, asked), kind)
