"""One server at a time on a data folder.

Why: one writer thread per database is what makes "database is locked" impossible; two servers would fight. The system
releases the lock when its process ends, however it ends, so a crash leaves nothing to clean up.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from engine.problems import Refused, problem
from engine.problems.storage import STORE_TAKEN


class Lock:
    """The right to be the only server on a folder; held from its making until `release`."""

    def __init__(self, path: Path) -> None:
        """Take the lock file `path` (made if missing). Refused with `store_taken` and the other's pid if it is held."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            pid = os.pread(self._file, 32, 0).decode("ascii", "replace").strip()
            os.close(self._file)
            raise Refused(problem(STORE_TAKEN, pid=pid or "?", folder=str(path.parent))) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode("ascii"), 0)

    def release(self) -> None:
        """Let another server in. Twice does no harm. The file stays: removing it would race with who opens it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
