"""Who listens for what others do, and what they haven't heard of yet.

Why: a page should show what a colleague did a moment ago, without asking all the time. Each unit of work that was
committed is published here once: which records it touched and whom it told something. A listener keeps only what it
hasn't taken yet, the newest of each record, so nobody who is slow holds up or fills up anything; whether its person may
see those records is asked when it takes them (`runtime.news`). What happens on other servers of the same database is
heard from them (`hear`). No threads of its own.
"""

from __future__ import annotations

import json
import secrets
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import NamedTuple

KEPT = 512
"""How many records' changes are remembered for pages that were loaded, or lost their connection, a moment ago."""

WAITING = 256
"""How many records may wait for one listener; with more it is only told that it missed some."""

SAYING, SHORTEST = 7800, 16
"""How many characters one saying between servers may have, and what is told of one record needs at least."""

_MISSED = json.dumps(["missed", None])

EACH = 8
"""How many pages of one person may listen at once; a further one ends the oldest."""

FULL, SIGNED_OUT, STOPPED = "full", "signed_out", "stopped"
"""Why a listener was ended: too many of this person, their session is over, the server stops."""


class Written(NamedTuple):
    """A row of history that was committed: `action` is its word, `actor` None the engine; `version` the record's."""

    form: str
    record: int
    version: int
    action: str
    actor: int | None


@dataclass(frozen=True)
class Taken:
    """What a listener had not heard of: the newest of each record. `missed`: there was more than could be kept."""

    written: tuple[Written, ...]
    missed: bool
    mark: str


class Listener:
    """One page of one person. `ended` says why it is over; "" while it isn't. `wake` is called from any thread."""

    def __init__(self, person: int, session: str, wake: Callable[[], None]) -> None:
        self.person, self.session, self.ended = person, session, ""
        self._wake = wake
        self._written: dict[tuple[str, int], Written] = {}
        self._missed = False

    def hear(self, written: Iterable[Written]) -> None:
        """Remember what happened, and wake whoever waits."""
        for one in written:
            self._written.pop((one.form, one.record), None)
            self._written[one.form, one.record] = one
        if len(self._written) > WAITING:
            self.miss()
        self.wake()

    def miss(self) -> None:
        """There was more than can be told."""
        self._written.clear()
        self._missed = True

    def end(self, why: str) -> None:
        """It is over."""
        self.ended = self.ended or why
        self.wake()

    def wake(self) -> None:
        """Wake whoever waits; nobody may wait any more when a server stops."""
        try:
            self._wake()
        except RuntimeError:
            self.ended = self.ended or STOPPED

    def empty(self) -> tuple[tuple[Written, ...], bool]:
        """Give what waits, and forget it."""
        found, missed = tuple(self._written.values()), self._missed
        self._written, self._missed = {}, False
        return found, missed


def packed(written: Collection[Written], told: Collection[int]) -> str:
    """What happened, for other servers; only that there was something when it is too much for one saying."""
    if len(written) > SAYING // SHORTEST:
        return _MISSED
    rows = [(one.form, one.record, one.version, one.action, one.actor) for one in written]
    said = json.dumps(["done", {"written": rows, "told": sorted(told)}], separators=(",", ":"))
    return said if len(said) <= SAYING else _MISSED


class Live:
    """All listeners of this process. Safe to use from several threads. `tell` tells other servers what happened here."""

    def __init__(self, tell: Callable[[str], None] = lambda said: None) -> None:
        self._tell = tell
        self._lock = Lock()
        self._name = secrets.token_hex(4)
        self._number = 0
        self._past: deque[tuple[int, Written]] = deque(maxlen=KEPT)
        self._listeners: list[Listener] = []
        self._stopped = False

    def mark(self) -> str:
        """The present place in what happens: a page that listens from here on misses nothing of what it hasn't read."""
        with self._lock:
            return f"{self._name}-{self._number}"

    def publish(self, written: Collection[Written], told: Collection[int] = ()) -> None:
        """Tell that a unit of work was committed; `told` are persons whose notices changed. Nothing is told of
        nothing."""
        if not written and not told:
            return
        self._spread(written, told)
        self._tell(packed(written, told))

    def hear(self, said: str) -> None:
        """What another server told: what happened there, whose session ended, or that it was too much to tell."""
        kind, found = json.loads(said)
        if kind == "done":
            self._spread([Written(*one) for one in found["written"]], set(found["told"]))
        elif kind == "signed_out":
            self._sign_out(found)
        else:
            self.miss()

    def miss(self) -> None:
        """Something happened elsewhere that nobody here knows: every listener has missed it."""
        with self._lock:
            self._number += 1
            self._past.clear()
            for listener in self._listeners:
                listener.miss()
                listener.wake()

    def _spread(self, written: Collection[Written], told: Collection[int]) -> None:
        with self._lock:
            for one in written:
                self._number += 1
                self._past.append((self._number, one))
            for listener in self._listeners:
                if written:
                    listener.hear(written)
                elif listener.person in told:
                    listener.wake()

    def listen(self, person: int, session: str, wake: Callable[[], None], since: str = "") -> Listener:
        """Listen from now on, or from a mark (one that isn't known any more counts as having missed something).

        `session` names the session that the listener ends with; `wake` must be quick and may be called by any thread.
        """
        listener = Listener(person, session, wake)
        with self._lock:
            name, _, number = since.rpartition("-")
            if name == self._name and number.isdigit():
                missed = [(n, one) for n, one in self._past if n > int(number)]
                if len(missed) < self._number - int(number):
                    listener.miss()
                if missed or int(number) < self._number:
                    listener.hear(one for _, one in missed)
            elif since:
                listener.miss()
                listener.wake()
            mine = [one for one in self._listeners if one.person == person]
            for old in mine[: max(0, len(mine) - EACH + 1)]:
                self._listeners.remove(old)
                old.end(FULL)
            self._listeners.append(listener)
            if self._stopped:
                listener.end(STOPPED)
        return listener

    def take(self, listener: Listener) -> Taken:
        """What the listener hasn't heard of yet."""
        with self._lock:
            written, missed = listener.empty()
            return Taken(written, missed, f"{self._name}-{self._number}")

    def leave(self, listener: Listener) -> None:
        """It listens no more. Twice does no harm."""
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def sign_out(self, session: str) -> None:
        """End all listeners of a session, on other servers too."""
        self._sign_out(session)
        self._tell(json.dumps(["signed_out", session]))

    def _sign_out(self, session: str) -> None:
        self._end([one for one in self._listeners if one.session == session], SIGNED_OUT)

    def stop(self) -> None:
        """End all listeners, also those that come later: the server stops."""
        self._stopped = True
        self._end(list(self._listeners), STOPPED)

    def _end(self, listeners: list[Listener], why: str) -> None:
        with self._lock:
            for one in listeners:
                if one in self._listeners:
                    self._listeners.remove(one)
                one.end(why)

    def __len__(self) -> int:
        return len(self._listeners)
