"""A form's print templates: every formula in them checked against the definitions, at its place in the template.

Why now: a name that was misspelt in Word would otherwise be found by whoever prints the contract for the customer. A row
of a table that names a list's column is repeated for the list's rows; there the list's name is the row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.definitions.compiler import Compiler, lists_of
from engine.definitions.drafts import Draft
from engine.definitions.form import Print as PrintDefinition
from engine.definitions.model import Drawn, Paper, Print
from engine.definitions.parsing import At, near
from engine.expressions.check import check
from engine.expressions.template import Hole, template
from engine.expressions.tree import Get, Typed
from engine.expressions.types import NUMBER, TEXT, Scope, record
from engine.prints import KINDS
from engine.prints.base import Forbidden, Kind, Piece, Unreadable
from engine.problems import Place, Problem, Refused
from engine.problems import prints as wrong
from engine.texts import LANGUAGES, Text

FOLDER = "templates"
NTH = "nth"
"""The variable that is the number of a repeated row, from 1."""

PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
LARGEST = 10 << 20

_DRAW = re.compile(r"(?:(qr|code128|ean13)\s*)?(?:([0-9]{1,3}(?:\.[0-9])?)\s*(mm|cm))?")
_WIDTHS = {"": Decimal(40), "qr": Decimal(25), "code128": Decimal(50), "ean13": Decimal(38)}
"""Millimetres where a hole says no width."""


class PrintCompiler:
    """Compiles one form's prints."""

    def __init__(self, compiler: Compiler, draft: Draft) -> None:
        self.compiler, self.draft, self.name = compiler, draft, draft.name
        self.folder = draft.pack.folder
        self.scope = compiler.scope(self.name)

    def prints(self, declared: Mapping[str, PrintDefinition]) -> dict[str, Print]:
        """The prints by name; those that are wrong are left out."""
        self.compiler.named(declared, self.draft.at / "prints")
        found = {}
        for name, given in declared.items():
            at = self.draft.at / "prints" / name
            made = self._print(name, given, at)
            if made is not None:
                found[name] = made
        return found

    def _print(self, name: str, given: PrintDefinition, at: At) -> Print | None:
        folder = self.folder / FOLDER
        known = sorted(p.name for p in folder.iterdir() if p.suffix in KINDS) if folder.is_dir() else []
        file = given.template.removeprefix(f"{FOLDER}/")
        if file not in known:
            facts: dict[str, Any] = {
                "name": given.template[:80],
                "nearest": near(file, known),
                "kinds": " ".join(KINDS),
            }
            self.compiler.refuse(wrong.NO_PRINT_TEMPLATE, (at / "template").place(), **facts)
            return None
        kind = KINDS[Path(file).suffix]
        own = self.draft.pack.book.language
        papers = {}
        for language in LANGUAGES:
            path = folder / (file if language == own else f"{Path(file).stem}.{language}{kind.ending}")
            if path.is_file():
                paper = self._paper(path, kind)
                if paper is not None:
                    papers[language] = paper
        if own not in papers:
            return None
        title = self.draft.pack.book.title(given.title, name, at / "title" if given.title else at)
        return Print(name, title, kind.ending, {own: papers[own], **papers})

    # -- one file ------------------------------------------------------------------------------------------------------

    def _paper(self, path: Path, kind: Kind) -> Paper | None:
        content = path.read_bytes()
        file = str(path)
        if len(content) > LARGEST:
            self.compiler.refuse(wrong.BAD_PRINT_TEMPLATE, Place(file), reason=f"> {LARGEST >> 20} MB")
            return None
        try:
            content = kind.holding(content, self._beside(path, kind.needs(content)))
            pieces = list(kind.pieces(content))
        except Unreadable as error:
            self.compiler.refuse(wrong.BAD_PRINT_TEMPLATE, Place(file), reason=str(error)[:120])
            return None
        except Forbidden as error:
            self.compiler.refuse(wrong.PRINT_FORBIDDEN, Place(file, error.line, 1), what=error.what)
            return None
        before = len(self.compiler.problems)
        rows = self._rows(pieces)
        lists = {row: check(f"LIST(from {name})", self.scope) for row, name in rows.items()}
        holes: dict[tuple[int | None, str], Hole | Drawn] = {}
        for piece in pieces:
            row = piece.row if piece.row in rows else None
            hole = self._hole(piece, self._inner(rows[row]) if row is not None else None, file)
            if hole is not None:
                holes[row, piece.words] = hole
        if len(self.compiler.problems) > before:
            return None
        return Paper(content, holes, lists, rows)

    def _beside(self, path: Path, names: Iterable[str]) -> dict[str, tuple[bytes, str]]:
        found = {}
        for name in names:
            picture = path.parent / name
            type = PICTURES.get(picture.suffix.lower())
            if type is None or not picture.is_file() or picture.stat().st_size > LARGEST:
                known = sorted(p.name for p in path.parent.iterdir() if p.suffix.lower() in PICTURES)
                facts: dict[str, Any] = {"name": name[:80], "nearest": near(name, known)}
                self.compiler.refuse(wrong.NO_PRINT_PICTURE, Place(str(path)), **facts)
            else:
                found[name] = (picture.read_bytes(), type)
        return found

    def _rows(self, pieces: Iterable[Piece]) -> dict[int, str]:
        """Number of a table row -> the list whose column it names, so that it repeats."""
        found: dict[int, str] = {}
        for piece in pieces:
            if piece.row is None or self._fits(piece.words, self.scope):
                continue
            for path in self._named(piece.words):
                before = found.get(piece.row)
                if before is not None and not path.startswith(f"{before}."):
                    continue
                inner = self._inner(path)
                if inner is not None and self._fits(piece.words, inner):
                    found[piece.row] = path
                    break
        return found

    def _named(self, words: str) -> Iterator[str]:
        """The lists that a hole may name: of the form, or (`items.weight`) within the lines of one: `parcels.items`."""
        within = [path for path in lists_of(self.draft.slots) if "." in path]
        for name in dict.fromkeys(re.findall(r"\b([a-z]\w*)\s*\.", words)):
            if self.compiler.shapes.all[self.name].member(name) is not None:
                yield name
            else:
                yield from (path for path in within if path.endswith(f".{name}"))

    def _inner(self, path: str) -> Scope | None:
        """The scope of a row that repeats for a list; None when there is no such list. In a row for lines within lines, the
        line around is called as its list is."""
        try:
            of = check(f"LIST(from {path})", self.scope).type.of
        except Refused:
            return None
        if of is None or of.shape is None:
            return None
        rows, shape = {NTH: NUMBER}, of.shape
        for name in reversed(path.split(".")):
            rows[name] = record(shape)
            shape = shape.rpartition(".")[0]
        return Scope(self.compiler.shapes, self.scope.this, of.shape, {**self.scope.variables, **rows})

    def _fits(self, words: str, scope: Scope) -> bool:
        try:
            self._made(words, scope)
        except Refused:
            return False
        return True

    def _hole(self, piece: Piece, inner: Scope | None, file: str) -> Hole | Drawn | None:
        """A hole of the record, or of the row that repeats; None after reporting what is wrong with it."""
        with self.compiler.shapes.noticing() as asked:
            scopes = (self.scope,) if inner is None else (self.scope, inner)
            for scope in scopes:
                try:
                    return self._made(piece.words, scope)
                except Refused as refused:
                    last = refused
        if any(name in self.compiler.shapes.all and self.compiler.shapes.all[name].broken for name in asked):
            self.compiler.failed.add(self.compiler.owner)
            return None
        for found in last.problems:
            reason = Text({one: found.message(one) for one in LANGUAGES})
            remedy = Text({one: found.remedy(one) for one in LANGUAGES})
            place = Place(file, piece.line, 1 if piece.line else None)
            facts: dict[str, Any] = {
                "words": piece.words[:60],
                "where": piece.where,
                "reason": reason,
                "advice": remedy,
            }
            self.compiler.refuse(wrong.PRINT_HOLE, place, **facts)
        return None

    def _made(self, words: str, scope: Scope) -> Hole | Drawn:
        """A hole, as a value or as a picture. Raises Refused."""
        formula, format = _halves(words)
        drawn = _DRAW.fullmatch(format)
        if format and drawn is not None:
            typed = check(formula, scope, TEXT if drawn[1] else None)
            width = Decimal(drawn[2]) * (10 if drawn[3] == "cm" else 1) if drawn[2] else _WIDTHS[drawn[1] or ""]
            if not drawn[1] and not self._files(typed):
                raise Refused(Problem(wrong.NO_PRINT_FILES, Place(), {"words": formula}))
            return Drawn(typed, drawn[1] or "", width)
        if not format and self._files(typed := check(formula, scope)):
            return Drawn(typed, "", _WIDTHS[""])
        made = template("{" + words + "}", scope).parts[0]
        assert isinstance(made, Hole)
        return made

    def _files(self, typed: Typed) -> bool:
        """Whether a formula is a field of files."""
        node = typed.tree
        if not isinstance(node, Get) or node.of.type.shape is None:
            return False
        slot = self.compiler.slots_of(node.of.type.shape).get(node.name)
        return slot is not None and slot.field.uploads() is not None


def _halves(words: str) -> tuple[str, str]:
    """The formula and the format behind its colon ("": none); a colon in quotes is the formula's."""
    quote = ""
    for at, char in enumerate(words):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == ":":
            return words[:at].strip(), words[at + 1 :].strip()
    return words.strip(), ""
