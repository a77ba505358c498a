"""`formloom files`: remove kept files that nothing holds any more, as the server does each night."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

from engine.cli.opened import opened
from engine.engine import ENGINE
from engine.fields.base_file import size_in_words
from engine.runtime import sweeping


def commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command `files`."""
    filing = command(
        "files", _files, "Remove uploaded files that nothing holds any more; the server does so each night."
    )
    filing.add_argument("what", choices=("sweep",))
    filing.add_argument("--dry-run", action="store_true", help="only tell which")


def _files(words: argparse.Namespace) -> int:
    with opened() as engine:
        read, write = partial(engine.read, ENGINE), partial(engine.write, ENGINE)
        if words.dry_run:
            found = (*read(sweeping.unheld), *sweeping.nameless(read, engine.files))
        else:
            found = sweeping.sweep(read, write, engine.files)
    for one in found:
        print(f"{one.id or '-':<8}{one.created_at:%Y-%m-%d}  {size_in_words(one.size):>9}  {one.name}")
    print(f"{len(found)}  {size_in_words(sum(one.size for one in found))}")
    return 0
