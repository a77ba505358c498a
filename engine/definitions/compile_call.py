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
OF_ROBOTS, OF_REQUESTS = ("message", "subject"), ("method", "send", "take")
"""Keys that go with a call of a robot, and of any other system."""

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
            elif given.robot is None:
                for key in ("key", "language"):
                    if getattr(given, key) is not None:
                        compiler.refuse(codes.ROBOT_ONLY, (at / name / key).place(key=True), key=key)
                if not URL.fullmatch(given.url or ""):
                    place = (at / name / "url").place() if given.url else (at / name).place(key=True)
                    compiler.refuse(codes.CONNECTION_URL, place, url=given.url or "–")
            elif given.key is None:
                compiler.refuse(codes.ROBOT_KEY, (at / name / "robot").place(), name=name)
            elif given.url and not URL.fullmatch(given.url.partition("?")[0].replace("{key}", "key")):
                compiler.refuse(codes.CONNECTION_URL, (at / name / "url").place(), url=given.url)
            url, language = (given.url or "").rstrip("/"), given.language or pack.book.language
            found.setdefault(name, Connection(url, given.secret, given.robot, given.key, language))
    return found


def compile_call(compiler: Compiler, action: Action, at: At, form: str, scope: Scope, pack: Pack) -> Effect | None:
    """The effect; None after reporting that nothing can be called."""
    name, _, path = str(action.call).partition("/")
    if not compiler.known(codes.UNKNOWN_CONNECTION, name, compiler.connections, at / "call"):
        return None
    robot = compiler.connections[name].robot
    for key in OF_REQUESTS if robot else OF_ROBOTS:
        if getattr(action, key) is not None:
            compiler.refuse(codes.CALL_KEY, (at / key).place(key=True), key=key, name=name)
            return None
    if robot:
        return _said(compiler, action, at, name, path, scope, pack)
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


def _said(
    compiler: Compiler, action: Action, at: At, name: str, path: str, scope: Scope, pack: Pack
) -> Effect | None:  # fmt: skip
    """What a robot says."""
    if path:
        compiler.refuse(codes.CALL_KEY, (at / "call").place(), key=path, name=name)
        return None
    if action.message is None:
        compiler.refuse(codes.VERB_NEEDS, (at / "call").place(key=True), verb="call", key="message")
        return None
    message = compiler.wording(action.message, scope, at / "message", pack)
    subject = compiler.wording(action.subject, scope, at / "subject", pack)
    return Effect("call", connection=name, subject=subject, message=message) if message is not None else None
