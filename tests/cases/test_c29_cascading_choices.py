"""Choices that depend on choices, with the same option under two of them (re-told from the XLSForm test suite)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.runtime.importing import Plan
from engine.runtime.values import Actor
from tests.firm import ADMIN, Build, Firm, refused


@pytest.fixture
def firm(case: Callable[..., Firm]) -> Firm:
    made = case("c29")
    made.person("sam", "surveyor")
    return made


@pytest.fixture
def sam(firm: Firm) -> Actor:
    return firm.who("sam")


def offered(firm: Firm, sam: Actor, field: str, **raw: Any) -> list[str]:
    return list(firm.engine.draft(sam, "answer", raw=raw, touched=frozenset(raw)).options[field])


@pytest.mark.parametrize(
    ("field", "chosen", "names"),
    [
        ("county", {"region": "washington"}, ["king", "pierce"]),
        ("county", {"region": "texas"}, ["king", "cameron"]),
        ("city", {"region": "texas", "county": "king"}, ["dumont", "finney", "seattle", "redmond"]),
        ("city", {"region": "washington", "county": "king"}, ["dumont", "finney", "seattle", "redmond"]),
        ("city", {"region": "texas", "county": "cameron"}, ["brownsville", "harlingen"]),
        ("city", {"region": "washington", "county": "pierce"}, ["tacoma", "puyallup"]),
        ("colour", {"pastel": True}, ["red", "mauve", "apricot", "other"]),
        ("colour", {"pastel": False}, ["red", "other"]),
    ],
)
def test_each_list_is_narrowed_by_the_answer_before(
    firm: Firm, sam: Actor, field: str, chosen: dict[str, Any], names: list[str]
) -> None:
    assert offered(firm, sam, field, **chosen) == names


def test_changing_the_state_while_typing_empties_county_and_city_and_says_so(firm: Firm, sam: Actor) -> None:
    raw = {"name": "A", "region": "texas", "county": "pierce", "city": "tacoma"}
    draft = firm.engine.draft(sam, "answer", raw=raw, touched=frozenset(raw))
    assert draft.record.values["county"] is None and draft.record.values["city"] is None
    assert {path: title.to("en") for path, title in draft.unfit.items()} == {"county": "County", "city": "City"}
    draft = firm.engine.draft(sam, "answer", raw={**raw, "county": "king", "city": "dumont"}, touched=frozenset(raw))
    assert (draft.record.values["county"], draft.record.values["city"], draft.unfit) == ("king", "dumont", {})


def test_a_stored_record_whose_state_is_changed_alone_loses_what_no_longer_fits(firm: Firm, sam: Actor) -> None:
    id = firm.new(sam, "answer", name="A", region="washington", county="pierce", city="tacoma")
    firm.engine.change(sam, "answer", id, {"region": "texas"})
    assert [firm.get("answer", id)[n] for n in ("region", "county", "city")] == ["texas", None, None]
    changed = {c.path[0] for c in firm.engine.history(sam, "answer", id)[0].changes}
    assert changed == {"region", "county", "city"}


@pytest.mark.parametrize("channel", ["browser", "api", "import"])
def test_what_is_not_offered_is_refused_through_every_door(firm: Firm, channel: str) -> None:
    sam = firm.who("sam", channel)
    wrong = {"name": "A", "region": "texas", "county": "pierce"}
    assert refused(lambda: firm.new(sam, "answer", **wrong)) == [("not_offered", "county")]
    assert refused(lambda: firm.new(sam, "answer", name="A", colour="mauve")) == [("not_offered", "colour")]
    assert refused(lambda: firm.new(sam, "answer", name="A", likes=["red", "mauve"])) == [("not_offered", "likes")]
    assert firm.engine.count(ADMIN, "answer") == 0


def test_another_colour_must_be_said_in_words(firm: Firm, sam: Actor) -> None:
    assert refused(lambda: firm.new(sam, "answer", name="A", colour="other")) == [("required", "colour_other")]
    id = firm.new(
        sam, "answer", name="A", colour="other", colour_other=" Teal ", likes=["red", "other"], likes_other="x"
    )
    assert firm.get("answer", id)["colour_other"] == "Teal"
    firm.engine.change(sam, "answer", id, {"colour": "red"})
    assert firm.get("answer", id)["colour_other"] is None
    form = firm.engine.catalog.forms["answer"]
    assert form.fields["colour_other"].title.words == {"zh": "其他颜色，请说明", "en": "Another colour, please say"}
    assert list(form.fields).index("colour_other") == list(form.fields).index("colour") + 1


def test_a_thousand_imported_rows_meet_the_same_rules(firm: Firm, sam: Actor, tmp_path: Path) -> None:
    good = [f"n{i},washington,Pierce,tacoma,,\n" for i in range(996)]
    wrong = ["a,texas,pierce,,,\n", "b,texas,king,tacoma,,\n", "c,,,,mauve,\n", "d,,,,other,\n"]
    file = tmp_path / "answers.csv"
    file.write_text("name,region,county,city,colour,colour_other\n" + "".join(good + wrong), encoding="utf-8")
    came = firm.engine.imports.bring_in(sam, "answer", file, Plan())
    told = [(p.code, p.place.field) for problems in came.refused.values() for p in problems]
    assert (came.accepted, told) == (
        996,
        [("not_offered", "county"), ("not_offered", "city"), ("not_offered", "colour"), ("required", "colour_other")],
    )


def test_an_option_that_is_renamed_keeps_its_records(engine_of: Build, tmp_path: Path) -> None:
    pack = shutil.copytree(Path(__file__).parent / "c29", tmp_path / "pack") / "pack.yaml"
    firm = engine_of(pack.parent)
    id = firm.new(ADMIN, "answer", name="A", colour="red", likes=["red"])
    written = pack.read_text(encoding="utf-8").replace(
        "red: {title: {zh: 红, en: Red},", "ruby: {title: Ruby, was: red,"
    )
    pack.write_text(written, encoding="utf-8")
    assert not [p for p in firm.engine.reload() if p.severity == "error"]
    assert (firm.get("answer", id)["colour"], firm.get("answer", id)["likes"]) == ("ruby", ("ruby",))
