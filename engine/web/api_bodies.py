"""Bodies that programs send: members that nobody knows are told beside all else that is wrong, and nothing is kept.

Why: who writes a program against the API mends everything in one go. What is known of a body is tried all the same; only
where its shape is wrong, so that nothing can be tried, that is told alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from engine.problems import Problem, Refused, nearest, problem
from engine.problems.api import BAD_MEMBER, UNKNOWN_MEMBER
from engine.texts import Text, text
from engine.web import api_schema
from engine.web.api_call import Call


@contextmanager
def besides(found: Sequence[Problem]) -> Iterator[None]:
    """Refuse what was found beside what the rest is refused for, or alone, so that everything wrong is told at once and
    nothing is kept."""
    try:
        yield
    except Refused as refused:
        raise Refused([*found, *refused.problems]) from refused
    if found:
        raise Refused(found)


def without(raw: Mapping[str, Any], found: Sequence[Problem]) -> dict[str, Any]:
    """A body without the members that these problems are about, so that the rest can be tried."""
    return _without(raw, [one.place.field for one in found if one.place.field is not None])


def _without(raw: Mapping[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    """A body without the members at these dotted paths."""
    made = {name: value for name, value in raw.items() if name not in paths}
    for name, value in made.items():
        inner = _below(name, paths)
        if inner and isinstance(value, Mapping):
            made[name] = _without(value, inner)
        elif inner and isinstance(value, list):
            made[name] = [
                _without(row, _below(str(number), inner)) if isinstance(row, Mapping) else row
                for number, row in enumerate(value)
            ]
    return made


def _below(name: str, paths: Sequence[str]) -> list[str]:
    return [path.removeprefix(f"{name}.") for path in paths if path.startswith(f"{name}.")]


def line_ids(contract: Mapping[str, Any], raw: Mapping[str, Any], above: str = "") -> list[Problem]:
    """Lines' ids must be whole numbers, which no field type looks at."""
    found: list[Problem] = []
    for name, value in raw.items():
        inner = contract["properties"].get(name, {}).get("items")
        if not isinstance(value, list) or not isinstance(inner, dict) or "properties" not in inner:
            continue
        for number, row in enumerate(value):
            if not isinstance(row, dict):
                continue
            found += line_ids(inner, row, f"{above}{name}.{number}.")
            if "id" in row and not api_schema.is_id(row["id"]):
                path = f"{above}{name}.{number}.id"
                found.append(problem(BAD_MEMBER, field=path, name=path, expected=text("行的编号", "the id of a line")))
    return found


def members(call: Call, raw: Mapping[str, Any]) -> list[Problem]:
    """The members of a button's body that it doesn't know; what is in the fields is theirs to judge. Raises Refused: a part
    isn't what its schema says, so that the rest can't be tried."""
    assert call.contract is not None
    found: list[Problem] = []
    for path in api_schema.unknown_keys(call.contract, raw):
        near = nearest(path.rpartition(".")[2], call.contract["properties"])
        found.append(problem(UNKNOWN_MEMBER, field=path, name=path[:80], nearest=near))
    unfit: list[Problem] = []
    for name, value in raw.items():
        expected = _misfit(name, value)
        if expected is not None:
            unfit.append(problem(BAD_MEMBER, field=name, name=name, expected=expected))
    fields = raw.get("fields")
    if isinstance(fields, dict) and "fields" in call.contract["properties"]:
        unfit += line_ids(call.contract["properties"]["fields"], fields)
    if unfit:
        raise Refused([*found, *unfit])
    return found


def _misfit(name: str, value: Any) -> Text | None:
    """What a member of a button's body should have been; None: it is."""
    if name in ("fields", "ask"):
        return None if isinstance(value, dict) else text("一个对象", "an object")
    if name == "opinion":
        right = value is None or (isinstance(value, str) and len(value) <= 10000)
        return None if right else text("文字，最多 10000 字", "text of at most 10000 characters")
    if name == "version":
        right = api_schema.is_id(value) and value <= 2**31
        return None if right else text("版本号", "a version")
    if name == "confirm":
        right = (
            isinstance(value, list) and len(value) <= 50 and all(isinstance(v, str) and len(v) <= 200 for v in value)
        )
        return None if right else text("一组规则名", "a list of rules")
    return None
