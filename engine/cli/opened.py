"""The engine that a command works with, and who acts."""

from __future__ import annotations

from engine.engine import ENGINE, Engine
from engine.problems import Refused, problem
from engine.problems.cli import NO_USER
from engine.runtime import people
from engine.runtime.values import Actor
from engine.settings import read_settings


class opened:
    """The engine beside a server that may be running, closed at the end."""

    def __enter__(self) -> Engine:
        self.engine = Engine(read_settings(), exclusive=False)
        return self.engine

    def __exit__(self, *_: object) -> None:
        self.engine.close()


def actor_of(engine: Engine, login: str | None, channel: str) -> Actor:
    """The person with that login, None: an administrator who is nobody. Refused: there is none."""
    if login is None:
        return Actor(None, "Formloom", "", ENGINE.roles | {"everyone"}, channel=channel)
    with engine.store.read() as conn:
        person = people.find_person(conn, login)
    actor = engine.actor(person, channel) if person is not None else None
    if actor is None:
        raise Refused(problem(NO_USER, login=login))
    return actor
