"""Fragments: written once, used by several forms, and blamed in their own file."""

from __future__ import annotations

from pathlib import Path

from engine.definitions.catalog import load
from tests.firm import Firm, refused, write

PACK = "title: T\nlanguage: en\nroles: {sales: Sales}\n"
CONTACT = """
fields:
  phone: {type: phone, required: true}
  mail: {type: email, visible: not ISBLANK(phone)}
rules:
  short: {check: LEN(name) < 20, message: Too long a name}
views: {phones: {columns: [name, phone]}}
access: {sales: {can: [view, create]}}
"""
FORM = "title: Lead\nuse: contact\nfields: {name: {required: true}}\n"


def problems(folder: Path, **files: str) -> list[tuple[str, str, int | None]]:
    named = {n.replace("__", "/") + ".yaml": text for n, text in {"pack": PACK, **files}.items()}
    found = load(write(folder, named)).errors
    return [(p.code, Path(p.place.file or "").name, p.place.line) for p in found]


def test_fields_rules_views_and_access_are_added_to_every_form_that_uses_it(tmp_path: Path) -> None:
    files = {"pack.yaml": PACK, "fragments/contact.yaml": CONTACT, "forms/lead.yaml": FORM}
    firm = Firm(write(tmp_path / "d", {**files, "forms/guest.yaml": FORM.replace("Lead", "Guest")}), tmp_path / "data")
    sam = firm.person("sam", "sales")
    for name in ("lead", "guest"):
        form = firm.engine.catalog.forms[name]
        assert list(form.fields) == ["name", "phone", "mail"] and list(form.views) == ["phones"]
        assert refused(lambda: firm.new(sam, name, name="A")) == [("required", "phone")]  # noqa: B023
        long = {"name": "A" * 20, "phone": "13805123347"}
        assert refused(lambda: firm.new(sam, name, **long)) == [("rule_broken", None)]  # noqa: B023
        assert firm.new(sam, name, name="A", phone="13805123347") == 1


def test_a_mistake_is_shown_in_the_file_where_it_stands(tmp_path: Path) -> None:
    wrong = CONTACT.replace("LEN(name)", "LEN(nam)")
    assert problems(tmp_path, fragments__contact=wrong, forms__lead=FORM) == [
        ("formula_unknown_name_near", "contact.yaml", 6)
    ]
    again = {"fragments__contact": CONTACT, "forms__lead": FORM.replace("name: {", "phone: {}, name: {")}
    assert problems(tmp_path / "b", **again) == [("duplicate_definition", "contact.yaml", 3)]
    unknown = {"fragments__contact": CONTACT.replace("views:", "vews:"), "forms__lead": FORM}
    assert problems(tmp_path / "c", **unknown) == [("unknown_key_near", "contact.yaml", 7)]
    missing = {"fragments__contact": CONTACT, "forms__lead": FORM.replace("contact", "contcat")}
    assert problems(tmp_path / "d", **missing)[0] == ("unknown_fragment", "lead.yaml", 2)


def test_a_fragment_that_changes_makes_another_version_of_the_form(tmp_path: Path) -> None:
    def digest(text: str, folder: str) -> str:
        files = {"pack.yaml": PACK, "fragments/contact.yaml": text, "forms/lead.yaml": FORM}
        return load(write(tmp_path / folder, files)).catalog.forms["lead"].digest

    assert digest(CONTACT, "a") != digest(CONTACT.replace("< 20", "< 30"), "b")
