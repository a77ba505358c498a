"""Problem documents (RFC 9457): what a program is told when something is refused or goes wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.problems import Problem

PROBLEM = "application/problem+json"


def document(
    problems: Sequence[Problem], language: str, instance: str, raw: Mapping[str, Any], status: int | None = None
) -> dict[str, Any]:
    """The problems as a problem document (RFC 9457). `raw` is what was sent: values that failed are echoed from it."""
    first = problems[0]
    return {
        "type": f"urn:formloom:problem:{first.code}",
        "title": first.message(language),
        "status": first.status if status is None else status,
        "detail": first.said(language)
        if len(problems) == 1
        else ("；" if language == "zh" else "; ").join(p.message(language) for p in problems),
        "instance": instance,
        "code": first.code,
        "problems": [_one(p, language, raw) for p in problems],
    }


def _one(found: Problem, language: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "code": found.code,
        "field": found.place.field,
        "message": found.message(language),
        "remedy": found.remedy(language) or None,
        "severity": found.severity,
    }
    if found.place.column is not None:
        made["column"] = found.place.column
    if found.severity == "warn" and "key" in found.facts:
        made["confirm"] = found.facts["key"]
    if found.place.field is not None:
        there, value = _at(raw, found.place.field)
        if there:
            made["value"] = value
    return made


def _at(raw: Any, path: str) -> tuple[bool, Any]:
    """Whether something was sent at a dotted path, and what: `items.1.quantity`."""
    for part in path.split("."):
        if isinstance(raw, Mapping) and part in raw:
            raw = raw[part]
        elif isinstance(raw, list) and part.isdigit() and int(part) < len(raw):
            raw = raw[int(part)]
        else:
            return False, None
    return True, raw
