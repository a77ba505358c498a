"""A stock never goes below zero and never drifts from its moves, whatever several people do at the same time."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.problems import Refused
from engine.runtime import recount
from engine.runtime.importing import Plan
from engine.runtime.values import Ask
from tests import postgres
from tests.firm import ADMIN, Clock, Firm, write
from tests.runtime.test_aggregates import FILES

SOUND = {"rule_broken", "not_found", "wrong_state", "conflict", "store_busy"}
"""Why something may be refused here: a rule, or somebody else was first."""

PLAIN = {
    n: t.replace('  low: {check: available >= 5, level: warn, message: "{product.name} is low"}\n', "")
    for n, t in FILES.items()
}
PLAIN["forms/stock.yaml"] = PLAIN["forms/stock.yaml"].replace(
    "batch: {type: text}", "batch: {type: text, required: false}"
)

quantity = st.integers(-6, 9)
batch = st.sampled_from(["A", "B", None])
step = st.one_of(
    st.tuples(st.just("move"), batch, quantity),
    st.tuples(st.just("edit"), batch, quantity),
    st.tuples(st.just("remove"), st.none(), st.integers(0, 9)),
    st.tuples(st.just("lock"), batch, st.integers(0, 6)),
    st.tuples(st.just("release"), st.none(), st.integers(0, 9)),
    st.tuples(st.just("import"), batch, quantity),
    st.tuples(st.just("take"), st.none(), st.integers(0, 5)),
)


def ids(firm: Firm, form: str) -> list[int]:
    return [row.record.id or 0 for row in firm.engine.page(ADMIN, form, Ask(limit=200)).rows]


def do(firm: Firm, product: int, kind: str, batch: str | None, number: int) -> None:
    """One step, by whoever; what is refused is refused for a sound reason."""
    engine = firm.engine

    def some(form: str) -> int:
        known = ids(firm, form)
        return known[number % len(known)] if known else 0

    def file(raw: dict[str, Any]) -> Path:
        place = Path(tempfile.mkstemp(suffix=".csv", dir=engine.settings.definitions.parent)[1])
        place.write_text(
            f"product,batch,quantity\nP1,{raw['batch'] or ''},{raw['quantity']}\nP1,A,2\n", encoding="utf-8"
        )
        return place

    raw = {"product": product, "batch": batch, "quantity": str(number)}
    verbs: dict[str, Callable[[], Any]] = {
        "move": lambda: engine.submit(ADMIN, "stock_move", raw),
        "edit": lambda: engine.change(
            ADMIN, "stock_move", some("stock_move"), {"batch": batch, "quantity": str(number)}
        ),
        "remove": lambda: engine.remove(ADMIN, "stock_move", some("stock_move")),
        "lock": lambda: engine.submit(
            ADMIN, "reservation", {"material": product, "batch": batch, "quantity": str(number)}
        ),
        "release": lambda: engine.act(ADMIN, "reservation", some("reservation"), "release"),
        "import": lambda: engine.imports.bring_in(ADMIN, "stock_move", file(raw), Plan(confirm=True)),
        "take": lambda: engine.act(ADMIN, "slip", firm.new(ADMIN, "slip", product=product, wanted=str(number)), "take"),
    }
    try:
        verbs[kind]()
    except Refused as refused:
        assert {p.code for p in refused.problems} <= SOUND | {"not_yours"}, refused


def at_once(hands: list[list[tuple[str, Any, int]]], folder: str, address: str | None) -> None:
    """Each of the hands in a thread of its own; then the stock is sound and is what its moves say."""
    place = Path(folder)
    pack = {"pack.yaml": "title: Stock\nlanguage: en\nroles: {clerk: Clerk}\n", **PLAIN}
    firm = Firm(write(place / "definitions", pack), place / "data", Clock(), database=address)
    try:
        product = firm.new(ADMIN, "product", code="P1", name="Bolt")
        failed: list[BaseException] = []

        def work(steps: list[tuple[str, Any, int]]) -> None:
            try:
                for kind, where, number in steps:
                    do(firm, product, kind, where, number)
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=work, args=(steps,)) for steps in hands]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        rows = firm.engine.page(ADMIN, "stock", Ask(limit=200), ("available", "on_hand")).rows
        assert all(row.record.values["available"] >= 0 for row in rows)
        assert firm.engine.read(ADMIN, lambda w: recount.verify(w, w.form("stock"))) == []
        left = sum(row.record.values["available"] for row in rows)
        assert firm.get("product", product)["stock_left"] == left
        moved = firm.engine.page(ADMIN, "stock_move", Ask(limit=200), ("quantity",)).rows
        assert sum(row.record.values["on_hand"] for row in rows) == sum(r.record.values["quantity"] for r in moved)
    finally:
        firm.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_goes_below_zero_nor_drifts(kind: str, request: pytest.FixtureRequest) -> None:
    cluster = request.getfixturevalue("cluster") if kind == "postgresql" else ""

    @settings(
        max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
    )
    @given(st.lists(st.lists(step, min_size=3, max_size=7), min_size=2, max_size=4))
    def holds(hands: list[list[tuple[str, Any, int]]]) -> None:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            address = stack.enter_context(postgres.database(cluster)) if cluster else None
            at_once(hands, folder, address)

    holds()
