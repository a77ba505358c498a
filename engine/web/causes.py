"""What in the definitions did something, in words that people know: the automation 每晚回收, entering 经理审批.

Why: history, the answer why a value is so, and programs over the API tell it alike.
"""

from __future__ import annotations

from markupsafe import Markup

from engine.definitions.model import Form
from engine.markup import tag
from engine.runtime.causes import AUTOMATION, BUTTON, STATE, Cause, title_of
from engine.runtime.record import Record
from engine.runtime.values import Event
from engine.web.visit import Visit


def words(visit: Visit, cause: Cause, form: Form) -> str:
    """The automation 每晚回收; the button 签约. What stands in another form's definition than `form`'s says in which."""
    title = visit.text(title_of(visit.catalog, cause))
    other = visit.catalog.forms.get(cause.form.partition(".")[0])
    if cause.kind != AUTOMATION and other is not None and other is not form:
        title = f"{visit.text(other.title)} · {title}"
    return visit.t(f"by_{cause.kind}", title=title)


def told(visit: Visit, form: Form, record: Record, event: Event) -> list[Markup]:
    """What took part in an event, but for what it says anyway: the button that was pressed, and the state of the record
    itself where it gave no value and handed no task over. With the way to the other record that it was done for."""
    found = []
    for one in event.causes:
        cause = one.cause
        own = cause.form.partition(".")[0] == form.name and cause.record in (record.id, None)
        if own and (
            (cause.kind == BUTTON and cause.name == event.transition)
            or (cause.kind == STATE and not one.fields and event.action != "transfer")
        ):
            continue
        line = Markup("{}").format(words(visit, cause, form))
        if not own and cause.record is not None:
            main = cause.form.partition(".")[0]
            line += Markup(" ") + tag(
                "a", {"class": "fl-link", "href": f"/f/{main}/{cause.record}"}, f"#{cause.record}"
            )
        found.append(line)
    return found
