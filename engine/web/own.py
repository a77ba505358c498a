"""What a person has kept for the list of this request, read once.

Why: the address, the tabs, the columns and the menus all ask for it.
"""

from __future__ import annotations

from engine.definitions.model import Form
from engine.runtime import personal
from engine.runtime.access import may
from engine.runtime.personal import Own
from engine.web.visit import Visit


def own_of(visit: Visit, form: Form) -> Own:
    """The views and columns that this person keeps for the form."""
    kept: dict[str, Own] = visit.request.scope.setdefault("formloom.own", {})
    if form.name not in kept:
        seen = may(form, visit.actor, "view")
        kept[form.name] = visit.engine.read(visit.actor, lambda w: personal.own(w, form)) if seen else Own()
    return kept[form.name]
