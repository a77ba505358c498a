"""Pictures."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from pydantic import Field as Key

from engine.fields.base import Example, Names, Reader
from engine.fields.base_file import Filed, called
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import text


class Image(Filed):
    """Uploaded pictures, shown small. SVG is not among them: it can hold scripts."""

    name = "image"
    pictured = True
    summary = text("图片，可用手机拍照", "Pictures, also from the camera")
    examples = (
        Example(
            declared={"max_files": 9},
            accepts=(([3, 1], (3, 1)), ([], None)),
            rejects=((list(range(1, 11)), wrong.TOO_MANY_FILES), (["照片"], wrong.NOT_FILES)),
            displays=(((1,), ""), (None, "")),
            sorts=((1,), (2,)),
        ),
    )

    accept: Names = Key(
        ("image/jpeg", "image/png", "image/webp", "image/gif"), description="Kinds of pictures / 接受的类型"
    )

    def shown(self, id: int, reader: Reader) -> Markup | str:
        """A thumbnail that opens the picture."""
        name, size = called(id, reader)
        small = tag("img", {"src": f"/files/{id}?thumb", "alt": name, "loading": "lazy"})
        return tag("a", {"class": "fl-thumb", "href": f"/files/{id}", "title": f"{name} {size}".strip()}, small)

    def sign(self) -> str:
        """A camera."""
        return "camera"

    def words(self) -> Any:
        """Camera or album."""
        return text("拍照或选择", "Take or choose")
