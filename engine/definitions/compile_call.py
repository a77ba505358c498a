"""The action `call` and the connections of packs, as written -> what is called, with what, and what the answer fills."""

from __future__ import annotations

import re

from engine.definitions.actions import Action
from engine.definitions.compiler import Compiler
from engine.definitions.model import Connection, Effect
from engine.definitions.packs import Pack
from engine.definitions.parsing import At
from engine.expressions.tree import Typed
from engine.expressions.types import Scope
from engine.problems import definition as codes

URL = re.compile(r"https?://[^\s/@?#]+(/[^\s?#]*)?")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def connections(compiler: Compiler, packs: list[Pack]) -> dict[str, Connection]:
    """The connections of all packs by name."""
    found: dict[str, Connection] = {}
    for pack in packs:
        at = pack.at / "connections"
        compiler.named(pack.definition.connections, at)
        for name, given in pack.definition.connections.items():
            if name in found:
                compiler.refuse(codes.DUPLICATE_DEFINITION, (at / name).place(key=True), name=name, other="pack.yaml")
            elif not URL.fullmatch(given.url):
                compiler.refuse(codes.CONNECTION_URL, (at / name / "url").place(), url=given.url)
            found.setdefault(name, Connection(given.url.rstrip("/"), given.secret))
    return found


def compile_call(compiler: Compiler, action: Action, at: At, form: str, scope: Scope) -> Effect | None:
    """The effect; None after reporting that nothing can be called."""
    name, _, path = str(action.call).partition("/")
    if not compiler.known(codes.UNKNOWN_CONNECTION, name, compiler.connections, at / "call"):
        return None
    where = compiler.template(path, scope, at / "call")
    sent: dict[str, Typed] = {}
    for key, given in (action.send or {}).items():
        here = at / "send" / key
        formula = isinstance(given, str) and given.startswith("=")
        typed = compiler.formula(given[1:].lstrip(), scope, here) if formula else compiler.literal(given, here)
        if typed is not None:
            sent[key] = typed
    among = compiler.slots_of(form) if "." not in form else {}
    for field in action.take or {}:
        if field not in among or among[field].columns or among[field].field.formula is not None:
            compiler.missing(field, form, among, at / "take" / field)
    if where is None:
        return None
    take = {field: str(part) for field, part in (action.take or {}).items()}
    return Effect("call", connection=name, path=where, method=action.method or "POST", names=sent, take=take)
