"""Importing a file on pages: choose it, say what its columns are, rehearse, run, mend what was refused.

Why: somebody with a spreadsheet of thousands of rows wants to know what will happen before it happens. The page of an
import shows the step it is at; while it runs it asks for itself anew, and without scripts a link does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, Response

from engine.definitions.model import Form, FormField
from engine.problems import Problem, Refused, problem
from engine.problems.access import BAD_FILE
from engine.problems.web import NO_FILE
from engine.runtime.access import forbidden, may
from engine.runtime.importing import Plan
from engine.runtime.imports import CHECKED, DONE, STOPPED, Import
from engine.runtime.sheet import KEY, MODES, guessed
from engine.runtime.spreadsheets import XLSX_TYPE, xlsx_bytes
from engine.web.api_schema import constant
from engine.web.downloads import saved
from engine.web.render import fragment, respond
from engine.web.visit import Visit

SHOWN = 3
"""How many rows of the file the mapping page shows."""


@dataclass(frozen=True)
class Mapped:
    """A column of the file: its title, some of its values, the path that it fills ("": nothing)."""

    place: int
    title: str
    values: tuple[str, ...]
    path: str


@dataclass(frozen=True)
class Fillable:
    """What a column may fill: its path and title; `group` is the list's title, "" for the form's own fields."""

    path: str
    title: str
    group: str


def offer(visit: Visit) -> Response:
    """The page where a file is chosen."""
    return _offer(visit, _permitted(visit), ())


def begin(visit: Visit) -> Response:
    """Keep the chosen file and go on to its columns."""
    form = _permitted(visit)
    given = visit.posted.get("file")
    try:
        if not isinstance(given, UploadFile) or not given.filename:
            raise Refused(problem(NO_FILE, field="file"))
        id = visit.engine.imports.begin(visit.actor, _target(visit, form), given.filename, given.file)
    except Refused as refused:
        if refused.problems[0].code not in (BAD_FILE, NO_FILE):
            raise
        return _offer(visit, form, refused.problems)
    return visit.go(f"/imports/{id}")


def template(visit: Visit) -> Response:
    """An empty workbook with the columns that can be imported."""
    form = _permitted(visit)
    titles = [f"{f.group}.{f.title}" if f.group else f.title for f in _fillable(visit, form, None) if f.path != KEY]
    rows: Iterator[list[str]] = iter([titles])
    return saved(xlsx_bytes([(visit.text(form.title), rows)]), f"{form.name}.xlsx")


def show(visit: Visit) -> Response:
    """An import at the step it is at."""
    job = _job(visit)
    values = _values(visit, job, ())
    if visit.partial:
        return fragment(visit, "parts/import_run.html", **values)
    return respond(visit, "import_job.html", **values)


def plan(visit: Visit) -> Response:
    """Keep how the file comes in, and rehearse it at once; back to the columns if they don't fit."""
    job = _job(visit)
    _, lines = _form(visit, job)
    given = Plan(
        mode=visit.sent("mode") if visit.sent("mode") in MODES else "create",
        columns=tuple(visit.sent_all("column")),
        lines=lines,
        together=bool(visit.sent("together")),
        confirm=bool(visit.sent("confirm")),
    )
    try:
        visit.engine.imports.plan(visit.actor, job.id, given)
    except Refused as refused:
        return respond(visit, "import_job.html", 422, **_values(visit, job, refused.problems, given))
    visit.engine.imports.start(visit.actor, job.id, rehearse=True)
    return visit.go(f"/imports/{job.id}")


def run(visit: Visit) -> Response:
    """Bring it in, or go on where it was stopped; with `again` back to its columns."""
    job = _job(visit)
    if visit.sent("again") and job.plan is not None:
        visit.engine.imports.plan(visit.actor, job.id, job.plan)
    else:
        visit.engine.imports.start(visit.actor, job.id, rehearse=False)
    return visit.go(f"/imports/{job.id}")


def stop(visit: Visit) -> Response:
    """Stop it after the batch it is at."""
    visit.engine.imports.stop(visit.actor, int(visit.path("id")))
    return visit.go(f"/imports/{visit.path('id')}")


def rejected(visit: Visit) -> Response:
    """The refused rows with their reasons, in the kind of file that they came in."""
    job = _job(visit)
    path = visit.engine.imports.rejected(visit.actor, job.id)
    kind = "xlsx" if job.name.lower().endswith(".xlsx") else "csv"
    headers = {"content-disposition": f'attachment; filename="{job.target}-rejected.{kind}"'}
    return FileResponse(path, media_type=XLSX_TYPE if kind == "xlsx" else "text/csv; charset=utf-8", headers=headers)


# -- inner -------------------------------------------------------------------------------------------------------------


def _permitted(visit: Visit) -> Form:
    form = visit.form("import")
    if not may(form, visit.actor, "import"):
        raise Refused(forbidden(visit.catalog, form, "import"))
    return form


def _target(visit: Visit, form: Form) -> str:
    lines = visit.sent("lines")
    return f"{form.name}.{lines}" if lines in form.line_forms() else form.name


def _job(visit: Visit) -> Import:
    return visit.engine.imports.one(visit.actor, int(visit.path("id")))


def _form(visit: Visit, job: Import) -> tuple[Form, str | None]:
    name, _, lines = job.target.partition(".")
    return visit.catalog.forms[name], lines or None


def _offer(visit: Visit, form: Form, problems: tuple[Problem, ...]) -> Response:
    lists = (
        [(name, visit.text(found.title)) for name, found in form.line_forms().items() if "." not in name]
        if form.key
        else []
    )
    return respond(
        visit, "import.html", 422 if problems else 200, form=form, problems=problems, lists=lists,
        lines_said=_lines_said(visit, form),
        recent=visit.engine.imports.recent(visit.actor, form.name),
    )  # fmt: skip


def _values(visit: Visit, job: Import, problems: tuple[Problem, ...], given: Plan | None = None) -> dict[str, Any]:
    form, lines = _form(visit, job)
    present = given or job.plan
    done, total = visit.engine.imports.done(job.id)
    values: dict[str, Any] = {
        "form": form, "job": job, "problems": problems, "plan": present or Plan(lines=lines), "lines": lines,
        "mapping": bool(problems) or job.state == "new", "moving": job.moving,
        "done": done or job.accepted, "total": total or job.total, "modes": _modes(form, lines),
        "may_run": job.state in (CHECKED, STOPPED) and not (present and present.together and job.refused),
        "lines_said": _lines_said(visit, form) if lines is None else "",
        "finished": job.state == DONE, "field_title": lambda path: _title(visit, form, path or ""),
    }  # fmt: skip
    if values["mapping"]:
        values |= _mapping(visit, job, form, lines, present)
    return values


def _mapping(visit: Visit, job: Import, form: Form, lines: str | None, plan: Plan | None) -> dict[str, Any]:
    sheet = visit.engine.imports.sheet(visit.actor, job.id)
    paths = list(plan.columns) if plan is not None and plan.columns is not None else guessed(form, sheet.header, lines)
    paths += [""] * (len(sheet.header) - len(paths))
    columns = [
        Mapped(n, title, tuple(cells[n] for _, cells in sheet.rows[:SHOWN] if n < len(cells)), paths[n])
        for n, title in enumerate(sheet.header)
    ]
    lacking = () if lines else [visit.text(f.title) for f in form.fields.values() if _needed(f) and f.name not in paths]
    return {
        "columns": columns, "fillable": _fillable(visit, form, lines), "rows": len(sheet.rows), "lacking": lacking, "others": sheet.others,
    }  # fmt: skip


def _needed(found: FormField) -> bool:
    """Whether a new record is refused without it, whatever else it has."""
    given = found.default is not None or found.formula is not None or bool(found.columns)
    return not given and constant(found.required) is True and constant(found.visible) is not False


def _modes(form: Form, lines: str | None) -> tuple[str, ...]:
    return () if lines else MODES if form.key is not None else MODES[:2]


def _fillable(visit: Visit, form: Form, lines: str | None) -> list[Fillable]:
    """What this person's columns may fill: not what is computed, related, or never typed."""
    found: list[Fillable] = []
    if lines is None:
        found.append(Fillable(KEY, visit.t("import_id"), ""))
        found += [
            Fillable(f.name, visit.text(f.title), "") for f in form.fields.values()
            if not f.columns and f.related is None and f.formula is None
        ]  # fmt: skip
    elif form.key is not None:
        found.append(Fillable(form.key, visit.text(form.fields[form.key].title), ""))
    for name, item in form.line_forms().items():
        if lines is None or name == lines or name.startswith(f"{lines}."):
            own = name.split(".")[1:] if lines is not None else name.split(".")
            titles = [visit.text(form.at(name.split(".")[: deep + 1]).title) for deep in range(name.count(".") + 1)]
            group = ".".join(titles[-len(own) :] if own else titles)
            found += [
                Fillable(f"{name}.{c.name}", visit.text(c.title), group)
                for c in item.columns.values() if c.formula is None and c.related is None and not c.columns
            ]  # fmt: skip
    return found


def _lines_said(visit: Visit, form: Form) -> str:
    """How rows of the file belong together where the form has lists, by an example of its own; "" where it has none."""
    shown = [f for f in _fillable(visit, form, None) if f.group]
    if not shown:
        return ""
    column = f"{shown[0].group}.{shown[0].title}"
    if form.key is None:
        return visit.t("import_lines", column=column)
    return visit.t("import_lines_keyed", column=column, keyed=visit.text(form.fields[form.key].title))


def _title(visit: Visit, form: Form, path: str) -> str:
    """items.quantity -> Items · Quantity."""
    parts = path.split(".")
    found = [form.named(".".join(parts[: deep + 1])) for deep in range(len(parts))]
    return " · ".join(visit.text(one.title) for one in found if one is not None) or path
