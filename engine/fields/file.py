"""Files of any kind."""

from __future__ import annotations

from engine.fields.base import Example
from engine.fields.base_file import Filed
from engine.problems import value as wrong
from engine.texts import text


class File(Filed):
    """Uploaded files."""

    name = "file"
    summary = text("文件", "Files")
    examples = (
        Example(
            declared={"max_files": 2, "max_size": "5MB", "accept": [".pdf", ".docx"]},
            accepts=(([3, 1], (3, 1)), (["", "3"], (3,)), ("7", (7,)), ([], None), ("", None)),
            rejects=(
                ([1, 2, 3], wrong.TOO_MANY_FILES),
                ([1, 1], wrong.TWICE),
                (["a.pdf"], wrong.NOT_FILES),
                ([0], wrong.NOT_FILES),
                ({"id": 1}, wrong.NOT_FILES),
            ),
            displays=(((1, 2), "file-1.pdf file-2.pdf"), (None, "")),
            sorts=((1,), (2,)),
        ),
    )
