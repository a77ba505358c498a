"""Uploaded files: who brought them, who may have them.

Why: a file belongs to whoever uploaded it until a record holds it; from then on whoever may see that field of that
record may have the file, and nobody else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import RowMapping, insert, select

from engine.problems import Problem, Refused, problem
from engine.problems.record import NOT_FOUND
from engine.problems.value import FILE_KIND
from engine.runtime import access
from engine.runtime.work import Work
from engine.storage import tables
from engine.storage.blobs import Blob, Blobs
from engine.storage.thumbs import TYPE, thumb
from engine.texts import text

LARGEST = 50 * 1024 * 1024
"""The largest file that is taken at all, in bytes; a field's `max_size` may be smaller."""


KINDS = {
    "image/*": text("图片", "pictures"),
    "video/*": text("视频", "videos"),
    "audio/*": text("录音", "recordings"),
    "text/plain": text("纯文本", "plain text"),
    **{kind: text(short, short) for kind, short in (
        ("image/jpeg", "JPG"), ("image/png", "PNG"), ("image/webp", "WebP"), ("image/gif", "GIF"), ("application/pdf", "PDF"),
    )},
}  # fmt: skip
"""What people call a kind of files, by its media type."""


@dataclass(frozen=True)
class Kept:
    """A file to be handed out: where it lies, its name, media type and size in bytes."""

    path: Path
    name: str
    type: str
    size: int


def put(blobs: Blobs, content: BinaryIO) -> Blob:
    """Keep content on disk before anything is said about it in the database. Refused when it is too large."""
    return blobs.keep(content, LARGEST)


def enter(work: Work, blob: Blob, name: str, accept: Collection[str] = ()) -> int:
    """Enter a kept file as the actor's; gives its id. Of a path as name only the last part is kept. Refused when it is of none
    of the kinds that whoever brings it will `accept`."""
    plain = name.replace("\\", "/").rpartition("/")[2].strip()[:200] or "file"
    problems = unfit(accept, plain, blob.type)
    if problems:
        raise Refused(problems)
    made = work.conn.execute(
        insert(tables.file).values(
            sha256=blob.sha256, name=plain, size=blob.size, type=blob.type, path=blob.path,
            created_by=work.actor.id, created_at=work.now,
        )
    )  # fmt: skip
    key = made.inserted_primary_key
    assert key is not None
    return int(key[0])


def unfit(accept: Collection[str], name: str, kind: str) -> list[Problem]:
    """What is wrong with a file that is of none of these kinds: `.pdf` by its name, `image/png` and `image/*` by what it
    holds. Of no kinds at all: nothing."""
    if not accept or any(_is(one.lower(), name.lower(), kind) for one in accept):
        return []
    named = [KINDS.get(one.lower(), text(one, one)) for one in accept]
    return [
        problem(
            FILE_KIND, name=name,
            accept=text("、".join(one.to("zh") for one in named), ", ".join(one.to("en") for one in named)),
        )
    ]  # fmt: skip


def _is(wanted: str, name: str, kind: str) -> bool:
    if wanted.startswith("."):
        return name.endswith(wanted)
    return kind == wanted or (wanted.endswith("/*") and kind.startswith(wanted[:-1]))


def file(work: Work, blobs: Blobs, id: int) -> Kept:
    """A file for this actor. Refused with `not_found` unless they uploaded it or may see the field that holds it."""
    row = _row(work, id)
    if row is None:
        raise Refused(problem(NOT_FOUND))
    return Kept(blobs.locate(row["path"]), row["name"], row["type"], row["size"])


def may_have(work: Work, id: int) -> bool:
    """Whether it is a file that this actor may have."""
    return _row(work, id) is not None


def _row(work: Work, id: int) -> RowMapping | None:
    """A file that the actor may have; None: there is none."""
    table = tables.file
    row = work.conn.execute(select(table).where(table.c.id == id)).mappings().first()
    allowed = row is not None and _may_have(work, row["form"], row["record"], row["field"], row["created_by"])
    return row if allowed else None


def small(kept: Kept) -> Kept:
    """The small picture of a file; the file itself when there is none."""
    found = thumb(kept.path) if kept.type.startswith("image/") else None
    return Kept(found, kept.name, TYPE, found.stat().st_size) if found is not None else kept


def _may_have(work: Work, form: str | None, record: int | None, field: str | None, author: int | None) -> bool:
    if form is None or record is None or field is None:
        return author is not None and author == work.actor.id
    found = work.catalog.forms.get(form)
    held = work.row(form, record) if found is not None else None
    if found is None or held is None:
        return False
    rights = access.rights(work, found, held)
    return "view" in rights.can and not any(field == name or field.startswith(f"{name}.") for name in rights.hidden)
