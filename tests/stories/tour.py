"""Every page and state of the product, one after another: what must hold everywhere is checked along this tour.

Why: "all pages" is only true of a list that is checked itself. `unseen` compares what the server has answered on the way
with the route table; a new page that no stop shows fails the tour. A stop's act is told by marks and not by words, so
that the tour is the same in both languages.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from playwright.sync_api import FilePayload, Response, expect
from starlette.routing import Match, Route

from engine.web.app import ROUTES
from tests.stories.desk import Desk

Act = Callable[[Desk], None]
Seen = set[tuple[str, str]]
"""(method, path of the route table) of what was answered with a page or a part."""

SILENT = {
    ("GET", "/healthz"): "JSON", ("GET", "/live"): "events", ("GET", "/parts/counts"): "JSON",
    ("GET", "/hooks/{name}"): "programs call it",
    ("GET", "/f/{form}/export.csv"): "a file", ("POST", "/f/{form}/bulk-export"): "a file",
    ("GET", "/files/{id:int}"): "a file", ("POST", "/files"): "JSON", ("POST", "/f/{form}/compute"): "JSON",
    ("POST", "/f/{form}/draft"): "JSON", ("GET", "/f/{form}/options/{path}"): "JSON",
    ("POST", "/f/{form}/options/{path}"): "JSON", ("POST", "/f/{form}/named/{path}"): "JSON",
    ("GET", "/f/{form}/{id:int}/beside"): "JSON",
    ("GET", "/f/{form}/{id:int}/people"): "JSON", ("GET", "/f/{form}/{id:int}/moves"): "JSON",
    ("POST", "/welcome"): "leads on", ("POST", "/logout"): "leads on", ("POST", "/notices"): "leads on",
    ("POST", "/me"): "leads on", ("POST", "/me/looks"): "leads on", ("POST", "/me/sessions"): "leads on",
    ("POST", "/f/{form}/{id:int}/delete"): "leads on", ("POST", "/f/{form}/{id:int}/cell/{field}"): "a row, or a stop's cell",
    ("GET", "/f/{form}/{id:int}/row"): "a row of the list", ("GET", "/f/{form}/totals"): "the foot of the list",
    ("GET", "/f/{form}/tabs"): "the tabs of the list", ("POST", "/f/{form}/{id:int}/move"): "the board's columns",
    ("GET", "/f/{form}/lane"): "the board's column",
    ("GET", "/f/{form}/export.xlsx"): "a file", ("GET", "/f/{form}/import/template.xlsx"): "a file",
    ("GET", "/imports/{id:int}/rejected"): "a file", ("POST", "/f/{form}/import"): "leads on",
    ("POST", "/imports/{id:int}/plan"): "leads on", ("POST", "/imports/{id:int}/run"): "leads on",
    ("POST", "/imports/{id:int}/stop"): "an import under way",
    ("GET", "/calendar/{secret}.ics"): "a file", ("POST", "/automations/jobs/{id:int}"): "leads on",
}  # fmt: skip
"""What answers no page of its own: data, files, the way to another page, or rows of a page that a stop shows."""


@dataclass(frozen=True)
class Stop:
    """A page or state: who goes where and does what. An empty `path` goes on from where the stop before has left off.
    `still`: it stays as it is when the window changes its width."""

    name: str
    who: str | None
    path: str
    act: Act | None = None
    still: bool = True


@dataclass
class Tour:
    """A walk along all stops with desks that `come` makes (by login); `seen` gathers what was answered."""

    come: Callable[[str | None], Desk]
    seen: Seen = field(default_factory=set)
    desks: dict[str | None, Desk] = field(default_factory=dict)

    def walk(self, only: Callable[[Stop], bool] = lambda stop: True) -> Iterator[tuple[Stop, Desk]]:
        """Each stop with the desk that has come there."""
        for stop in STOPS:
            if not only(stop):
                continue
            desk = self.desk(stop.who)
            if stop.path:
                desk.open(stop.path.format_map(Where(desk)))
            if stop.act is not None:
                stop.act(desk)
            yield stop, desk

    def desk(self, who: str | None) -> Desk:
        """The desk of that person, made when it is first needed."""
        if who not in self.desks:
            self.desks[who] = self.come(who)
            self.desks[who].refusals |= {404, 500}
            self.desks[who].page.on("response", self._answered)
        return self.desks[who]

    def _answered(self, response: Response) -> None:
        if "text/html" not in response.headers.get("content-type", ""):
            return
        method, path = response.request.method, re.sub(r"^https?://[^/]+|\?.*", "", response.url)
        scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
        route = next((r for r in ROUTES if isinstance(r, Route) and r.matches(scope)[0] == Match.FULL), None)
        if route is not None:
            self.seen.add((method, route.path))


class Where(dict[str, str]):
    """`{contract}` in a stop's path: the address of the first contract of the list; `{lead:pool}` of those in a state."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def __missing__(self, name: str) -> str:
        form, _, state = name.partition("__")
        asked = f"{self.desk.url}/f/{form}?view=-" + (f'&where=state = "{state}"' if state else "")
        found = re.search(r'<tr[^>]* data-href="([^"]+)"', self.desk.page.context.request.get(asked).text())
        assert found is not None, name
        return found[1]


def unseen(seen: Seen) -> list[tuple[str, str]]:
    """What the route table answers with a page and no stop has shown."""
    there = {
        (method, route.path)
        for route in ROUTES if isinstance(route, Route) and not route.path.startswith("/api")
        for method in (route.methods or {"GET"}) - {"HEAD"}
    }  # fmt: skip
    assert set(SILENT) <= there, "of the silent ones, these are no routes any more"
    return sorted(there - seen - set(SILENT))


# -- what is done at the stops -----------------------------------------------------------------------------------------


def click(selector: str) -> Act:
    def act(desk: Desk) -> None:
        desk.page.locator(selector).filter(visible=True).first.click()
        desk.rest()

    return act


def both(*acts: Act) -> Act:
    def act(desk: Desk) -> None:
        for one in acts:
            one(desk)

    return act


def fill(selector: str, words: str) -> Act:
    return lambda desk: desk.page.locator(selector).filter(visible=True).first.fill(words)


def key(name: str) -> Act:
    def act(desk: Desk) -> None:
        desk.page.keyboard.press(name)
        desk.rest()

    return act


def hover(selector: str) -> Act:
    return lambda desk: desk.page.locator(selector).first.hover()


def wide(desk: Desk) -> bool:
    """Whether the desk is none of a phone."""
    return (desk.page.viewport_size or {"width": 1280})["width"] >= 768


def on_desk(act: Act) -> Act:
    return lambda desk: act(desk) if wide(desk) else None


def ticked(desk: Desk) -> None:
    """Two records are ticked (on the desk: the phone has no boxes)."""
    if not wide(desk):
        return
    boxes = desk.page.locator("#list tbody .fl-tick input")
    for place in range(2):
        boxes.nth(place).check()
    desk.page.locator("[data-bulk] .fl-bulk-form").wait_for()
    desk.rest()


def several(desk: Desk) -> None:
    """Two tasks are ticked, to be done together."""
    for place in range(2):
        desk.page.locator("input[name=task]").nth(place).check()
    desk.page.locator("button[form=fl-tasks-form]").click()
    desk.rest()


def drawer(desk: Desk) -> None:
    """The drawer is a thing of the desk: on the phone a row opens its record."""
    if wide(desk):
        desk.page.keyboard.press("j")
        desk.page.keyboard.press("Space")
        desk.page.locator(".fl-drawer-head").wait_for()
        desk.rest()


def cell(desk: Desk) -> None:
    """A cell is being corrected, and what was typed can't be (on the desk: the phone has no cells)."""
    if wide(desk):
        desk.page.locator("#list td[data-edit]:not(:has(a))").first.dblclick()
        desk.page.locator("[data-cell-form]").wait_for()


def sent(desk: Desk) -> None:
    """The form is sent, and comes back with what is wrong."""
    if desk.page.locator("[data-row-add]").count():
        desk.page.locator("[data-row-add]").first.click()
    desk.page.locator("#fl-form .fl-actions button").last.click()
    desk.rest()
    desk.page.locator("#fl-errors").wait_for()


def uploaded(desk: Desk) -> None:
    """A picture and a file that can't be taken hang on the form."""
    desk.page.locator("[name=reason] + *").first.click()
    area = desk.page.locator("[data-upload]").filter(visible=True).first
    chosen: FilePayload = {"name": "1.txt", "mimeType": "text/plain", "buffer": b"no picture"}
    area.locator("input[type=file]").set_input_files([chosen])
    desk.rest()


def conflict(desk: Desk) -> None:
    """Somebody else saves while this person edits."""
    here = desk.path.removesuffix("/edit")
    form, id = here.removeprefix("/f/").split("/")
    headers = {"If-Match": "*", "Origin": desk.url, "Content-Type": "application/json"}
    answer = desk.page.context.request.patch(
        f"{desk.url}/api/forms/{form}/records/{id}", data={"next_step": secrets.token_hex(4)}, headers=headers
    )
    assert answer.ok, answer.text()
    desk.put("next_step", "B")
    desk.page.locator("#fl-form .fl-actions button").last.click()
    desk.rest()
    expect(desk.page.get_by_role("radio").nth(1)).to_be_attached()


def answered(desk: Desk) -> None:
    """The dialog's form is sent as it is."""
    desk.dialog.locator("form").get_by_role("button").last.click()
    desk.rest()


def commented(desk: Desk) -> None:
    """Something is said on the record."""
    desk.page.locator(".fl-comment input[name=text]").fill("<b>12.50</b> ?")
    desk.page.locator(".fl-comment button").click()
    desk.rest()


def menu(selector: str) -> Act:
    return both(key("Escape"), click(f"{selector} > summary"))


def printed(desk: Desk) -> None:
    """The record's print as a page, here and not in a tab of its own."""
    form = desk.page.locator("form[action*='/print/'][target]").first
    with desk.page.expect_navigation(url=re.compile("/print/")):
        form.evaluate("(form) => { form.target = ''; form.submit(); }")
    desk.rest()


def table(desk: Desk) -> None:
    """A chart is read as a table."""
    desk.page.locator("section.fl-card:has([data-chart]) .fl-menu > summary").first.click()
    desk.page.locator("[data-table-toggle]").filter(visible=True).first.click()
    desk.rest()


def wait(selector: str) -> Act:
    return lambda desk: desk.page.locator(selector).first.wait_for()


def file_of_customers(desk: Desk) -> None:
    """A file with a good row and one that can't come in; its columns are shown."""
    rows = f"name,level\n{secrets.token_hex(4)},key\nQX,9\n".encode()
    chosen: FilePayload = {"name": "customers.csv", "mimeType": "text/csv", "buffer": rows}
    desk.page.locator("input[type=file][name=file]").set_input_files([chosen])
    desk.page.locator("form[action$='/import'] .fl-btn--primary").click()
    desk.page.locator("select[name=column]").first.wait_for()
    desk.rest()


def rehearsed(desk: Desk) -> None:
    """What would come in, and what wouldn't."""
    desk.page.locator("form[action$='/plan'] .fl-btn--primary").click()
    settled(desk)


def brought_in(desk: Desk) -> None:
    """It has come in."""
    desk.page.locator("form[action$='/run'] .fl-btn--primary").click()
    settled(desk)


def settled(desk: Desk) -> None:
    """The import isn't under way any more."""
    desk.page.locator("#import-run .fl-import-report").wait_for()
    desk.rest()


GU, ZHOU, LIN, SUN, WANG = "gu_minghua", "zhou_qiming", "lin_xiaowen", "sun_yue", "wang_siyuan"
RETURNS = '/f/return_request?view=all&where=state in ["verify"]'

STOPS = (
    # -- before anyone is known
    Stop("welcome", None, "/welcome"),
    Stop("login", None, "/login"),
    Stop("login, left empty", None, "", click(".fl-login-form .fl-btn--primary")),
    Stop("login, refused", None, "", both(
        fill("#name", "nobody"), fill("#password", "wrong"), click(".fl-login-form .fl-btn--primary"))),
    Stop("no such address", None, "/nothing/here"),
    # -- the frame's own pages
    Stop("home", GU, "/"),
    Stop("my menu", GU, "", click(".fl-header .fl-menu:has(.fl-avatar) > summary")),
    Stop("search or jump", GU, "/", both(key("Control+k"), wait("dialog [role=option]")), still=False),
    Stop("search or jump, nothing", GU, "", both(fill("dialog input", "zzzz"), wait(".fl-found-none")), still=False),
    Stop("tasks", GU, "/tasks"),
    Stop("several tasks", GU, "", several),
    Stop("calendar of tasks", GU, "/tasks/calendar"),
    Stop("team", GU, "/team"),
    Stop("one of the team", GU, "", click("a[href^='/team/']:not([href*=late])")),
    Stop("late records of a form", ZHOU, "/team/late/work_order"),
    Stop("notices", GU, "/notices"),
    Stop("chooser", GU, "/new"),
    Stop("search", GU, "/search?q=QT"),
    Stop("search, nothing", GU, "/search?q=zzzz"),
    Stop("preferences", GU, "/me"),
    Stop("password, refused", GU, "", click("form[action='/me/password'] button.fl-btn")),
    Stop("a link for one's calendar", GU, "/me", click("#feed button.fl-btn")),
    Stop("away", GU, "/me/away"),
    Stop("away, refused", GU, "", click("form[action='/me/away'] button.fl-btn")),
    # -- lists
    Stop("list", GU, "/f/lead?view=all&limit=25"),
    Stop("list, filtered", ZHOU, RETURNS),
    Stop("filters", ZHOU, "", menu("[data-filter]"), still=False),
    Stop("filter of a date", ZHOU, "", click("[data-filter-field=received_on]"), still=False),
    Stop("save a view", ZHOU, "", menu("[data-save-view]"), still=False),
    Stop("save a view, no name", ZHOU, "", click("[data-save-view] form:has([value=save]) .fl-btn"), still=False),
    Stop("sorting", ZHOU, RETURNS, menu("[data-sorts]"), still=False),
    Stop("more", ZHOU, "", menu(".fl-filters-tools > details:last-child"), still=False),
    Stop("ticked", LIN, RETURNS, ticked, still=False),
    Stop("a button for many asks", LIN, "", on_desk(both(
        click(".fl-bulk-form button[hx-post*='/reject']"), answered)), still=False),
    Stop("deleting many is asked", ZHOU, RETURNS, on_desk(both(
        ticked, click(".fl-bulk-form button[hx-post*='/bulk-delete']"))), still=False),
    Stop("what came of it", WANG, '/f/lead?view=all&where=state = "pool"', on_desk(both(
        ticked, click(".fl-bulk-form button[hx-post]"))), still=False),
    Stop("list, a wrong condition", ZHOU, "/f/return_request?where=totl+%3E+1"),
    Stop("list, nothing matches", GU, "/f/lead?where=id+%3C+0"),
    Stop("list, none yet", GU, "/f/lead?view=all&q=zzzz"),
    Stop("list, not for me", WANG, "/f/quality_check/new"),
    Stop("list, only to add", LIN, "/f/follow_up"),
    Stop("a drawer", ZHOU, RETURNS, drawer, still=False),
    Stop("a cell", GU, "/f/customer?view=-&limit=25", cell, still=False),
    # -- boards and calendars
    Stop("board", GU, '/f/lead?view=board&where=state in ["following"]'),
    Stop("a card is moved", GU, "", click("[data-card] [data-move]"), still=False),
    Stop("board, nothing matches", GU, "/f/lead?view=board&where=id+%3C+0"),
    Stop("calendar", GU, "/f/contract?view=calendar"),
    Stop("bars over time", GU, "/f/contract?view=plan"),
    Stop("gallery", GU, "/f/product?view=gallery"),
    Stop("tree", GU, "/f/customer?view=groups"),
    Stop("a branch", GU, "", click("a.fl-twig-toggle[aria-expanded=false]")),
    Stop("map", GU, "/f/customer?view=map"),
    # -- forms
    Stop("form", GU, "/f/contract/new"),
    Stop("a picker", GU, "", click(".fl-picker [role=combobox]"), still=False),
    Stop("a calendar", GU, "", both(key("Escape"), click(".fl-date-box .fl-affix-btn")), still=False),
    Stop("form with errors", GU, "/f/contract/new", sent, still=False),
    Stop("form with an upload", ZHOU, "/f/return_request/new", uploaded, still=False),
    Stop("leaving is asked", ZHOU, "", click(".fl-header-back, .fl-crumb"), still=False),
    # -- records
    Stop("record", GU, "{opportunity__negotiation}"),
    Stop("record, more", GU, "", menu(".fl-acts .fl-menu"), still=False),
    Stop("a button asks", GU, "", both(key("Escape"), click(".fl-acts a[role=button]"), wait("dialog[open]")), still=False),
    Stop("the answer is refused", GU, "", answered, still=False),
    Stop("a button's own page", GU, "{opportunity__negotiation}/act/lose"),
    Stop("conflict", GU, "{opportunity__negotiation}/edit", conflict, still=False),
    Stop("record of a return", LIN, "{return_request__verify}"),
    Stop("why", LIN, "", both(click("a[data-whence]"), wait("dialog[open]")), still=False),
    Stop("who may do what", LIN, "", both(key("Escape"), click(".fl-card--link a"), wait("dialog[open]")), still=False),
    Stop("the whole flow", LIN, "", both(key("Escape"), click(".fl-flow-more a"), wait("dialog[open]")), still=False),
    Stop("a comment", LIN, "", both(key("Escape"), commented)),
    Stop("activity", LIN, "{return_request__verify}/history?show=changes"),
    Stop("why, a page", LIN, "{return_request__verify}/why?field=refund"),
    Stop("who may, a page", LIN, "{return_request__verify}/access"),
    Stop("flow, a page", LIN, "{return_request__verify}/flow"),
    Stop("the flow of a form", LIN, "/f/return_request/flow"),
    Stop("related", GU, "/f/customer/1/related/contacts"),
    Stop("a print", GU, "{contract}", printed),
    Stop("no such record", GU, "/f/lead/999999"),
    # -- dashboards
    Stop("dashboard", GU, "/d/sales_funnel"),
    Stop("a chart as a table", GU, "", table, still=False),
    Stop("a period", GU, "", click(".fl-bar .fl-menu > summary"), still=False),
    Stop("dashboard, tables and funnels", GU, "/d/fulfilment"),
    Stop("no such dashboard", LIN, "/d/nothing"),
    # -- administration
    Stop("import", GU, "/f/customer/import"),
    Stop("import, no file", GU, "", click("form[action$='/import'] .fl-btn--primary")),
    Stop("import, columns", GU, "/f/customer/import", file_of_customers),
    Stop("import, rehearsed", GU, "", rehearsed),
    Stop("import, done", GU, "", brought_in),
    Stop("list of the keys", GU, "/f/lead?view=all&limit=25", both(key("?"), wait("dialog[open]"))),
    Stop("automations", SUN, "/automations"),
    Stop("people", SUN, "/people"),
    Stop("a person", SUN, "/people/2"),
    Stop("a person, refused", SUN, "/people/new", click(".fl-actions button.fl-btn--primary")),
    Stop("a department", SUN, "/departments/1"),
    Stop("a department, refused", SUN, "/departments/new", click(".fl-actions button.fl-btn--primary")),
)  # fmt: skip
"""All of them; `test_tour` tells when a page of the route table is missing."""
