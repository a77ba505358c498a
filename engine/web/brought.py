"""Files that come with a posted form, from browsers that run no scripts.

Why: with scripts a file goes up when it is chosen and only its number travels with the form. Without, it comes with the
form, under PATH.upload; from here on it is a number too, so that a form that is refused comes back with its files.
"""

from __future__ import annotations

from starlette.datastructures import FormData, UploadFile

from engine.problems import Problem, Refused
from engine.web.visit import Visit

ENDING = ".upload"
"""What the name of a file's input ends with: `photos.upload`, `items.0.photo.upload`."""


def take(visit: Visit) -> tuple[Problem, ...]:
    """Keep the posted files and put their numbers in their place; gives what could not be kept, at its field."""
    pairs, problems = list[tuple[str, UploadFile | str]](), list[Problem]()
    for name, value in visit.posted.multi_items():
        if isinstance(value, str) or not name.endswith(ENDING):
            pairs.append((name, value))
        elif value.filename:
            path = name.removesuffix(ENDING)
            try:
                pairs.append((path, str(visit.engine.keep_file(visit.actor, value.filename, value.file))))
            except Refused as refused:
                problems += [p.at(field=path) for p in refused.problems]
    visit.posted = FormData(pairs)
    return tuple(problems)
