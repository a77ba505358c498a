"""What files and images have in common: the value is a tuple of ids of files that were uploaded before.

Why before: an upload is long and may fail; the record is saved in one short transaction. Who may upload, what a file
really is, and when an orphan is removed belongs to the runtime, which reads `uploads()`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from markupsafe import Markup
from pydantic import BeforeValidator
from pydantic import Field as Key
from sqlalchemy.types import TypeEngine

from engine.columns import Ids
from engine.expressions.types import NUMBER, Type, list_of
from engine.fields.base import Control, Field, Misdeclared, Names, Place, Reader, refuse, short
from engine.fields.base_input import group
from engine.fields.base_record import MOST, whole_id
from engine.markup import icon, tag
from engine.problems import problem
from engine.problems import value as wrong
from engine.texts import text

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(B|KB|MB|GB)", re.IGNORECASE)
_FACTOR = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
_GONE = text("文件已不在", "file is gone")


def _bytes(given: Any) -> Any:
    if isinstance(given, str):
        found = _SIZE.fullmatch(given.strip())
        if found is None:
            raise Misdeclared(problem(wrong.BAD_SIZE, given=short(given)))
        return int(Decimal(found[1]) * _FACTOR[found[2].upper()])
    return given


Size = Annotated[int, BeforeValidator(_bytes)]
"""A size in bytes, written 20MB."""


class Filed(Field):
    """A field whose value is a tuple of file ids in the order given; None when there are none."""

    kind = "files"
    todo = text("上传", "Upload")
    several = True
    sortable = False
    full_width = True

    max_files: int = Key(10, ge=1, le=50, description="At most so many / 最多文件数")
    max_size: Size = Key(20 << 20, ge=1, le=1 << 30, description="Largest file, such as 20MB / 单个文件大小")
    accept: Names = Key((), description="Endings or kinds: .pdf, image/* / 接受的类型")

    def value_type(self, shape: str) -> Type:
        """A list of ids, for COUNT and ISBLANK."""
        return list_of(NUMBER)

    def column(self) -> TypeEngine[Any] | None:
        """The JSON text of a list."""
        return Ids()

    def parse(self, raw: Any, at: Place) -> tuple[int, ...] | None:
        """A list of ids; a browser also sends one alone, or blanks. That they exist is the runtime's to check."""
        if raw is None:
            return None
        given = raw
        if not at.json:
            given = raw if isinstance(raw, list | tuple) else [raw]
            given = [one for one in given if not (isinstance(one, str) and not one.strip())]
        if not isinstance(given, list | tuple):
            refuse(wrong.NOT_FILES, at, given=short(raw))
        found = [whole_id(one, at, wrong.NOT_FILES) for one in given]
        for one in found:
            if found.count(one) > 1:
                refuse(wrong.TWICE, at, given=one)
        if len(found) > self.max_files:
            refuse(wrong.TOO_MANY_FILES, at, limit=self.max_files, count=len(found))
        return tuple(found) or None

    def to_json(self, value: Any) -> Any:
        """A list of ids."""
        return None if value is None else list(value)

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """A list of ids of uploaded files."""
        one = {"type": "integer", "minimum": 1, "maximum": MOST}
        return {"type": "array", "items": one, "uniqueItems": True, "maxItems": self.max_files}

    def cell(self, value: Any, reader: Reader) -> str:
        """The files' names with commas between."""
        return ", ".join(called(one, reader)[0] for one in value or ())

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """One link or thumbnail for each."""
        if not value:
            return ""
        parts: list[Markup | str] = []
        for one in value:
            parts += [" ", self.shown(one, reader)]
        return tag("span", {"class": "fl-files"}, *parts[1:])

    def shown(self, id: int, reader: Reader) -> Markup | str:
        """A link that downloads it."""
        name, size = called(id, reader)
        return tag("a", {"class": "fl-file", "href": f"/files/{id}", "title": size or None}, icon("paperclip"), name)

    def input(self, control: Control) -> Markup:
        """Tiles of what is there, each with its id; a file input whose words are ours, which the browser's script takes
        over. Without script its files come as NAME.upload."""
        language = control.reader.language
        given = control.value if control.raw is None else control.raw
        ids = given if isinstance(given, list | tuple) else [given] if given else []
        tiles = [self._tile(control, int(one)) for one in ids if str(one).isascii() and str(one).isdigit()]
        chooser = {
            "type": "file",
            "class": "fl-upload-input",
            "id": f"{control.id}-upload",
            "name": f"{control.name}.upload",
            "multiple": self.max_files > 1,
            "accept": ",".join(self.accept) or None,
            "aria-describedby": control.described_by,
        }
        add = tag(
            "label",
            {"class": "fl-upload-add"},
            icon(self.sign()),
            tag("span", {}, self.words().to(language)),
            tag("input", chooser),
        )
        outer = group(control, self.kind, "fl-upload", "group") | {
            "data-upload": "/files",
            "data-name": control.name,
            "data-max-files": self.max_files,
            "data-max-size": self.max_size,
            "data-accept": ",".join(self.accept),
        }
        hidden = None if control.readonly else tag("input", {"type": "hidden", "name": control.name, "value": ""})
        return tag("div", outer, hidden, None if control.readonly else add, *tiles)

    def sign(self) -> str:
        """The icon of the button."""
        return "upload"

    def words(self) -> Any:
        """The words of the button."""
        return text("选择文件", "Choose files")

    def uploads(self) -> Mapping[str, Any] | None:
        """Its keys; `max_size` in bytes, `accept` a tuple."""
        return {"max_files": self.max_files, "max_size": self.max_size, "accept": self.accept}

    def _tile(self, control: Control, id: int) -> Markup:
        name, size = called(id, control.reader)
        remove = text(f"移除 {name}", f"Remove {name}").to(control.reader.language)
        return tag(
            "div",
            {"class": "fl-tile", "data-file": id},
            None if control.readonly else tag("input", {"type": "hidden", "name": control.name, "value": id}),
            self.shown(id, control.reader),
            tag("b", {"class": "fl-tile-name"}, name) if self.pictured else None,
            tag("span", {"class": "fl-tile-size"}, size) if size else None,
            None
            if control.readonly
            else tag(
                "button",
                {
                    "class": "fl-tile-remove",
                    "name": "_rows",
                    "value": f"{control.name} less {id}",
                    "aria-label": remove,
                },
                icon("x"),
            ),
        )


def called(id: int, reader: Reader) -> tuple[str, str]:
    """A file's name and its size in words; when it is gone, that it is, and ""."""
    found = reader.file_of(id)
    if found is None:
        return f"#{id} {_GONE.to(reader.language)}", ""
    return found[0], size_in_words(found[1])


def size_in_words(size: int) -> str:
    """2202009 -> 2.1 MB"""
    if size < 1024:
        return f"{size} B"
    for unit, factor in (("KB", 1 << 10), ("MB", 1 << 20)):
        if size < factor << 10:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size / (1 << 30):.1f}".removesuffix(".0") + " GB"
