"""Calls to other systems, against a real server on this machine: signed, tried again, nowhere inside, and never too late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook

from engine.jobs.job import GiveUp
from engine.runtime import afterwards, calling
from engine.storage import tables
from tests.firm import ADMIN, Build, Clock, Firm
from tests.other import SECRET, Other


@pytest.fixture
def other() -> Iterator[Other]:
    with Other() as made:
        yield made


FORM = """
fields:
  name:   {type: text}
  weight: {type: decimal}
  label:  {type: text}
  price:  {type: money, max: 100}
actions:
  ask:
    who: clerk
    do:
      - call: "courier/labels/{name}"
        send: {to: =name, weight: =weight, kind: parcel}
        take: {label: label.numbers.0, price: price}
  look: {who: clerk, do: [{call: courier/state, method: GET}]}
access: {clerk: {can: [view, create, edit]}}
"""


def shop(engine_of: Build, other: Other, *, allowed: bool = True, **files: str) -> Firm:
    pack = (
        "title: T\nlanguage: en\nroles: {clerk: Clerk}\n"
        f"connections: {{courier: {{url: 'http://127.0.0.1:{other.port}/v1/', secret: courier}}}}\n"
    )
    firm = engine_of({"pack.yaml": pack, "forms/parcel.yaml": FORM, **files}, Clock(datetime.now(UTC)))
    settings = replace(
        firm.engine.settings, secrets={"courier": SECRET},
        calls=frozenset({f"127.0.0.1:{other.port}"} if allowed else ()),
    )  # fmt: skip
    firm.engine.jobs.kinds |= afterwards.kinds(
        firm.engine.write, firm.engine.read, settings, firm.clock, firm.engine.files
    )
    return firm


CLERK = replace(ADMIN, roles=ADMIN.roles | {"clerk"})


def runs(firm: Firm) -> list[tuple[str, str, int]]:
    with firm.engine.store.read() as conn:
        rows = conn.execute(select(tables.run).order_by(tables.run.c.id)).all()
    return [(row.automation, row.state, row.attempt) for row in rows]


def dead(firm: Firm) -> list[str]:
    with firm.engine.store.read() as conn:
        return list(conn.execute(select(tables.job.c.error).where(tables.job.c.state == "dead")).scalars())


def test_a_call_is_signed_and_brings_its_answer_back(engine_of: Build, other: Other) -> None:
    firm = shop(engine_of, other)
    id = firm.new(ADMIN, "parcel", name="a/b?", weight="1.5")
    firm.engine.act(CLERK, "parcel", id, "ask")
    assert other.asked == []
    other.answers = [(200, {"label": {"numbers": ["L-1", "L-2"]}, "price": "12.50"})]
    firm.engine.jobs.run_due()
    [(method, path, headers, body)] = other.asked
    assert (method, path) == ("POST", "/v1/labels/a%2Fb%3F")
    assert Webhook(SECRET).verify(body, headers) == {"to": "a/b?", "weight": 1.5, "kind": "parcel"}
    record = firm.get("parcel", id)
    assert (record["label"], str(record["price"])) == ("L-1", "12.50")
    assert runs(firm) == [("call courier", "done", 1)]
    assert firm.history("parcel", id)[-1] == "effect"


def test_a_system_that_is_away_is_tried_again_under_the_same_name(engine_of: Build, other: Other) -> None:
    firm = shop(engine_of, other)
    id = firm.new(ADMIN, "parcel", name="a")
    firm.engine.act(CLERK, "parcel", id, "look")
    other.answers = [(503, {}), (429, {}), (200, {})]
    for _ in range(3):
        firm.engine.jobs.run_due()
        firm.clock.later(hours=1)
    assert len(other.asked) == 3 and len({headers["webhook-id"] for _, _, headers, _ in other.asked}) == 1
    assert runs(firm) == [("call courier", "done", 3)]


@pytest.mark.parametrize(("status", "words"), [(400, "it answered 400"), (302, "redirects are not followed")])
def test_a_refusal_and_a_redirect_are_given_up_at_once(engine_of: Build, other: Other, status: int, words: str) -> None:
    firm = shop(engine_of, other)
    firm.engine.act(CLERK, "parcel", firm.new(ADMIN, "parcel", name="a"), "look")
    other.answers = [(status, {})]
    firm.engine.jobs.run_due()
    assert words in dead(firm)[0] and runs(firm) == [("call courier", "dead", 1)] and len(other.asked) == 1


def test_the_own_network_is_closed_unless_it_is_allowed_by_name(engine_of: Build, other: Other) -> None:
    firm = shop(engine_of, other, allowed=False)
    firm.engine.act(CLERK, "parcel", firm.new(ADMIN, "parcel", name="a"), "look")
    firm.engine.jobs.run_due()
    assert "inside the own network" in dead(firm)[0] and other.asked == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "[::ffff:10.0.0.1]", "0.0.0.0"]
)
def test_no_way_of_writing_an_inner_address_gets_through(host: str) -> None:
    with pytest.raises(GiveUp):
        calling.send(calling.Request("GET", f"http://{host}:1/", ""), "id", 0, None, ())


def test_an_answer_that_breaks_a_rule_is_not_kept(engine_of: Build, other: Other) -> None:
    firm = shop(engine_of, other)
    id = firm.new(ADMIN, "parcel", name="a")
    firm.engine.act(CLERK, "parcel", id, "ask")
    other.answers = [(200, {"label": {"numbers": ["L"]}, "price": "1000"})]
    firm.engine.jobs.run_due()
    assert firm.get("parcel", id)["label"] is None and "can't be kept" in dead(firm)[0]
