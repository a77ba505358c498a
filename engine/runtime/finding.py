"""What the cells of a file point at: records by key, title or number, people by login or name, departments by key or name.

Why: people name things as they know them. Most cells hold keys, which are looked up for a whole batch together; what is
no key is looked for one by one, and each name only once in a batch.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from engine.definitions.model import Form, FormField
from engine.problems import problem
from engine.problems.access import NO_MATCH, SEVERAL_MATCH
from engine.runtime import access
from engine.runtime.keys import hits_of, keyed
from engine.runtime.sheet import KEY, Group
from engine.runtime.sorting import titled
from engine.runtime.work import Work
from engine.storage import tables

BETWEEN = re.compile(r"([、，,；;\n])")
"""What stands between several names in one cell."""

CHUNK = 500
"""How many keys one query names at most."""


class Names:
    """See the module."""

    def __init__(self, work: Work, form: Form) -> None:
        """`form`: whose records the file has."""
        self.work, self.form = work, form
        self._known: dict[tuple[str, str], list[int]] = {}
        self._pointing = _pointing(form.fields)
        self._lists = {name: pointing for name, f in form.line_forms().items() if (pointing := _pointing(f.columns))}
        self._sure: dict[tuple[int, str], Any] = {}

    def resolve(self, groups: Sequence[Group], mode: str, lines: str | None) -> None:
        """Put ids in place of names in the raw records; what can't be found becomes a problem of its group."""
        self._look_up(groups)
        for group in groups:
            if lines is not None or mode != "create":
                self._record(group, new=mode == "upsert" and lines is None)
            for name, found in self._pointing.items():
                if name in group.raw:
                    group.raw[name] = self._value(group, found, group.raw[name], name)
            for list_, pointing in self._lists.items():
                for path, line in _lines(group.raw, list_.split("."), ""):
                    for column in pointing.keys() & line.keys():
                        line[column] = self._value(group, pointing[column], line[column], f"{path}{column}")

    def _look_up(self, groups: Iterable[Group]) -> None:
        """Find what most names mean, the keys of records, in one go."""
        wanted: dict[str, set[str]] = {}
        for group in groups:
            for name, found in self._pointing.items():
                if name in group.raw:
                    self._note(found, group.raw[name], wanted)
            for list_, pointing in self._lists.items():
                for _, line in _lines(group.raw, list_.split("."), ""):
                    for column in pointing.keys() & line.keys():
                        self._note(pointing[column], line[column], wanted)
        for target, words in wanted.items():
            self._known |= {(target, one): ids for one, ids in self._by_keys(self.work.form(target), words).items()}

    def _note(self, found: FormField, words: str, wanted: dict[str, set[str]]) -> None:
        target = found.field.target()
        if target in self.work.catalog.forms and not found.field.several and words.strip():
            wanted.setdefault(str(target), set()).add(words.strip())

    def _by_keys(self, form: Form, wanted: Collection[str]) -> dict[str, list[int]]:
        """The records that are called so by their keys."""
        table = self.work.layout.table(form.name)
        if form.key is None or form.key not in table.c or form.key not in access.usable(form, self.work.actor):
            return {}
        values = {words: value for words in wanted if (value := keyed(self.work, form, words)) is not None}
        column, ids, asked = table.c[form.key], dict[Any, list[int]](), list(dict.fromkeys(values.values()))
        seen = access.condition(self.work, form, self.work.actor, "view")
        query = select(column, table.c.id).order_by(table.c.id)
        query = query if seen is None else query.where(seen)
        for start in range(0, len(asked), CHUNK):
            for value, id in self.work.conn.execute(query.where(column.in_(asked[start : start + CHUNK]))):
                ids.setdefault(value, []).append(id)
        return {words: ids[value] for words, value in values.items() if value in ids}

    def _record(self, group: Group, *, new: bool) -> None:
        """Put the id of the record that the row is about under KEY; without one it is new, if there may be `new` ones."""
        key = KEY if KEY in group.raw else str(self.form.key)
        words = str(group.raw.get(key) or "").strip()
        ids = (self._by_id(self.form.name, words) if key == KEY else self._with_key(words)) if words else []
        title = self.form.fields[key].title if key != KEY else self.form.title
        if len(ids) == 1:
            group.raw.pop(key)
            group.raw[KEY] = ids[0]
        elif ids or not new:
            code = SEVERAL_MATCH if ids else NO_MATCH
            group.problems.append(problem(code, field=key, title=title, value=words[:80], count=len(ids)))
        else:
            group.raw.pop(KEY, None)

    def _with_key(self, words: str) -> list[int]:
        table = self.work.layout.table(self.form.name)
        seen = access.condition(self.work, self.form, self.work.actor, "view")
        query = select(table.c.id) if seen is None else select(table.c.id).where(seen)
        return self._keyed(query, self.form, words)

    def _value(self, group: Group, found: FormField, given: str, path: str) -> Any:
        key = (id(found), given)
        if key in self._sure:
            return self._sure[key]
        targets = found.field.targets()
        if not given.strip():
            return given
        if found.field.several:
            return self._several(group, found, targets, given, path)
        hits = hits_of(self.work, targets, given.strip(), self.find)
        if len(hits) == 1:
            self._sure[key] = found.field.pointer(*hits[0])
            return self._sure[key]
        self._unfound(group, found, given, path, [id for _, id in hits])
        return None

    def _several(self, group: Group, found: FormField, targets: Sequence[str], given: str, path: str) -> list[Any]:
        """What points at all that a cell names, with commas or semicolons between; a name may have commas of its own."""
        pieces = [p for p in BETWEEN.split(given.strip()) if p]
        ids: dict[Any, None] = {}
        at = 0
        while at < len(pieces):
            for end in range(len(pieces), at, -1):
                named = hits_of(self.work, targets, "".join(pieces[at:end]).strip(), self.find)
                if len(named) == 1 or end == at + 1:
                    break
            if len(named) == 1:
                ids[found.field.pointer(*named[0])] = None
            elif not BETWEEN.fullmatch(pieces[at]) and pieces[at].strip():
                self._unfound(group, found, pieces[at], path, [id for _, id in named])
            at = end
        return list(found.field.rounded(ids) or ())

    def _unfound(self, group: Group, found: FormField, given: str, path: str, ids: list[int]) -> None:
        words, title = given.strip()[:80], found.title
        if ids:
            wrong = problem(SEVERAL_MATCH, field=path, title=title, value=words, count=len(ids))
        else:
            wrong = problem(NO_MATCH, field=path, title=title, value=words)
        group.problems.append(wrong)

    def find(self, target: str, words: str) -> list[int]:
        """The ids of what is called so, that this person may see; by key first, then by title, then by id."""
        key = (target, words)
        if key not in self._known:
            self._known[key] = self._found(target, words)
        return self._known[key]

    def _found(self, target: str, words: str) -> list[int]:
        conn = self.work.conn
        if target == "person":
            person = tables.person
            exact = conn.execute(select(person.c.id).where(person.c.login == words.lower())).scalars().all()
            named = select(person.c.id).where(person.c.name == words, person.c.active)
            return list(exact) or list(conn.execute(named).scalars()) or self._by_id(target, words)
        if target == "department":
            id, name = titled(self.work, target)
            table = tables.department
            exact = conn.execute(select(table.c.id).where(table.c.key == words)).scalars().all()
            return (
                list(exact)
                or list(conn.execute(select(id).where(name == words)).scalars())
                or self._by_id(target, words)
            )
        if target not in self.work.catalog.forms:
            return self._by_id(target, words)
        form = self.work.form(target)
        if not access.may(form, self.work.actor, "view"):
            return []
        table = self.work.layout.table(target)
        seen = access.condition(self.work, form, self.work.actor, "view")
        query = select(table.c.id) if seen is None else select(table.c.id).where(seen)
        found: list[int] = []
        if form.key is not None and form.key in table.c and form.key in access.usable(form, self.work.actor):
            found = self._keyed(query, form, words)
        if not found:
            found = list(conn.execute(query.where(table.c[access.TITLE] == words).limit(3)).scalars())
        if not found and words.isascii() and words.isdigit() and len(words) < 19:
            found = list(conn.execute(query.where(table.c.id == int(words))).scalars())
        return found

    def _keyed(self, query: Any, form: Form, words: str) -> list[int]:
        """Records whose key reads so, as the key's own type reads it."""
        value = keyed(self.work, form, words)
        if value is None:
            return []
        column = self.work.layout.table(form.name).c[str(form.key)]
        return list(self.work.conn.execute(query.where(column == value).limit(3)).scalars())

    def _by_id(self, target: str, words: str) -> list[int]:
        if not (words.isascii() and words.isdigit() and len(words) < 19):
            return []
        row = self.work.row(target, int(words))
        return [int(words)] if row is not None else []


def _pointing(fields: Mapping[str, FormField]) -> dict[str, FormField]:
    return {name: found for name, found in fields.items() if found.field.targets()}


def _lines(raw: Mapping[str, Any], names: Sequence[str], above: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The raw lines of a list, of a list within another's lines those of each, with how their columns' paths begin."""
    first, *rest = names
    for number, line in enumerate(raw.get(first, ())):
        path = f"{above}{first}.{number}."
        yield from _lines(line, rest, path) if rest else ((path, line),)
