"""A button that takes several records, all or none, over the API."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

from engine.problems import Refused, problem
from engine.problems.api import BAD_MEMBER
from engine.problems.bulk import NOT_TOGETHER
from engine.runtime.bulk import MOST
from engine.runtime.together import together
from engine.runtime.work import Work
from engine.texts import text
from engine.web import api_schema
from engine.web.api_bodies import besides, members, without
from engine.web.api_call import JSON, Call
from engine.web.api_records import after, button_of, cached
from engine.web.api_repeat import once

ROWS = text("一组记录：{id, version}，每条一次", "a list of records, {id, version}, each once")


def press(call: Call) -> Response:
    """Press a button on the records named: all of them take it, or none. With an Idempotency-Key only once."""
    form, name = call.form(), call.path("name")
    call.query(())
    transition = button_of(call, form, name)
    if not transition.together:
        raise Refused(problem(NOT_TOGETHER, title=transition.title))
    raw = call.json()
    call.contract = cached(
        call, form, f"together:{name}", lambda: api_schema.together(form, transition, call.language, MOST)
    )
    versions = _versions(raw.get("records"))
    found = members(call, {n: v for n, v in raw.items() if n != "records"})
    fields, ask = raw.get("fields", {}), raw.get("ask", {})
    call.echo = {**fields, "ask": ask, "opinion": raw.get("opinion")}

    known = without(raw, found)

    def unit(work: Work) -> tuple[int, str]:
        with besides(found):
            done = together(
                work, form.name, versions, name, raw=known.get("fields", {}), ask=known.get("ask", {}),
                opinion=raw.get("opinion"), confirmed=frozenset(raw.get("confirm", ())),
            )  # fmt: skip
        made: dict[str, Any] = {"records": [after(work, form, record) for record in done.records], "open": None}
        if done.open is not None:
            made["open"] = {"form": done.open[0], "id": done.open[1]}
        return 200, orjson.dumps(made).decode()

    status, body, again = once(call, unit)
    return Response(body, status, {"idempotency-replayed": "true"} if again else None, JSON)


def _versions(rows: Any) -> dict[int, int | None]:
    """Record -> the version that was seen (None: whatever it is). Refused: it isn't a list of records, each once."""
    found: dict[int, int | None] = {}
    for row in rows if isinstance(rows, list) and rows else [None]:
        id, version = (row.get("id"), row.get("version")) if isinstance(row, dict) else (None, None)
        sound = isinstance(row, dict) and api_schema.is_id(id) and not set(row) - {"id", "version"}
        if not sound or id in found or not (version is None or api_schema.is_id(version)):
            raise Refused(problem(BAD_MEMBER, field="records", name="records", expected=ROWS))
        found[int(id or 0)] = version
    return found
