"""Fragments: what several forms have in common, written once below `fragments/` and added by `use`.

Why: a form that uses a fragment is read as if one person had written both, yet each problem points into the file where
the mistake stands. So a form's source and its fragments' become one source that knows which part came from where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.definitions.compiler import Compiler
from engine.definitions.form import FragmentDefinition
from engine.definitions.parsing import At, parse
from engine.problems import Place
from engine.problems import definition as codes
from engine.source import Path_, Source

PARTS = ("fields", "rules", "views", "access")
"""What a fragment adds to a form."""


@dataclass(frozen=True)
class Joined(Source):
    """A form with its fragments. `parts`: (key, name) of what was added -> the fragment that it came from."""

    parts: Mapping[tuple[str, str], Source] = field(default_factory=dict)

    def place(self, path: Path_ = (), *, key: bool = False) -> Place:
        """Where the value at `path` stands, in the form's or in the fragment's file."""
        found = self._part(path)
        return super().place(path, key=key) if found is None else found.place(path, key=key)

    def inside(self, path: Path_, offset: int) -> Place:
        """Where the character `offset` of the text at `path` stands."""
        found = self._part(path)
        return super().inside(path, offset) if found is None else found.inside(path, offset)

    def written(self, path: Path_) -> str | None:
        """The scalar at `path` as it was typed."""
        found = self._part(path)
        return super().written(path) if found is None else found.written(path)

    def _part(self, path: Path_) -> Source | None:
        return self.parts.get((str(path[0]), str(path[1]))) if len(path) > 1 else None


def joined(compiler: Compiler, source: Source, known: Mapping[str, Source | None]) -> Source:
    """The form's source with what its fragments add; `known` are all fragments (None: one that can't be read)."""
    used = source.value.get("use")
    names = (
        [used] if isinstance(used, str) else [n for n in used if isinstance(n, str)] if isinstance(used, list) else []
    )
    value: dict[str, Any] = {k: dict(v) if k in PARTS and isinstance(v, dict) else v for k, v in source.value.items()}
    places, parts = dict(source.places), dict[tuple[str, str], Source]()
    for number, name in enumerate(names):
        at = At(source) / "use"
        if not compiler.known(codes.UNKNOWN_FRAGMENT, name, known, at / number if isinstance(used, list) else at):
            continue
        fragment = known[name]
        if fragment is None:
            compiler.failed.add(compiler.owner)
            continue
        for part in PARTS:
            _add(compiler, source, fragment, part, value, parts)
        places |= {path: spot for path, spot in fragment.places.items() if parts.get(_head(path)) is fragment}
    return Joined(source.file, value, places, source.text, source.lines, parts) if parts else source


def checked(compiler: Compiler, fragments: Mapping[str, Source | None]) -> None:
    """Report what is wrong with how fragments are written, used or not."""
    for source in fragments.values():
        if source is not None:
            _, problems = parse(FragmentDefinition, At(source))
            for problem in problems:
                compiler.report(problem)


def _add(
    compiler: Compiler, source: Source, fragment: Source, part: str, value: dict[str, Any],
    parts: dict[tuple[str, str], Source],
) -> None:  # fmt: skip
    given, own = fragment.value.get(part), value.setdefault(part, {})
    if not isinstance(given, dict) or not isinstance(own, dict):
        return
    for name, one in given.items():
        if name in own:
            other = parts.get((part, name), source)
            compiler.refuse(
                codes.DUPLICATE_DEFINITION, fragment.place((part, name), key=True), name=name, other=other.file
            )
            continue
        own[name] = one
        parts[part, name] = fragment


def _head(path: Path_) -> tuple[str, str]:
    return (str(path[0]), str(path[1])) if len(path) > 1 else ("", "")
