"""Uploaded files on disk, each under the hash of its content; the table `sys_file` says what they are and whose.

Why: a file is written completely or not at all, and nothing that its sender says is believed: its type is what its
first bytes are (`sniff`), its name never becomes a path. Equal files are kept once.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engine.problems import Refused, problem
from engine.problems.storage import FILE_GONE, FILE_TOO_LARGE, STORE_FAILED
from engine.storage.far import Far, Kept
from engine.storage.room import Room
from engine.storage.sniff import sniff
from engine.storage.thumbs import ENDING

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Blob:
    """A kept file: `sha256` in hex, `size` in bytes, `type` the media type of its content, `path` below the folder."""

    sha256: str
    size: int
    type: str
    path: str


class Blobs:
    """The folder of files (`DATA_DIR/files`), made when it is missing; with `address`, a store elsewhere has them all, and the
    folder only copies of what was needed here lately (`room`): it may be emptied while no server runs."""

    def __init__(self, folder: Path, address: str = "") -> None:
        """Raises Refused when there is a store elsewhere that can't be reached."""
        self._folder = folder
        self._far = Far(address) if address else None
        self._room = Room(folder)
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, content: BinaryIO, limit: int | None = None) -> Blob:
        """Read `content` to its end and keep it; durable when this returns.

        Refused with `file_too_large` beyond `limit` bytes (None: no limit), `store_failed` when the disk can't,
        `store_far` when the store elsewhere
        can't: then it isn't kept here either.
        """
        try:
            return self._keep(content, limit)
        except OSError as error:
            raise Refused(problem(STORE_FAILED, reason=error.strerror or str(error))) from error

    def open(self, path: str) -> BinaryIO:
        """A kept file for reading, by `Blob.path`. Refused with `file_gone` when it isn't there."""
        try:
            return self.locate(path).open("rb")
        except OSError as error:
            raise Refused(problem(FILE_GONE)) from error

    def locate(self, path: str) -> Path:
        """Where a kept file lies on this machine, fetched if need be. Refused with `file_gone` for anything that isn't a
        `Blob.path`."""
        local = self._place(path)
        if self._far is not None:
            new = not local.exists()
            if new:
                self._far.fetch(path, local)
            self._room.use(local, new=new)
        return local

    def forget(self, path: str, before: float) -> bool:
        """Remove a kept file that nothing names any more. That it's gone already does no harm. False: the same content was
        brought after `before` (seconds since 1970), and stays. Refused with `store_far` when the store elsewhere can't be
        reached."""
        found = self._place(path)
        if not (self._far.remove(path, before) if self._far is not None else _remove(found, before)):
            return False
        found.with_name(found.name + ENDING).unlink(missing_ok=True)
        found.unlink(missing_ok=True)
        return True

    def brought(self, before: float) -> Iterator[Kept]:
        """What is kept and was brought before `before` (seconds since 1970), for looking what nothing names any more; with a
        store elsewhere what that has, unless it doesn't say since when. Refused with `store_far` when it can't be reached."""
        found = self._far.kept() if self._far is not None else _kept(self._folder)
        yield from (one for one in found if one.at < before and _proper(one.path))

    def _place(self, path: str) -> Path:
        """Where a file of that path lies on this machine, or would. Refused for what is no path of ours."""
        if not _proper(path):
            raise Refused(problem(FILE_GONE))
        return self._folder / path

    def _keep(self, content: BinaryIO, limit: int | None) -> Blob:
        handle, name = tempfile.mkstemp(prefix=".new-", dir=self._folder)
        try:
            with os.fdopen(handle, "w+b") as written:
                digest, size = _copy(content, written, limit)
                written.flush()
                os.fsync(written.fileno())
                kind = sniff(written, size)
            path = place(digest)
            target = self._folder / path
            target.parent.mkdir(exist_ok=True)
            if self._far is not None:
                self._far.put(Path(name), path)
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        for folder in (target.parent, self._folder):
            _sync(folder)
        if self._far is not None:
            self._room.use(target, new=True)
        return Blob(digest, size, kind, path)


def place(digest: str) -> str:
    """The path of a file with that hash, below the folder: `ab/abcd…`."""
    return f"{digest[:2]}/{digest}"


def _proper(path: str) -> bool:
    """Whether it is the path of a kept file."""
    digest = path.replace("/", "")[2:]
    return path == place(digest) and len(digest) == 64 and set(digest) <= set("0123456789abcdef")


def _kept(folder: Path) -> Iterator[Kept]:
    for file in sorted(folder.glob("??/*")):
        with suppress(FileNotFoundError):
            about = file.stat()
            yield Kept(f"{file.parent.name}/{file.name}", about.st_size, about.st_mtime)


def _remove(found: Path, before: float) -> bool:
    """Take a file aside, then look at it: whatever is brought meanwhile is another file."""
    aside = found.with_name(f".old-{found.name}")
    try:
        os.replace(found, aside)
    except FileNotFoundError:
        return True
    if aside.stat().st_mtime > before:
        os.replace(aside, found)
        return False
    aside.unlink()
    return True


def _copy(content: BinaryIO, written: BinaryIO, limit: int | None) -> tuple[str, int]:
    hashed, size = hashlib.sha256(), 0
    while block := content.read(BLOCK):
        size += len(block)
        if limit is not None and size > limit:
            raise Refused(problem(FILE_TOO_LARGE, limit=_bytes(limit)))
        hashed.update(block)
        written.write(block)
    return hashed.hexdigest(), size


def _bytes(number: int) -> str:
    """10485760 -> "10 MB"."""
    for unit in ("B", "KB", "MB"):
        if number < 1024:
            return f"{number} {unit}"
        number = number // 1024
    return f"{number} GB"


def _sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
