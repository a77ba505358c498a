"""Lighthouse's scores of a list, a form and a record, on the desktop and on its slow phone.

Why: its score of performance says how a page feels on a machine that a person may have. It depends on how busy this one is,
so no test holds it; what doesn't depend on it is held by `tests/clients/test_lighthouse.py`.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from bench.face import Serving, shipments
from tests.chromium import chromium
from tests.clients.install import HERE, install, node

PAGES = {"list": "/f/shipment", "form": "/f/shipment/new", "record": "/f/shipment/1"}
CATEGORIES = ("performance", "accessibility", "best-practices")
DEVICES = ("desktop", "mobile")

Scores = dict[str, dict[str, int]]
"""(page and device) -> category -> 0 to 100."""


def scores(place: Path, serving: Serving) -> Scores:
    """Measure on a server of its own."""
    install()
    cookie = shipments(place)
    found: Scores = {}
    with serving(place) as port:
        for device in DEVICES:
            asked = {
                "chrome": chromium(), "server": f"http://127.0.0.1:{port}", "cookie": f"fl_session={cookie}",
                "device": device, "categories": CATEGORIES, "pages": PAGES,
            }  # fmt: skip
            done = subprocess.run(
                [node(), HERE / "lighthouse.mjs"], input=json.dumps(asked), capture_output=True, text=True, check=True
            )
            for one in map(json.loads, done.stdout.splitlines()):
                found[f"{one['page']}, {device}"] = one["scores"]
    return found


def table(found: Scores) -> str:
    """The scores as Markdown."""
    rows = [f"| {page} | " + " | ".join(str(one[name]) for name in CATEGORIES) + " |" for page, one in found.items()]
    return "\n".join([f"| page | {' | '.join(CATEGORIES)} |", "|:--|--:|--:|--:|", *rows])
