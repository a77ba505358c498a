"""Printing: a record or ticked records as a Word or Excel file, or as a page for the browser's print; as PDF too.

Why POST: what was printed is entered into the record's history, and nobody should write there by following a link. The
page of a print has a policy of its own: its template's style is let through by its hash, scripts only from here.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from engine.definitions.model import Form
from engine.engine import Engine
from engine.prints.html import Missing, split
from engine.problems import Refused, problem
from engine.problems.bulk import NOTHING_TICKED
from engine.problems.prints import NO_PDF, PDF_ONLY_PAGES, PRINT_TOO_MANY
from engine.runtime import printing
from engine.runtime.printing import MOST, Printed
from engine.runtime.record import Record
from engine.runtime.values import Actor, Rights
from engine.web.render import TEMPLATES
from engine.web.visit import Visit

POLICY = (
    "default-src 'none'; img-src data:; script-src 'self'; connect-src 'self'; style-src 'self' 'sha256-{hash}'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def show(visit: Visit) -> Response:
    """Print the records that were sent (`id`) by the template of the address: a page, or a file to be saved; `as=pdf`."""
    form, template = visit.form("view"), visit.path("print")
    ids = _sent(visit)
    found = made(visit.engine, visit.actor, form.name, ids, template, visit.sent("as") == "pdf")
    if found.filled:
        return _page(visit, form, template, ids, found)
    return saved(found)


def made(engine: Engine, actor: Actor, form: str, ids: Sequence[int], template: str, as_pdf: bool) -> Printed:
    """What is printed, entered into the records' history. Refused as `printing.printed`; PDF can't be made."""
    found = engine.read(actor, lambda w: printing.printed(w, form, ids, template, engine.files.open))
    if as_pdf:
        if not found.filled:
            raise Refused(problem(PDF_ONLY_PAGES, ending=found.name.rpartition(".")[2]))
        try:
            found = printing.as_pdf(found)
        except Missing:
            raise Refused(problem(NO_PDF)) from None
    engine.write(actor, lambda w: printing.note(w, form, ids, template))
    return found


def saved(found: Printed) -> Response:
    """A printed file, to be saved; nothing in it can run."""
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(found.content, media_type=found.type, headers=headers)


def offered(visit: Visit, form: Form, rights: Rights, record: Record) -> list[dict[str, Any]]:
    """The prints in a record's menu: name, title, whether it opens as a page."""
    if record.id is None or printing.PRINT not in rights.can:
        return []
    return [
        {"name": p.name, "title": visit.text(p.title), "page": p.ending == ".html", "ending": p.ending.lstrip(".")}
        for p in form.prints.values()
    ]


# -- inner -------------------------------------------------------------------------------------------------------------


def _sent(visit: Visit) -> tuple[int, ...]:
    given = [v for v in visit.sent_all("id") if v.isascii() and v.isdigit() and len(v) < 19]
    ids = tuple(dict.fromkeys(int(v) for v in given))
    if not ids:
        raise Refused(problem(NOTHING_TICKED))
    if len(ids) > MOST:
        raise Refused(problem(PRINT_TOO_MANY, most=MOST, n=len(ids)))
    return ids


def _page(visit: Visit, form: Form, template: str, ids: Sequence[int], found: Printed) -> Response:
    style = split(found.filled[0])[0] + "\nsection + section { break-before: page; }"
    bodies = [Markup(split(one)[1]) for one in found.filled]
    body = TEMPLATES.get_template("print.html").render(
        language=visit.language, t=visit.t, title=found.name.removesuffix(".html"), style=Markup(style), bodies=bodies,
        address=f"/f/{form.name}/print/{template}", ids=ids, back=f"/f/{form.name}/{ids[0]}" if len(ids) == 1 else f"/f/{form.name}",
    )  # fmt: skip
    hash = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return HTMLResponse(body, headers={"content-security-policy": POLICY.format(hash=hash)})
