"""A folder of definitions -> its packs, each file read and put where it belongs.

Why: the directory is the glossary: which kind a definition is follows from its folder, its name from its file. Problems
of single files are gathered; a file that can't be read keeps its name, so that what refers to it isn't blamed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from engine.definitions.later import FOLDERS
from engine.definitions.pack import Demo, PackDefinition
from engine.definitions.parsing import At, described, parse
from engine.definitions.wording import Dictionary, Wordbook
from engine.problems import Place, Problem, Refused, nearest
from engine.problems import definition as codes
from engine.problems import yaml as yaml_codes
from engine.source import Source, read
from engine.texts import LANGUAGES, text

KINDS = ("forms", "workflows", "automations", "dashboards", "fragments")
"""Folders whose files are definitions of that kind."""

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
LONGEST = 40
"""Names become names of tables and columns; longer ones don't fit every database."""

HOME = "home"
"""The name of the pack that isn't below `packs/`."""


@dataclass
class Pack:
    """A pack as read. `files`: kind -> name -> its source, None when it can't be read."""

    name: str
    folder: Path
    at: At
    definition: PackDefinition
    book: Wordbook
    files: dict[str, dict[str, Source | None]] = field(default_factory=dict)


def read_packs(folder: Path) -> tuple[list[Pack], list[Problem]]:
    """The home pack and those below `packs/`, by name."""
    problems: list[Problem] = []
    folders = [(HOME, folder)]
    if (folder / "packs").is_dir():
        folders += [(f.name, f) for f in sorted((folder / "packs").iterdir()) if f.is_dir()]
    packs = [_pack(name, where, problems) for name, where in folders]
    known = {p.name for p in packs}
    for pack in packs:
        for wanted in pack.definition.requires:
            if wanted not in known:
                place = (pack.at / "requires" / wanted).place(key=True)
                problems.append(Problem(codes.UNKNOWN_PACK, place, {"name": wanted}))
    return packs, problems


def stamp(folder: Path) -> bytes | None:
    """A digest of the names and contents of all files below `folder`; None where one can't be read."""
    found = blake2b()
    try:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            content = file.read_bytes()
            found.update(f"{file.relative_to(folder)}\0{len(content)}\0".encode())
            found.update(content)
    except OSError:
        return None
    return found.digest()


def _pack(name: str, folder: Path, problems: list[Problem]) -> Pack:
    file = folder / "pack.yaml"
    source = _read(file, problems) if file.is_file() else None
    at = At(source or Source(str(file), {}, {}, "", ()))
    definition = None
    if source is not None:
        definition, found = parse(PackDefinition, at)
        problems.extend(found)
    if definition is None:
        definition = _what_is_sound(at)
    language = definition.language
    if language not in LANGUAGES:
        facts = {"name": language, "known": ", ".join(LANGUAGES)}
        problems.append(Problem(codes.LANGUAGE_UNKNOWN, (at / "language").place(), facts))
        language = LANGUAGES[0]
    pack = Pack(name, folder, at, definition, Wordbook(language))
    for kind in KINDS:
        pack.files[kind] = _definitions(folder / kind, problems)
    for path in _yaml(folder / "languages"):
        _language(pack, path, problems)
    _elsewhere(folder, problems)
    return pack


def _what_is_sound(at: At) -> PackDefinition:
    """Of a pack file with errors, the keys that are right by themselves, so that roles and options stay known."""
    found: dict[str, object] = {}
    for key, given in (at.value or {}).items():
        named = isinstance(given, list) and all(isinstance(one, str) for one in given)
        # `roles: [staff]` is a mistake that names them all the same
        for value in (given, {one: one for one in given}) if named else (given,):
            alone = At(Source(at.source.file, {key: value}, at.source.places, at.source.text, at.source.lines))
            definition, _ = parse(PackDefinition, alone)
            if definition is not None:
                found[key] = getattr(definition, key)
                break
    return PackDefinition.model_validate({}).model_copy(update=found)


def _yaml(folder: Path) -> list[Path]:
    return sorted(p for p in folder.glob("*.y*ml") if p.is_file()) if folder.is_dir() else []


def _read(path: Path, problems: list[Problem]) -> Source | None:
    try:
        return read(path)
    except Refused as refused:
        problems.extend(refused.problems)
        return None


def _definitions(folder: Path, problems: list[Problem]) -> dict[str, Source | None]:
    found: dict[str, Source | None] = {}
    for path in _yaml(folder):
        wrong = check_name(path.stem, Place(str(path), 1, 1))
        if wrong is not None:
            problems.append(wrong)
            continue
        found[path.stem] = _read(path, problems)
    return found


def check_name(name: str, place: Place, reserved: Mapping[str, str] | frozenset[str] = frozenset()) -> Problem | None:
    """What is wrong with a name: its characters, its length, or that it has a meaning of its own."""
    if not NAME.match(name):
        example = re.sub(r"\W+", "_", name.lower()).strip("_0123456789") if name.isascii() else ""
        return Problem(codes.BAD_NAME, place, {"name": name, "example": example or "contact_phone"})
    if len(name) > LONGEST:
        return Problem(codes.NAME_TOO_LONG, place, {"name": name, "limit": LONGEST})
    if name in reserved:
        return Problem(codes.RESERVED_NAME, place, {"name": name, "example": f"{name}_1"})
    return None


def _language(pack: Pack, path: Path, problems: list[Problem]) -> None:
    """A dictionary: words in the pack's language -> words in the file's."""
    if path.stem not in LANGUAGES:
        facts = {"name": path.stem, "known": ", ".join(LANGUAGES)}
        problems.append(Problem(codes.LANGUAGE_UNKNOWN, Place(str(path), 1, 1), facts))
        return
    try:
        source = read(path)
    except Refused as refused:
        if [p.code for p in refused.problems] != [yaml_codes.EMPTY_FILE]:
            problems.extend(refused.problems)
        return
    words: dict[str, str] = {}
    for key, value in source.value.items():
        written = source.written((key,))
        if isinstance(value, str) or written:
            words[key] = value if isinstance(value, str) else str(written)
        else:
            wrong: dict[str, Any] = {"key": key, "wanted": text("文字", "text"), "found": described(value)}
            problems.append(Problem(codes.WRONG_KIND, source.place((key,)), wrong))
    pack.book.dictionaries[path.stem] = Dictionary(At(source), words)


def _elsewhere(folder: Path, problems: list[Problem]) -> None:
    """Files that can't be run yet, and files in a place that nobody reads."""
    for name, says in FOLDERS.items():
        for path in sorted((folder / name).rglob("*.y*ml")) if (folder / name).is_dir() else []:
            problems.append(Problem(codes.NOT_YET, Place(str(path), 1, 1), {"key": f"{name}/", "says": says}))
    known = (*KINDS, "languages", *FOLDERS, "templates", "packs")
    facts = {"known": ", ".join(f"{n}/" for n in (*KINDS, "languages")) + ", pack.yaml"}
    for path in sorted(folder.glob("*.y*ml")):
        if path.name != "pack.yaml":
            problems.append(Problem(codes.UNKNOWN_FOLDER, Place(str(path), 1, 1), facts))
    for child in sorted(folder.iterdir()) if folder.is_dir() else []:
        if child.is_dir() and child.name not in known and nearest(child.name, known):
            for path in _yaml(child):
                problems.append(Problem(codes.UNKNOWN_FOLDER, Place(str(path), 1, 1), facts))


def demos(packs: list[Pack]) -> Demo | None:
    """The demos of all packs as one; None when no pack has any."""
    demos = [p.definition.demo for p in packs if p.definition.demo is not None]
    if not demos:
        return None
    departments: dict[str, Any] = {}
    persons: dict[str, Any] = {}
    records: dict[str, tuple[dict[str, Any], ...]] = {}
    steps: tuple[Any, ...] = ()
    for demo in demos:
        departments |= demo.departments
        persons |= demo.people
        for form, rows in demo.records.items():
            records[form] = (*records.get(form, ()), *rows)
        steps += demo.steps
    return Demo(departments=departments, people=persons, records=records, steps=steps)
