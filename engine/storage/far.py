"""A store of files elsewhere: S3, another machine, whatever fsspec has a protocol for.

Why: several servers on one PostgreSQL database must find the same files. Here is only what the folder of files (`blobs`)
needs: bring one there, fetch it, remove it; all errors of all protocols are one problem, in words.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fsspec.core import url_to_fs

from engine.problems import Refused, problem
from engine.problems.storage import FILE_GONE, STORE_FAR


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that lies in a folder or store: its `path` there, its size in bytes, when it was brought (seconds since 1970)."""

    path: str
    size: int
    at: float


class Far:
    """The store at an address such as `s3://bucket/prefix`."""

    def __init__(self, address: str) -> None:
        """Raises Refused when it can't be reached, or its protocol isn't installed."""
        try:
            self._files, root = url_to_fs(address)
            self._root = root.rstrip("/")
            self._files.exists(self._root)
        except Exception as error:
            raise _unreachable(error) from error

    def put(self, local: Path, path: str) -> None:
        """Bring a file there; it is kept when this returns. Refused when it can't be."""
        there = f"{self._root}/{path}"
        try:
            self._files.makedirs(there.rpartition("/")[0], exist_ok=True)
            self._files.put_file(str(local), there)
        except Exception as error:
            raise _unreachable(error) from error

    def fetch(self, path: str, local: Path) -> None:
        """Fetch a file, whole or not at all. Refused when it isn't there, or the store can't be reached."""
        local.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".new-", dir=local.parent)
        os.close(handle)
        try:
            self._files.get_file(f"{self._root}/{path}", name)
            os.replace(name, local)
        except FileNotFoundError as error:
            raise Refused(problem(FILE_GONE)) from error
        except Exception as error:
            raise _unreachable(error) from error
        finally:
            Path(name).unlink(missing_ok=True)

    def remove(self, path: str, before: float) -> bool:
        """Remove a file; that it's gone already does no harm. False: it was brought after `before` (seconds since 1970), or
        the store doesn't say when, and stays. Refused when the store can't be reached."""
        there = f"{self._root}/{path}"
        try:
            if self._files.modified(there).timestamp() > before:
                return False
            self._files.rm_file(there)
        except FileNotFoundError:
            return True
        except NotImplementedError:
            return False
        except Exception as error:
            raise _unreachable(error) from error
        return True

    def kept(self) -> Iterator[Kept]:
        """All files that lie there; without those of which the store doesn't say when they were brought. Refused when it
        can't be reached."""
        try:
            for there, about in sorted(self._files.find(self._root, detail=True).items()):
                with suppress(FileNotFoundError, NotImplementedError):
                    at = self._files.modified(there).timestamp()
                    yield Kept("/".join(there.split("/")[-2:]), int(about.get("size") or 0), at)
        except Exception as error:
            raise _unreachable(error) from error


def _unreachable(error: Exception) -> Refused:
    """What the store's library says, without an address: that may hold a secret."""
    return Refused(problem(STORE_FAR, reason=f"{type(error).__name__}: {error}"[:200]))
