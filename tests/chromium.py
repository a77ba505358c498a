"""Which Chromium the stories, the pictures and the measurements look with.

Why one place: the headless shell shows the same pages for a third of the processor's time (it draws no window), so it is
taken wherever it is there.
"""

from __future__ import annotations

import shutil

NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""How it is started: in a container too, and without calls of its own."""


def chromium() -> str | None:
    """The system's Chromium; None: Playwright's own."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)
