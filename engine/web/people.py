"""People, departments and roles, as administrators keep them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from engine.problems import Refused, problem
from engine.problems.web import ADMINS_ONLY
from engine.runtime import passwords, people
from engine.web.filling import by_path
from engine.web.frame import role_titles
from engine.web.render import respond
from engine.web.toasts import toast
from engine.web.visit import Visit


def show(visit: Visit) -> Response:
    """Everybody, and the tree of departments."""
    _admin(visit)
    q = visit.arg("q").strip()

    def unit(conn: Any) -> dict[str, Any]:
        found = people.persons(conn, q)
        departments = people.departments(conn)
        return {"persons": found, "departments": departments, "q": q}

    values = _read(visit, unit)
    names = {p.id: p.name for p in values["persons"]} if not q else _read(visit, _names)
    named = {d.id: visit.text(d.name) for d in values["departments"]}
    roles = {p.id: role_titles(visit, frozenset(p.roles)) for p in values["persons"]}
    holders = [] if q else _holders(visit, values["persons"])
    return respond(visit, "people.html", names=names, named=named, roles=roles, holders=holders, **values)


def _holders(visit: Visit, persons: Sequence[people.Person]) -> list[tuple[str, list[people.Person]]]:
    """Each role's title, and who of those that may sign in have it."""
    active = [p for p in persons if p.active]
    names = dict.fromkeys(("admin", *visit.catalog.roles))
    return [
        (title, [p for p in active if name in p.roles])
        for name in names
        for title in role_titles(visit, frozenset({name}))
    ]


def person(visit: Visit) -> Response:
    """One person's form; `new` for somebody who isn't there yet."""
    _admin(visit)
    return _person_page(visit, _person(visit), {}, ())


def keep_person(visit: Visit) -> Response:
    """Make or change a person. A new one gets a password that is shown once and must be changed."""
    _admin(visit)
    found = _person(visit)
    given = {n: visit.sent(n) for n in ("login", "name", "email", "phone", "language")}
    given["language"] = given["language"] or ""
    department = visit.sent("department")
    changes: dict[str, Any] = {
        **given, "department": int(department) if department.isdigit() else None, "roles": visit.sent_all("roles"),
    }  # fmt: skip
    known = tuple(visit.catalog.roles)
    password = visit.sent("password")
    shown = ""
    try:
        if found is None:
            shown = password or secrets.token_urlsafe(9)
            hashed = passwords.checked(shown, given["login"])
            now = visit.engine.clock()
            id = visit.engine.store.write(
                lambda conn: people.create_person(
                    conn, now, known, password=hashed, must_change_password=not password, **changes
                )
            )
        else:
            id = found.id
            changes["active"] = visit.sent("active") == "true"
            if password:
                changes["password"] = passwords.checked(password, given["login"])
                changes["must_change_password"] = True
            visit.engine.store.write(lambda conn: people.update_person(conn, id, changes, known))
    except Refused as refused:
        return _person_page(visit, found, changes, refused.problems)
    if found is None and not password:
        words = visit.t("person_made", name=given["name"], password=shown)
        return toast(visit.go(f"/people/{id}"), words, stays=True)
    return toast(visit.go("/people"), visit.t("saved"))


def department(visit: Visit) -> Response:
    """One department's form; `new` for one that isn't there yet."""
    _admin(visit)
    return _department_page(visit, {}, ())


def keep_department(visit: Visit) -> Response:
    """Make, change or remove a department."""
    _admin(visit)
    name = visit.path("id")
    head, parent = visit.sent("head"), visit.sent("parent")
    changes: dict[str, Any] = {
        "name": {"zh": visit.sent("name_zh"), "en": visit.sent("name_en")},
        "head": int(head) if head.isdigit() else None,
        "parent": int(parent) if parent.isdigit() else None,
    }

    def unit(conn: Any) -> None:
        if visit.sent("remove"):
            people.delete_department(conn, int(name))
        elif name == "new":
            people.create_department(conn, changes["name"], head=changes["head"], parent=changes["parent"])
        else:
            people.update_department(conn, int(name), changes)

    try:
        visit.engine.store.write(unit)
    except Refused as refused:
        return _department_page(visit, changes, refused.problems)
    return toast(visit.go("/people#departments"), visit.t("saved"))


# -- inner -------------------------------------------------------------------------------------------------------------


def _admin(visit: Visit) -> None:
    if not visit.actor.admin:
        admins = _read(visit, lambda conn: [p.name for p in people.persons(conn, active=True) if "admin" in p.roles])
        raise Refused(problem(ADMINS_ONLY, admins=visit.t("list_comma").join(admins[:3]) or "–"))


def _read(visit: Visit, unit: Any) -> Any:
    with visit.engine.store.read() as conn:
        return unit(conn)


def _names(conn: Any) -> dict[int, str]:
    return {p.id: p.name for p in people.persons(conn)}


def _person(visit: Visit) -> people.Person | None:
    name = visit.path("id")
    return None if name == "new" else _read(visit, lambda conn: people.person_of(conn, int(name)))


def _person_page(visit: Visit, found: people.Person | None, typed: dict[str, Any], problems: Any) -> Response:
    departments = _read(visit, people.departments)
    roles = [(n, visit.text(t)) for n, t in visit.catalog.roles.items() if n not in ("everyone", "admin")]
    values = {
        n: typed.get(n, getattr(found, n, None)) for n in ("login", "name", "email", "phone", "department", "language")
    }
    return respond(
        visit, "person.html", 422 if problems else 200, found=found, values=values,
        held=frozenset(typed.get("roles", found.roles if found is not None else ())),
        active=typed.get("active", found.active if found is not None else True),
        departments=[(d.id, "　" * d.level + visit.text(d.name)) for d in departments],
        roles=[("admin", visit.t("role_admin")), *roles], errors=by_path(problems),
    )  # fmt: skip


def _department_page(visit: Visit, typed: dict[str, Any], problems: Any) -> Response:
    name = visit.path("id")
    departments = _read(visit, people.departments)
    found = next((d for d in departments if str(d.id) == name), None)
    if found is None and name != "new":
        _read(visit, lambda conn: people.update_department(conn, int(name), {}))
    words = typed.get("name") or (dict(found.name.words) if found is not None else {})
    return respond(
        visit, "department.html", 422 if problems else 200, found=found, words=words,
        head=typed.get("head", found.head if found is not None else None),
        parent=typed.get("parent", found.parent if found is not None else None),
        others=[(d.id, "　" * d.level + visit.text(d.name)) for d in departments if found is None or d.id != found.id],
        names=_read(visit, _names), errors=by_path(problems),
    )  # fmt: skip
