"""Messages of other systems: only who shares the secret is heard, what is sent again is done once, and the log tells of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from sqlalchemy import func, select
from standardwebhooks.webhooks import Webhook
from starlette.testclient import TestClient

from engine.runtime import flow
from engine.runtime.opening import history
from engine.runtime.values import Ask
from engine.storage import tables
from engine.web.app import create_app
from tests.firm import ADMIN, NOW, Build, Firm

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FILES = {
    "pack.yaml": "title: Test\nlanguage: en\nroles: {clerk: Clerk}\n",
    "forms/parcel.yaml": """
fields: {number: {type: text, unique: true}, signed: {type: datetime}, taker: {type: text}}
rules: {short: {check: LEN(taker) <= 10, message: Too long}}
access: {clerk: {can: [view, create, edit]}}
""",
    "automations/parcel_signed.yaml": """
title: Parcel signed
hook: courier
ask:
  number: {type: text, required: true}
  at:     {type: datetime}
  taker:  {type: text, default: somebody}
take: {number: data.waybill, at: data.signed_at, taker: data.signers.0.name}
do:
  - upsert: parcel
    key: {number: =ask.number}
    set: {signed: =ask.at, taker: =ask.taker}
""",
    "automations/parcel_lost.yaml": """
title: Parcel lost
hook: tracker
verify: token
ask: {number: {type: text, required: true}}
do: [{update: '=LIST(from parcel where number = ask.number)', set: {taker: lost}}]
""",
    "automations/unready.yaml": "hook: nothing_set\ndo: [{create: parcel, set: {number: x}}]\n",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    return engine_of(FILES, secrets={"courier": SECRET, "tracker": "s3cret"})


class Sender:
    """Another system, which has no cookie and no token of a person."""

    def __init__(self, firm: Firm) -> None:
        self.http, self.now = TestClient(create_app(firm.engine)), NOW

    def signed(
        self, body: Any, id: str = "msg_1", at: datetime = NOW, headers: Mapping[str, str] = MappingProxyType({})
    ) -> Any:
        text = body if isinstance(body, str) else json.dumps(body)
        made = {
            "webhook-id": id, "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(SECRET).sign(id, at, text), "content-type": "application/json",
        }  # fmt: skip
        return self.http.post("/hooks/parcel_signed", content=text, headers={**made, **(headers or {})})

    def brought(self, body: Any, token: str = "s3cret", **headers: str) -> Any:
        return self.http.post("/hooks/parcel_lost", json=body, headers={"authorization": f"Bearer {token}", **headers})


def parcels(firm: Firm) -> list[tuple[str, str]]:
    page = firm.engine.page(ADMIN, "parcel", Ask(), ("number", "taker"))
    return [(row.record.values["number"], row.record.values["taker"]) for row in page.rows]


def runs(firm: Firm) -> list[tuple[str, str, str]]:
    with firm.engine.store.read() as conn:
        rows = conn.execute(select(tables.run).order_by(tables.run.c.id)).all()
    return [(row.automation, row.cause["event"], row.state) for row in rows]


SIGNED = {"data": {"waybill": "SF1", "signed_at": "2026-11-23T03:00:00Z", "signers": [{"name": "Li"}]}}


def test_a_signed_message_is_done_once_and_logged(firm: Firm) -> None:
    sender = Sender(firm)
    assert sender.signed(SIGNED).json() == {"id": "msg_1", "repeated": False}
    assert sender.signed(SIGNED).json() == {"id": "msg_1", "repeated": True}
    assert parcels(firm) == [("SF1", "Li")] and runs(firm) == [("parcel_signed", "webhook", "done")]
    (event,) = firm.engine.read(ADMIN, lambda work: history(work, "parcel", 1))
    assert (event.channel, event.causes[0].cause.kind, event.causes[0].cause.name) == (
        "automation", "automation", "parcel_signed",
    )  # fmt: skip
    assert sender.signed({"data": {"waybill": "SF1"}}).status_code == 409  # the same id with other words
    assert sender.signed({"data": {"waybill": "SF1"}}, "msg_2").status_code == 200
    assert parcels(firm) == [("SF1", "somebody")]


def test_who_does_not_share_the_secret_is_not_heard(firm: Firm) -> None:
    sender = Sender(firm)
    old = datetime(2026, 11, 23, 3, 54, tzinfo=UTC)
    answers = [
        sender.signed(SIGNED, at=old),
        sender.signed(SIGNED, headers={"webhook-signature": "v1,AAAA"}),
        sender.signed(SIGNED, headers={"webhook-timestamp": "soon"}),
        sender.brought({"number": "SF1"}, token="guess"),
    ]
    assert {(a.status_code, a.json()["code"]) for a in answers} == {(401, "hook_unproven")}
    unready = sender.http.post("/hooks/unready", json={})
    assert (unready.status_code, unready.json()["code"]) == (503, "hook_unready")
    assert sender.http.post("/hooks/nobody", json={}).status_code == 404
    assert sender.http.get("/hooks/parcel_signed").status_code == 405
    assert parcels(firm) == [] and runs(firm) == []


def test_a_token_will_do_where_the_definition_says_so_whatever_page_it_comes_from(firm: Firm) -> None:
    sender = Sender(firm)
    sender.signed(SIGNED)
    assert sender.brought({"number": "SF1"}, origin="https://tracker.example").status_code == 200
    assert sender.brought({"number": "SF1"}).json()["repeated"] is True  # without an id its words are its id
    assert parcels(firm) == [("SF1", "lost")]
    elsewhere = sender.signed(SIGNED, "msg_3", headers={"sec-fetch-site": "cross-site"})
    assert elsewhere.status_code == 200


def test_what_cannot_be_read_or_is_refused_changes_nothing_and_is_logged(firm: Firm) -> None:
    sender = Sender(firm)
    assert sender.signed("[]").json()["code"] == "hook_message"
    missing = sender.signed({"data": {"signed_at": "yesterday"}}, "msg_2")
    assert missing.status_code == 422
    assert {p["field"] for p in missing.json()["problems"]} == {"ask.number", "ask.at"}
    broken = sender.signed({"data": {"waybill": "SF2", "signers": [{"name": "much too long"}]}}, "msg_3")
    assert broken.status_code == 409 and parcels(firm) == []
    assert {state for _, _, state in runs(firm)} == {"refused"} and len(runs(firm)) == 3
    assert sender.signed({"data": {"waybill": "SF2", "signers": []}}, "msg_3").status_code == 200  # it may be put right
    large = sender.signed({"data": {"waybill": "x" * 1_100_000}}, "msg_4")
    assert large.status_code == 413
    with firm.engine.store.read() as conn:
        assert conn.execute(select(func.count()).select_from(tables.job)).scalar() == 0


SECRETS = {"courier": SECRET, "tracker": "s3cret"}
LOST = {"data": {"waybill": "W9"}}


def die(definitions: str, data: str, database: str, point: str) -> None:
    """What a server's process does that is killed in the middle of a message: before it is committed, or before it answers."""
    firm = Firm(Path(definitions), Path(data), database=database or None, secrets=SECRETS)

    def killed(*given: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if point == "commit":
        setattr(flow, "journal", killed)  # noqa: B010
    write = firm.engine.write

    def written(*given: Any, **more: Any) -> Any:
        done = write(*given, **more)
        return killed() if point == "answer" else done

    firm.engine.write = written  # type: ignore[method-assign]
    Sender(firm).signed(LOST)


@pytest.mark.parametrize(
    ("kind", "point"), [("sqlite", "commit"), ("postgresql", "commit"), ("sqlite", "answer")], indirect=["kind"]
)
def test_a_server_killed_in_the_middle_of_a_message_does_it_once(firm: Firm, point: str) -> None:
    settings = firm.engine.settings
    firm.close()
    place = [str(settings.definitions), str(settings.data), settings.database or "", point]
    script = f"from tests.runtime.test_hooks import die; die(*{place!r})"
    ended = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], check=False, timeout=120)
    assert ended.returncode == -signal.SIGKILL
    again = Firm(settings.definitions, settings.data, database=settings.database, secrets=SECRETS)
    try:
        there = 1 if point == "answer" else 0  # what wasn't committed has left nothing behind
        assert again.engine.count(ADMIN, "parcel") == there
        answers = [Sender(again).signed(LOST) for _ in range(2)]  # the sender was not answered, and sends again
        assert [a.status_code for a in answers] == [200, 200]
        assert [a.json()["repeated"] for a in answers] == [point == "answer", True]
        (row,) = again.engine.page(ADMIN, "parcel", Ask()).rows
        assert again.history("parcel", row.record.id or 0) == ["create"]
        with again.engine.store.read() as conn:
            assert conn.execute(select(tables.run.c.state)).scalars().all() == ["done"]
    finally:
        again.close()
