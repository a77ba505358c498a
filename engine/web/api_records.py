"""Records over the API: list, create, read, change, delete, press buttons, history, drafts.

Why the engine's units of work are called here rather than its verbs: the answer (and what the repeat guard keeps) must show
the record as it is in the very transaction that changed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from engine.definitions.model import SYSTEM, Form, Transition
from engine.problems import Problem, Refused, nearest, problem
from engine.problems.api import (
    NO_IF_MATCH,
    STALE,
    SYSTEM_MEMBER,
    UNKNOWN_VERSION,
)
from engine.problems.record import CONFLICT, NO_BUTTON, UNKNOWN_FIELD
from engine.runtime import access
from engine.runtime.access import forbidden, hidden_in, may, sets
from engine.runtime.act import act, buttons
from engine.runtime.change import change, remove, seen, unchanged
from engine.runtime.opening import conceal, draft, history, whole
from engine.runtime.record import Record
from engine.runtime.submit import submit
from engine.runtime.work import Work
from engine.web import api_schema
from engine.web.api_bodies import besides, line_ids, members, without
from engine.web.api_call import JSON, Call, answer
from engine.web.api_lists import asked
from engine.web.api_repeat import once
from engine.web.api_values import button_json, draft_json, event_json, record_json

_contracts: dict[tuple[Any, ...], dict[str, Any]] = {}
"""Schemas of bodies, for the catalogs and roles met lately."""


# -- reading -----------------------------------------------------------------------------------------------------------


def listing(call: Call) -> Response:
    """One page of the records that the asker may view."""
    form = _viewed(call)
    ask, columns = asked(call, form)
    page = call.engine.page(call.actor, form.name, ask, columns)
    if ask.page > page.page:
        page = type(page)(page.form, page.columns, (), page.total, ask.page, page.limit, page.sort)
    shown = set(columns)
    records = [record_json(form, row.record, row.hidden, shown - row.hidden) for row in page.rows]
    return answer({"records": records, "total": page.total, "page": page.page, "limit": page.limit})


def read(call: Call) -> Response:
    """One record with its lines and what is computed when it is read."""
    form, id = call.form(), call.id()
    call.query(())

    def unit(work: Work) -> tuple[dict[str, Any], int]:
        _, record = seen(work, form.name, id)
        return _shown(work, form, record), record.version

    made, version = call.engine.read(call.actor, unit)
    return answer(made, etag=f'"{version}"')


def events(call: Call) -> Response:
    """What happened to a record, the newest first."""
    form, id = call.form(), call.id()
    call.query(())
    found = call.engine.read(call.actor, lambda w: history(w, form.name, id))
    return answer({"events": [event_json(e) for e in found]})


def transitions(call: Call) -> Response:
    """The buttons that a record's page offers this person, and why the others are closed."""
    form, id = call.form(), call.id()
    call.query(())

    def unit(work: Work) -> list[dict[str, Any]]:
        _, record = seen(work, form.name, id)
        return [button_json(b, call.language) for b in buttons(work, form, record)]

    return answer({"transitions": call.engine.read(call.actor, unit)})


def try_out(call: Call) -> Response:
    """What a record would become with these values, without keeping anything: new, or over a stored one."""
    form = call.form()
    id = call.id() if "id" in call.request.path_params else None
    call.query(())
    raw = call.json(empty=True)
    known = {n for n in form.fields if n not in _hidden(call, form)}
    found = [n for n in raw if n not in known]
    if found:
        raise Refused(problem(UNKNOWN_FIELD, field=n[:80], name=n[:80], nearest=nearest(n, known)) for n in found)
    made = call.engine.read(call.actor, lambda w: draft_json(draft(w, form.name, raw=raw, id=id)))
    return answer(made)


# -- writing -----------------------------------------------------------------------------------------------------------


def create(call: Call) -> Response:
    """Create a record; with an Idempotency-Key only once."""
    form = call.form()
    confirmed = _confirmed(call)
    raw = call.json()
    found = _fit(call, form, "create", raw)

    def unit(work: Work) -> tuple[int, str]:
        with besides(found):
            record = submit(work, form.name, without(raw, found), confirmed=confirmed).record
        return 201, orjson.dumps(_created(work, form, record)).decode()

    status, body, again = once(call, unit)
    found = orjson.loads(body)
    headers = {"location": f"/api/forms/{form.name}/records/{found['id']}"}
    if "_version" in found:
        headers["etag"] = f'"{found["_version"]}"'
    if again:
        headers["idempotency-replayed"] = "true"
    return Response(body, status, headers, JSON)


def update(call: Call) -> Response:
    """Change the fields that are sent; the version is named by If-Match."""
    form, id = call.form(), call.id()
    confirmed = _confirmed(call)
    raw = call.json()
    found = _fit(call, form, "change", raw)

    def unit(work: Work) -> tuple[dict[str, Any] | None, int]:
        with besides(found):
            _match(call, work, form, id, required=True)
            record = change(work, form.name, id, without(raw, found), confirmed=confirmed).record
        return after(work, form, record), record.version

    made, version = call.engine.write(call.actor, unit)
    return answer(made, etag=f'"{version}"')


def delete(call: Call) -> Response:
    """Delete a record."""
    form, id = call.form(), call.id()
    call.query(())

    def unit(work: Work) -> None:
        _match(call, work, form, id, required=False)
        remove(work, form.name, id)

    call.engine.write(call.actor, unit)
    return Response(status_code=204)


def press(call: Call) -> Response:
    """Press a button: a transition of the workflow or an action of the form. With an Idempotency-Key only once."""
    form, id, name = call.form(), call.id(), call.path("name")
    call.query(())
    transition = button_of(call, form, name)
    raw = call.json(empty=True)
    call.contract = cached(call, form, f"press:{name}", lambda: api_schema.press(form, transition, call.language))
    found = members(call, raw)
    fields, ask = raw.get("fields", {}), raw.get("ask", {})
    call.echo = {**fields, "ask": ask, "opinion": raw.get("opinion")}
    known = without(raw, found)

    def unit(work: Work) -> tuple[int, str]:
        with besides(found):
            done = act(
                work, form.name, id, name, raw=known.get("fields", {}), ask=known.get("ask", {}),
                opinion=raw.get("opinion"), version=raw.get("version"), confirmed=frozenset(raw.get("confirm", ())),
            )  # fmt: skip
        made: dict[str, Any] = {"record": None, "open": None}
        if work.row(form.name, id) is not None:
            made["record"] = after(work, form, done.record)
        if done.open is not None:
            made["open"] = {"form": done.open[0], "id": done.open[1]}
        return 200, orjson.dumps(made).decode()

    status, body, again = once(call, unit)
    return Response(body, status, {"idempotency-replayed": "true"} if again else None, JSON)


def button_of(call: Call, form: Form, name: str) -> Transition:
    """The button of this name. Refused: there is none, or nothing of the form is the asker's to see."""
    transition = form.button(name)
    if transition is None or not (form.tasked or may(form, call.actor, "view")):
        known = [*form.actions, *(form.workflow.transitions if form.workflow else ())]
        raise Refused(problem(NO_BUTTON, form=form.title, name=name[:80], nearest=nearest(name, known)))
    return transition


# -- inner -------------------------------------------------------------------------------------------------------------


def _viewed(call: Call) -> Form:
    form = call.form()
    if not may(form, call.actor, "view"):
        raise Refused(forbidden(call.catalog, form, "view"))
    return form


def _shown(work: Work, form: Form, record: Record) -> dict[str, Any]:
    """A stored record as the actor sees it."""
    rights = access.rights(work, form, record)
    twin = whole(work, form, record)
    conceal(twin, rights.hidden)
    return record_json(form, twin, rights.hidden)


def after(work: Work, form: Form, record: Record) -> dict[str, Any] | None:
    """The same after a change, which may have taken it out of what the actor may see."""
    stored = work.row(form.name, record.id) if record.id is not None else None
    if stored is None or "view" not in access.rights(work, form, stored).can:
        return None
    return _shown(work, form, stored)


def _created(work: Work, form: Form, record: Record) -> dict[str, Any]:
    """A new record; whoever may only hand records in learns its number alone."""
    return after(work, form, record) or {"id": record.id}


def _hidden(call: Call, form: Form) -> frozenset[str]:
    """The fields whose very names are nothing to this person."""
    held = sets(form, call.actor)
    return hidden_in(form, held, "view") & hidden_in(form, held, "create")


def _confirmed(call: Call) -> frozenset[str]:
    """The warnings that the sender has taken note of: `?confirm=rule:a,rule:b`."""
    given = call.query(("confirm",)).get("confirm", "")
    return frozenset(part for part in given.split(",") if part)


def _match(call: Call, work: Work, form: Form, id: int, *, required: bool) -> None:
    """The version named by If-Match must be the present one. Refused: 428, 412, or 409 for one that never was."""
    _, record = seen(work, form.name, id)
    header = call.request.headers.get("if-match")
    if header is None:
        if required:
            raise Refused(problem(NO_IF_MATCH))
        return
    if header.strip() == "*":
        return
    versions = [v for part in header.split(",") if (v := _version(part)) is not None]
    if record.version in versions:
        return
    past = [v for v in versions if v < record.version]
    if not past:
        raise Refused(problem(UNKNOWN_VERSION, given=header.strip()[:40], version=record.version))
    try:
        unchanged(work, form, record, max(past))
    except Refused as refused:
        raise Refused([_stale(p) for p in refused.problems]) from None


def _version(part: str) -> int | None:
    """The version in an ETag of ours, which a proxy may have made a weak one; None: it is none."""
    words = part.strip().removeprefix("W/")
    inner = words[1:-1]
    ours = len(words) > 2 and words[0] == words[-1] == '"' and inner.isascii() and inner.isdigit() and len(inner) < 19
    return int(inner) if ours else None


def _stale(found: Problem) -> Problem:
    return problem(STALE, **found.facts) if found.code == CONFLICT else found


def _fit(call: Call, form: Form, purpose: str, raw: Mapping[str, Any]) -> list[Problem]:
    """The members that nobody can send; all else is judged by the fields. Raises Refused: a line's id is none, so that
    nobody knows which line is meant."""
    call.contract = cached(call, form, purpose, lambda: api_schema.writes(form, call.actor, purpose))
    hidden = _hidden(call, form)
    found: list[Problem] = []
    for path in api_schema.unknown_keys(call.contract, raw):
        parts = path.split(".")
        name = parts[0] if len(parts) == 1 else f"{parts[0]}.{parts[-1]}"
        if name in SYSTEM or name in ("_version", "_title"):
            found.append(problem(SYSTEM_MEMBER, field=path, name=name))
        elif name in hidden or not _is_field(form, name):
            known = list(call.contract["properties"])
            near = nearest(parts[-1], known)
            found.append(problem(UNKNOWN_FIELD, field=path, name=parts[-1][:80], nearest=near))
    unclear = line_ids(call.contract, raw)
    if unclear:
        raise Refused([*found, *unclear])
    return found


def _is_field(form: Form, name: str) -> bool:
    return form.named(name) is not None


def cached(call: Call, form: Form, purpose: str, make: Any) -> dict[str, Any]:
    """The schema of a body, made once for each catalog, role and language."""
    key = (call.catalog.digest, form.name, purpose, call.actor.roles, call.language)
    found = _contracts.get(key)
    if found is None:
        if len(_contracts) > 2000:
            _contracts.clear()
        found = _contracts[key] = make()
    return found
