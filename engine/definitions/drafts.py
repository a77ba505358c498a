"""A form's file -> its fields as their types declare them, before any formula is compiled.

Why: formulas of one form read fields of another, so all fields of all forms must be known first. A draft holds them (as
slots) also of a form with errors, as far as they are sound.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.definitions.compiler import Compiler, Slot
from engine.definitions.form import FormDefinition
from engine.definitions.form import Source as SourceDefinition
from engine.definitions.model import SYSTEM
from engine.definitions.packs import Pack, check_name
from engine.definitions.parsing import At, described, near, parse
from engine.definitions.workflow import WorkflowDefinition
from engine.expressions.types import Type, list_of
from engine.fields import FIELDS
from engine.fields.base import Field, Option, Says
from engine.fields.base_choice import DeclaredOption
from engine.problems import Problem
from engine.problems import definition as codes
from engine.texts import LANGUAGES, Text, text

OTHER = "other"
"""What is put behind a choice's name to name the field that says what its option `other` stands for."""

SAY = text("{title}，请说明", "{title}, please say")
"""What that field is called."""

SHOWN = ("title", "help", "placeholder")
"""Keys whose words are shown beside the field, so that the catalog keeps them."""

DEEP = 2
"""How many lists may stand one within the other: lines, and lines within a line."""

WORDS = frozenset(
    [
        "this",
        "row",
        "parent",
        "user",
        "old",
        "settings",
        "ask",
        "selected",
        "share",
        "holder",
        "clocks",
        "seq",
        "group",
        "rows",
        "position",
        "version",
        "and",
        "or",
        "not",
        "in",
        "from",
        "where",
        "sort",
        "true",
        "false",
        "null",
        "by",
    ]
)
RESERVED = WORDS | frozenset(SYSTEM)
"""What no field may be called."""

ELSEWHERE = {
    "string": "text", "str": "text", "varchar": "text", "textarea": "longtext", "html": "richtext",
    "int": "integer", "number": "decimal", "float": "decimal", "currency": "money", "percentage": "percent",
    "bool": "boolean", "checkbox": "boolean", "switch": "boolean", "timestamp": "datetime",
    "select": "choice", "radio": "choice", "dropdown": "choice", "enum": "choice",
    "multiselect": "choices", "checkboxes": "choices", "tags": "choices",
    "user": "member", "person": "member", "users": "members", "people": "members",
    "relation": "reference", "lookup": "reference", "link": "reference",
    "table": "lines", "subform": "lines", "subtable": "lines", "children": "lines",
    "attachment": "file", "photo": "image", "picture": "image",
}  # fmt: skip
"""What other products call a type -> what it is called here."""


@dataclass
class Draft:
    """A form as read. `definition` None: its structure has errors; `slots` are those of its fields that are sound."""

    name: str
    pack: Pack
    at: At
    definition: FormDefinition | None
    slots: dict[str, Slot] = field(default_factory=dict)
    workflow: WorkflowDefinition | None = None
    workflow_at: At | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The forms that it is computed from; empty when its records are typed in."""
        if self.definition is None:
            return ()
        if self.definition.walk is not None:
            return (self.definition.walk.from_,)
        return tuple(dict.fromkeys(source.from_ for source in self.united.values()))

    @property
    def united(self) -> Mapping[str, SourceDefinition]:
        """The sources of an aggregate or a dataset, by name; empty for any other form."""
        return (self.definition.aggregate or self.definition.dataset or {}) if self.definition is not None else {}

    @property
    def live(self) -> bool:
        """Whether all of its formulas are computed when they are read: it is a dataset."""
        return self.definition is not None and bool(self.definition.dataset)

    @property
    def fleeting(self) -> bool:
        """Whether its rows are no records that anything happens to: they are computed when read, or walked anew."""
        return bool(self.sources) and not (self.definition is not None and self.definition.aggregate)

    @property
    def sound(self) -> bool:
        """Whether its structure has no errors."""
        return self.definition is not None


def shown_elsewhere(slots: Mapping[str, Slot]) -> Iterator[tuple[str, str, At]]:
    """What related lists among these fields show through references of the records of another form: that form, the path
    (`customer.level`) and its place."""
    for slot in slots.values():
        yield from shown_elsewhere(slot.columns)
        keys = slot.field.related()
        for number, name in enumerate(keys.get("columns") or () if keys is not None else ()):
            if keys is not None and "." in name:
                at = slot.at / "columns"
                yield str(keys["from"]), name, at / number if isinstance(at.value, list) else at


def option_lists(compiler: Compiler, packs: Iterable[Pack]) -> dict[str, tuple[Pack, Any, At]]:
    """The lists of options that packs declare for all their choices: name -> pack, list, place. A name occurs once."""
    found: dict[str, tuple[Pack, Any, At]] = {}
    for pack in packs:
        compiler.named(pack.definition.options, pack.at / "options")
        for name, given in pack.definition.options.items():
            at = pack.at / "options" / name
            if name in found:
                facts = {"name": name, "other": found[name][2].source.file}
                compiler.refuse(codes.DUPLICATE_DEFINITION, at.place(key=True), **facts)
            elif _list_fits(compiler, given, at):
                found[name] = (pack, given, at)
    return found


def _list_fits(compiler: Compiler, given: Any, at: At) -> bool:
    """Whether a list of options is written as one."""
    if not isinstance(given, Mapping | list | tuple):
        wanted = text("选项的列表", "a list of options")
        facts = {"key": str(at.path[-1]), "wanted": wanted, "found": described(given)}
        compiler.report(Problem(codes.WRONG_KIND, at.place(), facts))
        return False
    fits = True
    for key, one in given.items() if isinstance(given, Mapping) else enumerate(given):
        if isinstance(given, Mapping) and isinstance(one, Mapping) and not set(one) <= set(LANGUAGES):
            _, problems = parse(DeclaredOption, at / key)
            for problem in problems:
                compiler.report(problem)
            fits = fits and not problems
        elif not isinstance(one, str | Mapping | None if isinstance(given, Mapping) else str):
            facts = {"key": str(key), "wanted": text("文字", "text"), "found": described(one)}
            compiler.report(Problem(codes.WRONG_KIND, (at / key).place(), facts))
            fits = False
    return fits


class Fields:
    """Reads fields, of forms and lines, of settings and of what a transition asks for."""

    def __init__(self, compiler: Compiler, lists: Mapping[str, tuple[Pack, Any, At]]) -> None:
        self.compiler, self.lists = compiler, lists

    def slots(self, at: At, shape: str, pack: Pack, reserved: frozenset[str] = RESERVED) -> dict[str, Slot]:
        """The fields below `at` (name: field), those that are sound."""
        found: dict[str, Slot] = {}
        raw = at.value
        if not isinstance(raw, Mapping):
            return found
        for name in raw:
            here = at / name
            wrong = check_name(name, here.place(key=True), reserved)
            if wrong is not None:
                self.compiler.report(wrong)
                continue
            slot = self.slot(here, name, shape, pack)
            if slot is not None:
                found[name] = slot
                found |= self._in_words(slot, raw, shape)
        return found

    def _in_words(self, slot: Slot, raw: Mapping[str, Any], shape: str) -> dict[str, Slot]:
        """The field in which people say what an option `other` stands for, unless the form has one of that name."""
        name = f"{slot.name}_{OTHER}"
        option = next((n for n, o in slot.options.items() if o.other), None)
        if option is None or name in raw:
            return {}
        at = slot.at / "options" / option / OTHER
        wrong = check_name(name, at.place(key=True))
        if wrong is not None:
            self.compiler.report(wrong)
            return {}
        chosen = f'"{option}" in {slot.name}' if slot.field.several else f'{slot.name} = "{option}"'
        kind = FIELDS.get("text")
        assert kind is not None
        given = {"type": "text", "visible": chosen, "required": chosen}
        declared = kind.model_validate(given)
        title = slot.options[option].title
        words = Text({language: SAY.to(language).format(title=title.to(language)) for language in LANGUAGES})
        return {name: Slot(name, shape, declared, declared.value_type(f"{shape}.{name}"), words, at, beside=slot.name)}

    def slot(self, at: At, name: str, shape: str, pack: Pack) -> Slot | None:
        """One field; None after reporting what is wrong with it."""
        declared = self.declared(at)
        if declared is None:
            return None
        below = f"{shape}.{name}"
        columns: dict[str, Slot] = {}
        if declared.lines() is not None:
            if below.count(".") > DEEP:
                self.compiler.refuse(codes.LINES_TOO_DEEP, (at / "type").place(), name=name)
                return None
            columns = self.slots(at / "fields", below, pack)
            declared = declared.holding({n: s.field for n, s in columns.items()})
        title = pack.book.title(declared.title, name, at / "title" if declared.title else at)
        options = self.options(declared, at / "options", pack)
        if options:
            declared = declared.having(options)
        declared = self._worded(declared, at, pack)
        kind = declared.value_type(below)
        if options:
            kind = _with_options(kind, frozenset(options))
        return Slot(name, shape, declared, kind, title, at, options, columns)

    def _worded(self, declared: Field, at: At, pack: Pack) -> Field:
        """The field with the words of its own keys (a unit, a hint) in every language."""
        found: dict[str, dict[str, str]] = {}
        for key, info in type(declared).model_fields.items():
            words = getattr(declared, key)
            if key not in SHOWN and isinstance(words, str) and _says_words(info.annotation, info.metadata):
                found[key] = {language: one for language, (one, _) in pack.book.versions(words, at / key).items()}
        return declared.model_copy(update=found) if found else declared

    def declared(self, at: At) -> Field | None:
        """The field's declaration, a model of its type."""
        raw = at.value
        if raw is None:
            raw = {}
            at = At(at.source, at.path)
        if not isinstance(raw, Mapping):
            wanted = text("“名称: 值”，例如 {type: text}", "keys such as {type: text}")
            facts = {"key": str(at.path[-1]), "wanted": wanted, "found": described(raw)}
            self.compiler.report(Problem(codes.WRONG_KIND, at.place(), facts))
            return None
        name = raw.get("type", "text")
        found = FIELDS.get(name) if isinstance(name, str) else None
        if found is None:
            self._unknown(at / "type", name)
            return None
        if isinstance(raw.get("options"), list) and not _list_fits(self.compiler, raw["options"], at / "options"):
            return None
        if not raw:
            return found.model_validate({"type": name})
        declared, problems = parse(found, at, {"type": name})
        for problem in problems:
            self.compiler.report(problem)
        return declared

    def _unknown(self, at: At, name: Any) -> None:
        known, here = FIELDS.names(), ELSEWHERE.get(str(name).lower(), "")
        told = text(f"这里叫“{here}”", f"Here it is called {here}") if here in known else near(str(name), known)
        facts = {"found": str(name), "nearest": told}
        self.compiler.report(Problem(codes.UNKNOWN_TYPE, at.place(), facts))

    def options(self, declared: Field, at: At, pack: Pack) -> dict[str, Option]:
        """The options of a choice, those of a list in the pack too; empty for other types."""
        choices = declared.choices()
        if choices is None:
            return {}
        if declared.of_roles:
            return self._roles(choices, At(at.source, at.path[:-1]) / "among")
        if isinstance(choices, str):
            if not self.compiler.known(codes.UNKNOWN_OPTIONS, choices, self.lists, at):
                return {}
            pack, choices, at = self.lists[choices]
        if isinstance(choices, list | tuple):
            choices = dict.fromkeys(choices)
        return {
            name: self._option(name, given, at, pack)
            for name, given in choices.items()
            if self._option_name(str(name), at / name)
        }

    def _roles(self, names: Mapping[str, Any] | str, at: At) -> dict[str, Option]:
        """Those of the packs' roles that are named, or all of them."""
        roles = self.compiler.roles
        if isinstance(names, str):
            return {name: Option(title) for name, title in roles.items()}
        places = {name: at / number if isinstance(at.value, list) else at / name for number, name in enumerate(names)}
        known = [n for n in names if self.compiler.known(codes.UNKNOWN_ROLE, n, roles, places[n])]
        return {name: Option(roles[name]) for name in known}

    def _option_name(self, name: str, at: At) -> bool:
        wrong = check_name(name, at.place(key=True)) if not name[:1].isdigit() else None
        if wrong is not None:
            self.compiler.report(wrong)
        return wrong is None

    def _option(self, name: str, given: Any, at: At, pack: Pack) -> Option:
        at = at / name
        if isinstance(given, Mapping) and not set(given) <= set(LANGUAGES):
            title = pack.book.title(given.get("title"), name, at / "title" if given.get("title") else at)
            was = given.get("was") or ()
            names = (was,) if isinstance(was, str) else tuple(was)
            return Option(title, given.get("color"), given.get("when"), names, given.get(OTHER) is True)
        return Option(pack.book.title(given, name, at))


def _with_options(kind: Type, options: frozenset[str]) -> Type:
    if kind.kind == "list" and kind.of is not None:
        return list_of(_with_options(kind.of, options))
    return Type(kind.kind, kind.shape, kind.of, options)


def _says_words(annotation: Any, metadata: Iterable[Any] = ()) -> bool:
    """Whether a key of a model holds words for people, without formulas."""
    if any(isinstance(mark, Says) and mark.kind == "text" and not mark.template for mark in metadata):
        return True
    if typing.get_origin(annotation) is typing.Annotated:
        inner, *marks = typing.get_args(annotation)
        return _says_words(inner, marks)
    return any(_says_words(part) for part in typing.get_args(annotation))
