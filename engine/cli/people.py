"""`formloom user` and `formloom token`: who may sign in, and the tokens of programs."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from engine.cli.opened import actor_of, opened
from engine.engine import Engine
from engine.problems import Refused, problem
from engine.problems.cli import NO_USER
from engine.runtime import passwords, people, sessions


def commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands `user` and `token`."""
    user = command("user", _user, "Create people, change passwords, list them.")
    user.add_argument("what", choices=("create", "password", "list", "close"))
    user.add_argument("login", nargs="?")
    user.add_argument("--name", help="the person's name (default: the login)")
    user.add_argument("--role", action="append", default=[], help="may be repeated; admin for administrators")
    user.add_argument("--password", help="asked for if left out")
    token = command("token", _token, "Make, list and take back bearer tokens for the API.")
    token.add_argument("what", choices=("create", "list", "revoke"))
    token.add_argument("login", nargs="?", help="whose rights the token has; the token's number for revoke")
    token.add_argument("--name", default="token", help="what it is for")
    token.add_argument("--days", type=int, help="how many days it is good for (default: for ever)")


def _user(words: argparse.Namespace) -> int:
    with opened() as engine:
        if words.what == "list":
            with engine.store.read() as conn:
                for person in people.persons(conn):
                    closed = "" if person.active else "  (closed)"
                    print(f"{person.login:<20}{person.name}  {', '.join(person.roles)}{closed}")
            return 0
        if not words.login:
            raise Refused(problem(NO_USER, login="–"))
        return _change_user(engine, words)


def _change_user(engine: Engine, words: argparse.Namespace) -> int:
    now, known = engine.clock(), engine.catalog.roles
    if words.what == "create":
        password = passwords.checked(_password(words), words.login)
        engine.store.write(
            lambda conn: people.create_person(
                conn, now, known, login=words.login, name=words.name or words.login, roles=words.role, password=password
            )
        )
        return 0
    with engine.store.read() as conn:
        person = people.find_person(conn, words.login)
    if person is None:
        raise Refused(problem(NO_USER, login=words.login))
    if words.what == "close":
        changes: dict[str, Any] = {"active": False}
    else:
        changes = {"password": passwords.checked(_password(words), words.login)}
    engine.store.write(lambda conn: people.update_person(conn, person, changes, known))
    return 0


def _password(words: argparse.Namespace) -> str:
    return words.password if words.password is not None else getpass.getpass("password: ")


def _token(words: argparse.Namespace) -> int:
    with opened() as engine:
        if words.what == "list":
            with engine.store.read() as conn:
                for token in sessions.tokens_of(conn):
                    print(f"{token.id:<6}{token.name}  {token.created:%Y-%m-%d}")
            return 0
        if words.what == "revoke":
            number = int(words.login) if words.login and words.login.isdigit() else 0
            return 0 if engine.store.write(lambda conn: sessions.revoke(conn, number)) else 1
        actor = actor_of(engine, words.login or "", "api")
        assert actor.id is not None
        owner, expires = actor.id, engine.clock() + timedelta(days=words.days) if words.days else None
        _, value = engine.store.write(
            lambda conn: sessions.make_token(conn, owner, words.name, engine.clock(), expires)
        )
        print(value)
    return 0
