"""The bundle's files, cached for ever under their hashed names, and sent as they were compressed when they were made."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from engine.assets import STATIC

HASHED = re.compile(r"-[0-9A-Z]{8}\.\w+$")
"""A name that changes with its content, such as `app-3F2A91BC.js`."""

PACKED = (("br", ".br"), ("gzip", ".gz"))
"""How a file may be encoded, the smallest first, and where it lies then."""


class Bundle(StaticFiles):
    """Serves `engine/web/static`; works (with 404s) before the bundle was built."""

    def __init__(self, directory: Path = STATIC) -> None:
        super().__init__(directory=directory, check_dir=False)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with how long it may be kept."""
        if HASHED.search(path) is None:
            response = await super().get_response(path, scope)
            response.headers["cache-control"] = "public, max-age=600"
            return response
        encoding, ending = self._packed(path, scope)
        response = await super().get_response(path + ending, scope)
        if encoding:
            response.headers["content-encoding"] = encoding
        response.headers["vary"] = "accept-encoding"
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response

    def _packed(self, path: str, scope: Scope) -> tuple[str, str]:
        """The encoding that this browser takes and the file has, with its ending; both empty where there is none."""
        taken = Headers(scope=scope).get("accept-encoding", "")
        known = {word.partition(";")[0].strip() for word in taken.split(",")}
        found = (one for one in PACKED if one[0] in known and self.lookup_path(path + one[1])[1] is not None)
        return next(found, ("", ""))
