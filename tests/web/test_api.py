"""The API towards programs: envelopes, versions, repeats, problems, and that nothing hidden gets out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.firm import Build, Firm
from tests.web.programs import Desk, Program

PACK = {
    "forms/order.yaml": """
title: Orders
record_title: "{name}"
fields:
  name: {type: text, title: Name, required: true, max_length: 40}
  amount: {type: money, title: Amount, min: 0}
  count: {type: integer, title: Count, default: 1}
  secret: {type: text, title: Secret}
  cost: {type: money, title: Cost}
  double: {type: money, title: Double, formula: amount * 2}
  other: {type: reference, title: Other, to: order}
  reason: {type: text, title: Reason, visible: count > 5}
  files: {type: file, title: Files}
  lines:
    type: lines
    title: Lines
    fields:
      text: {type: text, title: Text, required: true}
      price: {type: money, title: Price}
rules:
  large: {check: 'COALESCE(amount, 0) <= 1000', level: warn, message: Large}
  never: {check: name != "never", message: Never}
access:
  clerk: {can: [view, create, edit, delete], hide: [secret, cost, lines.price]}
  boss: {can: [view, create, edit, delete]}
  guest: {can: [create], hide: [secret]}
views:
  all: {title: All, columns: [name, amount, secret], sort: -amount}
""",
    "workflows/order.yaml": """
title: Orders
initial: open
states: {open: {title: Open}, closed: {title: Closed, final: success}}
transitions:
  close: {title: Close, from: open, to: closed, who: [clerk, boss], edit: [amount], opinion: optional}
""",
    "dashboards/board.yaml": """
title: Board
filters: {period: {title: Period, fields: [order.created_at]}}
widgets:
  count: {type: number, title: Count, from: order, measure: COUNT()}
  secret: {type: number, title: Secret, from: order, measure: SUM(cost)}
""",
}


@pytest.fixture
def desk(engine_of: Build) -> Desk:
    firm: Firm = engine_of(PACK)
    for login in ("clerk", "boss", "guest"):
        firm.person(login, login)
    firm.person("nobody")
    return Desk(firm)


@pytest.fixture
def clerk(desk: Desk) -> Program:
    return desk.of("clerk")


@pytest.fixture
def boss(desk: Desk) -> Program:
    return desk.of("boss")


ORDERS = "/forms/order/records"


# -- who ---------------------------------------------------------------------------------------------------------------


def test_nobody_is_answered_without_a_token(desk: Desk) -> None:
    for path in ("/openapi.json", "/forms", ORDERS, "/dashboards", "/files/1", "/nowhere"):
        found = desk.stranger().call("GET", f"/api{path}")
        assert (found.status_code, found.json()["code"]) == (401, "no_token")
        assert found.headers["www-authenticate"] == "Bearer"


def test_a_wrong_token_is_not_helped_by_a_cookie(desk: Desk) -> None:
    program = desk.of("boss")
    program.token = "fl_wrong"
    found = program.call("GET", "/api/forms", headers={"cookie": "fl_session=x"})
    assert found.status_code == 401 and 'error="invalid_token"' in found.headers["www-authenticate"]
    program.token = None
    assert program.call("GET", "/api/forms", headers={"authorization": "Basic eDp5"}).status_code == 401


def test_a_form_without_rights_is_not_there(desk: Desk) -> None:
    assert desk.of("nobody").get("/forms")["forms"] == []
    assert desk.of("nobody").why("GET", ORDERS) == (404, [("no_form", None)])


def test_whoever_may_only_hand_in_sees_nothing(desk: Desk) -> None:
    guest = desk.of("guest")
    assert set(guest.new("order", name="a")) == {"id"}
    assert guest.why("GET", ORDERS) == (403, [("forbidden", None)])
    assert guest.why("GET", f"{ORDERS}/1") == (404, [("not_found", None)])


# -- records -----------------------------------------------------------------------------------------------------------


def test_a_record_has_its_system_members_and_exact_values(clerk: Program, boss: Program) -> None:
    found = clerk.call("POST", f"/api{ORDERS}", json={"name": "a", "amount": "12.50", "lines": [{"text": "x"}]})
    made = found.json()
    assert (found.status_code, found.headers["location"], found.headers["etag"]) == (201, f"/api{ORDERS}/1", '"1"')
    assert (made["amount"], made["double"], made["count"], made["state"]) == ("12.50", "25.00", 1, "open")
    assert made["lines"] == [{"id": 1, "text": "x"}]
    read = clerk.call("GET", f"/api{ORDERS}/1")
    assert read.json() == made and read.headers["etag"] == '"1"'
    assert boss.record("order", 1)["lines"] == [{"id": 1, "text": "x", "price": None}]


def test_lists_are_filtered_sorted_and_paged(boss: Program) -> None:
    for number in range(5):
        boss.new("order", name=f"n{number}", amount=f"{number}.00")
    found = boss.get(ORDERS, where="amount >= 1", sort="-amount,name", page=2, limit=3, columns="name")
    assert (found["total"], found["page"], found["limit"]) == (4, 2, 3)
    assert found["records"] == [{"id": 2, "_version": 1, "_title": "n1", "name": "n1"}]
    assert [r["name"] for r in boss.get(ORDERS, q="n3")["records"]] == ["n3"]
    assert [r["name"] for r in boss.get(ORDERS, view="all", limit=1)["records"]] == ["n4"]
    assert boss.get(ORDERS, page=9)["records"] == []


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"limit": "201"}, 400, "bad_parameter"),
        ({"limit": "x"}, 400, "bad_parameter"),
        ({"page": "0"}, 400, "bad_parameter"),
        ({"page": "９"}, 400, "bad_parameter"),
        ({"wher": "true"}, 400, "unknown_parameter"),
        ({"sort": "nmae"}, 400, "no_such_column"),
        ({"columns": "name,zzz"}, 400, "no_such_column"),
        ({"view": "zzz"}, 400, "bad_parameter"),
    ],
)
def test_wrong_query_parameters_are_told(boss: Program, query: dict[str, str], status: int, code: str) -> None:
    found, problems = boss.why("GET", ORDERS, params=query)
    assert (found, problems[0][0]) == (status, code)


def test_a_condition_that_does_not_fit_is_a_conflict_with_its_column(boss: Program) -> None:
    found = boss.call("GET", f"/api{ORDERS}", params={"where": "name = and"}).json()
    assert (found["status"], found["problems"][0]["field"]) == (409, "where")
    assert found["problems"][0]["column"] >= 6


def test_all_mistakes_of_a_body_come_at_once_with_what_was_sent(clerk: Program) -> None:
    wrong = {"amount": 5, "lines": [{"text": "a"}, {"text": 7}]}
    found = clerk.call("POST", f"/api{ORDERS}", json=wrong)
    sent = {p["field"]: p.get("value") for p in found.json()["problems"]}
    assert sent == {"amount": 5, "lines.1.text": 7, "name": None}
    assert (found.json()["instance"], found.json()["status"]) == (f"/api{ORDERS}", 422)

    unknown = {"colour": "red", "id": 9, "lines": [{"text": "a", "size": 3}, {"text": 7}]}
    found = clerk.call("POST", f"/api{ORDERS}", json={**wrong, **unknown})
    assert (found.status_code, found.json()["code"]) == (422, "unknown_field")
    assert [(p["field"], p.get("value")) for p in found.json()["problems"][:3]] == [
        ("colour", "red"), ("id", 9), ("lines.0.size", 3),
    ]  # fmt: skip
    assert {p["field"] for p in found.json()["problems"][3:]} == set(sent)

    id = clerk.new("order", name="a")["id"]
    for named in ({"if-match": "*"}, {}):  # the version isn't named, which is told as well
        found = clerk.call("PATCH", f"/api{ORDERS}/{id}", json=wrong | {"colour": "red", "name": "b"}, headers=named)
        fields = {p["field"] for p in found.json()["problems"]}
        assert found.status_code == 422
        assert fields == ({"colour", "amount", "lines.1.text"} if named else {"colour", None})
    assert clerk.record("order", id)["name"] == "a" and clerk.get(ORDERS)["total"] == 1


@pytest.mark.parametrize("name", ["state", "owner", "id", "_version", "created_at"])
def test_system_members_are_refused_not_ignored(clerk: Program, name: str) -> None:
    assert clerk.not_new("order", **{"name": "a", name: 1}) == [("system_member", name)]


def test_what_fits_the_schema_but_not_the_data_is_a_conflict(clerk: Program) -> None:
    assert clerk.why("POST", ORDERS, json={"name": "a", "other": 99}) == (409, [("no_such_reference", "other")])
    assert clerk.why("POST", ORDERS, json={"name": "never"}) == (409, [("rule_broken", None)])
    assert clerk.why("POST", ORDERS, json={"name": "a", "reason": "b"}) == (409, [("not_visible", "reason")])
    assert clerk.why("POST", ORDERS, json={"name": "a", "other": "99"})[0] == 422


def test_a_warning_is_confirmed_by_its_name(clerk: Program) -> None:
    body = {"name": "a", "amount": "1001.00"}
    found = clerk.call("POST", f"/api{ORDERS}", json=body).json()
    assert (found["status"], found["problems"][0]["severity"]) == (409, "warn")
    confirm = found["problems"][0]["confirm"]
    assert clerk.call("POST", f"/api{ORDERS}?confirm={confirm}", json=body).status_code == 201


def test_a_computed_value_may_be_sent_back_as_it_is_but_not_changed(clerk: Program) -> None:
    clerk.new("order", name="a", amount="2.00")
    assert clerk.change("order", 1, double="4.00")["double"] == "4.00"
    path = f"{ORDERS}/1"
    assert clerk.why("PATCH", path, json={"double": "5.00"}, headers={"if-match": "*"})[1] == [
        ("computed_field", "double")
    ]


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "broken_json"),
        (b"[]", "application/json", 400, "not_an_object"),
        (b"null", "application/json", 400, "not_an_object"),
        (b'{"name": "\\ud800"}', "application/json", 400, "broken_json"),
        (b"\xff", "application/json", 400, "broken_json"),
        (b"{}", "text/plain", 415, "wrong_content_type"),
        (b"", "application/json", 400, "broken_json"),
        (b'{"name": "a\\u0000b"}', "application/json", 422, "value_nul"),
        (b'{"name": "a", "count": 1e400}', "application/json", 400, "broken_json"),
        (b'{"name": "a", "count": 99999999999999999999999}', "application/json", 422, "value_digits"),
    ],
)
def test_bodies_that_can_not_be_read(clerk: Program, content: bytes, kind: str, status: int, code: str) -> None:
    found, problems = clerk.why("POST", ORDERS, content=content, headers={"content-type": kind})
    assert (found, problems[0][0]) == (status, code)


def test_methods_and_addresses_that_are_not_there(clerk: Program) -> None:
    found = clerk.call("PUT", f"/api{ORDERS}")
    assert (found.status_code, found.headers["allow"], found.json()["code"]) == (405, "GET, POST", "no_method")
    assert clerk.call("OPTIONS", f"/api{ORDERS}/1").headers["allow"] == "GET, PATCH, DELETE"
    assert clerk.why("GET", "/forms/order/zzz") == (404, [("no_address", None)])
    for id in ("0", "x", "-1", "99999999999999999999", "٣"):
        assert clerk.why("GET", f"{ORDERS}/{id}")[0] == 404


def test_too_much_is_refused(clerk: Program) -> None:
    found = clerk.call("POST", f"/api{ORDERS}", content=b" " * 9_000_000, headers={"content-type": "application/json"})
    assert (found.status_code, found.json()["code"]) == (413, "too_large_body")


def test_what_nobody_foresaw_has_a_number_and_no_trace(clerk: Program, desk: Desk, monkeypatch: Any) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(desk.firm.engine, "page", fail)
    found = clerk.call("GET", f"/api{ORDERS}")
    assert (found.status_code, found.json()["code"]) == (500, "failed")
    assert "E-" in found.text and "secret detail" not in found.text and "Traceback" not in found.text


def test_messages_are_in_the_language_asked_for(clerk: Program) -> None:
    found = clerk.call("GET", f"/api{ORDERS}/9", headers={"accept-language": "zh-CN,en;q=0.5"})
    assert found.json()["title"].startswith("没有这条记录")
    assert clerk.call("GET", f"/api{ORDERS}/9").json()["title"].startswith("There is no such record")


# -- versions and repeats ----------------------------------------------------------------------------------------------


def test_a_change_names_its_version(clerk: Program, boss: Program) -> None:
    clerk.new("order", name="a")
    path = f"{ORDERS}/1"
    assert clerk.why("PATCH", path, json={"name": "b"}) == (428, [("no_if_match", None)])
    boss.change("order", 1, '"1"', name="b")
    stale = clerk.call("PATCH", f"/api{path}", json={"name": "c"}, headers={"if-match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version") and "Boss" in stale.json()["title"]
    assert clerk.why("PATCH", path, json={"name": "c"}, headers={"if-match": '"9"'}) == (
        409,
        [("unknown_version", None)],
    )
    assert clerk.why("PATCH", path, json={"name": "c"}, headers={"if-match": "x"}) == (409, [("unknown_version", None)])
    done = clerk.call("PATCH", f"/api{path}", json={"name": "c"}, headers={"if-match": 'W/"2", "7"'})
    assert (done.status_code, done.headers["etag"], done.json()["_version"]) == (200, '"3"', 3)


def test_deleting_minds_the_version_only_when_it_is_named(clerk: Program) -> None:
    for _ in range(2):
        clerk.new("order", name="a")
    clerk.change("order", 1, name="b")
    assert clerk.why("DELETE", f"{ORDERS}/1", headers={"if-match": '"1"'})[0] == 412
    assert clerk.call("DELETE", f"/api{ORDERS}/1", headers={"if-match": '"2"'}).status_code == 204
    assert clerk.call("DELETE", f"/api{ORDERS}/2").status_code == 204
    assert clerk.why("GET", f"{ORDERS}/1")[0] == 404 and clerk.why("DELETE", f"{ORDERS}/1")[0] == 404


def test_a_repeated_request_is_done_once(clerk: Program, boss: Program) -> None:
    key = {"idempotency-key": "k-1"}
    first = clerk.call("POST", f"/api{ORDERS}", json={"name": "a"}, headers=key)
    again = clerk.call("POST", f"/api{ORDERS}", json={"name": "a"}, headers=key)
    assert again.json() == first.json() and again.status_code == 201
    assert "idempotency-replayed" not in first.headers and again.headers["idempotency-replayed"] == "true"
    assert clerk.get(ORDERS)["total"] == 1
    assert clerk.why("POST", ORDERS, json={"name": "b"}, headers=key) == (409, [("key_reused", None)])
    assert boss.call("POST", f"/api{ORDERS}", json={"name": "b"}, headers=key).status_code == 201
    assert clerk.why("POST", ORDERS, json={"name": "b"}, headers={"idempotency-key": "a b"})[1] == [("bad_key", None)]


def test_what_was_refused_may_be_repeated_with_the_same_key(clerk: Program) -> None:
    key = {"idempotency-key": "k"}
    assert clerk.why("POST", ORDERS, json={"name": "never"}, headers=key)[0] == 409
    assert clerk.call("POST", f"/api{ORDERS}", json={"name": "a"}, headers=key).status_code == 201


def test_a_key_is_forgotten_after_a_day(clerk: Program, desk: Desk) -> None:
    key = {"idempotency-key": "k"}
    clerk.call("POST", f"/api{ORDERS}", json={"name": "a"}, headers=key)
    desk.firm.clock.later(hours=25)
    assert clerk.call("POST", f"/api{ORDERS}", json={"name": "b"}, headers=key).status_code == 201


def test_a_button_pressed_twice_with_one_key_moves_once(clerk: Program) -> None:
    clerk.new("order", name="a")
    path, key = f"/api{ORDERS}/1/transitions/close", {"idempotency-key": "k"}
    first = clerk.call("POST", path, json={"fields": {"amount": "3.00"}, "version": 1}, headers=key)
    again = clerk.call("POST", path, json={"fields": {"amount": "3.00"}, "version": 1}, headers=key)
    assert first.status_code == 200 and again.json() == first.json()
    assert clerk.not_pressed("order", 1, "close") == [("wrong_state", None)]


def test_buttons_say_what_their_body_may_hold(clerk: Program) -> None:
    clerk.new("order", name="a")
    assert clerk.not_pressed("order", 1, "cloes") == [("no_button", None)]
    assert clerk.not_pressed("order", 1, "close", fields={"name": "x"}) == [("unknown_member", "fields.name")]
    wrong = clerk.not_pressed("order", 1, "close", fields={"name": "x", "amount": "-1.00"}, why="x")
    assert [field for _, field in wrong] == ["why", "fields.name", "amount"]  # all at once, and nothing is kept
    assert clerk.get(f"{ORDERS}/1")["_version"] == 1
    assert clerk.not_pressed("order", 1, "close", fields=[], why="x") == [
        ("unknown_member", "why"),
        ("bad_member", "fields"),
    ]
    assert clerk.not_pressed("order", 1, "close", fields=[]) == [("bad_member", "fields")]
    assert clerk.not_pressed("order", 1, "close", version="1") == [("bad_member", "version")]
    assert clerk.not_pressed("order", 1, "close", version=7) == [("conflict", None)]
    assert clerk.not_pressed("order", 1, "close", fields={"amount": "-1.00"})[0][1] == "amount"
    offered = clerk.get(f"{ORDERS}/1/transitions")["transitions"]
    assert [(b["name"], b["open"]) for b in offered] == [("close", True)]


def test_a_draft_computes_and_keeps_nothing(clerk: Program) -> None:
    found = clerk.call("POST", "/api/forms/order/draft", json={"amount": "4.00", "count": "x"}).json()
    assert found["values"]["double"] == "8.00" and found["visible"]["reason"] is False
    assert found["required"]["name"] is True and "secret" not in json.dumps(found)
    assert clerk.get(ORDERS)["total"] == 0
    wrong = clerk.call("POST", "/api/forms/order/draft", json={"amuont": "4.00", "secret": "x", "count": "x"}).json()
    assert [(p["code"], p["field"]) for p in wrong["problems"]] == [
        ("unknown_field", "amuont"), ("unknown_field", "secret")
    ]  # fmt: skip


# -- nothing hidden gets out -------------------------------------------------------------------------------------------


def test_hidden_fields_are_nowhere(clerk: Program, boss: Program) -> None:
    boss.new("order", name="a", secret="xyzzy", cost="77.00", lines=[{"text": "t", "price": "88.00"}])
    boss.change("order", 1, secret="plugh", cost="78.00")
    seen = [
        clerk.get("/openapi.json")["components"]["schemas"],
        clerk.get("/openapi.json")["paths"]["/api/forms/order/records"],
        clerk.get("/forms"),
        *(clerk.get("/forms/order/schema", **{"for": p}) for p in ("record", "create", "change")),
        clerk.get(ORDERS),
        clerk.get(ORDERS, view="all"),
        clerk.record("order", 1),
        clerk.get(f"{ORDERS}/1/history"),
        clerk.change("order", 1, name="b"),
        clerk.press("order", 1, "close"),
    ]
    for words in ("secret", "xyzzy", "plugh", "cost", "77.00", "78.00", "price", "88.00"):
        for found in seen:
            assert words not in json.dumps(found).lower(), (words, found)
    assert "secret" in boss.record("order", 1) and "plugh" in json.dumps(boss.get(f"{ORDERS}/1/history"))


def test_hidden_fields_can_not_be_asked_by_or_written(clerk: Program, boss: Program) -> None:
    boss.new("order", name="a", secret="xyzzy", lines=[{"text": "t", "price": "88.00"}])
    for where in ('secret = "xyzzy"', "SUM(lines.price) > 1", 'other.secret = "x"'):
        assert clerk.why("GET", ORDERS, params={"where": where})[0] == 403, where
    assert clerk.why("GET", ORDERS, params={"sort": "secret"})[0] == 400
    assert clerk.why("GET", ORDERS, params={"columns": "secret"})[0] == 400
    assert clerk.get(ORDERS, q="xyzzy")["total"] == 0

    assert clerk.not_new("order", name="b", secret="x") == [("unknown_field", "secret")]
    assert clerk.not_new("order", name="b", lines=[{"text": "t", "price": "1.00"}]) == [
        ("unknown_field", "lines.0.price")
    ]


def test_widgets_that_read_what_is_hidden_say_so_alone(clerk: Program, boss: Program) -> None:
    boss.new("order", name="a", cost="5.00")
    found = clerk.get("/dashboards/board", period="all")["widgets"]
    assert found["count"]["data"]["points"][0]["measures"]["measure"]["value"] == "1"
    assert found["secret"]["data"] is None and found["secret"]["problem"]["code"] == "field_closed"
    shown = boss.get("/dashboards/board")["widgets"]["secret"]["data"]["points"][0]["measures"]["measure"]
    assert shown["value"] == "5"
    assert clerk.why("GET", "/dashboards/board", params={"period": "soon"})[0] == 400
    assert clerk.why("GET", "/dashboards/zzz")[0] == 404


# -- schemas and files -------------------------------------------------------------------------------------------------


def test_schemas_are_schemas_and_answers_fit_them(boss: Program, clerk: Program) -> None:
    for program in (boss, clerk):
        made = program.new("order", name="a", amount="1.00", lines=[{"text": "t"}])
        for purpose in ("record", "create", "change"):
            schema = program.get("/forms/order/schema", **{"for": purpose})
            Draft202012Validator.check_schema(schema)
            if purpose == "record":
                Draft202012Validator(schema).validate(made)
    create = clerk.get("/forms/order/schema", **{"for": "create"})
    assert create["required"] == ["name"] and create["properties"]["double"]["readOnly"] is True
    assert create["properties"]["count"]["default"] == 1 and create["properties"]["name"]["title"] == "Name"
    assert create["properties"]["lines"]["items"]["required"] == ["text"]


def test_every_operation_has_a_name_of_its_own_and_documents_its_refusals(boss: Program) -> None:
    found = boss.get("/openapi.json")
    operations = [o for path in found["paths"].values() for n, o in path.items() if n != "parameters"]
    names = [o["operationId"] for o in operations]
    assert len(set(names)) == len(names) and {"create_order", "press_order_close"} <= set(names)
    for operation in operations:
        assert {"401", "403", "404", "500"} <= set(operation["responses"])


def test_a_file_is_sent_held_and_fetched_only_by_those_who_see_it(clerk: Program, boss: Program, desk: Desk) -> None:
    sent = clerk.call("POST", "/api/files", files={"file": ("a.txt", b"hello", "text/plain")})
    assert sent.status_code == 201 and sent.json()["size"] == 5
    id = sent.json()["id"]
    assert boss.why("GET", f"/files/{id}")[0] == 404
    assert boss.why("POST", ORDERS, json={"name": "b", "files": [id]}) == (409, [("no_such_file", "files")])
    clerk.new("order", name="a", files=[id])
    found = boss.call("GET", f"/api/files/{id}")
    assert found.content == b"hello" and found.headers["content-disposition"].startswith("attachment")
    assert desk.of("nobody").why("GET", f"/files/{id}")[0] == 404
    assert clerk.why("POST", "/files", json={})[0] == 415
    broken = {"content-type": "multipart/form-data"}
    assert clerk.why("POST", "/files", content=b"--x", headers=broken) == (400, [("bad_body", None)])
    assert clerk.why("POST", "/files", files={"other": ("a", b"")})[0] == 422
