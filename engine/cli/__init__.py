"""The `formloom` command: check, serve, import, export, users, tokens, single expressions, schemas for editors.

Why: analysts and operators work from a terminal too, by the same rules. Refused: told in words, exit code 1; not understood: 2.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from engine.cli import files, people
from engine.cli.opened import actor_of, opened
from engine.definitions.catalog import load
from engine.definitions.report import SEVERITIES, as_json, as_sound, as_text
from engine.definitions.schema import FILES, schema
from engine.engine import ENGINE, Engine
from engine.expressions.check import check
from engine.expressions.python import evaluate
from engine.expressions.types import Scope
from engine.jobs import table
from engine.problems import Refused, problem
from engine.problems.cli import BAD_RECORD, NO_JOB, WORKER_SQLITE
from engine.problems.computed import NOT_COMPUTED
from engine.problems.storage import COPY_SOURCE, COPY_TARGET
from engine.runtime import keep, recount, renumbering, sweeping
from engine.runtime.compute import compute
from engine.runtime.exporting import texts
from engine.runtime.importing import Plan
from engine.runtime.reading import read_into
from engine.runtime.record import Record
from engine.runtime.sheet import MODES
from engine.runtime.spreadsheets import csv_bytes, xlsx_bytes
from engine.runtime.values import Ask
from engine.runtime.work import Work
from engine.settings import read_database, read_settings, terminal_language
from engine.storage.copying import FILES_STAY
from engine.texts import LANGUAGES, text, told
from engine.web.serving import serve

NONE_GIVEN_UP = text("没有放弃的任务（{place}）。", "Nothing was given up ({place}).")
"""What `jobs list` says where there is nothing to list, and of which database, for one easily asks the wrong one."""

SURROUNDINGS = """environment variables, the same for all commands:
  DEFINITIONS    the pack's folder (default: definitions here, else the one that ships)
  DATA_DIR       where the SQLite database and uploaded files are kept (default: data)
  DATABASE_URL   a PostgreSQL database in place of SQLite
  HOST, PORT     where pages are served (default: 127.0.0.1, 8000)
docs/operators.md has the others."""
"""What every command's help ends with: whoever runs one beside a server must give it the server's."""

BECAME = text("新增 {new}，更新 {changed}，没有变化 {same}", "{new} new, {changed} changed, {same} as they were")
"""What an import tells of the records that it didn't just make."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    words = _parser().parse_args(arguments)
    try:
        return int(words.run(words))
    except Refused as refused:
        print(as_text(refused.problems, words.language), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="formloom", description="Forms, workflows and dashboards from YAML.", epilog=SURROUNDINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    language: dict[str, Any] = {
        "choices": LANGUAGES,
        "help": "language of messages (default: the terminal's, as LANG says)",
    }
    parser.add_argument("--language", default=terminal_language(), **language)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=help, description=help, epilog=SURROUNDINGS, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        made.set_defaults(run=run)
        made.add_argument("--language", default=argparse.SUPPRESS, **language)
        return made

    checking = command("check", _check, "Check the definitions and tell every problem.")
    checking.add_argument("folder", nargs="?", type=Path, help="the pack's folder (default: definitions)")
    checking.add_argument("--json", action="store_true", help="a list of problems as JSON")
    serving = command("serve", _serve, "Serve pages and API.")
    serving.add_argument("--reload", action="store_true", help="read definitions anew when their files change")
    command(
        "worker", _worker, "Do jobs (timers, mail, automations, imports) beside the servers on a PostgreSQL database."
    )
    jobs = command("jobs", _jobs, "List jobs that were given up, or have one tried again.")
    jobs.add_argument("what", choices=("list", "retry"))
    jobs.add_argument("number", nargs="?", type=int, help="the job's number, for retry")
    importing = command("import", _import, "Bring in records from a CSV or XLSX file, each through all rules.")
    importing.add_argument("form", help="a form, or a list (order.items): further lines of records that are there")
    importing.add_argument("file", type=Path)
    importing.add_argument("--as", dest="login", help="whose rights count (default: an administrator's)")
    importing.add_argument("--mode", choices=MODES, default="create", help="make records, change them by key, or both")
    importing.add_argument("--dry-run", action="store_true", help="go through all rules and keep nothing")
    importing.add_argument("--together", action="store_true", help="all or nothing")
    importing.add_argument("--confirm", action="store_true", help="warnings count as confirmed")
    exporting = command("export", _export, "Write records as CSV or, by the file's ending, as XLSX.")
    exporting.add_argument("form")
    exporting.add_argument("--where", help="an expression")
    exporting.add_argument("--as", dest="login", help="whose rights count (default: an administrator's)")
    exporting.add_argument("-o", "--output", type=Path, help="file (default: standard output)")
    copying = command("copy-to", _copy_to, "Copy everything from SQLite in DATA_DIR into an empty PostgreSQL database.")
    copying.add_argument("url", help="postgresql://user:password@host:5432/database; - reads it from standard input")
    people.commands(command)
    files.commands(command)
    aggregating = command("aggregate", _aggregate, "Compare aggregates with their sources, or compute them anew.")
    aggregating.add_argument("what", choices=("verify", "rebuild"))
    aggregating.add_argument("form", nargs="?", help="default: every aggregate")
    numbering = command("renumber", _renumber, "Give the serial numbers of a form anew, in the order of creation.")
    numbering.add_argument("form")
    numbering.add_argument("--since", type=date.fromisoformat, help="only records created on this day or later")
    renumbering.more_words(numbering.add_argument)
    numbering.add_argument("--dry-run", action="store_true", help="only tell which number becomes which")
    evaluating = command("eval", _eval, "Print the value of an expression as JSON.")
    evaluating.add_argument("expression")
    evaluating.add_argument("--form", help="bare names are fields of this form")
    evaluating.add_argument("--record", default="{}", help="the record's values as JSON")
    schemas = command("schema", _schema, "Print the JSON Schema of a kind of definition, for editors.")
    schemas.add_argument("kind", choices=tuple(FILES))
    return parser


# -- definitions -------------------------------------------------------------------------------------------------------


def _check(words: argparse.Namespace) -> int:
    folder = words.folder or read_settings().definitions
    loaded = load(folder)
    found = sorted(
        loaded.problems, key=lambda p: tuple(SEVERITIES).index(p.severity)
    )  # what is wrong before what follows
    errors = sum(p.severity == "error" for p in found)
    if words.json:
        print(json.dumps(as_json(found, words.language), ensure_ascii=False, indent=2))
        return 1 if errors else 0
    if found:
        print(as_text(found, words.language))
    if all(p.severity == "info" for p in found):
        print(as_sound(loaded.catalog, words.language))
    return 1 if errors else 0


def _schema(words: argparse.Namespace) -> int:
    print(json.dumps(schema(words.kind), ensure_ascii=False, indent=2))
    return 0


def _eval(words: argparse.Namespace) -> int:
    catalog = load(read_settings().definitions).catalog
    form = catalog.forms.get(words.form) if words.form else None
    if words.form and form is None:
        raise Refused(problem("no_form", name=words.form))
    with opened() as engine:
        raw = _record(words.record)

        def unit(work: Work) -> Any:
            record = work.blank(words.form or "")
            if form is not None:
                given = read_into(work, record, raw, form.fields)
                if given.problems:
                    raise Refused(given.problems)
                compute(work, form, record, given.paths)
            typed = check(words.expression, Scope(work.catalog.shapes, this=words.form))
            return evaluate(typed, work.env(record if form is not None else None))

        print(json.dumps(_plain(engine.read(ENGINE, unit)), ensure_ascii=False))
    return 0


def _record(words: str) -> dict[str, Any]:
    try:
        found = json.loads(words)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused(problem(BAD_RECORD))
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value.normalize())
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Record):
        return {"form": value.shape, "id": value.id, "title": value.title}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value


# -- serving -----------------------------------------------------------------------------------------------------------


def _serve(words: argparse.Namespace) -> int:
    return serve(read_settings(reload=words.reload))


def _worker(words: argparse.Namespace) -> int:
    settings = read_settings()
    if settings.database is None:
        raise Refused(problem(WORKER_SQLITE))
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    engine = Engine(settings)
    try:
        engine.store.write(lambda conn: sweeping.plan(conn, engine.clock(), engine.settings.zone))
        engine.jobs.start()
        stop.wait()
    finally:
        engine.close()
    return 0


def _jobs(words: argparse.Namespace) -> int:
    with opened() as engine:
        if words.what == "retry":
            number, now = words.number or 0, engine.clock()
            if not engine.store.write(lambda conn: table.revive(conn, number, now)):
                raise Refused(problem(NO_JOB, number=number))
            return 0
        with engine.store.read() as conn:
            found = table.given_up(conn)
        for job in found:
            print(f"{job.id:<8}{job.kind:<12}{job.about or '–':<20}{told(job.error or '', words.language)}")
        if not found:
            place = "DATABASE_URL" if engine.settings.database else engine.settings.data / "formloom.sqlite3"
            print(NONE_GIVEN_UP.to(words.language).format(place=place))
    return 0


def _copy_to(words: argparse.Namespace) -> int:
    settings = read_settings()
    if settings.database is not None:
        raise Refused(problem(COPY_SOURCE))
    address = read_database(sys.stdin.readline() if words.url == "-" else words.url)
    if address is None:
        raise Refused(problem(COPY_TARGET))
    with closing(Engine(settings)) as engine:
        copied = engine.copy_to(address)
    for one in copied:
        print(f"{one.rows:>10}  {one.table}")
    stay = FILES_STAY.to(words.language).format(place="FILES_URL" if settings.files else settings.data / "files")
    print(f"{sum(one.rows for one in copied):>10}  ✓\n{stay}")
    return 0


# -- records -----------------------------------------------------------------------------------------------------------


def _import(words: argparse.Namespace) -> int:
    plan = Plan(mode=words.mode, together=words.together, confirm=words.confirm)
    with opened() as engine:
        actor = actor_of(engine, words.login, "import")
        found = engine.imports.bring_in(actor, words.form, words.file, plan, rehearse=words.dry_run, progress=_progress)
    print(file=sys.stderr)
    told = ""
    if found.refused:
        rejected = words.file.with_name(f"{words.file.stem}.rejected.csv")
        with rejected.open("wb") as out:
            out.writelines(csv_bytes(found.rejected(words.language)))
        told = f"  → {rejected}"
    counts = found.counts()
    new = counts["accepted"] - counts["changed"] - counts["same"]
    fates = f" ({BECAME.to(words.language).format(new=new, **counts)})" if words.mode != "create" else ""
    print(f"{found.accepted} ✓{fates}  {len(found.refused)} ✗{told}")
    return 1 if found.refused else 0


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty() or done == total:
        share = done / total if total else 1.0
        bar = "█" * round(share * 30)
        print(f"\r{bar:<30} {done}/{total}", end="", file=sys.stderr, flush=True)


def _export(words: argparse.Namespace) -> int:
    with opened() as engine:
        actor = actor_of(engine, words.login, "cli")
        where = engine.condition(words.form, words.where) if words.where else None
        if words.output is not None and words.output.suffix == ".xlsx":
            pieces = xlsx_bytes(engine.export_sheets(actor, words.form, Ask(where=where)))
        else:
            pieces = csv_bytes(texts(engine.export(actor, words.form, Ask(where=where))), bom=words.output is not None)
        with words.output.open("wb") if words.output is not None else nullcontext(sys.stdout.buffer) as out:
            out.writelines(pieces)
    return 0


def _renumber(words: argparse.Namespace) -> int:
    asked = {word: getattr(words, word) for word in ("field", "since", "scope", "why")}
    with opened() as engine:
        found = engine.write(ENGINE, partial(renumbering.renumber, name=words.form, dry=words.dry_run, **asked))
    print("\n".join(renumbering.lines(found)))
    return 0


def _aggregate(words: argparse.Namespace) -> int:
    """Exit code 1 when something kept differs from what its sources say."""
    wrong = 0
    with opened() as engine:
        forms = [f for f in engine.catalog.forms.values() if f.computed is not None and words.form in (None, f.name)]
        if not forms and words.form is not None:
            raise Refused(problem(NOT_COMPUTED, name=words.form))
        for form in forms:
            if words.what == "rebuild":
                engine.write(ENGINE, partial(keep.rebuild, form=form))
                print(f"{form.name} ✓")
                continue
            drifts = engine.read(ENGINE, partial(recount.verify, form=form))
            wrong += len(drifts)
            told = [f"{d.row} {d.field}: {d.kept} → {d.right}" for d in drifts]
            print("\n  ".join([f"{form.name} {'✗' if drifts else '✓'}", *told]))
    return 1 if wrong else 0
