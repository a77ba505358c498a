"""What follows from a change: computed forms take it in, stored formulas that read it run, wave by wave.

Why: a value may be read by records that are read by others. Each wave is found from what the one before touched, until
nothing changes any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from engine.definitions.model import WAITING, Form, Watch
from engine.expressions.tree import Hop
from engine.problems import Refused, problem
from engine.problems.record import LOOP
from engine.runtime import aggregates, walks
from engine.runtime.back import back, mains
from engine.runtime.compute import formulas
from engine.runtime.settled import Stale
from engine.runtime.storing import Touch, Writes, store
from engine.runtime.work import Work

Readers = dict[tuple[str, int], set[tuple[str, str, int]]]
"""Records (form, id), each with its values that are to be computed anew (shape, field, id of the row)."""

ROUNDS_LIMIT = 200
"""How many waves of dependent records one change may set off before it is taken for a loop."""


def spread(work: Work, touches: Iterable[Touch], readers: Readers | None = None) -> None:
    """Run the formulas of all records that read what was touched (and of `readers`), and take it into computed forms,
    wave by wave, until nothing changes.

    Raises Refused when it doesn't come to rest.
    """
    wave = list(touches)
    waiting = readers or {}
    for _ in range(ROUNDS_LIMIT):
        wave += absorb(work, wave)
        for owner, stale in owners(work, wave).items():
            waiting.setdefault(owner, set()).update(stale)
        if not waiting:
            return
        wave = []
        for shape in sorted({shape for shape, _ in waiting}):
            wave += _again(
                work, work.form(shape), {id: waiting[shape, id] for name, id in sorted(waiting) if name == shape}
            )
        waiting = {}
    raise Refused(problem(LOOP, limit=ROUNDS_LIMIT, what=", ".join(sorted({touch.shape for touch in wave}))))


def _again(work: Work, form: Form, stale: Mapping[int, Stale]) -> list[Touch]:
    """Run the formulas of these records that are stale, and what reads them; read and written in pieces."""
    touches: list[Touch] = []
    ids = list(stale)
    for start in range(0, len(ids), aggregates.CHUNK):
        found = work.rows(form.name, ids[start : start + aggregates.CHUNK])
        if form.computed is not None and form.computed.kind != "walk":
            touches += [touch for record in found for touch in aggregates.again(work, form, record)]
            continue
        work.read_lines(form, found)
        writes = Writes()
        for record in found:
            formulas(work, form, record, stale[record.id or 0])
            touches += store(work, form, record, bump=(form.name, record.id) in work.happened, writes=writes)
        writes.write(work)
    return touches


def owners(work: Work, touches: Iterable[Touch]) -> Readers:
    """The records whose stored formulas read what was touched, and which of their values do."""
    found: Readers = {}
    for alike in _alike(work, touches):
        readers: dict[tuple[str, tuple[Hop, ...]], list[str]] = {}
        for name in alike[0].names:
            for one in work.catalog.dependents.get((alike[0].shape, name), ()):
                readers.setdefault((one.shape, one.hops), []).append(one.name)
        for (shape, hops), names in readers.items():
            _read_by(work, shape, names, back(work, shape, hops, alike), found)
    return found


def _alike(work: Work, touches: Iterable[Touch]) -> Iterable[list[Touch]]:
    """Those together whose same members of the same shape were touched."""
    found: dict[tuple[str, frozenset[str]], list[Touch]] = {}
    for touch in touches:
        stir(work, touch)
        found.setdefault((touch.shape, touch.names), []).append(touch)
    return found.values()


def _read_by(work: Work, shape: str, names: Collection[str], ids: Collection[int], found: Readers) -> None:
    """Add what these rows' values of these names belong to."""
    form = shape.partition(".")[0]
    if WAITING in names:
        work.stirred.update(dict.fromkeys((form, id) for id in sorted(ids)))
    names = [name for name in names if name != WAITING]
    for id, main in mains(work, shape, ids).items() if names else ():
        found.setdefault((form, main), set()).update((shape, name, id) for name in names)


def stir(work: Work, touch: Touch) -> None:
    """A record that was touched and may wait for a condition of its own is to be asked again."""
    name = touch.shape.partition(".")[0]
    form = work.catalog.forms.get(name)
    if form is not None and form.workflow is not None and form.workflow.waits:
        work.stirred[name, touch.main or touch.id] = None


def absorb(work: Work, touches: Iterable[Touch]) -> list[Touch]:
    """Take what was touched into the computed forms that it may change, and that into those that are computed from
    them; gives what changed of their rows."""
    found: list[Touch] = []
    waiting = list(touches)
    while waiting:
        waiting = _absorbed(work, waiting)
        found += waiting
    return found


def _absorbed(work: Work, touches: Iterable[Touch]) -> list[Touch]:
    stale: dict[str, set[aggregates.Row]] = {}
    fresh: dict[str, set[aggregates.Row]] = {}
    alike: dict[tuple[str, frozenset[str]], set[Watch]] = {}
    for touch in touches:
        key = (touch.shape, touch.names)
        if key not in alike:
            alike[key] = {w for n in touch.names for w in work.catalog.contributors.get((touch.shape, n), ())}
        for watch in alike[key]:
            ids = back(work, watch.shape, watch.hops, [touch]) if watch.hops else (touch.id,)
            stale.setdefault(watch.form, set()).update((watch.source, id) for id in ids)
            if touch.fresh and not watch.hops:
                fresh.setdefault(watch.form, set()).add((watch.source, touch.id))
    return [
        touch for name in sorted(stale) for touch in _taken(work, work.form(name), stale[name], fresh.get(name, set()))
    ]


def _taken(work: Work, form: Form, rows: set[aggregates.Row], fresh: Collection[aggregates.Row]) -> list[Touch]:
    if aggregates.computed_of(form).kind == "walk":
        return walks.take_in(work, form, rows)
    return aggregates.take_in(work, form, rows, fresh)
