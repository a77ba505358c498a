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
fields: {name: {required: true}, weight: {type: integer}}
access: {boss: {can: [view, create, edit]}, driver: {can: [view], hide: [weight]}}
""",
    "forms/caller.yaml": """
title: Caller
fields: {name: {required: true}, of: {type: reference, to: package}, kept: {type: reference, to: package}}
access: {boss: {can: [view, create, edit]}}
""",
    "forms/order.yaml": """
title: Order
fields: {name: {required: true}, trips: {type: related, from: trip, via: cause}, meant: {type: related, from: trip, via: causes}}
access: {boss: {can: [view, create, edit]}}
""",
    "forms/trip.yaml": """
title: Trip
fields:
  name: {required: true}
  packages: {type: references, to: package, required: true, create: true}
  crew: {type: members}
  cause: {type: reference, to: [package, order], create: true}
  causes: {type: references, to: [package, order], create: true}
  of: {formula: cause.name}
  load: {type: reference, to: package}
  caller: {type: reference, to: caller, create: true, where: of = this.load and name != ""}
  stops:
    type: lines
    fields:
      drop: {type: reference, to: package, create: true}
      called: {type: reference, to: caller, create: true, where: of = this.drop and kept = this.parent.load}
views: {all: {columns: [name, load.weight, load.name], sort: -load.weight}}
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
        assert found["new"] == [
            {"href": "/f/package/new?name=Drum+%26+Co", "label": "New package", "head": "", "facts": ["Drum & Co"]}
        ]
    assert client.get("/f/trip/options/crew").json()["new"] == []
    assert browser("dan").get("/f/trip/options/packages").json()["new"] == []
    assert 'value="Drum &amp; Co"' in client.get(found["new"][0]["href"]).text
    back = "/f/package/{id}/peek?drawer=1"
    made = client.post("/f/package/new", data={"_fields": "name", "name": "Drum", "back": back}, headers=SAFE)
    assert made.headers["location"] == "/f/package/4/peek?drawer=1"
    assert (
        client.post("/f/package/new", data={"name": "E", "back": "//evil/{id}"}, headers=SAFE).headers["location"]
        == "/f/package/5"
    )


def test_a_new_one_fits_what_may_be_chosen_and_only_its_drawer_may_frame_a_page(browser: Browser) -> None:
    client = browser("bea")
    asked = {"_q": "Ann", "name": "T", "load": "2", "stops.0.drop": "3"}
    assert client.post("/f/trip/options/caller", data=asked, headers=SAFE).json()["new"][0]["href"] == (
        "/f/caller/new?of=2&name=Ann"
    )
    found = client.post("/f/trip/options/stops.called", data={**asked, "_row": "0"}, headers=SAFE).json()
    assert found["new"][0]["href"] == "/f/caller/new?of=3&kept=2&name=Ann"
    untold = client.post("/f/trip/options/caller", data={"_q": "Ann"}, headers=SAFE).json()
    assert untold["new"][0]["href"] == "/f/caller/new?name=Ann"

    page = client.get("/f/caller/new?of=2&drawer=1")
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert 'href="about:blank"' in page.text and "fl-sidebar" not in page.text and page.text.count("<h1") == 1
    assert 'action="/f/caller/new?drawer=1"' in page.text
    for path in ("/f/caller/new", "/f/caller/new?name=drawer=1", "/f/caller/new?drawer=11"):
        plain = client.get(path)
        assert "frame-ancestors 'none'" in plain.headers["content-security-policy"] and "fl-sidebar" in plain.text


def test_a_record_of_one_of_several_forms_is_sent_and_picked_with_its_form(browser: Browser, shop: Firm) -> None:
    order = shop.new(shop.who("bea"), "order", name="Quarry")
    bea = Desk(shop).of("bea")
    schema = bea.get("/forms/trip/schema", **{"for": "create"})["properties"]["cause"]
    assert schema["x-forms"] == ["package", "order"]
    assert Draft202012Validator(schema).is_valid("order/1") and not Draft202012Validator(schema).is_valid("trip/1")
    made = bea.new("trip", name="T", packages=[1], cause=f"order/{order}")
    assert (made["cause"], made["of"]) == (f"order/{order}", "Quarry")
    assert bea.not_new("trip", name="T", packages=[1], cause=7) == [("value_not_a_record_of", "cause")]
    client = browser("bea")
    found = client.post("/f/trip/options/cause", data={"_q": "r"}, headers=SAFE).json()
    assert [(o["value"], o["label"], o["facts"]) for o in found["options"]] == [
        ("package/3", "Crate", ["Package"]), (f"order/{order}", "Quarry", ["Order"]),
    ]  # fmt: skip
    assert [(n["label"], n["head"]) for n in found["new"]] == [("New package", "package/"), ("New order", "order/")]
    form = {"_fields": "name packages cause", "name": "U", "packages": ["", "1"], "cause": "order/1"}
    place = client.post("/f/trip/new", data=form, headers=SAFE).headers["location"]
    assert 'href="/f/order/1">Quarry' in client.get(place).text
    assert '<option value="order/1" selected' in client.get(f"{place}/edit").text
    listed = client.get(f"/f/order/{order}/related/trips").text
    assert "/f/trip/new?cause=order%2F1" in listed and "where=cause+%3D+%22order%2F1%22" in listed
    told = client.get('/f/trip?where=cause = "order/1"').text
    assert "Quarry" in told and client.get("/f/trip/values?field=cause").status_code == 200


def test_records_of_several_forms_are_sent_picked_and_asked_for_with_their_forms(browser: Browser, shop: Firm) -> None:
    order = shop.new(shop.who("bea"), "order", name="Quarry")
    bea, client = Desk(shop).of("bea"), browser("bea")
    schema = bea.get("/forms/trip/schema", **{"for": "create"})["properties"]["causes"]
    assert schema["x-forms"] == ["package", "order"]
    assert Draft202012Validator(schema).is_valid(["order/1"]) and not Draft202012Validator(schema).is_valid([1])
    made = bea.new("trip", name="T", packages=[1], causes=[f"order/{order}", "package/3"])
    assert made["causes"] == ["package/3", f"order/{order}"]
    for wrong, code in (([7], "value_not_a_record_of"), (["order/99"], "no_such_reference"), ("order/1", "value_kind")):
        assert bea.not_new("trip", name="T", packages=[1], causes=wrong) == [(code, "causes")]
    form = {
        "_fields": "name packages causes",
        "name": "U",
        "packages": ["", "1"],
        "causes": ["", "order/1", "package/2"],
    }
    place = client.post("/f/trip/new", data=form, headers=SAFE).headers["location"]
    assert 'href="/f/order/1">Quarry' in client.get(place).text
    text = client.get(f"{place}/edit").text
    assert '<option value="order/1" selected' in text and '<option value="package/2" selected' in text
    client.post(f"{place}/edit", data={**form, "causes": ["", "package/2"], "version": "1"}, headers=SAFE)
    assert "Quarry" in client.get(f"{place}/history").text
    listed = client.get(f"/f/order/{order}/related/meant").text
    assert "/f/trip/new?causes=order%2F1" in listed and "where=%22order%2F1%22+in+causes" in listed
    assert '<option value="order/1" selected' in client.get("/f/trip/new?causes=order/1").text
    told = client.get('/f/trip?where="order/1" in causes').text
    assert 'href="/f/trip/1"' in told and f'href="{place}"' not in told and "Quarry" in told
    told = client.get("/f/trip?f=causes&op=has&v=order/1", follow_redirects=True).text
    assert 'href="/f/trip/1"' in told and f'href="{place}"' not in told
    values = client.get("/f/trip/values?field=causes").text
    assert "Quarry" in values and "Crate" in values
    assert client.get("/f/trip/1/peek").status_code == client.get("/api/openapi.json").status_code == 200


def test_a_list_shows_sorts_and_filters_by_fields_of_what_its_records_point_at(browser: Browser, shop: Firm) -> None:
    bea = Desk(shop).of("bea")
    heavy = bea.new("package", name="Drum", weight=40)["id"]
    for name, load in (("Feather", 1), ("Boulder", heavy), ("none", None)):
        bea.new("trip", name=name, packages=[1], load=load)
    listed = bea.get(
        "/forms/trip/records",
        columns="name,load.weight",
        sort="-load.weight",
        where="load.weight >= 5 or ISBLANK(load)",
    )
    assert [(r["name"], r["load.weight"]) for r in listed["records"]] == [("Boulder", 40), ("none", None)]
    text = browser("bea").get("/f/trip").text
    assert "Load · Weight" in text and "sort=load.weight" in text and text.index("Boulder") < text.index("Feather")
    narrowed = browser("bea").get("/f/trip?f=load.weight&op=ge&v=5", follow_redirects=True).text
    assert "Boulder" in narrowed and "Feather" not in narrowed and "Load · Weight ≥" in narrowed
    seen = browser("dan").get("/f/trip").text
    assert "Load · Name" in seen and "Load · Weight" not in seen and ">40<" not in seen
