"""What other systems tell us: a message to an automation's address, proven by a secret, done once, and logged as a run.

Why: whoever knows an address could tell us anything, so a message must prove that it was sent by who shares the secret; and
senders send again until they are answered, so one that was done is not done again. What it says is read by the fields that
the automation asks for, and what is done goes through the same doors and rules as whatever people do.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from engine.definitions.model import Automation, FormField
from engine.jobs.job import GiveUp
from engine.problems import Problem, Refused, problem
from engine.problems.hook import HOOK_MESSAGE, HOOK_UNPROVEN, HOOK_UNREADY
from engine.runtime import automations, calling, flow, runs
from engine.runtime.checks import blank, check_value, lacking
from engine.runtime.compute import assigned
from engine.runtime.reading import place
from engine.runtime.record import Record
from engine.runtime.repeat import guarded
from engine.runtime.values import ANY
from engine.runtime.work import Work

LARGEST = 1024 * 1024
"""How large a message may be, in bytes."""

AGE = 300
"""How many seconds the moment of a signed message may be away from now: an old one that was overheard is worth nothing."""

KEY = 200
"""How long a message's id may be."""


def proven(
    automation: Automation, secrets: Mapping[str, str], headers: Mapping[str, str], body: bytes, now: float
) -> str:
    """The id of a message that proves to be from who shares the secret; `headers` with small names.

    Raises Refused: it doesn't prove it, or the operator hasn't set the secret.
    """
    assert automation.hook is not None
    secret = secrets.get(automation.hook.secret.lower())
    if secret is None:
        raise Refused(problem(HOOK_UNREADY, name=automation.name, secret=f"SECRET_{automation.hook.secret.upper()}"))
    id = headers.get("webhook-id") or headers.get("idempotency-key") or ""
    fits = _token(secret, headers) if automation.hook.verify == "token" else _signed(secret, id, headers, body, now)
    if not fits or len(id) > KEY:
        raise Refused(problem(HOOK_UNPROVEN, name=automation.name))
    return id or hashlib.sha256(body).hexdigest()


def receive(work: Work, automation: Automation, id: str, body: bytes) -> bool:
    """Do what the automation says with a proven message; True: it was done before, and nothing is done now.

    Raises Refused with all that is wrong with the message, or for what its actions are refused.
    """

    def unit() -> tuple[int, str]:
        ask = _read(work, automation, _message(body))
        cause = {"event": "webhook", "form": None, "record": None, "id": id}
        automations.run(work, flow.DOORS, automation, work.blank(""), cause, ask=ask)
        return 200, ""

    digest = hashlib.sha256(body).hexdigest()
    *_, again = guarded(work, f"hook:{automation.name}", id, digest, lambda w: unit())
    flow.conclude(work, ANY)
    return again


def note_failure(work: Work, automation: Automation, id: str, error: str) -> None:
    """The log tells why a proven message was refused."""
    cause = {"event": "webhook", "form": None, "record": None, "id": id}
    runs.note(work, automation.name, cause, "refused", error=error)


def _token(secret: str, headers: Mapping[str, str]) -> bool:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(value.strip().encode(), secret.encode())


def _signed(secret: str, id: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """As Standard Webhooks has it: one of the signatures fits the id, the moment and the body, and the moment is near."""
    moment = headers.get("webhook-timestamp", "")
    if not id or not moment.isascii() or not moment.isdigit() or len(moment) > 12 or abs(int(moment) - now) > AGE:
        return False
    try:
        wanted = calling.signature(secret, id, int(moment), body.decode())
    except (GiveUp, UnicodeDecodeError):
        return False
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one.encode(), wanted.encode()) for one in given)


def _message(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused(problem(HOOK_MESSAGE))
    return found


def _read(work: Work, automation: Automation, message: Mapping[str, Any]) -> Record:
    """What the automation asks for, found in the message; what isn't there takes its default."""
    assert automation.hook is not None
    ask = Record(f"ask:hook.{automation.name}", None, {}, work)
    found: list[Problem] = []
    for name, item in automation.hook.ask.items():
        found += _take(work, item, ask, calling.picked(message, automation.hook.take.get(name, name)))
    if found:
        raise Refused(found)
    return ask


def _take(work: Work, item: FormField, ask: Record, raw: Any) -> list[Problem]:
    path = f"ask.{item.name}"
    try:
        value = item.field.parse(raw, place(work, item, path))
    except Refused as refused:
        return list(refused.problems)
    if value is None and item.default is not None:
        value = assigned(work, item.default, item, work.blank(""), ask=ask)
    ask.values[item.name] = value
    if blank(value):
        return [lacking(item, path)] if item.required is True else []
    return list(check_value(work, item, ask, (path,)))
