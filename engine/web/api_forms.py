"""The forms themselves over the API: which there are, what may be done with them, and their JSON Schemas."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

from engine.definitions.form import CAN
from engine.definitions.model import Form
from engine.problems import Refused, problem
from engine.problems.api import BAD_PARAMETER
from engine.runtime.access import hidden_in, may, sets
from engine.runtime.ask import views
from engine.texts import text
from engine.web import api_schema
from engine.web.api_call import Call, answer, concerns


def listing(call: Call) -> Response:
    """The forms that are this person's business, with rights and fields."""
    call.query(())
    return answer({"forms": [_form(call, f) for f in call.catalog.forms.values() if concerns(f, call.actor)]})


def read(call: Call) -> Response:
    """One form."""
    form = call.form()
    call.query(())
    return answer(_form(call, form))


def schema(call: Call) -> Response:
    """The JSON Schema of the form's records: `for=record` (the default), `create` or `change`."""
    form = call.form()
    purpose = call.query(("for",)).get("for", "record")
    if purpose not in api_schema.PURPOSES:
        expected = text("record、create 或 change", "record, create or change")
        raise Refused(problem(BAD_PARAMETER, field="for", name="for", expected=expected))
    made = api_schema.schema(call.catalog, form, call.actor, purpose)
    return Response(orjson.dumps(made), media_type="application/schema+json")


def _form(call: Call, form: Form) -> dict[str, Any]:
    held = sets(form, call.actor)
    hidden = hidden_in(form, held, "view") & hidden_in(form, held, "create")
    language = call.language
    fields = [
        {
            "name": f.name, "title": f.title.to(language), "type": f.field.name, "computed": f.formula is not None,
            "target": f.field.target(), "targets": list(f.field.targets()),
            "columns": [
                {"name": c.name, "title": c.title.to(language), "type": c.field.name, "target": c.field.target(),
                 "targets": list(c.field.targets())}
                for c in f.columns.values() if f"{f.name}.{c.name}" not in hidden
            ],
        }
        for f in form.fields.values() if f.name not in hidden
    ]  # fmt: skip
    states = form.workflow.states.values() if form.workflow is not None else ()
    return {
        "name": form.name,
        "title": form.title.to(language),
        "help": form.help.to(language) or None,
        "rights": [action for action in CAN if may(form, call.actor, action)],
        "fields": fields,
        "states": [{"name": s.name, "title": s.title.to(language), "final": s.final} for s in states],
        "prints": _prints(call, form),
        "views": [{"name": v.name, "title": v.title.to(language)} for v in views(form, call.actor)],
        "url": f"/api/forms/{form.name}",
    }


def _prints(call: Call, form: Form) -> list[dict[str, str]]:
    """What the form's records can be printed as; nothing for whoever may print none of them."""
    if not may(form, call.actor, "print"):
        return []
    return [{"name": p.name, "title": p.title.to(call.language)} for p in form.prints.values()]
