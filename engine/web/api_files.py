"""Files over the API: sent first, then named by their id in a record's field."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, Response

from engine.problems import Refused, problem
from engine.problems.api import WRONG_TYPE
from engine.problems.web import NO_FILE
from engine.web.api_call import MULTIPART, Call, answer
from engine.web.files import SANDBOX


def upload(call: Call) -> Response:
    """Keep a file; it is the sender's until a record holds it."""
    call.query(())
    if call.posted is None:
        given = call.request.headers.get("content-type", "").partition(";")[0] or "–"
        raise Refused(problem(WRONG_TYPE, expected=MULTIPART, given=given[:80]))
    file = call.posted.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise Refused(problem(NO_FILE, field="file"))
    id = call.engine.keep_file(call.actor, file.filename, file.file)
    kept = call.engine.file(call.actor, id)
    made = {"id": id, "name": kept.name, "size": kept.size, "type": kept.type, "url": f"/api/files/{id}"}
    return answer(made, 201, location=f"/api/files/{id}")


def download(call: Call) -> Response:
    """A file's content, always to be saved: nothing in it can run."""
    call.query(())
    found = call.engine.file(call.actor, call.id())
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
        "content-security-policy": SANDBOX,
    }
    return FileResponse(found.path, media_type="application/octet-stream", headers=headers)
