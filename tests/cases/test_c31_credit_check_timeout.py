"""A credit check with a limit of 15 minutes (re-told from a Serverless Workflow example): every sentence of "Expected"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.jobs.job import Kind
from engine.runtime import afterwards
from engine.storage import tables
from tests.firm import Build, Clock, Firm
from tests.other import SECRET, Other

CASE = Path(__file__).parent / "c31"


@pytest.fixture
def bureau() -> Iterator[Other]:
    with Other() as other:
        yield other


class Bank:
    """The firm of the case, whose bureau is a server of this test."""

    def __init__(self, firm: Firm, bureau: Other) -> None:
        self.bureau, self.mails = bureau, list[dict[str, Any]]()
        self.open(firm)
        self.agent = firm.person("ann", "agent")

    def open(self, firm: Firm) -> None:
        self.firm = firm
        allowed = frozenset({f"127.0.0.1:{self.bureau.port}"})
        settings = replace(firm.engine.settings, secrets={"credit": SECRET}, calls=allowed)
        kinds = afterwards.kinds(firm.engine.write, firm.engine.read, settings, firm.clock, firm.engine.files)
        firm.engine.jobs.kinds |= {**kinds, "mail": Kind(lambda job, done: self.mails.append(dict(job.payload)))}

    def restart(self) -> None:
        settings, clock = self.firm.engine.settings, self.firm.clock
        self.firm.close()
        self.open(Firm(settings.definitions, settings.data, clock))

    def apply(self) -> int:
        return self.firm.new(
            self.agent, "application", name="Bo", email="bo@x.example", tax_number="T1", income="50000"
        )

    def minute(self, minutes: float) -> None:
        self.firm.clock.later(minutes=minutes)
        self.firm.engine.jobs.run_due()

    def state(self, id: int) -> str:
        return str(self.firm.get("application", id)["state"])

    def log(self) -> list[tuple[str, bool]]:
        with self.firm.engine.store.read() as conn:
            return [(row.state, row.error is not None) for row in conn.execute(select(tables.run))]


@pytest.fixture
def bank(engine_of: Build, bureau: Other) -> Iterator[Bank]:
    files = {p.relative_to(CASE).as_posix(): p.read_text(encoding="utf-8") for p in CASE.rglob("*.yaml")}
    files["pack.yaml"] = files["pack.yaml"].replace("https://credit.example.com", f"http://127.0.0.1:{bureau.port}")
    made = Bank(engine_of(files, Clock(datetime.now(UTC))), bureau)
    yield made
    made.firm.close()


@pytest.mark.parametrize(
    ("answer", "state", "loans", "mails"),
    [("Approved", "started", 1, 0), ("Denied", "rejected", 0, 1), ("Perhaps", "rejected", 0, 1)],
)
def test_the_answer_decides(bank: Bank, answer: str, state: str, loans: int, mails: int) -> None:
    id = bank.apply()
    assert bank.state(id) == "checking"
    bank.bureau.answers = [(200, {"decision": answer})]
    bank.minute(0)
    assert bank.state(id) == state
    assert bank.firm.engine.count(bank.agent, "loan") == loans
    assert [mail["to"] for mail in bank.mails] == ["bo@x.example"] * mails
    bank.minute(60)
    assert bank.state(id) == state


@pytest.mark.parametrize("kind", ["sqlite"])  # it opens the data folder anew by itself
def test_no_answer_is_a_timeout_once_also_after_a_restart_at_minute_ten(bank: Bank) -> None:
    id = bank.apply()
    bank.bureau.down = True
    bank.minute(10)
    bank.restart()
    bank.minute(4.9)
    assert bank.state(id) == "checking"
    bank.minute(0.1)
    assert bank.state(id) == "timed_out"
    bank.minute(60)
    assert bank.firm.history("application", id).count("fire:give_up") == 1


def test_a_late_answer_changes_nothing_and_is_logged(bank: Bank) -> None:
    id = bank.apply()
    bank.bureau.down = True
    bank.minute(0)
    bank.minute(15)
    bank.bureau.down = False
    bank.bureau.answers = [(200, {"decision": "Approved"})]
    bank.minute(60)
    found = bank.firm.get("application", id)
    assert (found["state"], found["answer"]) == ("timed_out", None)
    assert bank.log() == [("late", False)] and bank.firm.engine.count(bank.agent, "loan") == 0


def test_an_error_of_the_service_leaves_it_there_to_be_tried_again_where_administrators_see_it(bank: Bank) -> None:
    id = bank.apply()
    bank.bureau.answers = [(500, {}), (200, {"decision": "Approved"})]
    bank.minute(0)
    assert bank.state(id) == "checking" and bank.log() == [("failed", True)]
    bank.minute(1)
    assert bank.state(id) == "started" and bank.log() == [("done", False)]
