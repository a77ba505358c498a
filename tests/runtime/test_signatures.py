"""A decision that is signed: nobody decides without, what was signed stays with the record, and only one's own picture counts."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from engine.runtime.values import Actor
from tests.firm import ADMIN, Build, Firm, refused

FILES = {
    "pack.yaml": "title: Test\nlanguage: en\nroles: {clerk: Clerk, boss: Boss}\n",
    "forms/claim.yaml": "fields: {name: {type: text}}\naccess: {clerk: {can: [view, create]}, boss: {can: [view]}}\n",
    "workflows/claim.yaml": """
states:
  check: {title: Check, task: {assign: boss, signature: true}}
  pay:
    title: Pay
    tasks: {pay: {assign: boss, signature: true}, file: {assign: clerk}}
    then: paid
  paid:   {title: Paid, final: success}
  closed: {title: Closed, final: failure}
transitions:
  agree: {title: Agree, from: check, to: pay}
  deny:  {title: Deny, from: check, to: closed, opinion: required}
""",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    made = engine_of(FILES)
    for role in ("clerk", "boss"):
        made.person(role, role)
    return made


def drawn(firm: Firm, who: Actor, kind: str = "PNG") -> int:
    """A picture that somebody drew."""
    content = io.BytesIO()
    Image.new("RGB", (4, 4)).save(content, kind)
    content.seek(0)
    return firm.engine.keep_file(who, f"signature.{kind.lower()}", content)


def test_who_decides_signs_and_it_stays_in_the_history(firm: Firm, tmp_path: Path) -> None:
    clerk, boss = firm.who("clerk"), firm.who("boss")
    id, other = firm.new(clerk, "claim", name="a"), firm.new(clerk, "claim", name="b")
    press = firm.engine.act
    assert refused(lambda: press(boss, "claim", id, "agree")) == [("required", "ask.signature")]
    theirs = drawn(firm, clerk)
    assert refused(lambda: press(boss, "claim", id, "agree", ask={"signature": [theirs]})) == [
        ("no_such_file", "ask.signature")
    ]
    photo = drawn(firm, boss, "JPEG")
    assert refused(lambda: press(boss, "claim", id, "agree", ask={"signature": [photo]})) == [
        ("value_file_kind", "ask.signature")
    ]
    mine = drawn(firm, boss)
    press(boss, "claim", id, "agree", ask={"signature": [mine]})
    assert firm.engine.history(ADMIN, "claim", id)[0].signature == mine
    assert firm.engine.file(clerk, mine).name == "signature.png"  # whoever sees the record sees who signed it
    press(boss, "claim", other, "agree", ask={"signature": [mine]})  # several at once: one signature serves
    again = firm.engine.history(ADMIN, "claim", other)[0].signature
    assert again not in (None, mine) and firm.engine.file(clerk, again).name == "signature.png"


def test_one_of_several_tasks_is_signed_and_the_other_is_not(firm: Firm) -> None:
    clerk, boss = firm.who("clerk"), firm.who("boss")
    id = firm.new(clerk, "claim", name="a")
    firm.engine.act(boss, "claim", id, "agree", ask={"signature": [drawn(firm, boss)]})
    firm.engine.act(clerk, "claim", id, "pay.file")
    assert refused(lambda: firm.engine.act(boss, "claim", id, "pay.pay")) == [("required", "ask.signature")]
    mine = drawn(firm, boss)
    firm.engine.act(boss, "claim", id, "pay.pay", ask={"signature": [mine]})
    event = firm.engine.history(ADMIN, "claim", id)[0]
    assert (event.task, event.signature, firm.get("claim", id)["state"]) == ("pay", mine, "paid")
