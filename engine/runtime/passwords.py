"""Passwords: what may be one, how it is kept, how one that was typed is compared.

Why: argon2id is slow and hungry on purpose. So it runs outside of any transaction, a few at a time, and takes as
long for a login that doesn't exist as for one that does.
"""

from __future__ import annotations

import secrets
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.problems import Refused, problem
from engine.problems.people import PASSWORD_IS_LOGIN, PASSWORD_LONG, PASSWORD_SHORT

SHORTEST, LONGEST = 8, 256
"""How many characters a password may have."""

AT_ONCE = 4
"""How many are computed at a time: each takes 19 MiB and a processor."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_GATE = BoundedSemaphore(AT_ONCE)
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))


def checked(password: str, login: str) -> str:
    """The hash of a new password, to be kept. Refused when it is too short, too long or the login itself."""
    if len(password) < SHORTEST:
        raise Refused(problem(PASSWORD_SHORT, field="password", limit=SHORTEST))
    if len(password) > LONGEST:
        raise Refused(problem(PASSWORD_LONG, field="password", limit=LONGEST))
    if password.strip().casefold() == login.strip().casefold():
        raise Refused(problem(PASSWORD_IS_LOGIN, field="password"))
    return hashed(password)


def hashed(password: str) -> str:
    """The argon2id hash of a password, whatever it is (t=2, m=19 MiB, p=1)."""
    with _GATE:
        return _HASHER.hash(password)


def verify(kept: str | None, password: str) -> bool:
    """Whether this is the password whose hash is kept. None (nobody, or no password yet) takes as long and is False."""
    with _GATE:
        try:
            return _HASHER.verify(kept or _NOBODY, password[: LONGEST + 1]) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(kept: str) -> bool:
    """Whether the hash was made with other settings than today's, so that it should be made anew."""
    return _HASHER.check_needs_rehash(kept)
