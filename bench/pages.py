"""How long a server takes for the pages of a form with 100,000 records: lists, a board, the cards of a dashboard.

Why: the target is 300 ms for any of them, whatever is asked; most take far less. One page at a time, on an idle server: the
middle of as many as fit into a second.
"""

from __future__ import annotations

from urllib.parse import quote

from bench.load import Request, measure

TARGET = 300.0
"""Milliseconds."""

DASHBOARD = """
title: Orders
widgets:
  worth:    {type: number, title: Worth, from: order, measure: SUM(amount)}
  states:   {type: bar, title: By status, from: order, by: status, measure: SUM(amount)}
  largest:  {type: bar, title: Customers, from: order, by: customer, measure: SUM(amount), sort: -measure, limit: 10}
  due:      {type: line, title: Due, from: order, by: 'PERIOD(due, "month")', measure: COUNT()}
  late:     {type: table, title: Late, from: order, where: status = "late", columns: [name, customer, amount], sort: -amount}
"""
LIST = "/f/order?view=-"
WHERE = quote("amount >= 5000")
PAGES = {
    "list": LIST,
    "list, page 1,000": f"{LIST}&page=1000",
    "list, sorted by text": f"{LIST}&sort=customer",
    "list, sorted by person": f"{LIST}&sort=owner",
    "list, filtered by amount": f"{LIST}&where={WHERE}",
    "list, one found": f"{LIST}&q=99999",
    "list, nothing found": f"{LIST}&q=nothing",
    "totals": "/f/order/totals?view=-",
    "counts of the views": "/f/order/tabs?view=-",
    "board": "/f/order?view=board",
    "home": "/",
    **{f"dashboard: {name}": f"/d/orders/w/{name}" for name in ("worth", "states", "largest", "due", "late")},
}


def pages(port: int, cookie: str) -> dict[str, float]:
    """Milliseconds of each page, in the middle."""
    headers = (("cookie", f"fl_session={cookie}"), ("accept", "text/html"), ("hx-request", "true"))
    return {
        name: measure(port, lambda n, path=path: Request("GET", path, headers=headers), 200, 1.0, 1).median  # type: ignore[misc]
        for name, path in PAGES.items()
    }


def table(found: dict[str, float]) -> str:
    """The results as Markdown."""
    rows = [f"| {name} | {took:.0f} |{'' if took <= TARGET else ' above the target'}" for name, took in found.items()]
    return "\n".join(["| page | ms |", "|:--|--:|", *rows])
