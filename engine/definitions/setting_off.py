"""What automations do to records, and so which of them set off which: the circles that would never end.

Why: a circle is best found before the first record. What an action does is followed into what it makes change: formulas of
the same record, and the rows of computed forms that the record brings something to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from engine.definitions.model import Automation, Computed, Effect, Form, FormField, walk
from engine.definitions.own_reads import Path, own
from engine.expressions.tree import Node, Read, Source
from engine.expressions.walk import everything

Touch = tuple[str, str, frozenset[str]]
"""What is done: the form, the event, and the fields that change (none: any)."""

FOLLOWING = {
    "created": ("created", "updated"), "updated": ("created", "updated", "deleted"), "deleted": ("updated", "deleted"),
}  # fmt: skip
"""What happens to a source's record -> what may happen to the rows of an aggregate."""


def circles(automations: Mapping[str, Automation], forms: Mapping[str, Form]) -> list[tuple[str, ...]]:
    """The shortest ways in which automations set off themselves again, each once, by names."""
    follows: dict[str, list[str]] = {}
    for name, one in automations.items():
        done = set(followed(one, forms))
        follows[name] = [other.name for other in automations.values() if sets_off(done, other)]
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for start in sorted(automations):
        ways: list[tuple[str, ...]] = [(start,)]
        seen: set[str] = set()
        while ways:
            way = ways.pop(0)
            for after in follows[way[-1]]:
                if after == start:
                    found.setdefault(frozenset(way), (*way, start))
                elif after not in seen:
                    seen.add(after)
                    ways.append((*way, after))
    return list(found.values())


def followed(one: Automation, forms: Mapping[str, Form]) -> Iterator[Touch]:
    """What an automation does to records, and what follows of it."""
    for touch in touches(one.do, one.form, forms):
        yield from _followed(touch, forms)


def sets_off(done: Collection[Touch], other: Automation) -> bool:
    """Whether what was done may set off the other."""
    for form, event, fields in done:
        if form != other.form.partition(".")[0] or event not in other.events:
            continue
        if not other.changed or not fields or fields & set(other.changed):
            return True
    return False


# -- what is never seen to change --------------------------------------------------------------------------------------


def unmoved(automation: Automation, forms: Mapping[str, Form]) -> tuple[str, ...]:
    """The fields of `changed` that no update of a record itself changes: what is computed from other records alone, or
    only when it is read. None of a computed form, whose rows change with other records."""
    main, _, lists = automation.form.partition(".")
    form = forms.get(main)
    if form is None or form.computed is not None or "updated" not in automation.events:
        return ()
    within = tuple(lists.split(".")) if lists else ()
    known = dict(walk(form.fields))
    return tuple(name for name in automation.changed if not _moves(known, (*within, name)))


def _moves(known: Mapping[Path, FormField], start: Path) -> bool:
    """Whether the value at this path is given to the record, or computed from one that is."""
    if start in known and not known[start].stored:
        return False
    seen, waiting = set[Path](), [start]
    while waiting:
        path = waiting.pop()
        found = known.get(path)
        if found is None and path[-1] != "id":
            return True
        if found is None or found.related is not None or path in seen:
            continue
        if found.formula is None:
            return True
        seen.add(path)
        waiting += [one for read in found.formula.reads for one in own(read, path)]
    return False


# -- what follows ------------------------------------------------------------------------------------------------------


def _followed(touch: Touch, forms: Mapping[str, Form]) -> Iterator[Touch]:
    """What is done, with the formulas that follow, and what it changes of aggregates."""
    name, event, fields = touch
    if name in forms:
        fields = _with_formulas(forms[name], fields)
    yield name, event, fields
    for form in forms.values() if event in FOLLOWING else ():
        if form.computed is not None and form.computed.kind == "aggregate":
            for source in form.computed.sources:
                if _watches(form.computed, source, name, fields):
                    changed = _with_formulas(form, _reading(form, source))
                    yield from ((form.name, after, changed) for after in FOLLOWING[event])


def _with_formulas(form: Form, fields: frozenset[str]) -> frozenset[str]:
    """These fields (lists by their name), and those whose formulas read them; none stays none."""
    found, before = set(fields), 0
    while len(found) != before:
        before = len(found)
        for path, one in walk(form.fields):
            if one.formula is not None and any(_first(read, path) in found for read in one.formula.reads):
                found.add(path[0])
    return frozenset(found)


def _first(read: Read, path: tuple[str, ...]) -> str:
    """The field of the record by which a formula at this path reads."""
    above = sum(hop.kind == "parent" for hop in read.hops)
    within = path[: max(len(path) - 1 - above, 0)]
    on = [hop.name for hop in read.hops if hop.kind != "parent"]
    return (*within, *on, read.name)[0]


def _reading(form: Form, source: str) -> frozenset[str]:
    """The fields whose formulas read this source's records."""

    def reads(node: Node) -> bool:
        return isinstance(node, Source) and node.name == source

    return frozenset(
        name
        for name, one in form.fields.items()
        if one.formula is not None and any(map(reads, everything(one.formula.tree)))
    )


def _watches(computed: Computed, source: str, name: str, fields: frozenset[str]) -> bool:
    """Whether a change of these fields (none: any) of a form's records may change what the source's records bring."""
    for shape, member, _ in computed.watches[source]:
        form, _, lists = shape.partition(".")
        if form == name and (not fields or (lists.partition(".")[0] or member) in fields):
            return True
    return False


# -- what actions do ---------------------------------------------------------------------------------------------------


def touches(
    do: Iterable[Effect], form: str, forms: Mapping[str, Form], fired: frozenset[str] = frozenset()
) -> Iterator[Touch]:
    """What these effects do to which forms; `form` is that of the record they are about."""
    for effect in do:
        target = effect.form or _shape(effect) or form
        main, _, lines = target.partition(".")
        fields = frozenset({lines.partition(".")[0]}) if lines else frozenset(effect.values)
        if effect.verb in ("create", "upsert"):
            yield main, "created", frozenset()
        if effect.verb in ("set", "update", "upsert", "reset"):
            yield main, "updated", fields | frozenset(effect.fields)
        if effect.verb == "delete":
            yield main, "deleted", frozenset()
        if effect.verb == "fire" and f"{main}.{effect.transition}" not in fired:
            yield from _fired(main, str(effect.transition), forms, fired)
        yield from touches(effect.do, form, forms, fired)
        for _, branch in effect.branches:
            yield from touches(branch, form, forms, fired)


def _fired(name: str, transition: str, forms: Mapping[str, Form], fired: frozenset[str]) -> Iterator[Touch]:
    form = forms.get(name)
    button = form.button(transition) if form is not None else None
    if form is None or button is None:
        return
    fired |= {f"{name}.{transition}"}
    yield from touches(button.do, name, forms, fired)
    if button.target is not None and form.workflow is not None and button.target in form.workflow.states:
        yield name, "moved", frozenset({"state"})
        yield name, "updated", frozenset({"state"})
        yield from touches(form.workflow.states[button.target].enter, name, forms, fired)


def _shape(effect: Effect) -> str | None:
    if effect.target is None:
        return None
    kind = effect.target.type.of if effect.target.type.kind == "list" else effect.target.type
    return kind.shape if kind is not None else None
