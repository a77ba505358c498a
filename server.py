"""Serve Formloom: settings from the environment, the engine, the pages. `python server.py`."""

from __future__ import annotations

import sys

from engine.problems import Refused
from engine.settings import read_settings
from engine.web.serving import serve, tell


def main() -> int:
    """Serve until stopped; gives the exit code."""
    try:
        settings = read_settings()
    except Refused as refused:
        tell(refused.problems)
        return 1
    return serve(settings)


if __name__ == "__main__":
    sys.exit(main())
