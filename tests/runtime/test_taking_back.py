"""Who takes a record back undoes what was done on its way, as far as its definition says how; what is done for good bars it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from engine.runtime.causes import BUTTON
from engine.runtime.work import Work
from engine.storage import tables
from tests.firm import ADMIN, Build, Firm, refused, why

FILES = {
    "pack.yaml": "title: Test\nlanguage: en\nroles: {clerk: Clerk, boss: Boss}\n",
    "forms/lock.yaml": "fields: {name: {}, plea: {type: reference, to: plea, on_delete: clear}}\naccess: {everyone: {can: [view]}}\n",
    "forms/shelf.yaml": """
key: name
fields: {name: {}, free: {type: integer, default: 5}}
access: {everyone: {can: [view, create, edit]}}
""",
    "forms/plea.yaml": """
record_title: "{name}"
fields: {name: {}, said: {}, log: {}, sends: {type: boolean}}
access: {everyone: {can: [view, create, edit, delete]}}
actions:
  parcel: {who: boss, do: [{when: sends, set: {said: sent}, compensate: none}]}
""",
    "workflows/plea.yaml": """
withdraw: any
states:
  draft: {}
  ask:
    task: {assign: clerk}
    enter: [{set: {said: asked}, compensate: [{set: {log: =log & said & ";"}}]}]
    leave: [{set: {said: left}}]
  judge: {task: {assign: boss}}
  done: {final: success}
transitions:
  send:
    from: draft
    to: ask
    who: =created_by
    do:
      - {create: lock, as: held, set: {name: =name, plea: =this}, compensate: [{delete: =held}]}
      - update: =LIST(from shelf)
        set: {free: =row.free - 1}
        compensate: [{update: =LIST(from shelf), set: {free: =row.free + 1}}]
  agree: {from: ask, to: judge}
  grant: {from: judge, to: done}
""",
    "automations/noted.yaml": """
form: plea
event: moved
when: state = "judge"
do: [{set: {said: judged}, compensate: [{set: {log: =log & "back;"}}]}]
""",
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    """Ann asks, Cid is a clerk, Bea the boss; a shelf with five."""
    made = engine_of(FILES)
    for login, *roles in (("ann",), ("cid", "clerk"), ("bea", "boss")):
        made.person(login, *roles)
    made.new(made.who("ann"), "shelf", name="A")
    return made


def sent(firm: Firm, **raw: bool) -> int:
    id = firm.new(firm.who("ann"), "plea", name="p", **raw)
    firm.engine.act(firm.who("ann"), "plea", id, "send")
    return id


def locks(firm: Firm) -> int:
    def count(work: Work) -> int:
        return int(work.conn.execute(select(func.count()).select_from(work.layout.table("lock"))).scalar() or 0)

    return int(firm.engine.read(ADMIN, count))


def deeds(firm: Firm) -> int:
    with firm.engine.store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(tables.deed)).scalar() or 0)


def test_what_was_done_is_undone_the_latest_first_between_leaving_and_entering(firm: Firm) -> None:
    id = sent(firm)
    assert (locks(firm), firm.get("shelf", 1)["free"]) == (1, 4)
    firm.engine.act(firm.who("cid"), "plea", id, "agree")
    assert firm.get("plea", id)["said"] == "judged"
    firm.engine.act(firm.who("ann"), "plea", id, "judge:withdraw")
    after = firm.get("plea", id)
    assert (after["state"], locks(firm), firm.get("shelf", 1)["free"], deeds(firm)) == ("draft", 0, 5, 0)
    assert after["log"] == "back;judged;"  # the automation's first, then the state's
    event = firm.engine.history(ADMIN, "plea", id)[0]
    assert [(c.cause.kind, c.cause.name) for c in event.causes if "log" in c.fields] == [(BUTTON, "judge:withdraw")]
    firm.engine.act(firm.who("ann"), "plea", id, "send")  # a new round
    assert (locks(firm), firm.get("shelf", 1)["free"]) == (1, 4)
    firm.engine.act(firm.who("ann"), "plea", id, "ask:withdraw")
    assert firm.get("plea", id)["log"] == "back;judged;left;"
    assert (locks(firm), firm.get("shelf", 1)["free"]) == (0, 5)


def test_what_is_done_for_good_bars_it_only_if_it_was_really_done(firm: Firm) -> None:
    never, once = sent(firm), sent(firm, sends=True)
    for id in (never, once):
        firm.engine.act(firm.who("bea"), "plea", id, "parcel")
    firm.engine.act(firm.who("ann"), "plea", never, "ask:withdraw")
    assert "withdraw" not in firm.verbs(firm.who("ann"), "plea", once)
    assert refused(lambda: firm.engine.act(firm.who("ann"), "plea", once, "ask:withdraw")) == [
        ("withdraw_done_for_good", None)
    ]
    told = why(lambda: firm.engine.act(firm.who("ann"), "plea", once, "ask:withdraw"))
    assert told == (409, "What “Parcel” did can't be undone, so it can't be taken back")
    assert firm.get("plea", once)["said"] == "sent"


def test_what_its_record_outlived_is_left_alone_and_goes_with_it(firm: Firm) -> None:
    id = sent(firm)
    firm.engine.write(ADMIN, lambda work: work.conn.execute(work.layout.table("lock").delete()))
    firm.engine.act(firm.who("ann"), "plea", id, "ask:withdraw")
    assert firm.get("plea", id)["state"] == "draft"
    firm.engine.act(firm.who("ann"), "plea", id, "send")
    assert deeds(firm) == 3
    firm.engine.act(ADMIN, "plea", id, ":jump", ask={"to": "draft"}, opinion="put right")
    assert deeds(firm) == 0  # what counts begins anew in the first state; nothing was undone
    assert (locks(firm), firm.get("shelf", 1)["free"]) == (1, 4)
    sent(firm)
    firm.engine.remove(ADMIN, "plea", 2)
    assert deeds(firm) == 0


def test_what_the_definition_knows_no_more_is_done_for_good(firm: Firm) -> None:
    id = sent(firm)
    path = firm.engine.settings.definitions / "workflows" / "plea.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(", compensate: [{delete: =held}]", ", compensate: [{reset: [log]}]"), encoding="utf-8")
    assert not [p for p in firm.engine.reload() if p.severity == "error"]
    told = why(lambda: firm.engine.act(firm.who("ann"), "plea", id, "ask:withdraw"))
    assert told == (409, "What “Send” did can't be undone, so it can't be taken back")
    path.write_text(text, encoding="utf-8")
    firm.engine.reload()
    firm.engine.act(firm.who("ann"), "plea", id, "ask:withdraw")
    assert (locks(firm), deeds(firm)) == (0, 0)
