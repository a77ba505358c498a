"""Persons, departments and roles, as administrators keep them.

Why: who exists and who heads whom is data, not definition; which roles there are is said by the packs. All functions
work within a unit of work; whether the caller may do this at all has been decided before. At least one active
administrator always remains.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from engine.definitions.model import ADMIN, EVERYONE
from engine.problems import Refused, nearest, problem
from engine.problems.people import (
    DEPARTMENT_CIRCLE,
    DEPARTMENT_USED,
    LAST_ADMIN,
    LOGIN_SHAPE,
    LOGIN_TAKEN,
    NAME_EMPTY,
    NO_DEPARTMENT,
    NO_PERSON,
    UNKNOWN_LANGUAGE,
    UNKNOWN_ROLE,
)
from engine.runtime.organisation import LEVELS, roles_of
from engine.runtime.sessions import end_all
from engine.runtime.values import Actor
from engine.storage import tables
from engine.texts import LANGUAGES, Text, spoken_order

LOGIN = re.compile(r"[\w.@+-]{1,100}")
"""What a login may look like."""

PLAIN = ("name", "email", "phone", "language", "theme", "density", "letters", "mailing")
"""What of a person may be changed without further thought."""


@dataclass(frozen=True)
class Person:
    """A person as administrators see them. `department` None: in none. `roles` without `everyone`, sorted."""

    id: int
    login: str
    name: str
    email: str | None
    phone: str | None
    department: int | None
    active: bool
    language: str | None
    theme: str | None
    density: str | None
    letters: str | None
    mailing: str | None
    must_change_password: bool
    demo: bool
    roles: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Department:
    """A department. `level` is how deep it lies, 0 at the top; `people` counts its active people, not those beneath."""

    id: int
    name: Text
    key: str | None
    head: int | None
    parent: int | None
    level: int
    people: int


def actor(conn: Connection, person: int, channel: str = "browser", language: str = LANGUAGES[0]) -> Actor | None:
    """An active person as one who acts; None when there is no such person. `language` is for those who chose none."""
    table = tables.person
    row = conn.execute(select(table).where(table.c.id == person, table.c.active)).mappings().first()
    if row is None:
        return None
    roles = roles_of(conn, person)
    spoken = row["language"] or language
    return Actor(row["id"], row["name"], row["login"], roles, row["department"], spoken, channel)


def persons(conn: Connection, q: str = "", *, active: bool | None = None) -> list[Person]:
    """All people by name; those whose name, login, e-mail or phone holds `q`; only active or closed ones if asked."""
    table = tables.person
    query = select(*(table.c[n] for n in _PERSON)).order_by(table.c.name, table.c.id)
    if q.strip():
        parts = (table.c[n].icontains(q.strip(), autoescape=True) for n in ("name", "login", "email", "phone"))
        query = query.where(or_(*parts))
    if active is not None:
        query = query.where(table.c.active.is_(active))
    held: dict[int, list[str]] = {}
    for person, role in conn.execute(select(tables.person_role.c.person, tables.person_role.c.role)):
        held.setdefault(person, []).append(role)
    found = [_person(row, held.get(row.id, ())) for row in conn.execute(query)]
    return sorted(found, key=lambda p: (spoken_order(p.name), p.id))


def person_of(conn: Connection, id: int) -> Person:
    """One person. Refused when there is none."""
    table = tables.person
    row = conn.execute(select(*(table.c[n] for n in _PERSON)).where(table.c.id == id)).first()
    if row is None:
        raise Refused(problem(NO_PERSON))
    return _person(row, roles_of(conn, id) - {EVERYONE})


def find_person(conn: Connection, login: str) -> int | None:
    """The id behind a login, whatever its case; None."""
    query = select(tables.person.c.id).where(tables.person.c.login == login.strip().lower())
    return conn.execute(query).scalar()


def create_person(
    conn: Connection, now: datetime, known: Iterable[str], *, login: str, name: str, roles: Iterable[str] = (),
    password: str | None = None, department: int | None = None, must_change_password: bool = False, demo: bool = False,
    **more: Any,
) -> int:  # fmt: skip
    """A new person; gives their id. `password` is a hash (`passwords.checked`), None: can't sign in yet.

    `known` are the roles of the packs; `more` may have email, phone, language. Raises Refused with all that is wrong.
    """
    given = login.strip().lower()
    problems = []
    if not LOGIN.fullmatch(given):
        problems.append(problem(LOGIN_SHAPE, field="login", login=given[:100]))
    elif find_person(conn, given) is not None:
        problems.append(problem(LOGIN_TAKEN, field="login", login=given))
    values = {**_plain({"name": name, **more}), "department": department}
    if not values["name"]:
        problems.append(problem(NAME_EMPTY, field="name"))
    problems += _unknown_roles(roles, known) + _wrong_language(values.get("language"))
    if department is not None and _department(conn, department) is None:
        problems.append(problem(NO_DEPARTMENT, field="department"))
    if problems:
        raise Refused(problems)
    made = insert(tables.person).values(
        login=given, password=password, active=True, created_at=now, demo=demo,
        must_change_password=must_change_password, **values,
    )  # fmt: skip
    key = conn.execute(made).inserted_primary_key
    assert key is not None
    _keep_roles(conn, int(key[0]), roles)
    return int(key[0])


def update_person(
    conn: Connection, id: int, changes: Mapping[str, Any], known: Iterable[str] = (), *, keep_session: str | None = None
) -> None:
    """Change a person: `name email phone language theme density letters mailing department active roles login`, and `password` (a
    hash).

    Only keys that are present are changed. Closing somebody and changing a password end their sessions (but the one of
    the cookie's value `keep_session`). Raises Refused with all that is wrong, also for the last administrator.
    """
    before = person_of(conn, id)
    values = _plain({k: v for k, v in changes.items() if k in PLAIN})
    problems = _wrong_language(values.get("language"))
    if "name" in values and not values["name"]:
        problems.append(problem(NAME_EMPTY, field="name"))
    if "login" in changes:
        values["login"] = str(changes["login"]).strip().lower()
        if not LOGIN.fullmatch(values["login"]):
            problems.append(problem(LOGIN_SHAPE, field="login", login=values["login"][:100]))
        elif find_person(conn, values["login"]) not in (None, id):
            problems.append(problem(LOGIN_TAKEN, field="login", login=values["login"]))
    if "department" in changes:
        values["department"] = changes["department"]
        if values["department"] is not None and _department(conn, values["department"]) is None:
            problems.append(problem(NO_DEPARTMENT, field="department"))
    roles = tuple(changes["roles"]) if "roles" in changes else before.roles
    problems += _unknown_roles(set(roles) - set(before.roles), known)
    active = bool(changes.get("active", before.active))
    values["active"] = active
    if ADMIN in before.roles and before.active and not (active and ADMIN in roles) and _admins(conn) == {id}:
        problems.append(problem(LAST_ADMIN, field="roles", name=before.name))
    if problems:
        raise Refused(problems)
    if "password" in changes:
        values["password"] = changes["password"]
        values["must_change_password"] = bool(changes.get("must_change_password", False))
    conn.execute(update(tables.person).where(tables.person.c.id == id).values(**values))
    if set(roles) != set(before.roles):
        conn.execute(delete(tables.person_role).where(tables.person_role.c.person == id))
        _keep_roles(conn, id, roles)
    if not active or "password" in changes:
        end_all(conn, id, but=keep_session if active else None)


def departments(conn: Connection) -> list[Department]:
    """All departments as a tree written down: each before those beneath it, else by id."""
    table, person = tables.department, tables.person
    counted = select(person.c.department, func.count()).where(person.c.active).group_by(person.c.department)
    people: dict[int | None, int] = dict(conn.execute(counted).all())
    below: dict[int | None, list[Any]] = {}
    rows = conn.execute(select(table).order_by(table.c.id)).mappings().all()
    ids = {row["id"] for row in rows}
    for row in rows:
        below.setdefault(row["parent"] if row["parent"] in ids else None, []).append(row)
    found: list[Department] = []

    def walk(parent: int | None, level: int) -> None:
        for row in below.get(parent, ()):
            name = Text(row["name"] or {LANGUAGES[0]: row["key"] or ""})
            count = int(people.get(row["id"], 0))
            found.append(Department(row["id"], name, row["key"], row["head"], row["parent"], level, count))
            walk(row["id"], level + 1)

    walk(None, 0)
    return found


def create_department(
    conn: Connection, name: str | Mapping[str, str], *, key: str | None = None, head: int | None = None,
    parent: int | None = None,
) -> int:  # fmt: skip
    """A new department; gives its id. `name` in one language is that of the product. Raises Refused."""
    values = {"name": _words(name), "key": key, "head": head, "parent": parent}
    _check_department(conn, None, values)
    made = conn.execute(insert(tables.department).values(**values)).inserted_primary_key
    assert made is not None
    return int(made[0])


def update_department(conn: Connection, id: int, changes: Mapping[str, Any]) -> None:
    """Change `name head parent` of a department; only keys that are present. Refused for a circle, and what is
    unknown."""
    if _department(conn, id) is None:
        raise Refused(problem(NO_DEPARTMENT))
    values = {k: changes[k] for k in ("head", "parent") if k in changes}
    if "name" in changes:
        values["name"] = _words(changes["name"])
    _check_department(conn, id, values)
    if values:
        conn.execute(update(tables.department).where(tables.department.c.id == id).values(**values))


def delete_department(conn: Connection, id: int) -> None:
    """Remove a department that nobody is in and that has none beneath it; else Refused."""
    row = _department(conn, id)
    if row is None:
        raise Refused(problem(NO_DEPARTMENT))
    person, table = tables.person, tables.department
    people = conn.execute(select(func.count()).select_from(person).where(person.c.department == id)).scalar_one()
    parts = conn.execute(select(func.count()).select_from(table).where(table.c.parent == id)).scalar_one()
    if people or parts:
        raise Refused(problem(DEPARTMENT_USED, name=Text(row["name"]), people=people, parts=parts))
    conn.execute(delete(table).where(table.c.id == id))


# -- inner -------------------------------------------------------------------------------------------------------------

_PERSON = (
    "id", "login", "name", "email", "phone", "department", "active", "language", "theme", "density", "letters",
    "mailing",
    "must_change_password", "demo",
)  # fmt: skip


def _person(row: Any, roles: Iterable[str]) -> Person:
    return Person(**row._mapping, roles=tuple(sorted(roles)))


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """Texts without blanks at their ends, None for empty ones but the name."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name in PLAIN:
            words = "" if value is None else str(value).strip()
            found[name] = words if words or name == "name" else None
    return found


def _unknown_roles(roles: Iterable[str], known: Iterable[str]) -> list[Any]:
    there = {*known, ADMIN}
    return [
        problem(UNKNOWN_ROLE, field="roles", name=str(r)[:80], nearest=nearest(str(r), there))
        for r in sorted(set(roles) - {EVERYONE})
        if r not in there
    ]


def _wrong_language(value: Any) -> list[Any]:
    return [problem(UNKNOWN_LANGUAGE, field="language", value=value)] if value not in (None, *LANGUAGES) else []


def _keep_roles(conn: Connection, person: int, roles: Iterable[str]) -> None:
    rows = [{"person": person, "role": r} for r in sorted(set(roles) - {EVERYONE})]
    if rows:
        conn.execute(insert(tables.person_role), rows)


def _admins(conn: Connection) -> set[int]:
    """The ids of the active administrators."""
    held, person = tables.person_role, tables.person
    query = select(held.c.person).join(person, person.c.id == held.c.person)
    return set(conn.execute(query.where(held.c.role == ADMIN, person.c.active)).scalars())


def _department(conn: Connection, id: int) -> Mapping[str, Any] | None:
    table = tables.department
    row = conn.execute(select(table).where(table.c.id == id)).mappings().first()
    return dict(row) if row is not None else None


def _words(name: str | Mapping[str, str]) -> dict[str, str]:
    words = {LANGUAGES[0]: name} if isinstance(name, str) else dict(name)
    return {language: text.strip() for language, text in words.items() if text and text.strip()}


def _check_department(conn: Connection, id: int | None, values: Mapping[str, Any]) -> None:
    problems = []
    if "name" in values and not values["name"]:
        problems.append(problem(NAME_EMPTY, field="name"))
    head, parent = values.get("head"), values.get("parent")
    if head is not None:
        person_of(conn, head)
    if parent is not None:
        at, above = _department(conn, parent), parent
        if at is None:
            problems.append(problem(NO_DEPARTMENT, field="parent"))
        for _ in range(LEVELS):
            if at is None:
                break
            if above == id:
                problems.append(problem(DEPARTMENT_CIRCLE, field="parent", name=Text(at["name"])))
                break
            above = at["parent"]
            at = _department(conn, above) if above is not None else None
    if problems:
        raise Refused(problems)
