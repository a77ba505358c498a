"""The bundle's files, cached for ever under their hashed names."""

from __future__ import annotations

import re

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from engine.assets import STATIC

HASHED = re.compile(r"-[0-9A-Z]{8}\.\w+$")
"""A name that changes with its content, such as `app-3F2A91BC.js`."""


class Bundle(StaticFiles):
    """Serves `engine/web/static`; works (with 404s) before the bundle was built."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC, check_dir=False)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with how long it may be kept."""
        response = await super().get_response(path, scope)
        forever = HASHED.search(path) is not None
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if forever else "public, max-age=600"
        return response
