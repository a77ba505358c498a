"""Uploads and downloads. A file belongs to whoever uploaded it until a record holds it."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, Response

from engine.problems import Refused, problem
from engine.problems.web import NO_FILE
from engine.web.visit import Visit

SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"})
"""What a browser may show in place; all else is saved, whatever it claims to be."""

VIEWER = (
    "default-src 'none'; object-src 'self'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'none'"
)
"""For PDFs: browsers refuse to open their own viewer in a sandbox."""

SANDBOX = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"


def upload(visit: Visit) -> Response:
    """Keep a file and answer its id, name, size and address as JSON. `accept`: the kinds that its field takes, so that another
    is refused where it is chosen (and at the latest where a record is to hold it)."""
    given = visit.posted.get("file")
    if not isinstance(given, UploadFile) or not given.filename:
        raise Refused(problem(NO_FILE))
    accept = [one for one in visit.sent("accept").split(",") if one]
    id = visit.engine.keep_file(visit.actor, given.filename, given.file, accept)
    return visit.json({"id": str(id), "name": given.filename, "size": given.size or 0, "url": f"/files/{id}"}, 201)


def download(visit: Visit) -> Response:
    """A file, or with `?thumb` the small picture of it. Images and PDFs are shown, all else is saved; nothing in it can run."""
    found = visit.engine.file(visit.actor, int(visit.path("id")), small="thumb" in visit.request.query_params)
    inline = found.type in SHOWN and visit.arg("save") != "1"
    kind = "inline" if inline else "attachment"
    headers = {
        "content-disposition": f"{kind}; filename*=UTF-8''{quote(found.name, safe='')}",
        "content-security-policy": VIEWER if found.type == "application/pdf" else SANDBOX,
        "cache-control": "private, max-age=3600",
    }
    return FileResponse(found.path, media_type=found.type if inline else "application/octet-stream", headers=headers)
