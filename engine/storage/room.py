"""How much room the copies of a store elsewhere may take on this machine.

Why: with a store elsewhere the folder of files only keeps what was needed here, and in years that becomes everything. What
was used longest ago goes first; what somebody may just be reading stays.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock

MOST = 2 << 30
"""How many bytes the copies may take together."""

QUIET = 600
"""For how many seconds a copy stays that was just used, however many there are."""


class Room:
    """The copies in one folder, looked through each time a tenth of the room has been added. Safe to use from several
    threads."""

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self._folder, self._most = folder, most
        self._added = most  # what an earlier run left is looked through at the first copy
        self._lock = Lock()

    def use(self, copy: Path, *, new: bool) -> None:
        """A copy is needed now; `new`: it has just been made."""
        with suppress(FileNotFoundError):
            os.utime(copy)
        if not new:
            return
        with self._lock:
            self._added += copy.stat().st_size if copy.exists() else 0
            if self._added * 10 < self._most:
                return
            self._added = 0
            self._empty()

    def _empty(self) -> None:
        found = []
        for folder, _, names in os.walk(self._folder):
            for name in names:
                with suppress(FileNotFoundError):
                    file = Path(folder, name)
                    found.append((file.stat().st_mtime, file.stat().st_size, file))
        left, late = sum(size for _, size, _ in found), time.time() - QUIET
        for used, size, file in sorted(found):
            if left <= self._most or used > late:
                return
            file.unlink(missing_ok=True)
            left -= size
