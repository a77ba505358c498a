"""No page shuts anybody out: axe-core finds nothing against WCAG 2.2 A and AA, in both languages, themes and sizes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.install import MODULES, install
from tests.stories.desk import Desk
from tests.stories.server import Server

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async (rules) => (await axe.run(document, { runOnly: rules })).violations.map(
    (one) => [one.id, one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`)])"""
LOOKS = [(1280, "zh", False), (1280, "en", True), (390, "zh", True), (390, "en", False)]


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    install()
    return (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(("width", "language", "dark"), LOOKS)
def test_axe_finds_nothing(
    server: Server, visitor: Callable[..., Desk], axe: str, width: int, language: str, dark: bool
) -> None:
    found: dict[str, object] = {}

    def look(desk: Desk, name: str) -> None:
        desk.page.evaluate(axe)  # by the debugger's door, so the policy need not be loosened
        if wrong := desk.page.evaluate(RUN, RULES):
            found[name] = wrong

    def come(login: str | None) -> Desk:
        desk = visitor(server.url, width, language=language, dark=dark)
        if login is not None:
            desk.page.context.request.post(
                f"{server.url}/welcome", form={"as": login}, headers={"Origin": server.url}, max_redirects=0
            )
        return desk

    desk = come(None)
    desk.open("/login")
    look(desk, "login")

    desk = come("gu_minghua")
    desk.refusals.add(404)
    for name, path in {
        "home": "/", "tasks": "/tasks", "notices": "/notices", "chooser": "/new", "me": "/me",
        "list": "/f/contract?view=all", "filtered": "/f/lead?where=state+%3D+%22following%22",
        "empty list": "/f/lead?where=id+%3C+0", "form": "/f/contract/new", "search": "/search?q=禾川",
        "not found": "/f/lead/999999",
    }.items():  # fmt: skip
        desk.open(path)
        look(desk, name)
    for name in ("sales_funnel", "returns"):
        desk.open(f"/d/{name}")
        look(desk, name)
    desk.open("/f/opportunity?view=open")
    desk.page.locator("#list tbody").get_by_role("link").first.click()
    desk.rest()
    record = desk.path
    look(desk, "record")
    desk.page.locator(".fl-acts a[role=button]").filter(visible=True).first.click()
    desk.rest()
    look(desk, "dialog")
    desk.dialog.locator("form").get_by_role("button").last.click()
    desk.rest()
    look(desk, "dialog with errors")
    desk.open("/f/contract/new")
    desk.page.locator("[data-row-add]").first.click()
    desk.page.locator("#fl-form .fl-actions button").last.click()
    desk.rest()
    assert desk.page.locator("#fl-errors").count() == 1
    look(desk, "form with errors")

    desk.open(f"{record}/edit")
    other = come("gu_minghua")
    other.open(f"{record}/edit")
    for one, words in ((other, f"A {width} {dark}"), (desk, f"B {width} {dark}")):
        one.put("next_step", words)
        one.page.locator("#fl-form .fl-actions button").last.click()
        one.rest()
    assert desk.page.get_by_role("radio").count() >= 2
    look(desk, "conflict")

    desk = come("sun_yue")
    for name, path in {"people": "/people", "person": "/people/2", "department": "/departments/1"}.items():
        desk.open(path)
        look(desk, name)
    assert found == {}
