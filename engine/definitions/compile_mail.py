"""The action `mail` as written -> an effect: who is written to, and what they read in each language.

Why: addresses and a body from a file are kinds of their own. A file of `templates/` is in the pack's language; other
languages stand beside it (`offer.txt`, `offer.en.txt`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.definitions.actions import Action
from engine.definitions.compiler import Compiler
from engine.definitions.model import Effect, Wording
from engine.definitions.packs import Pack
from engine.definitions.parsing import At, near
from engine.definitions.shapes import DEPARTMENT, PERSON
from engine.expressions.check import check
from engine.expressions.template import Template
from engine.expressions.tree import Typed
from engine.expressions.types import Scope
from engine.fields.base_address import is_address
from engine.problems import Refused
from engine.problems import definition as codes
from engine.problems.prints import NO_SUCH_PRINT
from engine.source import read_text
from engine.texts import LANGUAGES

FOLDER = "templates"
_FILE = re.compile(r"\w[\w-]*\.txt\Z")


def compile_mail(compiler: Compiler, action: Action, at: At, pack: Pack, scope: Scope) -> Effect | None:
    """The effect; None after reporting that nobody can be written to or nothing is said."""
    if action.body is None:
        compiler.refuse(codes.VERB_NEEDS, (at / "mail").place(key=True), verb="mail", key="body")
        return None
    addresses = _addresses(compiler, action.mail, scope, at / "mail")
    subject = compiler.wording(action.subject, scope, at / "subject", pack)
    if isinstance(action.body, Mapping) and "file" in action.body:
        body = _file(compiler, action.body["file"], scope, at / "body" / "file", pack)
    else:
        body = compiler.wording(action.body, scope, at / "body", pack)
    attach = _attached(compiler, action, at, scope)
    if not addresses or subject is None or body is None or attach is None:
        return None
    return Effect("mail", addresses=addresses, subject=subject, message=body, attach=attach)


def _attached(compiler: Compiler, action: Action, at: At, scope: Scope) -> tuple[str, ...] | None:
    """The prints of the record that go with it; None after reporting one that isn't there."""
    form = (scope.this or "").partition(".")[0]
    known = compiler.prints.get(form, set())
    several = isinstance((at / "attach").value, list)
    for number, name in enumerate(action.attach or ()):
        if name not in known:
            here = at / "attach" / number if several else at / "attach"
            title = form or "–"
            compiler.refuse(NO_SUCH_PRINT, here.place(), form=title, name=name, nearest=near(name, sorted(known)))
            return None
    return tuple(action.attach or ())


def _addresses(compiler: Compiler, written: Any, scope: Scope, at: At) -> tuple[Typed, ...]:
    """Formulas that give texts or people, one or a list of them; plain addresses are formulas too."""
    several = isinstance(written, list | tuple)
    found = []
    for number, one in enumerate(written if several else (written,)):
        typed = _address(compiler, one, scope, at / number if several else at)
        if typed is not None:
            found.append(typed)
    return tuple(found)


def _address(compiler: Compiler, written: Any, scope: Scope, at: At) -> Typed | None:
    words = str(written)
    if words.startswith("="):
        typed = compiler.formula(words[1:].lstrip(), scope, at)
        if typed is None or _reaches(typed):
            return typed
        compiler.refuse(codes.NOT_ADDRESS, at.place(), found=words)
        return None
    if is_address(words):
        return compiler.literal(words, at)
    try:
        reads = _reaches(check(words, scope))
    except Refused:
        reads = False
    if reads:
        compiler.refuse(codes.FORMULA_UNMARKED, at.place(), found=words)
    else:
        compiler.refuse(codes.NOT_ADDRESS, at.place(), found=words)
    return None


def _reaches(typed: Typed) -> bool:
    """Whether a formula gives what can be written to: texts, persons, departments."""
    inner = typed.type.of if typed.type.kind == "list" else typed.type
    if inner is None:
        return False
    return inner.kind == "text" or (inner.kind == "record" and inner.shape in (PERSON, DEPARTMENT))


def _file(compiler: Compiler, name: str, scope: Scope, at: At, pack: Pack) -> Wording | None:
    folder = pack.folder / FOLDER
    known = sorted(p.name for p in folder.glob("*.txt")) if folder.is_dir() else []
    if not _FILE.match(name) or name not in known:
        own = [n for n in known if _FILE.match(n)]
        compiler.refuse(codes.NO_TEMPLATE, at.place(), name=name, nearest=near(name, own))
        return None
    found: dict[str, Template] = {}
    others = [language for language in LANGUAGES if language != pack.book.language]
    for language in (pack.book.language, *others):
        path = folder / (name if language == pack.book.language else name.removesuffix(".txt") + f".{language}.txt")
        if not path.is_file():
            continue
        try:
            source = read_text(path)
        except Refused as refused:
            for wrong in refused.problems:
                compiler.report(wrong)
            continue
        made = compiler.template(source.text, scope, At(source) / "text")
        if made is not None:
            found[language] = made
    return Wording(found) if found else None
