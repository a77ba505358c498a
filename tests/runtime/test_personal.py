"""Saved views, ticked records, values with counts, and a record's place in a list: each under what the person may see."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.problems import Refused
from engine.runtime import beside, bulk, personal, tally
from engine.runtime.personal import Shown
from engine.runtime.values import Actor, Ask
from engine.runtime.work import Work
from tests.runtime.house import House

DEAL = """
title: Deal
record_title: "{name}"
fields:
  name: {type: text}
  kind: {type: choice, options: {big: Big, small: Small, odd: Odd}}
  tags: {type: choices, options: {a: A, b: B}}
  total: {type: money}
  pieces: {type: integer}
  buyer: {type: reference, to: buyer}
  secret: {type: choice, options: {x: X}}
  items: {type: lines, fields: {what: {type: text}}}
views:
  open: {columns: [name, pieces, total], where: state != "won", sort: [-total]}
  heads: {title: Heads, columns: [name], role: boss}
access:
  sales: {can: [view, edit, export], where: owner = user, hide: [secret]}
  boss: {can: [view, create, edit, delete, export]}
actions:
  mark: {title: Mark, who: boss}
  lines: {title: Lines, who: boss, edit: [items]}
"""
FLOW = """
states: {offer: {title: Offer}, talk: {title: Talk}, won: {title: Won, final: success}}
transitions:
  go: {from: offer, to: talk, who: sales, when: total > 5}
  win: {from: talk, to: won, who: =owner, bulk: each}
"""
BUYER = """
title: Buyer
record_title: "{name}"
fields: {name: {type: text}}
access: {boss: {can: [view]}, sales: {can: [view]}}
"""


@pytest.fixture
def house(tmp_path: Path, database: str | None) -> Iterator[House]:
    made = House(tmp_path, {"forms/deal.yaml": DEAL, "workflows/deal.yaml": FLOW, "forms/buyer.yaml": BUYER}, database)
    yield made
    made.close()


@pytest.fixture
def sam(house: House) -> Actor:
    return house.person("sam", "sales")


@pytest.fixture
def bo(house: House) -> Actor:
    return house.person("bo", "boss")


def keep(house: House, actor: Actor, title: str, **more: Any) -> str:
    return house.engine.write(actor, lambda w: personal.save(w, w.form("deal"), title, **more))


def own(house: House, actor: Actor) -> personal.Own:
    return house.do(actor, lambda w: personal.own(w, w.form("deal")))


def test_a_saved_view_is_its_owners_alone(house: House, sam: Actor, bo: Actor) -> None:
    name = keep(
        house, sam, " Large  ones ", base="open", where=["total > 9"], q="x", sort="-total,name",
        columns=[Shown("total", 5), Shown("name"), Shown("nothing"), Shown("total", 90)], density="compact",
    )  # fmt: skip
    (found,) = own(house, sam).saved
    assert (found.name, found.title, found.base) == (name, "Large ones", "open")
    assert found.columns == (Shown("total", personal.NARROWEST), Shown("name"))
    assert (found.where, found.q, found.sort, found.density) == (("total > 9",), "x", "-total,name", "compact")
    assert own(house, bo).saved == ()
    for act in (
        lambda w: personal.rename(w, w.form("deal"), name, "Mine"),
        lambda w: personal.resave(w, w.form("deal"), name),
        lambda w: personal.arrange(w, w.form("deal"), name, [Shown("name")]),
        lambda w: personal.open_first(w, w.form("deal"), name),
    ):
        with pytest.raises(Refused) as refused:
            house.engine.write(bo, act)
        assert refused.value.problems[0].code == "no_own_view"
    house.engine.write(bo, lambda w: personal.drop(w, w.form("deal"), name))
    assert own(house, sam).named(name) is not None


def test_what_may_not_be_asked_is_not_kept(house: House, sam: Actor) -> None:
    for where, code in ((['secret = "x"'], "field_closed"), (["no_such > 1"], None)):
        with pytest.raises(Refused) as refused:
            keep(house, sam, "A", where=where)
        assert code is None or refused.value.problems[0].code == code
    for title in ("", "   ", "x" * 61):
        with pytest.raises(Refused) as refused:
            keep(house, sam, title)
        assert refused.value.problems[0].code == "no_view_title"
    keep(house, sam, "A")
    with pytest.raises(Refused) as refused:
        keep(house, sam, "A")
    assert refused.value.problems[0].code == "view_title_taken"
    assert keep(house, sam, "B", base="heads") and own(house, sam).saved[-1].base is None
    for number in range(personal.EACH - 2):
        keep(house, sam, f"N{number}")
    with pytest.raises(Refused) as refused:
        keep(house, sam, "One more")
    assert refused.value.problems[0].code == "too_many_views"


def test_views_are_changed_counted_and_one_comes_first(house: House, sam: Actor, bo: Actor) -> None:
    for total in (1, 10, 20):
        house.put("deal", name=f"d{total}", total=Decimal(total), owner=sam.id, state="offer")
    house.put("deal", name="other", total=Decimal(30), owner=bo.id, state="offer")
    name = keep(house, sam, "Large", base="open", where=["total > 9"])
    counted = house.do(sam, lambda w: personal.number(w, w.form("deal"), own(house, sam).saved[0]))
    assert counted == 2

    def unit(w: Work) -> None:
        form = w.form("deal")
        personal.rename(w, form, name, "Larger")
        personal.resave(w, form, name, where=["total > 15"], sort="name")
        personal.arrange(w, form, "open", [Shown("name", 200), Shown("kind")])
        personal.open_first(w, form, "open")
        personal.open_first(w, form, name)

    house.engine.write(sam, unit)
    mine = own(house, sam)
    assert [(s.title, s.where, s.sort) for s in mine.saved] == [("Larger", ("total > 15",), "name")]
    assert mine.first == name and mine.layouts["open"].columns == (Shown("name", 200), Shown("kind"))
    house.engine.write(sam, lambda w: personal.arrange(w, w.form("deal"), "open", []))
    assert own(house, sam).layouts["open"].columns == ()
    house.engine.write(sam, lambda w: personal.drop(w, w.form("deal"), name))
    assert own(house, sam).saved == () and own(house, sam).first is None
    with pytest.raises(Refused):
        house.engine.write(sam, lambda w: personal.arrange(w, w.form("deal"), "nothing", [Shown("name")]))


def test_ticked_records_tell_which_buttons_can_take_how_many(house: House, sam: Actor, bo: Actor) -> None:
    small = house.put("deal", name="small", total=Decimal(1), pieces=3, owner=sam.id, state="offer")
    large = house.put("deal", name="large", total=Decimal(10), pieces=4, owner=sam.id, state="offer")
    talk = house.put("deal", name="talk", total=Decimal(20), owner=sam.id, state="talk")
    others = house.put("deal", name="bo's", total=Decimal(40), owner=bo.id, state="offer")
    ids = [others, talk, large, small]
    found = house.do(sam, lambda w: bulk.offers(w, w.form("deal"), ids, ("name", "pieces", "total")))
    assert (found.total, found.sum, found.delete, found.export) == (3, Decimal(31), 0, 3)
    assert found.measure is not None and found.measure.name == "total"
    assert [(o.transition.name, o.count) for o in found.buttons] == [("go", 1), ("win", 1)]
    found = house.do(bo, lambda w: bulk.offers(w, w.form("deal"), ids, ("name", "pieces")))
    assert (found.total, found.sum, found.delete) == (4, 7, 4)
    assert [(o.transition.name, o.count, o.lines) for o in found.buttons] == [("mark", 4, False), ("lines", 4, True)]
    go, win = (house.engine.catalog.forms["deal"].button(n) for n in ("go", "win"))
    assert go is not None and win is not None
    assert house.do(sam, lambda w: bulk.able(w, w.form("deal"), ids, go)) == (large,)
    assert house.do(bo, lambda w: bulk.able(w, w.form("deal"), ids, win)) == ()
    assert house.do(sam, lambda w: bulk.removable(w, w.form("deal"), ids)) == ()
    assert house.do(bo, lambda w: bulk.removable(w, w.form("deal"), ids)) == tuple(ids)
    assert house.do(sam, lambda w: bulk.titles(w, w.form("deal"), ids)) == {
        talk: "talk", large: "large", small: "small"
    }  # fmt: skip
    assert house.do(sam, lambda w: bulk.matching(w, w.form("deal"), Ask(view="open"))) == (3, (talk, large, small))


def test_values_are_counted_among_what_may_be_seen(house: House, sam: Actor, bo: Actor) -> None:
    ann, ben = house.put("buyer", name="Ann"), house.put("buyer", name="Ben")
    for owner, kind, tags, buyer in (
        (sam, "big", ("a",), ann), (sam, "big", ("a", "b"), ann), (sam, None, None, ben), (bo, "small", (), ben)
    ):  # fmt: skip
        house.put("deal", name="d", kind=kind, tags=tags, buyer=buyer, owner=owner.id, state="offer")

    def values(actor: Actor, name: str, **ask: Any) -> tuple[Any, ...]:
        return house.do(actor, lambda w: tally.tally(w, w.form("deal"), Ask(**ask), name)).values

    assert values(sam, "kind") == (("big", 2), ("small", 0), ("odd", 0))
    assert values(bo, "kind") == (("big", 2), ("small", 1), ("odd", 0))
    assert values(bo, "tags") == (("a", 2), ("b", 1))
    assert values(sam, "buyer") == ((ann, 2), (ben, 1))
    assert values(bo, "buyer", where=house.where("deal", 'kind = "small"')) == ((ben, 1),)
    assert values(bo, "state") == (("offer", 4), ("talk", 0), ("won", 0))
    assert values(bo, "owner") == ((sam.id, 3), (bo.id, 1))
    for name in ("secret", "total", "items", "nothing"):
        with pytest.raises(Refused) as refused:
            values(sam, name)
        assert refused.value.problems[0].code == "field_closed"


def test_a_record_knows_its_neighbours(house: House, sam: Actor, bo: Actor) -> None:
    ids = [house.put("deal", name=f"d{i}", total=Decimal(i % 2), owner=sam.id, state="offer") for i in range(5)]
    house.put("deal", name="hidden", total=Decimal(1), owner=bo.id, state="offer")
    ask = Ask(view="open", sort=(("total", True), ("name", False)))
    order = [r.record.id for r in house.engine.page(sam, "deal", ask).rows]
    assert order == [ids[1], ids[3], ids[0], ids[2], ids[4]]
    for place, id in enumerate(order):
        found = house.do(sam, lambda w, id=id: beside.beside(w, w.form("deal"), ask, id))
        before = order[place - 1] if place else None
        after = order[place + 1] if place + 1 < len(order) else None
        assert (found.at, found.of, found.before, found.after) == (place + 1, 5, before, after)
    assert house.do(sam, lambda w: beside.beside(w, w.form("deal"), ask, 99)) is None
