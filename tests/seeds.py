"""Where random tests begin: at a number made of the code that they try.

Why: the same commit has the same verdict wherever and whenever it is tested, so a red run is about the change; and each
change of the code is tried with other cases.
"""

from __future__ import annotations

import zlib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def seed_of(*folders: str) -> int:
    """A number from 0 to 2^32 - 1 made of all files in these folders, which are named from the repository's top."""
    sum_ = 0
    for file in sorted(each for folder in folders for each in (ROOT / folder).rglob("*") if each.is_file()):
        if "__pycache__" not in file.parts:
            sum_ = zlib.crc32(file.read_bytes(), sum_)
    return sum_
