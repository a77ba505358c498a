"""While somebody is away, another does their tasks: who and from when to when, as each person says for themselves.

Why: a task stays with whom it was given to; whoever stands in for them acts in their place, and history says so. Nothing
is handed over, so on their return everything is theirs again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, insert, select

from engine.problems import Refused, problem
from engine.problems.task import AWAY_DAYS, AWAY_SELF, DEPUTY_AWAY, DEPUTY_MISSING, INACTIVE
from engine.runtime.assigning import active
from engine.runtime.work import Work
from engine.storage import tables


@dataclass(frozen=True)
class Away:
    """Somebody is away from `starts` to `ends`, both days included, and `deputy` acts for them."""

    deputy: int
    starts: date
    ends: date


def away_of(conn: Connection, person: int) -> Away | None:
    """When a person is away next, or just now; None: they said nothing."""
    table = tables.away
    row = conn.execute(select(table).where(table.c.person == person)).first()
    return Away(row.deputy, row.starts, row.ends) if row is not None else None


def go_away(work: Work, deputy: int | None, starts: date | None, ends: date | None) -> None:
    """The actor says who acts for them and when. Refused with all that is wrong: nobody named, themselves, somebody who
    has left or is away then too, days that are missing or in the wrong order."""
    person, found = work.actor.id, []
    assert person is not None
    if starts is None or ends is None or ends < starts or ends < work.today:
        found.append(problem(AWAY_DAYS, field="ends"))
    if deputy is None:
        found.append(problem(DEPUTY_MISSING, field="deputy"))
    elif deputy == person:
        found.append(problem(AWAY_SELF, field="deputy"))
    elif deputy not in active(work, [deputy]):
        found.append(problem(INACTIVE, field="deputy", who=work.title_of("person", deputy)))
    elif starts is not None and ends is not None:
        other = away_of(work.conn, deputy)
        if other is not None and other.starts <= ends and starts <= other.ends:
            found.append(problem(DEPUTY_AWAY, field="deputy", who=work.title_of("person", deputy)))
    if found:
        raise Refused(found)
    come_back(work)
    values = {"person": person, "deputy": deputy, "starts": starts, "ends": ends}
    work.conn.execute(insert(tables.away).values(**values))


def come_back(work: Work) -> None:
    """The actor does their tasks themselves again."""
    work.conn.execute(delete(tables.away).where(tables.away.c.person == work.actor.id))
