"""Several records in one field, as programs and pages send and get them."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from tests.firm import Build, Firm
from tests.web.conftest import Browser
from tests.web.programs import Desk
from tests.web.test_pages import SAFE, Page

FILES = {
    "pack.yaml": "title: T\nlanguage: en\nroles: {boss: Boss, driver: Driver}\n",
    "forms/package.yaml": """
title: Package
fields: {name: {required: true}}
access: {boss: {can: [view, create, edit]}, driver: {can: [view]}}
""",
    "forms/trip.yaml": """
title: Trip
fields:
  name: {required: true}
  packages: {type: references, to: package, required: true, create: true}
  crew: {type: members}
  stops: {type: lines, fields: {drop: {type: reference, to: package, create: true}}}
access: {boss: {can: [view, create, edit]}, driver: {can: [view, create]}}
""",
}


@pytest.fixture
def shop(engine_of: Build) -> Firm:
    made: Firm = engine_of(FILES)
    for login in ("bea", "bob"):
        made.person(login, "boss")
    made.person("dan", "driver")
    for name in ("Anvil", "Box", "Crate"):
        made.new(made.who("bea"), "package", name=name)
    return made


def test_a_program_sends_and_gets_lists_of_ids_that_the_schema_knows(shop: Firm) -> None:
    bea = Desk(shop).of("bea")
    schema = bea.get("/forms/trip/schema", **{"for": "create"})
    assert schema["properties"]["packages"]["x-form"] == "package"
    validator = Draft202012Validator(schema)
    assert validator.is_valid({"name": "T", "packages": [2, 1]}) and not validator.is_valid(
        {"name": "T", "packages": []}
    )
    made = bea.new("trip", name="T", packages=[2, 1], crew=[shop.who("bob").id])
    assert made["packages"] == [1, 2] and made["crew"] == [shop.who("bob").id]
    assert bea.change("trip", made["id"], crew=None)["crew"] is None
    for wrong, code in (([1, 1], "value_twice"), ([99], "no_such_reference"), ("1", "value_kind"), ([], "required")):
        assert bea.not_new("trip", name="T", packages=wrong) == [(code, "packages")]


def test_a_page_posts_a_name_for_each_and_an_emptied_picker_posts_nothing(browser: Browser) -> None:
    client = browser("bea")
    page = Page(client.get("/f/trip/new").text)
    assert page.fields["packages"] == [""]
    form = {"_fields": "name packages crew", "name": "T", "packages": ["", "3", "1"], "crew": ""}
    assert client.post("/f/trip/new", data=form, headers=SAFE).headers["location"] == "/f/trip/1"
    text = client.get("/f/trip/1").text
    assert 'href="/f/package/1">Anvil' in text and 'href="/f/package/3">Crate' in text
    refused = client.post("/f/trip/1/edit", data={**form, "packages": "", "version": "1"}, headers=SAFE)
    assert refused.status_code == 422 and "#field-packages" in refused.text
    client.post("/f/trip/1/edit", data={**form, "packages": ["", "1", "2"], "version": "1"}, headers=SAFE)
    told = client.get("/f/trip/1/history").text
    assert "Box" in told and "Crate" in told
    assert client.get("/f/trip?where=ANY(id in [2] from packages)").text.count('href="/f/trip/1"') >= 1


def test_a_new_one_is_offered_to_whoever_may_make_it_and_comes_back_by_its_number(browser: Browser) -> None:
    client = browser("bea")
    for path in ("packages", "stops.drop"):
        found = client.post(f"/f/trip/options/{path}", data={"_q": "Drum & Co"}, headers=SAFE).json()
        assert found["new"] == {"href": "/f/package/new?name=Drum+%26+Co", "label": "New: Package"}
    assert client.get("/f/trip/options/crew").json()["new"] is None
    assert browser("dan").get("/f/trip/options/packages").json()["new"] is None
    assert 'value="Drum &amp; Co"' in client.get(found["new"]["href"]).text
    back = "/f/package/{id}?made=abc"
    made = client.post("/f/package/new", data={"_fields": "name", "name": "Drum", "back": back}, headers=SAFE)
    assert made.headers["location"] == "/f/package/4?made=abc"
    assert (
        client.post("/f/package/new", data={"name": "E", "back": "//evil/{id}"}, headers=SAFE).headers["location"]
        == "/f/package/5"
    )
