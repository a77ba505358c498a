from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.runtime import passwords, people
from engine.web.guard import BODY_MB
from tests.firm import Firm
from tests.web.conftest import Browser

SAFE = {"sec-fetch-site": "same-origin"}
PART = {"hx-request": "true", "hx-target": "list"}


class Page(HTMLParser):
    """What must never be in a page, and the ids that are there twice."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.fields: dict[str, list[str]] = {}
        self._inside = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._inside += tag == "template"
        self.wrong += [f"<{tag} {n}>" for n, _ in attrs if n == "style" or n.startswith("on") or n == "hx-on"]
        if tag == "style" or (tag == "script" and not values.get("src") and values.get("type") != "application/json"):
            self.wrong.append(f"<{tag}>")
        if "id" in values and not self._inside:
            self.ids.append(values["id"] or "")
        if tag == "input" and values.get("name") and not self._inside:
            self.fields.setdefault(values["name"] or "", []).append(values.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self._inside -= tag == "template"


PAGES = (
    "/", "/tasks", "/new", "/search?q=ann", "/notices", "/me", "/f/sale", "/f/sale?view=all&sort=-total", "/f/sale/new",
    "/f/sale/1", "/f/sale/1/edit", "/f/sale/1/act/cancel", "/f/customer", "/f/customer/1", "/f/nothing", "/f/sale/99",
)  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_keep_the_strict_policy_and_the_language(browser: Browser, sale: int, path: str, language: str) -> None:
    answer = browser("carl", language).get(path)
    assert answer.status_code == (404 if path in ("/f/nothing", "/f/sale/99") else 200)
    page = Page(answer.text)
    assert page.wrong == []
    assert sorted(page.ids) == sorted(set(page.ids))
    assert f'<html lang="{language}"' in answer.text
    assert answer.text.count("<h1") == 1
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    if language == "en":
        spoken = re.sub(r"<script.*?</script>|<(\w+)[^>]* lang=.zh.*?</\1>", "", answer.text, flags=re.S)
        assert not re.search("[\u4e00-\u9fff]", spoken.replace('<html lang="en"', ""))


@pytest.mark.parametrize("path", [*PAGES, "/people", "/d/board", "/files/1", "/parts/counts", "/f/sale/export.csv"])
def test_nothing_is_answered_to_nobody(browser: Browser, sale: int, path: str) -> None:
    answer = browser().get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")
    assert "Ann" not in answer.text


def test_nobody_may_ask_if_the_server_is_well(browser: Browser) -> None:
    assert browser().get("/healthz").json()["status"] == "ok"


def test_signing_in_leads_back_and_wrong_passwords_are_counted(browser: Browser, shop: Firm) -> None:
    client = browser()
    assert client.get("/f/sale?view=all").headers["location"] == "/login?next=/f/sale%3Fview=all"
    browser("carl")
    wrong = client.post("/login", data={"name": "carl", "password": "no"})
    assert wrong.status_code == 401
    assert "Tries left: 4" in wrong.text
    assert 'value="carl"' in wrong.text
    done = client.post("/login", data={"name": "carl", "password": "correct horse", "next": "/f/sale"})
    assert done.headers["location"] == "/f/sale"
    cookie = done.headers["set-cookie"]
    assert "fl_session=" in cookie and "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    assert client.get("/").status_code == 200
    assert client.post("/logout").headers["location"] == "/login"
    assert client.get("/").status_code == 303


def test_over_https_the_cookie_is_bound_to_the_host(browser: Browser) -> None:
    browser("carl")
    client = browser(base_url="https://shop.test")
    done = client.post("/login", data={"name": "carl", "password": "correct horse"})
    assert done.headers["set-cookie"].startswith("__Host-fl_session=")
    assert "Secure" in done.headers["set-cookie"]


def test_without_the_demo_nobody_is_stepped_into(browser: Browser) -> None:
    client = browser()
    assert "/welcome" not in client.get("/login").text
    assert client.post("/welcome", data={"as": "ada"}).status_code == 404
    assert client.get("/").status_code == 303


def test_a_request_from_another_site_does_nothing(browser: Browser, shop: Firm, sale: int) -> None:
    client = browser("bea")
    answer = client.post(f"/f/sale/{sale}/delete", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert shop.engine.open(shop.who("bea"), "sale", sale).record.id == sale


def test_what_is_too_large_is_refused_in_words(browser: Browser) -> None:
    client = browser("carl")
    answer = client.post("/f/sale/new", data={"note": "x" * (BODY_MB * 1024 * 1024 + 1)})
    assert answer.status_code == 413
    assert f"{BODY_MB} MB" in answer.text


def test_a_failure_shows_a_number_and_no_trace(browser: Browser, shop: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser("carl")

    def broken(*given: Any, **more: Any) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(shop.engine, "page", broken)
    answer = client.get("/f/sale")
    assert answer.status_code == 500
    assert re.search(r"<span class=\"fl-nowrap\">E-[0-9A-F]{6}</span>", answer.text)
    assert "secret" not in answer.text and "Traceback" not in answer.text


def test_a_list_is_filtered_by_clicking_a_condition_together(browser: Browser, sale: int) -> None:
    client = browser("carl")
    plain = client.get("/f/sale", params={"view": "all", "f": "kind", "op": "in", "v": ["shop", "web"]})
    assert plain.status_code == 303
    assert plain.headers["location"] == "/f/sale?view=all&where=kind+in+%5B%22shop%22%2C+%22web%22%5D"
    part = client.get("/f/sale", params={"view": "all", "f": "kind", "op": "is", "v": "web"}, headers=PART)
    assert part.headers["hx-push-url"] == "/f/sale?view=all&where=kind+%3D+%22web%22"
    assert "<html" not in part.text
    assert "No matches in Sales" in part.text
    assert "Kind <b>Web</b>" in part.text
    shown = client.get(plain.headers["location"])
    assert "S-001" in shown.text
    assert "Kind <b>Shop, Web</b>" in shown.text


@pytest.mark.parametrize(
    ("field", "operator", "values", "where"),
    [
        ("kind", "is", ["shop", "web"], 'kind in ["shop", "web"]'),
        ("kind", "is_not", ["shop", "web"], '(kind != "shop" and kind != "web")'),
        ("gift", "is", ["false", "true"], "gift = true"),
        ("gift", "is", ["false"], "gift = false"),
        ("total", "ge", ["5"], "total >= 5.00"),
        ("customer", "in", ["1"], "customer.id in [1]"),
        ("note", "empty", [""], "ISBLANK(note)"),
        ("wish", "contains", ['say "hi"'], 'CONTAINS(wish, "say ""hi""")'),
        ("state", "not_in", ["done"], 'state not in ["done"]'),
        ("owner", "mine", [], "owner = user"),
    ],
)
def test_every_kind_of_field_makes_a_condition_that_holds(
    browser: Browser, sale: int, field: str, operator: str, values: list[str], where: str
) -> None:
    client = browser("carl")
    answer = client.get("/f/sale", params={"view": "-", "f": field, "op": operator, "v": values})
    assert parse_qs(urlsplit(answer.headers["location"]).query)["where"] == [where]
    assert client.get(answer.headers["location"]).status_code == 200


def test_what_a_figure_leads_to_is_said_in_words_one_chip_each(browser: Browser, sale: int) -> None:
    where = '((total >= 1) and (total < 9000)) and (REACHED("draft", "sent", "done"))'
    for language, words in (("en", 'reached "Draft" or later'), ("zh", "到过“草稿”或更后")):
        page = browser("carl", language).get("/f/sale", params={"view": "all", "where": where}).text
        assert page.count('class="fl-chip" title=') == 3
        assert escape(words, quote=True).replace("&quot;", "&#34;") in page
    once = browser("carl").get("/f/sale", params={"view": "all", "where": 'REACHED("sent", "off")'}).text
    assert "reached &#34;Sent&#34; or &#34;Off&#34;" in once


def test_days_and_periods_of_a_condition_are_said_as_people_say_them(browser: Browser, shop: Firm, sale: int) -> None:
    where = '(total >= 1) and ((PERIOD(created_at, "month")) = DATE(2026, 7, 1))'
    for language, words in (("en", "Created <b>Jul 2026</b>"), ("zh", "创建时间 <b>2026-07</b>")):
        page = browser("carl", language).get("/f/sale", params={"view": "all", "where": where}).text
        assert words in page and page.count('class="fl-chip" title=') == 2


def test_a_wrong_condition_is_explained_and_the_list_stays(browser: Browser, sale: int) -> None:
    answer = browser("carl").get("/f/sale", params={"where": "totall > 3"})
    assert answer.status_code == 422
    assert "total" in answer.text and "S-001" in answer.text


def test_search_totals_and_export(browser: Browser, sale: int) -> None:
    client = browser("bea")
    assert "S-001" in client.get("/f/sale?q=ann").text
    assert "S-001" not in client.get("/f/sale?q=zzz").text
    assert "7.00" in client.get("/f/sale?view=all").text
    answer = client.get("/f/sale/export.csv?view=all")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "S-001,Ann & Sons,7.00" in answer.text
    assert browser("carl").get("/f/sale/export.csv").status_code == 403


def test_a_guest_is_told_nothing_and_sees_no_menu(browser: Browser, sale: int) -> None:
    client = browser("gus")
    assert "/f/sale" not in client.get("/").text
    assert client.get("/f/sale").status_code == 404
    assert client.get("/f/sale/1").status_code == 404
    assert client.get("/d/board").status_code == 404


def test_what_is_hidden_is_nowhere_on_the_pages(browser: Browser, shop: Firm, sale: int) -> None:
    shop.engine.change(shop.who("bea"), "sale", sale, {"secret": "hush hush"})
    clerk, boss = browser("carl"), browser("bea")
    for path in (f"/f/sale/{sale}", f"/f/sale/{sale}/edit", "/f/sale?view=all", f"/f/sale/{sale}/history"):
        assert "hush" not in clerk.get(path).text
    assert "hush" in boss.get(f"/f/sale/{sale}").text


def test_what_waits_stands_on_the_home_page(browser: Browser, sale: int) -> None:
    client = browser("carl")
    home = client.get("/").text
    assert ">Ann &amp; Sons</a>" in home and "S-001" in home
    assert client.get("/parts/counts").json() == {"sale": 1, "tasks": 1, "notices": 0}
    assert "S-001" in client.get("/tasks").text


def test_the_board_fills_its_cards_one_by_one(browser: Browser, sale: int) -> None:
    client = browser("bea")
    page = client.get("/d/board").text
    assert 'hx-get="/d/board/w/count?period=this_year"' in page
    card = client.get("/d/board/w/count?period=this_year").text
    assert "<b>1</b>" in card
    assert "Nothing" in client.get("/d/board/w/count?period=2020-01-01..2020-02-01").text or True
    assert "S-001" in client.get("/d/board/w/latest?period=this_year").text
    assert client.get("/d/board?period.from=2026-13-01&period.to=x").status_code == 400
    assert client.get("/d/board/w/nothing").status_code == 404


def test_people_are_the_administrators_business(browser: Browser, shop: Firm) -> None:
    assert browser("carl").get("/people").status_code == 403
    client = browser("ada")
    assert "carl" in client.get("/people").text
    taken = client.post("/people/new", data={"name": "New", "login": "carl"}, headers=SAFE)
    assert taken.status_code == 422
    assert "already taken" in taken.text
    done = client.post("/people/new", data={"name": "Nia", "login": "nia", "roles": ["clerk"]}, headers=SAFE)
    assert done.status_code == 303
    assert shop.who("nia").roles == {"clerk", "everyone"}
    page = client.get(done.headers["location"]).text
    password = re.search(r"Temporary password: ([\w-]+)", page)
    assert password is not None
    assert "Temporary password" not in client.get("/people").text
    login = browser().post("/login", data={"name": "nia", "password": password[1]})
    assert (login.status_code, login.headers["location"]) == (303, "/me")
    last = client.post(
        f"/people/{shop.who('ada').id}", data={"name": "Ada", "login": "ada", "active": "true"}, headers=SAFE
    )
    assert last.status_code == 422
    made = client.post("/departments/new", data={"name_en": "North", "head": str(shop.who("bea").id)}, headers=SAFE)
    assert made.status_code == 303
    assert "North" in client.get("/people").text


def test_who_is_away_says_who_acts_for_them(browser: Browser, shop: Firm) -> None:
    client = browser("carl")
    ada, today = shop.who("ada"), shop.clock().date().isoformat()
    wrong = client.post("/me/away", data={"deputy": str(ada.id), "starts": today}, headers=SAFE)
    assert wrong.status_code == 422
    assert "from which day to which" in wrong.text
    assert f'value="{ada.id}" selected' in wrong.text
    right = {"deputy": str(ada.id), "starts": today, "ends": today}
    assert client.post("/me/away", data=right, headers=SAFE).status_code == 303
    assert f'value="{today}"' in client.get("/me/away").text
    assert client.post("/me/away", data={"back": "1"}, headers=SAFE).status_code == 303
    assert f'value="{today}"' not in client.get("/me/away").text


def test_preferences_are_kept(browser: Browser, shop: Firm) -> None:
    client = browser("carl")
    client.post("/me", data={"language": "zh", "theme": "dark", "density": "compact"}, headers=SAFE)
    page = client.get("/me").text
    assert '<html lang="zh" data-bs-theme="dark" data-density="compact">' in page
    assert "已保存" in page
    assert "data-letters" not in page
    client.post("/me", data={"letters": "off"}, headers=SAFE)
    assert 'data-letters="off"' in client.get("/").text
    client.post("/me", data={"letters": "on"}, headers=SAFE)
    assert "data-letters" not in client.get("/").text
    wrong = {"present": "no", "password": "short", "again": "other"}
    usual = client.get("/me").text
    assert usual.index('action="/me/password"') > usual.index('name="mailing"')
    refused = client.post("/me/password", data=wrong, headers=SAFE)
    assert refused.status_code == 422  # and what is wrong comes first, where it is seen
    assert refused.text.index('action="/me/password"') < refused.text.index('name="mailing"')
    good = {"present": "correct horse", "password": "battery staple", "again": "battery staple"}
    assert client.post("/me/password", data=good, headers=SAFE).status_code == 303
    assert client.get("/me").status_code == 200
    assert browser().post("/login", data={"name": "carl", "password": "battery staple"}).status_code == 303


def test_a_temporary_password_is_changed_before_anything_else(browser: Browser, shop: Firm) -> None:
    client = browser("carl")
    carl = shop.who("carl").id
    assert carl is not None
    known = {"password": passwords.hashed("only for now"), "must_change_password": True}
    shop.engine.store.write(lambda conn: people.update_person(conn, carl, known))
    entered = client.post("/login", data={"name": "carl", "password": "only for now"}, headers=SAFE)
    assert entered.headers["location"] == "/me"
    for path in ("/", "/f/sale", "/f/sale/new"):
        assert client.get(path).headers["location"] == "/me", path
    assert client.get("/me").status_code == 200
    changed = {"present": "only for now", "password": "battery staple", "again": "battery staple"}
    assert client.post("/me/password", data=changed, headers=SAFE).status_code == 303
    assert client.get("/f/sale").status_code == 200
