"""A part of a definition's values -> its model, with every problem in the analyst's words and at its place.

Why: pydantic knows what is wrong, but speaks to programmers and of Python's types. Here its errors become problems: an
unknown key is answered by the nearest known one, a key of the language that isn't built yet says so, and tags of unions
are dropped. All problems of a part are reported at once.
"""

from __future__ import annotations

import hashlib
import json
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from engine.definitions.later import LATER
from engine.fields.base import Misdeclared
from engine.problems import Place, Problem, nearest
from engine.problems import definition as codes
from engine.source import Source
from engine.texts import Text, same, text

M = TypeVar("M", bound=BaseModel)
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class At:
    """A place in a definition: a source and a path in it. `at / "fields" / "name"` goes deeper."""

    source: Source
    path: Path = ()

    def __truediv__(self, part: str | int) -> At:
        return At(self.source, (*self.path, part))

    def place(self, *, key: bool = False) -> Place:
        """Where the value stands, or its key."""
        return self.source.place(self.path, key=key)

    def inside(self, offset: int) -> Place:
        """Where the character `offset` of the text here stands."""
        return self.source.inside(self.path, offset)

    @property
    def value(self) -> Any:
        """The plain value here; None when there is none."""
        found: Any = self.source.value
        for part in self.path:
            if isinstance(found, Mapping):
                found = found.get(str(part))
            elif isinstance(found, list) and isinstance(part, int) and part < len(found):
                found = found[part]
            else:
                return None
        return found


def digest(*values: Any) -> str:
    """Of definitions as read: the same values in the same order give the same digest, whatever layout and comments."""
    canonical = json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def near(word: str, known: typing.Iterable[str]) -> Text:
    """The known word most like `word`, as a sentence; where none is near, those that are known (the first twelve)."""
    words = sorted(dict.fromkeys(known))
    best = nearest(word, words)
    if best:
        return text(f"最接近的是“{best}”", f"The nearest is {best}")
    if not words:
        return text("这里一个也没有", "There is none here")
    more = "…" if len(words) > 12 else ""
    listed = ", ".join(words[:12]) + more
    return text(f"可用的有：{listed}", f"Known here: {listed}")


def beside(key: str, known: typing.Iterable[str]) -> Text:
    """What to do about a key that doesn't go with what stands beside it: which do, where any does."""
    listed = ", ".join(known)
    if listed:
        return text(f"可以一起写的有：{listed}", f"These go with it: {listed}")
    return text(f"去掉“{key}”", f"Remove {key}")


def parse(model: type[M], at: At, extra: Mapping[str, Any] | None = None) -> tuple[M | None, list[Problem]]:
    """The model of what stands at `at`; None with the problems when it doesn't fit.

    `extra` are keys put in by the caller (a field's `type` where it was left out).
    """
    raw = at.value
    if not isinstance(raw, dict):
        return None, [_kind(at, text("“名称: 值”的几行", "lines that say key: value"), raw)]
    given = {**raw, **(extra or {})}
    problems = list(_booleans(model, at, given))
    for _ in range(50):
        try:
            return (None, problems) if problems else (model.model_validate(given), [])
        except ValidationError as error:
            errors = error.errors(include_url=False)
        given, changed = _numbers_as_text(given, errors, at)
        if not changed:
            break
    return None, problems + _reworded(model, at, errors)


def _numbers_as_text(given: dict[str, Any], errors: list[Any], at: At) -> tuple[dict[str, Any], bool]:
    """`version: 1.10` where text is wanted means the text that was typed."""
    changed = False
    for error in errors:
        if error["type"] != "string_type" or isinstance(error["input"], bool):
            continue
        path = _known_path(at, error["loc"])
        written = at.source.written((*at.path, *path))
        if isinstance(error["input"], int | Decimal) and written is not None:
            given = _with(given, path, written)
            changed = True
    return given, changed


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _with(copy[path[0]], path[1:], new)
    return copy


def _known_path(at: At, loc: tuple[Any, ...]) -> Path:
    """The parts of pydantic's location that exist in the file: tags of unions and the like are dropped."""
    path: Path = ()
    for part in loc:
        if (*at.path, *path, part) in at.source.places:
            path = (*path, part)
    return path


def _reworded(model: type[BaseModel], at: At, errors: list[Any]) -> list[Problem]:
    found: dict[Path, Problem] = {}
    for error in errors:
        path = _known_path(at, error["loc"])
        here = At(at.source, (*at.path, *path))
        if error["type"] == "missing":
            path = (*path, error["loc"][-1])
        if path not in found:
            found[path] = _problem(model, here, error, path)
    deepest = {p for p in found if not any(q != p and q[: len(p)] == p for q in found)}
    return [p for path, p in found.items() if path in deepest]


def _problem(model: type[BaseModel], at: At, error: Any, path: Path) -> Problem:
    kind, context, given = error["type"], error.get("ctx") or {}, error["input"]
    key = str(path[-1]) if kind in ("missing", "extra_forbidden") else _key(path)
    if kind == "extra_forbidden":
        return unknown_key(model_at(model, error["loc"][:-1]) or model, at, key)
    if kind == "missing":
        owner = model_at(model, error["loc"][:-1]) or model
        says = next((f.description or "" for n, f in owner.model_fields.items() if (f.alias or n) == key), "")
        return Problem(codes.MISSING_KEY, at.place(key=True), {"key": key, "says": _says(says)})
    if kind == "literal_error":
        known = [w.strip(" '") for w in str(context.get("expected", "")).replace(" or ", ", ").split(",")]
        listed = text("可以是：" + ", ".join(known), "It may be: " + ", ".join(known))
        found = str(given).lower() if isinstance(given, bool) else str(given)
        facts = {"key": key, "found": found, "known": near(found, known)}
        if len(known) <= 4 or not isinstance(given, str):
            facts["known"] = listed
        return Problem(codes.NOT_ONE_OF, at.place(), facts)
    if isinstance(context.get("error"), Misdeclared):
        wrong: Problem = context["error"].problem
        return Problem(wrong.code, at.place(), wrong.facts, wrong.severity)
    limits = [f"{_SIGNS[n]} {v}" for n, v in context.items() if n in _SIGNS]
    if limits:
        return Problem(codes.OUT_OF_RANGE, at.place(), {"key": key, "found": str(given), "limit": ", ".join(limits)})
    wanted = next((words for start, words in _WANTED.items() if kind.startswith(start)), None)
    if wanted is None:
        reason = str(context.get("error", error["msg"]))
        return Problem(codes.BAD_VALUE, at.place(), {"key": key, "reason": reason})
    return _kind(at, wanted, given)


def _key(path: Path) -> str:
    """The key that a place is about: of a member of a list, the list's."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")


_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
_LIST = text("列表", "a list")
_WANTED = {
    "string": text("文字", "text"),
    "bool": text("true 或 false", "true or false"),
    "int": text("整数", "a whole number"),
    "decimal": text("数字", "a number"),
    "float": text("数字", "a number"),
    "dict": text("“名称: 值”的几行", "lines that say key: value"),
    "mapping": text("“名称: 值”的几行", "lines that say key: value"),
    "model": text("“名称: 值”的几行", "lines that say key: value"),
    "tuple": _LIST,
    "list": _LIST,
    "too_short": text("更多的内容", "more than that"),
}


def _says(description: str) -> Text:
    """`Which records / 筛选` -> its two languages."""
    english, _, chinese = description.rpartition(" / ")
    return text(chinese, english) if english else same(description)


def _kind(at: At, wanted: Text, given: Any) -> Problem:
    key = _key(at.path) or at.source.file
    if wanted is _LIST and given is not None:
        return Problem(codes.NOT_A_LIST, at.place(), {"key": key, "found": described(given)})
    return Problem(codes.WRONG_KIND, at.place(), {"key": key, "wanted": wanted, "found": described(given)})


def described(given: Any) -> Text:
    """What a value is, for people: a text, a number, a list, …"""
    if given is None:
        return text("空", "nothing")
    if isinstance(given, bool):
        return same("true" if given else "false")
    if isinstance(given, dict):
        return text("“名称: 值”的几行", "lines that say key: value")
    if isinstance(given, list | tuple):
        return text("列表", "a list")
    return text(f"“{given}”", str(given))


def unknown_key(model: type[BaseModel], at: At, key: str) -> Problem:
    """A key that the model doesn't have: not built yet, or unknown with the nearest known one."""
    says = later(model, key)
    if says is not None:
        return Problem(codes.NOT_YET, at.place(key=True), {"key": key, "says": says})
    known = [f.alias or n for n, f in model.model_fields.items()]
    beside = At(at.source, at.path[:-1]).value or {}
    best = nearest(key, [one for one in known if one not in beside])  # what stands here already wasn't meant
    if best:
        return Problem(codes.UNKNOWN_KEY_NEAR, at.place(key=True), {"key": key, "nearest": best})
    return Problem(codes.UNKNOWN_KEY, at.place(key=True), {"key": key, "known": ", ".join(known)})


def later(model: type[BaseModel], key: str) -> Text | None:
    """What a key of the language that isn't built yet would do; None when it is none."""
    for owner in model.__mro__:
        found = LATER.get(owner.__name__, {}).get(key)
        if found is not None:
            return found
    return None


def model_at(model: type[BaseModel], loc: tuple[Any, ...]) -> type[BaseModel] | None:
    """The model that stands at a location of pydantic's in `model`; None when it is no model."""
    current: Any = model
    for part in loc:
        current = _bare(current)
        if isinstance(current, type) and issubclass(current, BaseModel):
            current = next((f.annotation for n, f in current.model_fields.items() if part in (n, f.alias)), None)
        elif typing.get_origin(current) in (dict, Mapping):
            current = typing.get_args(current)[1]
        elif typing.get_origin(current) in (tuple, list):
            current = typing.get_args(current)[0]
    current = _bare(current)
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def _bare(annotation: Any) -> Any:
    """Without Annotated, and of a union the member that says most."""
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        members = [_bare(m) for m in typing.get_args(annotation)]
        best = [m for m in members if isinstance(m, type) and issubclass(m, BaseModel)]
        best += [m for m in members if typing.get_origin(m) is not None]
        return best[0] if best else members[0]
    return annotation


def _booleans(model: type[BaseModel], at: At, given: Mapping[str, Any]) -> Iterator[Problem]:
    """Keys that take true or false take nothing else, wherever in the model: `yes` and 1 are no booleans."""
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key not in given:
            continue
        annotation, value = _bare(field.annotation), given[key]
        if annotation is bool and not isinstance(value, bool) and value not in ("true", "false"):
            yield _kind(at / key, _WANTED["bool"], value)
            continue
        inner = typing.get_args(annotation)
        for child, found in _children(annotation, inner, value):
            below = at / key
            for part in child:
                below = below / part
            yield from _booleans(found, below, below.value)


def _children(annotation: Any, inner: tuple[Any, ...], value: Any) -> Iterator[tuple[Path, type[BaseModel]]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and isinstance(value, dict):
        yield (), annotation
    kind = _bare(inner[-1 if typing.get_origin(annotation) is dict else 0]) if inner else None
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return
    pairs: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, member in pairs:
        if isinstance(member, dict):
            yield (part,), kind
