"""What actions do: every verb, in order, all or nothing, and never without end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.definitions.actions import VERBS
from engine.problems import Refused
from engine.runtime import effects
from tests.firm import ADMIN, Build, Firm, refused, why

ACCESS = "access: {boss: {can: [view, create, edit, delete]}}\n"
SUPPLIER = "key: name\nfields: {name: {type: text}, phone: {type: text}}\n" + ACCESS
PART = (
    "key: name\nfields: {name: {type: text}, supplier: {type: reference, to: supplier}, price: {type: money}}\n"
    + ACCESS
)
REQUEST = (
    """
key: number
fields:
  number: {type: serial, pattern: "R{seq}", gapless: true}
  supplier: {type: reference, to: supplier}
  slip: {type: reference, to: slip}
  grade: {type: integer, min: 0}
  items:
    type: lines
    fields: {part: {type: reference, to: part}, quantity: {type: integer}}
  total: {type: integer, formula: SUM(items.quantity)}
rules:
  grade: {check: grade < 9, message: "grade {grade}"}
"""
    + ACCESS
)
REQUEST_FLOW = """
states: {open: {}, sent: {}, gone: {final: success}}
transitions:
  send: {title: Send, from: open, to: sent, when: "COALESCE(grade, 0) < 5"}
  drop: {title: Drop, from: [open, sent], to: gone, who: boss}
"""
SLIP = (
    """
key: name
fields:
  name: {type: text, required: true}
  grade: {type: integer, default: 1}
  word: {type: text, default: fresh}
  note: {type: text, readonly: true}
  items:
    type: lines
    fields:
      part: {type: reference, to: part}
      short: {type: integer}
      request: {type: reference, to: request}
      twice: {type: integer, formula: short * 2}
  log: {type: lines, fields: {what: {type: text}, many: {type: integer}}}
  requests: {type: related, from: request, via: slip}
  asked: {type: integer, formula: SUM(total from requests)}
actions:
  assign: {title: A, who: boss, do: [{set: {note: '="by " & user.name', grade: =grade + 1, word: '=TEXT(grade, "0")'}}]}
  lines:
    title: B
    who: boss
    do:
      - set: {log: {from: items, where: short > 0, sort: -short, set: {what: =part.name, many: =short}}}
      - {set: {log: [{what: only, many: =grade}, {what: two}]}, when: grade > 1}
  named:
    title: C
    who: boss
    do:
      - let: {worst: =FIRST(from items sort -short), most: =MAX(items.short)}
      - {set: {note: '=worst.part.name & TEXT(most, "0")'}}
  known:
    title: K
    who: boss
    do: [{upsert: supplier, key: {name: =name}, set: {phone: =note}}]
  request:
    title: D
    who: boss
    do:
      - {create: request, as: made, set: {slip: =this, grade: =grade, items: [{part: =FIRST(items.part), quantity: 4}]}}
      - {set: {note: =made.number}}
      - {open: =made}
  each:
    title: E
    who: boss
    do:
      - create: request
        from: items
        where: short > 0
        link: request
        set: {slip: =this, supplier: =part.supplier, items: [{part: =part, quantity: =short}]}
  grouped:
    title: F
    who: boss
    do:
      - create: request
        from: items
        where: short > 0
        by: {supplier: part.supplier}
        link: request
        set: {slip: =this, supplier: =supplier, grade: =SUM(short)}
  loop:
    title: G
    who: boss
    do:
      - for_each: items
        as: need
        where: short > 0
        sort: -short
        do:
          - {create: request, set: {slip: =this, grade: =grade, items: [{part: =need.part, quantity: =need.short}]}}
          - {update: =need, set: {short: =need.short - 1}}
  post: {title: P, who: boss, do: [{mail: =created_by, subject: "{name}", body: "{note}"}]}
  alter: {title: H, who: boss, do: [{update: =LIST(from requests where total > 2), set: {grade: =row.total}}]}
  wipe: {title: I, who: boss, do: [{delete: =LIST(from requests)}]}
  sent: {title: J, who: boss, do: [{fire: send, for: =LIST(from requests)}]}
  choose:
    title: K
    who: boss
    do:
      - choose:
          - {when: grade > 5, do: [{set: {word: high}}, {set: {note: both}}]}
          - {when: grade > 1, do: [{set: {word: middle}}]}
          - {do: [{set: {word: low}}]}
  renew: {title: L, who: boss, do: [{reset: [grade, word, log]}]}
  tell: {title: M, who: boss, do: [{notify: [boss, =owner], message: "{name} is {grade:00}"}]}
  halt:
    title: N
    who: boss
    do:
      - {create: request, set: {slip: =this}}
      - {set: {word: halted}}
      - {refuse: "{name} stops at {COUNT(from requests)}"}
  twin: {title: O, who: boss, do: [{create: slip, copy: =this, as: twin, set: {name: =name & "2"}}, {open: =twin}]}
  endless: {title: P, who: boss, do: [{for_each: items, as: one, do: [{update: =one, set: {short: 1}}]}]}
"""
    + ACCESS
)


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    made = engine_of(
        {
            "forms/supplier.yaml": SUPPLIER, "forms/part.yaml": PART, "forms/request.yaml": REQUEST,
            "workflows/request.yaml": REQUEST_FLOW, "forms/slip.yaml": SLIP,
        }
    )  # fmt: skip
    for name in ("S1", "S2"):
        made.new(ADMIN, "supplier", name=name)
    for name, supplier in (("bolt", 1), ("nut", 1), ("cap", 2)):
        made.new(ADMIN, "part", name=name, supplier=supplier)
    made.person("bob", "boss")
    return made


def slip(firm: Firm, **raw: Any) -> int:
    rows = [{"part": 1, "short": 2}, {"part": 2, "short": 0}, {"part": 3, "short": 5}, {"part": 1, "short": 1}]
    return firm.new(firm.who("bob"), "slip", **{"name": "one", "items": rows, **raw})


def press(firm: Firm, id: int, button: str) -> Any:
    return firm.engine.act(firm.who("bob"), "slip", id, button)


def requests(firm: Firm) -> list[tuple[Any, ...]]:
    found = []
    for id in range(1, 20):
        try:
            one = firm.get("request", id)
        except Refused:
            continue
        found.append((one["supplier"], one["grade"], [(r["part"], r["quantity"]) for r in one["items"]]))
    return found


def test_set_computes_all_values_from_what_was_before(firm: Firm) -> None:
    id = slip(firm, grade=3)
    press(firm, id, "assign")
    values = firm.get("slip", id)
    assert (values["note"], values["grade"], values["word"]) == ("by Bob", 4, "3")
    assert firm.history("slip", id) == ["create", "act:assign"]


def test_set_fills_lines_from_a_query_or_rows(firm: Firm) -> None:
    id = slip(firm)
    press(firm, id, "lines")
    assert [(r["what"], r["many"]) for r in firm.get("slip", id)["log"]] == [("cap", 5), ("bolt", 2), ("bolt", 1)]
    firm.engine.change(firm.who("bob"), "slip", id, {"grade": 7})
    press(firm, id, "lines")
    assert [(r["what"], r["many"]) for r in firm.get("slip", id)["log"]] == [("only", 7), ("two", None)]


def test_let_names_what_later_actions_read(firm: Firm) -> None:
    id = slip(firm)
    press(firm, id, "named")
    assert firm.get("slip", id)["note"] == "cap5"


def test_create_goes_through_everything_and_can_be_opened(firm: Firm) -> None:
    id = slip(firm)
    assert press(firm, id, "request").open == ("request", 1)
    made = firm.get("request", 1)
    assert (made["number"], made["slip"], made["state"], made["total"]) == ("R1", id, "open", 4)
    assert (firm.get("slip", id)["note"], firm.get("slip", id)["asked"]) == ("R1", 4)
    assert firm.engine.history(ADMIN, "request", 1)[0].actor_name == "Bob"
    firm.engine.change(firm.who("bob"), "slip", id, {"grade": 9})
    assert why(lambda: press(firm, id, "request")) == (409, "grade 9")
    assert len(requests(firm)) == 1 and firm.get("slip", id)["asked"] == 4


def test_create_for_each_row_links_back(firm: Firm) -> None:
    id = slip(firm)
    press(firm, id, "each")
    assert requests(firm) == [(1, None, [(1, 2)]), (2, None, [(3, 5)]), (1, None, [(1, 1)])]
    assert [r["request"] for r in firm.get("slip", id)["items"]] == [1, None, 2, 3]


def test_create_for_each_group(firm: Firm) -> None:
    id = slip(firm)
    press(firm, id, "grouped")
    assert requests(firm) == [(1, 3, []), (2, 5, [])]
    assert [r["request"] for r in firm.get("slip", id)["items"]] == [1, None, 2, 1]


def test_for_each_does_its_actions_for_every_row_in_order(firm: Firm) -> None:
    id = slip(firm)
    press(firm, id, "loop")
    assert requests(firm) == [(None, 1, [(3, 5)]), (None, 1, [(1, 2)]), (None, 1, [(1, 1)])]
    lines = firm.get("slip", id)["items"]
    assert [(r["short"], r["twice"]) for r in lines] == [(1, 2), (0, 0), (4, 8), (0, 0)]


def test_update_delete_and_fire_reach_other_records(firm: Firm) -> None:
    id = slip(firm)
    press(firm, id, "each")
    press(firm, id, "alter")
    assert [g for _, g, _ in requests(firm)] == [None, 5, None]
    assert refused(lambda: press(firm, id, "sent")) == [("fire_closed", None)]
    assert [firm.get("request", n)["state"] for n in (1, 2, 3)] == ["open"] * 3
    firm.engine.change(ADMIN, "request", 2, {"grade": 1})
    press(firm, id, "sent")
    assert [firm.get("request", n)["state"] for n in (1, 2, 3)] == ["sent"] * 3
    assert firm.history("request", 1) == ["create", "fire:send"]
    assert refused(lambda: press(firm, id, "wipe")) == [("still_used", None)]
    rows = [{"id": r["id"], "request": None} for r in firm.get("slip", id)["items"]]
    firm.engine.change(ADMIN, "slip", id, {"items": rows})
    press(firm, id, "wipe")
    assert requests(firm) == [] and firm.get("slip", id)["asked"] == 0


@pytest.mark.parametrize(("grade", "word", "note"), [(9, "high", "both"), (2, "middle", None), (0, "low", None)])
def test_choose_takes_the_first_that_holds(firm: Firm, grade: int, word: str, note: str | None) -> None:
    id = slip(firm, grade=grade)
    press(firm, id, "choose")
    assert (firm.get("slip", id)["word"], firm.get("slip", id)["note"]) == (word, note)


def test_reset_gives_defaults_again(firm: Firm) -> None:
    id = slip(firm, grade=8, word="old", log=[{"what": "x"}])
    press(firm, id, "renew")
    values = firm.get("slip", id)
    assert (values["grade"], values["word"], values["log"]) == (1, "fresh", [])


def test_notify_tells_each_person_once_in_the_product(firm: Firm) -> None:
    ann = firm.person("ann", "boss")
    id = slip(firm)
    press(firm, id, "tell")
    for person in (ann, firm.who("bob")):
        (notice,) = firm.engine.notices(person)
        assert (notice.message, notice.form, notice.record) == ("one is 01", "slip", id)


def test_refuse_undoes_everything(firm: Firm) -> None:
    id = slip(firm)
    before = firm.get("slip", id)
    assert why(lambda: press(firm, id, "halt")) == (409, "one stops at 1")
    assert firm.get("slip", id) == before and requests(firm) == [] and firm.history("slip", id) == ["create"]
    _, made = press(firm, id, "request").open
    assert firm.get("request", made)["number"] == "R1"


def test_a_copy_starts_from_the_record_with_lines_of_its_own(firm: Firm) -> None:
    id = slip(firm, word="mine", grade=6)
    _, other = press(firm, id, "twin").open
    one, two = firm.get("slip", id), firm.get("slip", other)
    assert (two["name"], two["word"], two["grade"]) == ("one2", "mine", 6)
    assert [(r["part"], r["short"]) for r in two["items"]] == [(r["part"], r["short"]) for r in one["items"]]
    assert {r["id"] for r in two["items"]}.isdisjoint({r["id"] for r in one["items"]})
    firm.engine.change(ADMIN, "slip", other, {"items": []})
    assert len(firm.get("slip", id)["items"]) == 4


RING = "fields: {n: {type: integer}, next: {type: reference, to: ring}}\n" + ACCESS
RING_FLOW = """
states: {one: {}, two: {final: success}}
transitions:
  spin: {title: Spin, from: one, who: boss, do: [{set: {n: =n + 1}}, {fire: spin, for: =next}]}
  end: {title: End, from: one, to: two, who: boss}
"""


def test_actions_that_never_come_to_rest_are_undone_loudly(engine_of: Build) -> None:
    firm = engine_of({"forms/ring.yaml": RING, "workflows/ring.yaml": RING_FLOW})
    a = firm.new(ADMIN, "ring", n=0)
    b = firm.new(ADMIN, "ring", n=0, next=a)
    firm.engine.change(ADMIN, "ring", a, {"next": b})
    assert refused(lambda: firm.engine.act(firm.person("bob", "boss"), "ring", a, "spin")) == [("loop", None)]
    assert [firm.get("ring", n)["n"] for n in (a, b)] == [0, 0]


def test_a_chain_of_forty_records_is_no_loop(engine_of: Build) -> None:
    firm = engine_of({"forms/ring.yaml": RING, "workflows/ring.yaml": RING_FLOW})
    last = firm.new(ADMIN, "ring", n=0)
    for _ in range(39):
        last = firm.new(ADMIN, "ring", n=0, next=last)
    firm.engine.act(firm.person("bob", "boss"), "ring", last, "spin")
    assert {firm.get("ring", n)["n"] for n in range(1, 41)} == {1}


def test_a_long_loop_over_lines_is_stopped_at_the_limit(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    id = slip(firm)
    monkeypatch.setattr("engine.runtime.work.STEPS_LIMIT", 3)
    assert refused(lambda: press(firm, id, "endless")) == [("loop", None)]
    assert [r["short"] for r in firm.get("slip", id)["items"]] == [2, 0, 5, 1]


def test_upsert_makes_a_record_once_and_then_changes_it(firm: Firm) -> None:
    id = slip(firm, name="north")
    press(firm, id, "known")
    assert sorted(firm.titles(ADMIN, "supplier")) == ["S1", "S2", "north"] and firm.get("supplier", 3)["phone"] is None
    press(firm, id, "assign")
    press(firm, id, "known")
    assert len(firm.titles(ADMIN, "supplier")) == 3 and firm.get("supplier", 3)["phone"] == "by Bob"


def test_every_verb_of_the_language_that_is_built_is_run(firm: Firm) -> None:
    used = set()

    def walk(some: Any) -> None:
        for one in some:
            used.add(one.verb)
            walk(one.do)
            for _, do in one.branches:
                walk(do)

    for action in firm.engine.catalog.forms["slip"].actions.values():
        walk(action.do)
    # a call needs somebody who answers (test_calls), a transfer people with tasks (test_escalating); nobody writes
    # compensate as a verb: taking back does it (test_taking_back)
    assert used | {"call", "transfer"} == set(VERBS) == set(effects._VERBS) - {"compensate"}


def test_amounts_stay_exact(firm: Firm) -> None:
    firm.engine.change(ADMIN, "part", 1, {"price": "0.10"})
    assert firm.get("part", 1)["price"] == Decimal("0.10")


@pytest.mark.parametrize(
    ("do", "problem"),
    [
        ("{set: {short: =long}}", ("value_too_long", "short")),
        ("{set: {mail: =long}}", ("value_email", "mail")),
        ("{set: {day: '=DATE(2027, 1, 1)'}}", ("too_large", "day")),
        ("{set: {items: [{short: =long}]}}", ("value_too_long", "items.0.short")),
        ("{update: =this, set: {short: =long}}", ("value_too_long", "short")),
        ("{reset: [short]}", ("value_too_long", "short")),
    ],
)
def test_what_actions_give_is_held_to_what_people_are(engine_of: Build, do: str, problem: tuple[str, str]) -> None:
    firm = engine_of({"pack.yaml": "title: T\nlanguage: en\nroles: {clerk: Clerk}\n", "forms/note.yaml": f"""
fields:
  long: {{}}
  short: {{max_length: 4, default: =long}}
  mail: {{type: email}}
  phone: {{type: phone}}
  day: {{type: date, max: "2026-12-31"}}
  items: {{type: lines, fields: {{short: {{max_length: 4}}}}}}
access: {{clerk: {{can: [view, create, edit]}}}}
actions:
  go: {{who: clerk, do: [{do}]}}
  tidy: {{who: clerk, do: [{{set: {{short: '="ab " & ""', phone: '="138 0013 8000"'}}}}]}}
"""})  # fmt: skip
    clerk = firm.person("carl", "clerk")
    assert refused(lambda: firm.new(clerk, "note", long="far too long")) == [("value_too_long", "short")]  # its default
    id = firm.new(clerk, "note", long="far too long", short="ok")
    assert refused(lambda: firm.engine.act(clerk, "note", id, "go")) == [problem]
    assert firm.get("note", id)["short"] == "ok"
    firm.engine.act(clerk, "note", id, "tidy")
    assert (firm.get("note", id)["short"], firm.get("note", id)["phone"]) == ("ab", "13800138000")
