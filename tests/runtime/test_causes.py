"""History that explains: whatever the definitions did says what did it, under which version, and which values are its work."""

from __future__ import annotations

import pytest

from engine.runtime.change import seen
from engine.runtime.history import events
from engine.runtime.opening import history
from engine.runtime.values import Event
from engine.runtime.why import why
from tests.firm import ADMIN, Build, Firm
from tests.web.programs import Desk

FORMS = {
    "forms/price.yaml": "fields: {name: {type: text}, cost: {type: money}}\naccess: {clerk: {can: [view, create, edit]}}\n",
    "forms/deal.yaml": """
title: Deals
fields:
  name:  {type: text}
  price: {type: reference, to: price}
  cost:  {type: money, default: =price.cost}
  list:  {type: money, default: '=FIRST(cost from price where name = this.name)'}
  tag:   {type: text}
  note:  {type: text}
  done:  {type: text}
  late:  {type: text}
access: {clerk: {can: [view, create, edit], hide: [late]}, boss: {can: [view, edit]}}
""",
    "forms/bill.yaml": "fields: {text: {type: text}, mark: {type: text}}\naccess: {clerk: {can: [view]}, boss: {can: [view]}}\n",
    "workflows/deal.yaml": """
clocks: {promise: {title: Promise, due: 2d, overdue: [{set: {late: missed}}]}}
states:
  open: {title: Open, due: 1d, overdue: [{set: {note: slow}}]}
  won:  {title: Won, enter: [{set: {done: entered}}], final: success}
transitions:
  win: {title: Win, from: open, to: won, who: clerk, do: [{set: {note: pressed}}, {create: bill, set: {text: =name}}]}
""",
    "automations/tagged.yaml": "title: Tagging\nform: deal\nevent: updated\nchanged: name\ndo: [{set: {tag: =name}}]\n",
    "automations/marked.yaml": """
title: Marking
form: bill
event: created
mode: afterwards
do: [{set: {mark: seen}}]
""",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def told(event: Event) -> list[tuple[str, str, str, list[str]]]:
    return [(c.cause.kind, c.cause.name, c.cause.form, sorted(c.fields)) for c in event.causes]


def of(firm: Firm, form: str, id: int) -> list[Event]:
    return list(firm.engine.read(ADMIN, lambda work: history(work, form, id)))


def test_each_row_says_what_did_it_under_which_version(engine_of: Build) -> None:
    firm = engine_of(FORMS)
    clerk = firm.person("li", "clerk")
    deal = firm.new(clerk, "deal", name="a")
    firm.engine.change(clerk, "deal", deal, {"name": "b"})
    edit, create = of(firm, "deal", deal)
    form, automation = firm.engine.catalog.forms["deal"], firm.engine.catalog.automations["tagged"]
    assert create.causes == () and create.definition == edit.definition == form.digest
    assert told(edit) == [("automation", "tagged", "deal", ["tag"])]
    assert edit.causes[0].cause.definition == automation.digest != form.digest

    firm.engine.act(clerk, "deal", deal, "win")
    assert told(of(firm, "deal", deal)[0]) == [("button", "win", "deal", ["note"]), ("state", "won", "deal", ["done"])]
    (made,) = of(firm, "bill", 1)
    assert (made.action, told(made)) == ("create", [("button", "win", "deal", ["text"])])
    assert made.causes[0].cause.record == deal
    firm.engine.jobs.run_due()
    assert told(of(firm, "bill", 1)[0]) == [("automation", "marked", "bill", ["mark"])]


def test_times_that_are_over_say_whose_they_were_and_hidden_fields_stay_hidden(engine_of: Build) -> None:
    firm = engine_of(FORMS)
    clerk = firm.person("li", "clerk")
    deal = firm.new(clerk, "deal", name="a")
    firm.clock.later(days=1, seconds=1)
    firm.engine.jobs.run_due()
    assert told(of(firm, "deal", deal)[0]) == [("state", "open", "deal", ["note"])]
    firm.clock.later(days=1)
    firm.engine.jobs.run_due()
    assert told(of(firm, "deal", deal)[0]) == [("clock", "promise", "deal", ["late"])]

    def mine(work):  # type: ignore[no-untyped-def]
        form, _ = seen(work, "deal", deal)
        return events(work, form, deal, frozenset({"late"}))

    assert told(firm.engine.read(clerk, mine)[0]) == [("clock", "promise", "deal", [])]


def test_why_a_value_is_so(engine_of: Build) -> None:
    firm = engine_of(FORMS)
    clerk = firm.person("li", "clerk")
    price = firm.new(clerk, "price", name="a", cost="7.00")
    deal = firm.new(clerk, "deal", name="a", price=price)

    def asked(field: str):  # type: ignore[no-untyped-def]
        return firm.engine.read(clerk, lambda work: why(work, "deal", deal, field))

    name = asked("name")
    assert (name.source, name.turns[0].event.actor, name.turns[0].by) == ("typed", clerk.id, None)
    for field in ("cost", "list"):  # filled from a record that a reference names, and from one that was looked for
        found = asked(field)
        assert (found.source, found.kept, found.value) == ("default", True, 7)
        assert [(p.source.shape, p.source.id) for p in found.parts] == [("price", price)]
    firm.engine.change(clerk, "deal", deal, {"name": "b", "cost": "5.00"})
    tag, cost = asked("tag"), asked("cost")
    assert (tag.source, tag.turns[0].by.name, tag.turns[0].event.actor) == ("written", "tagged", clerk.id)
    assert (cost.source, cost.kept, cost.turns[0].by) == ("default", False, None)
    firm.engine.change(clerk, "deal", deal, {"tag": "mine"})
    assert asked("tag").source == "typed"


def test_programs_are_told_the_same(engine_of: Build) -> None:
    firm = engine_of(FORMS)
    clerk = firm.person("li", "clerk")
    price = firm.new(clerk, "price", name="a", cost="7.00")
    deal = firm.new(clerk, "deal", name="a", price=price)
    firm.engine.change(clerk, "deal", deal, {"name": "b"})
    program = Desk(firm).of("li")
    row = program.get(f"/forms/deal/records/{deal}/history")["events"][0]
    assert row["causes"][0] | {"definition": ""} == {
        "kind": "automation", "name": "tagged", "form": "deal", "record": deal, "definition": "", "fields": ["tag"],
    }  # fmt: skip
    assert row["definition"] == firm.engine.catalog.forms["deal"].digest
    cost = program.get(f"/forms/deal/records/{deal}/why", field="cost")
    assert (cost["source"], cost["value"], cost["parts"][0]["record"]) == (
        "default", "7.00", {"form": "price", "id": price, "title": "a"},
    )  # fmt: skip
    tag = program.get(f"/forms/deal/records/{deal}/why", field="tag")
    assert (tag["source"], tag["turns"][0]["by"]["title"], tag["turns"][0]["new"]) == ("written", "Tagging", "b")
    assert program.why("GET", f"/forms/deal/records/{deal}/why")[0] == 400
    assert program.why("GET", f"/forms/deal/records/{deal}/why", params={"field": "late"})[0] == 404
