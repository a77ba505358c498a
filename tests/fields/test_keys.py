"""Every key of a field does what the language says, at every door where it matters; a key that nobody proves fails here.

`PROOFS` says for each key that any type takes which tests prove it: those below try what is tried nowhere else, on one
small firm, through the engine, the API, pages, exports and imports.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect
from starlette.testclient import TestClient

from engine.fields import FIELDS
from engine.fields.base import Control, Field, Reader
from engine.fields.base_choice import DeclaredOption
from engine.runtime import passwords, people
from engine.runtime.importing import Plan
from engine.runtime.values import Ask
from engine.texts import same
from engine.web.app import create_app
from tests.firm import ADMIN, Firm, refused, write
from tests.web.programs import Desk

TESTS = Path(__file__).parents[1]


PROOFS: dict[str, tuple[str, ...]] = {
    # what every type takes
    "type": ("fields/test_conformance:test_the_family_is_found_in_its_folder",),
    "title": (
        "definitions/test_catalog:test_titles_in_both_languages",
        ":test_a_form_shows_what_its_keys_say",
        ":test_an_export_and_a_program_get_what_is_there_and_no_secret",
    ),
    "help": (":test_a_form_shows_what_its_keys_say",),
    "placeholder": (
        ":test_whatever_can_be_typed_or_picked_shows_its_placeholder",
        ":test_a_form_shows_what_its_keys_say",
    ),
    "was": ("storage/test_changes:test_everything_renamed_at_once",),
    "required": (
        "web/test_doors:test_every_door_refuses_alike",
        "runtime/test_act:test_what_is_shown_by_state_is_required_once_it_shows",
    ),
    "visible": (
        "runtime/test_submit:test_what_is_not_shown_is_stored_empty",
        "web/test_forms:test_the_form_as_it_stands_is_computed_while_it_is_typed",
        ":test_an_import_takes_defaults_and_leaves_empty_what_is_not_shown",
    ),
    "readonly": (
        "runtime/test_submit:test_what_is_computed_or_readonly_can_not_be_given_but_may_be_sent_back",
        ":test_no_door_brings_what_it_may_not",
    ),
    "default": (
        "runtime/test_submit:test_a_default_follows_what_it_reads_until_somebody_types",
        "definitions/test_catalog:test_defaults_are_constants_formulas_or_rows",
        ":test_an_import_takes_defaults_and_leaves_empty_what_is_not_shown",
    ),
    "formula": (
        "runtime/test_submit:test_formulas_of_today_are_computed_when_read",
        "web/test_api:test_a_computed_value_may_be_sent_back_as_it_is_but_not_changed",
        "runtime/test_ask:test_a_formula_computed_when_read_is_shown_sorted_and_filtered",
        ":test_no_door_brings_what_it_may_not",
    ),
    "unique": (
        "web/test_doors:test_every_door_refuses_alike",
        "storage/test_changes:test_uniqueness_is_refused_while_values_occur_twice",
        ":test_no_two_lines_are_alike_whoever_brings_them",
    ),
    "index": (":test_an_index_is_made_where_it_is_asked_for",),
    "copy": (":test_a_duplicate_keeps_what_it_may",),
    "sensitive": (
        "runtime/test_change:test_history_tells_every_change_and_nothing_that_is_hidden",
        "runtime/test_printing:test_nobody_is_printed_what_they_may_not_see",
        ":test_an_export_and_a_program_get_what_is_there_and_no_secret",
        ":test_history_tells_that_a_secret_changed_and_not_into_what",
    ),
    "width": (":test_a_form_shows_what_its_keys_say",),
    "format": (
        "fields/test_words:test_a_declared_format_is_how_it_is_shown",
        ":test_a_record_shows_what_its_keys_say",
        ":test_a_list_shows_what_its_keys_say",
    ),
    # texts
    "max_length": (
        "web/test_api:test_all_mistakes_of_a_body_come_at_once_with_what_was_sent",
        "fields/test_conformance:test_schema_and_parser_agree",
    ),
    "pattern": (
        "fields/test_texts:test_patterns_mean_the_same_in_every_engine",
        ":test_every_door_says_the_hint",
    ),
    "hint": (
        "fields/test_texts:test_the_hint_says_what_the_pattern_wants",
        ":test_every_door_says_the_hint",
    ),
    # numbers, days and lengths
    "min": (
        "web/test_doors:test_every_door_refuses_alike",
        "runtime/test_submit:test_limits_of_another_field_hold",
    ),
    "max": (
        "web/test_doors:test_every_door_refuses_alike",
        "fields/test_conformance:test_a_limit_that_is_a_formula_is_left_to_the_engine",
    ),
    "decimals": (
        "storage/test_changes:test_more_decimals_keep_every_value",
        ":test_no_door_brings_what_it_may_not",
        "fields/test_words:test_computed_values_are_rounded_half_away_from_zero",
    ),
    "unit": (
        ":test_a_form_shows_what_its_keys_say",
        ":test_a_list_shows_what_its_keys_say",
    ),
    "currency": (
        "fields/test_words:test_money_has_the_sign_of_its_currency",
        ":test_a_record_shows_what_its_keys_say",
    ),
    # choices
    "options": (
        "runtime/test_importing:test_names_titles_and_options_are_understood_and_lines_follow",
        "fields/test_words:test_a_pack_s_options_come_from_outside",
    ),
    "options.title": (
        ":test_a_list_shows_what_its_keys_say",
        ":test_an_export_and_a_program_get_what_is_there_and_no_secret",
    ),
    "options.color": (
        "fields/test_words:test_a_wrong_colour_or_key_of_an_option_is_refused",
        ":test_a_list_shows_what_its_keys_say",
        ":test_a_record_shows_what_its_keys_say",
    ),
    "options.was": ("storage/test_changes:test_a_renamed_option_is_renamed_in_the_records",),
    "options.when": (
        "web/test_doors:test_every_door_refuses_alike",
        "runtime/test_submit:test_an_option_is_taken_only_while_it_is_offered",
    ),
    "options.other": ("cases/test_c29_cascading_choices:test_another_colour_must_be_said_in_words",),
    # references, people and lists
    "to": (
        "web/test_references:test_a_program_sends_and_gets_lists_of_ids_that_the_schema_knows",
        "web/test_references:test_a_record_of_one_of_several_forms_is_sent_and_picked_with_its_form",
    ),
    "where": (
        "web/test_doors:test_every_door_refuses_alike",
        "runtime/test_options:test_a_condition_reads_what_is_being_typed_in_a_line_too",
    ),
    "sort": (":test_what_has_an_order_comes_in_it",),
    "create": (
        "web/test_references:test_a_new_one_is_offered_to_whoever_may_make_it_and_comes_back_by_its_number",
        "web/test_forms:test_related_records_and_a_new_one_from_here",
        ":test_a_live_list_shows_what_its_keys_say",
    ),
    "tree": ("runtime/test_references:test_nothing_stands_beneath_itself",),
    "on_delete": (
        "runtime/test_change:test_what_is_pointed_at_can_not_be_deleted",
        "runtime/test_change:test_deleting_clears_or_deletes_along_and_what_read_it_follows",
    ),
    "from": ("runtime/test_related:test_lines_of_other_records_are_listed_as_far_as_their_records_may_be_seen",),
    "via": (
        "runtime/test_related:test_a_list_that_nothing_points_from_is_made_by_its_condition_alone",
        "runtime/test_references:test_a_list_of_what_points_here_works_through_several_too",
    ),
    "columns": (":test_a_live_list_shows_what_its_keys_say",),
    "limit": (":test_a_live_list_shows_what_its_keys_say",),
    "fields": (
        "fields/test_words:test_lines_know_their_columns_once_they_are_built",
        "runtime/test_submit:test_changing_lines_keeps_ids_and_order",
    ),
    "min_rows": (":test_no_door_brings_what_it_may_not",),
    "max_rows": ("web/test_doors:test_every_door_refuses_alike",),
    "among": (
        "runtime/test_options:test_people_are_those_that_the_field_is_among",
        "runtime/test_references:test_departments_are_limited_by_among_when_offered_and_when_saved",
        ":test_no_door_brings_what_it_may_not",
    ),
    # addresses, files and codes
    "depth": (
        "runtime/test_addresses:test_a_program_sends_parts_and_no_others",
        "fields/test_conformance:test_what_is_rejected_has_its_code_and_its_place",
    ),
    "max_files": (
        "fields/test_words:test_files_are_tiles_with_their_names",
        ":test_no_door_brings_what_it_may_not",
    ),
    "max_size": ("web/test_plain_files:test_what_the_field_does_not_take_is_refused_at_every_door",),
    "accept": ("web/test_plain_files:test_what_the_field_does_not_take_is_refused_at_every_door",),
    "kind": (
        "fields/test_conformance:test_what_is_rejected_has_its_code_and_its_place",
        ":test_no_door_brings_what_it_may_not",
    ),
    # numbers that the engine gives, and formulas in records
    "reset": ("runtime/test_numbers:test_each_period_begins_anew_by_the_organisations_own_day",),
    "scope": ("runtime/test_numbers:test_each_scope_has_a_counter_of_its_own",),
    "gapless": (
        "runtime/test_renumbering:test_gaps_are_closed_and_all_that_shows_a_number_follows",
        "runtime/test_writers:test_a_refused_record_uses_up_no_strict_number",
    ),
    "given": ("runtime/test_act:test_a_number_may_be_given_by_a_transition",),
    "about": ("runtime/test_eval:test_a_kept_formula_chooses_and_reckons",),
    "gives": ("runtime/test_eval:test_what_is_wrong_is_told_where_it_is_typed_by_every_door",),
}
"""Key -> the tests (`module:function`, without a module those here) that prove what it does; `options.` stands before the keys of
one option."""


def keys() -> set[str]:
    """Every key that the model of any type takes, by its name in YAML."""
    found = {info.alias or name for type_ in FIELDS for name, info in type_.model_fields.items()}
    return found | {f"options.{info.alias or name}" for name, info in DeclaredOption.model_fields.items()}


@cache
def functions(module: str) -> frozenset[str]:
    tree = ast.parse((TESTS / f"{module}.py").read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_key_that_a_type_takes_is_proven_and_no_other() -> None:
    assert keys() == set(PROOFS)


@pytest.mark.parametrize("key", PROOFS)
def test_the_proofs_are_there(key: str) -> None:
    for proof in PROOFS[key]:
        module, _, name = proof.partition(":")
        assert name in functions(module or "fields/test_keys"), proof


# -- a firm whose forms say nearly everything --------------------------------------------------------------------------

MAKER = """
key: name
fields:
  name:   {required: true}
  rank:   {type: integer}
  pin:    {sensitive: true}
  things: {type: related, from: thing, columns: [code, weight], limit: 2, sort: -code, create: false}
access: {clerk: {can: [view, create, edit]}}
"""
THING = """
title: Things
key: code
fields:
  code:   {title: The code, help: As on the box, placeholder: like X1, required: true, unique: true, width: 1}
  batch:  {index: true, pattern: "[A-Z]+", hint: capitals only}
  pin:    {sensitive: true, copy: false}
  free:   {copy: false, default: not yet}
  note:   {}
  grade:  {type: choice, options: {good: {title: Good one, color: teal}, bad: {}}}
  price:  {type: money, currency: USD}
  weight: {type: decimal, decimals: 3, unit: kg, width: 3}
  made:   {type: date, format: "yyyy/mm/dd"}
  maker:  {type: reference, to: maker, sort: -rank}
  papers: {type: file, max_files: 1}
  ean:    {type: barcode, kind: ean13}
  keeper: {type: member, among: boss}
  fixed:  {readonly: true, default: F}
  wish:   {visible: 'note = "w"'}
  twice:  {type: decimal, formula: weight * 2}
  parts:
    type: lines
    sort: [maker, -n]
    min_rows: 1
    fields:
      n:     {type: integer, unique: true}
      pin:   {sensitive: true}
      free:  {copy: false, default: not yet}
      maker: {type: reference, to: maker}
views: {all: {columns: [code, pin, price, weight, made, maker.pin, grade, parts]}}
actions: {twin: {who: clerk, do: [{create: thing, copy: =this, set: {code: =code & "2"}}]}}
access: {clerk: {can: [view, create, edit, copy, import, export]}}
"""
PACK = "title: T\nlanguage: en\nroles: {clerk: Clerk, boss: Boss}\n"


class Place:
    """The firm, its clerk, and the clerk's browser and program."""

    def __init__(self, folder: Path) -> None:
        files = {"pack.yaml": PACK, "forms/maker.yaml": MAKER, "forms/thing.yaml": THING}
        self.folder, self.firm = folder, Firm(write(folder / "pack", files), folder / "data")
        self.clerk = self.firm.person("carl", "clerk")
        id, words = self.clerk.id or 0, {"password": passwords.hashed("correct horse"), "language": "en"}
        self.firm.engine.store.write(lambda conn: people.update_person(conn, id, words))
        self.program = Desk(self.firm).of("carl")
        self.browser = TestClient(create_app(self.firm.engine), follow_redirects=False)
        self.browser.headers.update({"accept-language": "en", "accept": "text/html", "sec-fetch-site": "same-origin"})
        assert self.browser.post("/login", data={"name": "carl", "password": "correct horse"}).status_code == 303
        self.makers = [
            self.firm.new(ADMIN, "maker", name=n, rank=r, pin="m-secret") for n, r in (("Zeta", 1), ("Alfa", 2))
        ]
        self.lines = 0
        self.thing = self.make("A", batch="B", pin="t-secret", free="now", note="w", wish="W", price="12.5", weight="1.25",
                               made="2026-02-03", grade="good", maker=self.makers[0])  # fmt: skip

    def line(self, **more: Any) -> dict[str, Any]:
        """A line whose number no other has."""
        self.lines += 1
        return {"n": self.lines, **more}

    def make(self, code: str, **raw: Any) -> int:
        return self.firm.new(
            self.clerk, "thing", **{"code": code, "parts": [self.line(pin="l-secret", free="now")], **raw}
        )

    def page(self, path: str, **headers: str) -> str:
        found = self.browser.get(path, headers=headers)
        assert found.status_code == 200, path
        return found.text

    def bring(self, sheet: str) -> list[tuple[str, str | None]]:
        """What an import of this CSV file refuses."""
        path = self.folder / "sheet.csv"
        path.write_text(sheet, encoding="utf-8")
        incoming = self.firm.engine.imports.bring_in(self.firm.who("carl", "import"), "thing", path, Plan())
        return [(p.code, p.place.field) for problems in incoming.refused.values() for p in problems]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("keys"))
    yield made
    made.browser.close()
    made.firm.close()


# -- what is shown -----------------------------------------------------------------------------------------------------

WITHOUT_WORDS = {
    "boolean",
    "choice",
    "choices",
    "file",
    "image",
    "lines",
    "rating",
    "related",
    "role",
    "serial",
    "signature",
}
"""Types with nothing empty to write into: buttons, stars, tiles, tables, and numbers that the engine gives."""


@pytest.mark.parametrize("type_", [t for t in FIELDS if t.name not in WITHOUT_WORDS], ids=lambda t: t.name)
def test_whatever_can_be_typed_or_picked_shows_its_placeholder(type_: type[Field], en: Reader) -> None:
    field = type_.model_validate(dict(type_.examples[0].declared))
    assert "say this" in field.input(Control("x", "x", None, en, same("X"), placeholder="say this"))


GOOD = '<span class="fl-tag" data-color="teal">Good one</span>'


def test_a_form_shows_what_its_keys_say(place: Place) -> None:
    page = place.page("/f/thing/new")
    boxes = dict(re.findall(r'data-field="(\w+)"(.*?)(?=data-field="|</form>)', page, re.S))
    assert re.search(r">The code<", boxes["code"]) and "As on the box" in boxes["code"]
    assert 'placeholder="like X1"' in boxes["code"]
    assert [re.findall(r'data-width="(\d)"', boxes[n])[0] for n in ("code", "weight", "note")] == ["1", "3", "2"]
    assert ">kg<" in boxes["weight"] and ">kg<" not in boxes["price"]


def test_a_record_shows_what_its_keys_say(place: Place) -> None:
    page = place.page(f"/f/thing/{place.thing}")
    for words in ("2026/02/03", "12.50", "US$", "1.25", ">kg<", GOOD):
        assert words in page, words


def test_a_list_shows_what_its_keys_say(place: Place) -> None:
    page = place.page("/f/thing?view=all")
    assert "2026/02/03" in page and "(kg)" in page and "The code" in page and GOOD in page


def test_a_live_list_shows_what_its_keys_say(place: Place) -> None:
    maker = place.firm.new(ADMIN, "maker", name="Many")
    for code in ("L1", "L3", "L2"):
        place.make(code, maker=maker)
    page = place.page(f"/f/maker/{maker}/related/things")
    assert re.findall(r">(L\d)<", page)[:2] == ["L3", "L2"] and ">L1<" not in page
    heads = [re.sub("<.*?>", "", head).strip() for head in re.findall(r"<th\b.*?</th>", page, re.S)]
    assert [h.split(" ")[0] for h in heads if h] == ["The", "Weight"]
    assert "/f/thing/new" not in place.page(f"/f/maker/{maker}") + page


def test_what_has_an_order_comes_in_it(place: Place) -> None:
    zeta, alfa = place.makers
    picked = [pick.title for pick in place.firm.engine.options(place.clerk, "thing", "maker")]
    assert picked.index("Alfa") < picked.index("Zeta")
    low, mid, high, none = (place.line(**{"maker": m} if m else {}) for m in (alfa, zeta, alfa, None))
    id = place.make("ORDER", parts=[mid, low, none, high])
    numbers = [none["n"], high["n"], low["n"], mid["n"]]
    assert [line["n"] for line in place.firm.get("thing", id)["parts"]] == numbers
    assert [line["n"] for line in place.program.record("thing", id)["parts"]] == numbers
    lines = place.program.record("thing", id)["parts"]
    lines[0]["maker"] = zeta
    place.program.change("thing", id, parts=lines)
    assert [line["n"] for line in place.firm.get("thing", id)["parts"]] == [
        *numbers[1:3],
        *sorted((numbers[0], numbers[3]), reverse=True),
    ]


# -- what is kept ------------------------------------------------------------------------------------------------------


def test_an_index_is_made_where_it_is_asked_for(place: Place) -> None:
    with place.firm.engine.store.read() as conn:
        found = [index["column_names"] for index in inspect(conn).get_indexes("f_thing")]
    assert ["batch"] in found and ["code"] in found and ["free"] not in found


def test_a_duplicate_keeps_what_it_may(place: Place) -> None:
    """By the page, and by an action: neither what says so, nor what may be there only once."""
    page = place.page(f"/f/thing/new?copy={place.thing}")
    shown = dict(re.findall(r'name="([\w.]+)"[^>]*? value="([^"]*)"', page))
    names = ("code", "pin", "free", "note", "wish", "price", "parts.0.n", "parts.0.pin", "parts.0.free")
    assert [shown.get(n) for n in names] == ["", "", "not yet", "w", "W", "12.50", "", "l-secret", "not yet"]
    before = place.firm.engine.count(ADMIN, "thing")
    place.firm.engine.act(place.clerk, "thing", place.thing, "twin")
    assert place.firm.engine.count(ADMIN, "thing") == before + 1
    [id] = [row["id"] for row in place.program.get("/forms/thing/records", where='code = "A2"')["records"]]
    made = place.firm.get("thing", id)
    assert [made[n] for n in ("pin", "free", "note", "wish", "price")] == [None, "not yet", "w", "W", Decimal("12.50")]
    assert [[line[n] for n in ("n", "pin", "free")] for line in made["parts"]] == [[None, "l-secret", "not yet"]]


def test_an_export_and_a_program_get_what_is_there_and_no_secret(place: Place) -> None:
    where = place.firm.engine.condition("thing", 'code = "A"')
    ask = Ask(view="all", where=where)
    sheets = {title: list(rows) for title, rows in place.firm.engine.export_sheets(place.clerk, "thing", ask)}
    head, row = sheets["Things"]
    assert head[0] == "The code" and row[2:4] == [Decimal("12.50"), Decimal("1.250")] and row[6] == "Good one"
    assert "secret" not in str(sheets) and len(sheets["Parts"]) == 2
    assert place.program.record("thing", place.thing)["pin"] == "t-secret"


def test_history_tells_that_a_secret_changed_and_not_into_what(place: Place) -> None:
    id = place.make("H", pin="one-secret")
    line = place.firm.get("thing", id)["parts"][0]
    place.firm.engine.change(
        place.clerk, "thing", id, {"pin": "two-secret", "parts": [{"id": line["id"], "pin": "l2-secret"}]}
    )
    events = place.firm.engine.history(ADMIN, "thing", id)
    paths = {change.path[-1] for change in events[0].changes}
    assert paths == {"pin"} and len(events[0].changes) == 2
    part = place.page(f"/f/thing/{id}/history", **{"hx-request": "true"})
    told = place.program.get(f"/forms/thing/records/{id}/history")
    assert "Pin" in part and "••••" in part and "••••" in str(told)
    assert "secret" not in str(events) + part + str(told)


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_no_two_lines_are_alike_whoever_brings_them(place: Place) -> None:
    taken = place.firm.get("thing", place.thing)["parts"][0]["n"]
    one, other = place.line(), place.line()
    assert refused(lambda: place.make("U", parts=[one, {"n": taken}])) == [("not_unique", "parts.1.n")]
    assert refused(lambda: place.make("U", parts=[one, other, one])) == [("not_unique", "parts.2.n")]
    assert place.program.not_new("thing", code="U", parts=[{"n": int(taken)}]) == [("not_unique", "parts.0.n")]
    assert place.bring(f"code,parts.n\nU,{taken}\n") == [("not_unique", "parts.0.n")]
    twice = place.line()["n"]
    assert place.bring(f"code,parts.n\nU1,{twice}\nU2,{twice}\n") == [("not_unique", "parts.0.n")]
    id = place.make("U", parts=[one, other])
    lines = place.firm.get("thing", id)["parts"]
    place.firm.engine.change(place.clerk, "thing", id, {"parts": lines})
    assert refused(
        lambda: place.firm.engine.change(place.clerk, "thing", id, {"parts": [{**lines[0], "n": taken}]})
    ) == [("not_unique", "parts.0.n")]


def test_every_door_says_the_hint(place: Place) -> None:
    assert place.bring("code,batch,parts.n\nP,low,9000\n") == [("value_pattern", "batch")]
    answer = place.browser.post("/f/thing/new", data={"_fields": "code batch parts", "code": "P", "batch": "low"})
    assert answer.status_code == 422 and "capitals only" in answer.text
    found = place.program.call("POST", "/api/forms/thing/records", json={"code": "P", "batch": "low", "parts": [{}]})
    assert found.status_code == 422 and "capitals only" in found.text


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "readonly": ({"fixed": "G"}, "readonly_field"),
    "formula": ({"twice": "3"}, "computed_field"),
    "decimals": ({"weight": "1.2345"}, "value_decimals"),
    "kind": ({"ean": "6901234567890"}, "value_check_digit"),
    "min_rows": ({"parts": []}, "too_few_lines"),
    "among": ({"keeper": 1}, "reference_excluded"),
    "max_files": ({"papers": [1, 2]}, "value_too_many_files"),
}


@pytest.mark.parametrize("key", REFUSED)
def test_no_door_brings_what_it_may_not(place: Place, key: str) -> None:
    raw, code = REFUSED[key]
    [name] = raw
    full = {"code": "R", "parts": [place.line()], **raw}
    before = place.firm.engine.count(ADMIN, "thing")
    assert refused(lambda: place.firm.new(place.clerk, "thing", **full)) == [(code, name)]
    assert place.program.not_new("thing", **full) == [("value_kind" if key == "decimals" else code, name)]
    if key == "among":
        raw = {name: "Carl"}
    if key != "max_files":  # files don't come in sheets
        number = full["parts"][0]["n"] if full["parts"] else ""
        columns = {"code": "R", "parts.n": number, **({} if name == "parts" else raw)}
        assert place.bring(",".join(columns) + "\n" + ",".join(map(str, columns.values())) + "\n") == [(code, name)]
    assert place.firm.engine.count(ADMIN, "thing") == before


def test_an_import_takes_defaults_and_leaves_empty_what_is_not_shown(place: Place) -> None:
    assert place.bring(f"code,note,wish,parts.n\nI,other,W,{place.line()['n']}\n") == []
    [row] = place.program.get("/forms/thing/records", where='code = "I"')["records"]
    made = place.firm.get("thing", row["id"])
    assert [made[n] for n in ("free", "fixed", "wish", "note")] == ["not yet", "F", None, "other"]
