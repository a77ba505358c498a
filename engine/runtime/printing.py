"""Records on paper: a template filled for one person, with what they may see and nothing else.

Why for a person: a formula reads everything, a person doesn't. Each hole is asked whether its reader may be told what it
gives; where not it stays empty, as on the record's page. What was printed is in the record's history.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any, BinaryIO

from markupsafe import Markup, escape
from sqlalchemy import insert, select

from engine.definitions.compile_prints import NTH
from engine.definitions.model import Drawn, Form, FormField, Paper, Print
from engine.expressions.formats import format_value, of_excel
from engine.expressions.python import evaluate
from engine.expressions.template import Hole
from engine.expressions.tree import Get, Typed, Within
from engine.fields.base import Reader
from engine.fields.base_code import picture
from engine.prints import KINDS
from engine.prints.base import Picture, Value
from engine.prints.html import Missing, page, pdf
from engine.problems import Refused, problem
from engine.problems.prints import NO_PRINT, PRINT_TOO_MANY
from engine.runtime import access
from engine.runtime.change import seen
from engine.runtime.exporting import MASK
from engine.runtime.live import Written
from engine.runtime.paths import shut_in
from engine.runtime.reach import told
from engine.runtime.reader import reader as reader_of
from engine.runtime.record import Record
from engine.runtime.work import Work
from engine.storage import tables

MOST = 200
"""How many records are printed at once."""

PRINT = "print"
"""The action that a print is."""

ZIP = "application/zip"
PDF = "application/pdf"
IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")

Files = Callable[[str], BinaryIO]
"""Opens a kept file by its path."""


@dataclass(frozen=True)
class Printed:
    """What was printed: a file's name and media type, its content; `page` for a page of the browser (None: it is a file)
    and the filled copies that it is made of."""

    name: str
    type: str
    content: bytes
    filled: tuple[bytes, ...] = ()


def prints_of(work: Work, form: Form, record: Record) -> tuple[Print, ...]:
    """The prints of the form, for whoever may print this record."""
    return tuple(form.prints.values()) if PRINT in access.rights(work, form, record).can else ()


def named(form: Form, name: str) -> Print:
    """The print of that name. Refused when there is none."""
    found = form.prints.get(name)
    if found is None:
        raise Refused(problem(NO_PRINT, form=form.title, name=name[:80], known=", ".join(form.prints) or "–"))
    return found


def printed(work: Work, name: str, ids: Sequence[int], template: str, files: Files) -> Printed:
    """These records on paper: one file, one page for all of them where the template is a page, else a ZIP of files.

    Refused: the form, a record or the template isn't there for this person; one may not be printed; too many.
    """
    form = work.form(name)
    chosen = named(form, template)
    if len(ids) > MOST:
        raise Refused(problem(PRINT_TOO_MANY, most=MOST, n=len(ids)))
    made = [
        (_title(record), filled(work, form, record, chosen, files)) for record in (_open(work, form, i) for i in ids)
    ]
    title = chosen.title.to(work.actor.language)
    kind = KINDS[chosen.ending]
    if chosen.ending == ".html":
        contents = tuple(content for _, content in made)
        heading = made[0][0] if len(made) == 1 else form.title.to(work.actor.language)
        whole = page(f"{title} {heading}", work.actor.language, contents)
        return Printed(f"{_plain(f'{title} {heading}')}.html", kind.type, whole.encode(), contents)
    if len(made) == 1:
        return Printed(f"{_plain(f'{title} {made[0][0]}')}{chosen.ending}", kind.type, made[0][1])
    return Printed(f"{_plain(title)}.zip", ZIP, _zipped(title, chosen.ending, made))


def as_pdf(found: Printed) -> Printed:
    """A page as PDF. Raises Missing where that can't be made."""
    return Printed(found.name.removesuffix(".html") + ".pdf", PDF, pdf(found.content.decode()))


def sent(found: Printed) -> Printed:
    """As it goes with a mail: a page as PDF where that can be made; all else as it is."""
    if not found.filled:
        return found
    try:
        return as_pdf(found)
    except Missing:
        return found


def filled(work: Work, form: Form, record: Record, chosen: Print, files: Files) -> bytes:
    """One record's copy of the template, in the actor's language."""
    paper = chosen.papers.get(work.actor.language) or next(iter(chosen.papers.values()))
    return _Filling(work, form, record, paper, files).made(chosen.ending)


def note(work: Work, name: str, ids: Sequence[int], template: str) -> None:
    """Enter into the records' history that they were printed."""
    form = work.form(name)
    for id in ids:
        _, record = seen(work, name, id)
        work.conn.execute(
            insert(tables.event).values(
                form=form.name, record=id, version=record.version, at=work.now, actor=work.actor.id, action=PRINT,
                transition=template, channel=work.actor.channel, definition=form.digest, diff=None,
            )
        )  # fmt: skip
        work.written.append(Written(form.name, id, record.version, PRINT, work.actor.id))


# -- inner -------------------------------------------------------------------------------------------------------------


def _open(work: Work, form: Form, id: int) -> Record:
    """A record that the actor may print. Refused otherwise."""
    _, record = seen(work, form.name, id)
    if PRINT not in access.rights(work, form, record).can:
        raise Refused(access.forbidden(work.catalog, form, PRINT))
    return record


def _title(record: Record) -> str:
    return record.title or f"#{record.id}"


def _plain(words: str) -> str:
    """Words as a file's name."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]+', " ", words).strip(" .")[:120] or PRINT


def _zipped(title: str, ending: str, made: Sequence[tuple[str, bytes]]) -> bytes:
    held: dict[str, int] = {}
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
        for words, content in made:
            name = _plain(f"{title} {words}")
            held[name] = held.get(name, 0) + 1
            more = f" ({held[name]})" if held[name] > 1 else ""
            file.writestr(f"{name}{more}{ending}", content)
    return whole.getvalue()


class _Filling:
    """One record, one template, one person."""

    def __init__(self, work: Work, form: Form, record: Record, paper: Paper, files: Files) -> None:
        self.work, self.form, self.record, self.paper, self.files = work, form, record, paper, files
        self.hidden = access.rights(work, form, record).hidden
        self.reader: Reader = reader_of(lambda actor, unit: unit(work), work.actor, work.now, work.zone, [record])
        self.rows = {number: self._rows(number, typed) for number, typed in paper.lists.items()}

    def made(self, ending: str) -> bytes:
        """The filled template."""
        counts = {number: len(rows) for number, rows in self.rows.items()}
        return KINDS[ending].fill(self.paper.content, counts, self.fill)

    def _rows(self, number: int, typed: Typed) -> list[Record]:
        """The rows that a table row is repeated for: those that the person may see."""
        if shut_in(self.paper.names[number].split("."), self.hidden):
            return []
        found = [row for row in self.work.value(typed, self.record) or [] if row is not None]
        return [row for row in found if row.parent is not None or self._seen(row)]

    def _seen(self, row: Record) -> bool:
        form = self.work.catalog.forms.get(row.shape)
        return form is not None and "view" in access.rights(self.work, form, row).can

    def _may(self, typed: Typed) -> bool:
        return told(self.work, self.form, self.record, self.hidden, typed, typed.tree)

    def fill(self, words: str, row: int | None, index: int) -> Value | tuple[Picture, ...]:
        """See `prints.base.Filling`."""
        key = row if row in self.rows else None
        hole = self.paper.holes.get((key, words))
        if hole is None or not self._may(hole.formula):
            return Value("")
        more: dict[str, Any] = {}
        if key is not None:
            line: Record | None = self.rows[key][index]
            more = {"row": line, NTH: Decimal(index + 1)}
            for name in reversed(self.paper.names[key].split(".")):
                more[name] = line
                line = line.parent if line is not None else None
        env = self.work.env(self.record, **more)
        if isinstance(hole, Drawn):
            return self._drawn(hole, evaluate(hole.formula, env))
        value = evaluate(hole.formula, env)
        field, raw = self._field(hole.formula, env, value)
        if value is None:
            return Value("")
        if field is not None and field.field.sensitive:
            return Value(MASK)
        if hole.format is not None:
            return _value(format_value(value, hole.format, env), value, hole.format)
        if field is not None:
            return _value(self._read(field, raw), value, field.field.format)
        return _value(self._worded(hole, value, env), value, None)

    def _field(self, typed: Typed, env: Any, value: Any) -> tuple[FormField | None, Any]:
        """The field that a formula is (None: it is none), and its value as the field keeps it."""
        node = typed.tree
        if not isinstance(node, Get | Within) or node.of.type.shape is None:
            return None, value
        shape = node.of.type.shape
        name = node.name if isinstance(node, Get) else typed.text.rpartition(".")[2].strip()
        found = self.work.catalog.field(shape, name)
        if found is None:
            return None, value
        if isinstance(node, Within):
            return found, found.field.rounded(value)
        holder = evaluate(Typed(typed.text, node.of, node.of.type, frozenset(), False, False, True), env)
        return found, holder.values.get(name, value) if isinstance(holder, Record) else value

    def _read(self, field: FormField, raw: Any) -> str:
        """A field's value as its reader has it on the page, numbers with their currency or unit; texts whole."""
        if field.field.numeric:
            return Markup(escape(field.field.listed(raw, self.reader))).striptags()
        return field.field.cell(raw, self.reader)

    def _worded(self, hole: Hole, value: Any, env: Any) -> str:
        """What is no field: a state, a person, a sum."""
        language = self.work.actor.language
        node = hole.formula.tree
        if isinstance(value, Record):
            return self.work.title_of(value.shape, value.id) if value.id is not None else ""
        shape = node.of.type.shape if isinstance(node, Get) and node.name == "state" else None
        if shape in self.work.catalog.forms:
            flow = self.work.catalog.forms[shape or ""].workflow
            return flow.states[value].title.to(language) if flow is not None and value in flow.states else str(value)
        if isinstance(value, Decimal):
            whole = value == value.to_integral_value()
            return format_value(value, "#,##0" if whole else "#,##0.00####", env)
        if isinstance(value, bool):
            return {"zh": ("否", "是"), "en": ("No", "Yes")}.get(language, ("No", "Yes"))[value]
        return format_value(value, None, env)

    def _drawn(self, hole: Drawn, value: Any) -> tuple[Picture, ...]:
        if hole.code:
            return (Picture(picture(str(value), hole.code), "image/png", hole.width),) if value else ()
        ids = [int(one) for one in value or ()]
        table = tables.file
        query = select(table.c.id, table.c.path, table.c.type).where(table.c.id.in_(ids), table.c.type.in_(IMAGES))
        held = {row.id: (row.path, row.type) for row in self.work.conn.execute(query)}
        found = []
        for id in ids:
            if id in held:
                with self.files(held[id][0]) as content:
                    found.append(Picture(content.read(), held[id][1], hole.width))
        return tuple(found)


def _value(words: str, value: Any, format: str | None) -> Value:
    if isinstance(value, datetime):
        return Value(words)
    figure = isinstance(value, Decimal | date) and (format is None or of_excel(format))
    return Value(words, value if figure else None, format)
