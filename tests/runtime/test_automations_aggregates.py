"""Automations over an aggregate: a row that comes, changes or goes sets them off, whatever made it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.runtime import recount
from engine.runtime.importing import Plan
from tests.firm import ADMIN, Build, Firm, refused

pytestmark = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])

ACCESS = "access: {clerk: {can: [view, create, edit, delete, import]}}\n"
FORMS = {
    "forms/move.yaml": "fields: {product: {type: text, required: true}, boxes: {type: decimal}, "
    "quantity: {type: decimal, formula: boxes * 10}}\n" + ACCESS,
    "forms/stock.yaml": "aggregate: {moves: {from: move}}\n"
    "fields: {product: {type: text}, on_hand: {type: decimal, formula: SUM(moves.quantity)},"
    " last: {type: decimal, formula: MAX(moves.boxes)}}\n"
    "rules: {enough: {check: on_hand >= 0, message: Not enough}}\n"
    + ACCESS.replace("create, edit, delete, import", ""),
    "forms/sums.yaml": "dataset: {moves: {from: move}}\n"
    "fields: {product: {type: text}, on_hand: {type: decimal, formula: SUM(moves.quantity)}}\naccess: {clerk: {can: [view]}}\n",
    "forms/log.yaml": "fields: {text: {type: text}}\n" + ACCESS,
}


class Store:
    """A firm with these automations over its stock."""

    def __init__(self, engine_of: Build, **automations: str) -> None:
        files = {
            f"automations/{n}.yaml": text if "form:" in text else f"form: stock\n{text}"
            for n, text in automations.items()
        }
        self.firm: Firm = engine_of({**FORMS, **files})
        self.engine = self.firm.engine
        self.clerk = self.firm.person("kai", "clerk")

    def move(self, product: str, boxes: str) -> int:
        return self.firm.new(self.clerk, "move", product=product, boxes=boxes)

    def log(self) -> list[str]:
        return sorted(self.firm.titles(ADMIN, "log"))

    def sound(self) -> None:
        assert self.engine.read(ADMIN, lambda w: recount.verify(w, w.form("stock"))) == []


def say(event: str, text: str, *more: str) -> str:
    return "\n".join((f"event: {event}", *more, f"do: [{{create: log, set: {{text: '{text}'}}}}]", ""))


def test_each_event_sets_off_what_listens_to_it(engine_of: Build) -> None:
    store = Store(
        engine_of,
        made=say("created", '= "new " & product & " " & TEXT(on_hand, "0")', "when: ISBLANK(old.on_hand)"),
        moved=say("updated", '= TEXT(old.on_hand, "0") & " to " & TEXT(on_hand, "0")', "changed: on_hand"),
        fell=say("updated", '= "fell " & product', "when: on_hand < old.on_hand"),
        gone=say("deleted", '= "gone " & product & " " & TEXT(old.on_hand, "0")'),
    )
    first = store.move("bolt", "1")
    second = store.move("bolt", "2")
    store.engine.change(store.clerk, "move", second, {"boxes": "2.0"})
    assert store.log() == ["10 to 30", "new bolt 10"]
    store.engine.change(store.clerk, "move", second, {"product": "nut"})
    assert store.log() == ["10 to 30", "30 to 10", "fell bolt", "new bolt 10", "new nut 20"]
    store.engine.remove(store.clerk, "move", first)
    assert store.log()[-2:] == ["new bolt 10", "new nut 20"] and "gone bolt 10" in store.log()
    store.sound()


def test_afterwards_it_is_tried_again_and_finds_the_row_as_it_then_is(engine_of: Build) -> None:
    late = "event: updated\nchanged: on_hand\nmode: afterwards\ndo:\n  - {refuse: Too much, when: on_hand > 50}\n"
    late += "  - {create: log, set: {text: '= TEXT(on_hand, \"0\")'}}\n"
    store = Store(engine_of, late=late)
    store.move("bolt", "1")
    heavy = store.move("bolt", "9")
    store.engine.jobs.run_due()
    assert store.log() == []
    store.engine.change(store.clerk, "move", heavy, {"boxes": "2"})
    store.firm.clock.later(hours=1)
    store.engine.jobs.run_due()
    assert store.log() == ["30", "30"]


def test_together_it_may_refuse_or_mend_what_set_it_off(engine_of: Build) -> None:
    store = Store(
        engine_of,
        limit="event: [created, updated]\ndo: [{refuse: '{product} is full', when: on_hand > 100}]\n",
        refill="event: updated\nchanged: on_hand\nwhen: on_hand < 0\ndo:\n"
        "  - {create: move, set: {product: =product, boxes: 5}}\n",
    )
    store.move("bolt", "1")
    assert refused(lambda: store.move("bolt", "10")) == [("refused", None)]
    store.move("bolt", "-3")  # no rule is broken when all that belongs together has happened
    assert refused(lambda: store.move("nut", "-30")) == [("rule_broken", None)]
    assert [r["on_hand"] for r in (store.firm.get("stock", 1),)] == [30]
    store.sound()


def test_without_an_end_they_are_refused_loudly_and_leave_nothing(engine_of: Build) -> None:
    more = "event: updated\nwhen: on_hand > 20\ndo: [{create: move, set: {product: =product, boxes: 1}}]\n"
    store = Store(engine_of, more=more)
    assert [p.code for p in store.engine.problems] == ["automation_circle"]
    store.move("bolt", "1")
    store.move("bolt", "1")
    assert refused(lambda: store.move("bolt", "1")) == [("automation_loop", None)]
    assert store.firm.get("stock", 1)["on_hand"] == 20
    store.sound()


def test_an_import_sets_them_off_row_by_row_unless_they_say_no(engine_of: Build, tmp_path: Path) -> None:
    level = '= product & " " & TEXT(on_hand, "0")'
    store = Store(
        engine_of, yes=say("[created, updated]", level), no=say("[created, updated]", "never", "imports: false")
    )
    file = tmp_path / "moves.csv"
    file.write_text("product,boxes\nbolt,1\nbolt,2\nnut,4\n", encoding="utf-8")
    assert store.engine.imports.bring_in(store.clerk, "move", file, Plan()).accepted == 3
    assert store.log() == ["bolt 10", "bolt 30", "nut 40"]
    store.sound()


def test_by_the_clock_one_may_look_at_any_computed_form(engine_of: Build) -> None:
    low = "every: day\nwhere: on_hand < 20\ndo: [{create: log, set: {text: '= \"low \" & product'}}]\n"
    store = Store(engine_of, low=low, sums=f"form: sums\n{low}")
    store.move("bolt", "1")
    store.move("nut", "4")
    store.firm.clock.later(days=1)
    store.engine.jobs.run_due()
    assert store.log() == ["low bolt", "low bolt"]
