"""The demo speaks of people, forms, fields and transitions that are there."""

from __future__ import annotations

from collections.abc import Mapping

from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Draft
from engine.definitions.model import SYSTEM
from engine.definitions.pack import Demo
from engine.definitions.packs import Pack
from engine.definitions.parsing import At
from engine.problems import definition as codes


def check(compiler: Compiler, pack: Pack, drafts: Mapping[str, Draft]) -> None:
    """The demo of one pack."""
    demo, at = pack.definition.demo, pack.at / "demo"
    if demo is None:
        return
    _people(compiler, demo, at)
    for form, rows in demo.records.items():
        here = at / "records" / form
        if form in compiler.broken or not compiler.known(codes.UNKNOWN_FORM, form, drafts, here, key=True):
            continue
        for number, row in enumerate(rows):
            for name in row:
                if name not in drafts[form].slots and name not in SYSTEM and name not in EXTRA:
                    compiler.missing(name, form, drafts[form].slots, here / number / name, key=True)
    for number, step in enumerate(demo.steps):
        here = at / "steps" / number
        compiler.known(codes.UNKNOWN_PERSON, step.as_, demo.people, here / "as")
        form = step.for_.partition("/")[0]
        if form in compiler.broken or not compiler.known(codes.UNKNOWN_FORM, form, drafts, here / "for"):
            continue
        compiler.known(codes.UNKNOWN_TRANSITION, step.fire, compiler.buttons.get(form, ()), here / "fire", form=form)


EXTRA = frozenset({"as", "at"})
"""Keys of a demo record beside its fields: who made it, and when."""


def _people(compiler: Compiler, demo: Demo, at: At) -> None:
    for name, department in demo.departments.items():
        here = at / "departments" / name
        if department.head is not None:
            compiler.known(codes.UNKNOWN_PERSON, department.head, demo.people, here / "head")
        if department.parent is not None:
            compiler.known(codes.UNKNOWN_PERSON, department.parent, demo.departments, here / "parent")
    for login, person in demo.people.items():
        here = at / "people" / login
        several = isinstance((here / "roles").value, list)
        for number, role in enumerate(person.roles):
            place = here / "roles" / number if several else here / "roles"
            compiler.known(codes.UNKNOWN_ROLE, role, compiler.roles, place)
        if person.department is not None:
            compiler.known(codes.UNKNOWN_PERSON, person.department, demo.departments, here / "department")
