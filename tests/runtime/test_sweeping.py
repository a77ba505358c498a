"""Files that nothing holds go after a week, and none goes that somebody may still open."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest

from engine.cli import main
from engine.engine import ENGINE
from engine.runtime import drafts, sweeping
from engine.storage import tables
from engine.storage.blobs import Blobs
from tests.firm import Build, Firm

FILES = {
    "forms/claim.yaml": """
fields:
  name: {}
  photos: {type: file}
  items: {type: lines, fields: {what: {}, proof: {type: file}}}
access: {clerk: {can: [view, create, edit, delete, import]}}
""",
}
TOGETHER = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


def old(firm: Firm) -> None:
    """All that was brought until now is more than a week old: the clock is moved, and what lies on the disk."""
    firm.clock.later(days=8)
    for file in (firm.engine.settings.data / "files").rglob("*"):
        os.utime(file, (0, 0))


def sweep(firm: Firm) -> list[str]:
    read, remove = partial(firm.engine.read, ENGINE), partial(firm.engine.write, ENGINE)
    return [one.name for one in sweeping.sweep(read, remove, firm.engine.files)]


@TOGETHER
def test_only_what_nothing_holds_goes_and_only_after_a_week(engine_of: Build) -> None:
    firm = engine_of(FILES)
    sue = firm.person("sue", "clerk")

    def bring(name: str, content: str = "") -> int:
        return firm.engine.keep_file(sue, name, BytesIO((content or name).encode()))

    taken_out, in_line, stays = bring("taken out"), bring("in a line"), bring("stays")
    kept = firm.new(sue, "claim", photos=[taken_out, stays], items=[{"what": "a", "proof": [in_line]}])
    firm.engine.change(sue, "claim", kept, {"photos": [stays]})
    deleted = firm.new(
        sue, "claim", photos=[bring("deleted"), bring("of both", "same")], items=[{"proof": [bring("its line")]}]
    )
    firm.new(sue, "claim", photos=[bring("of both, held", "same")])
    typed = bring("typed")
    firm.engine.write(sue, lambda w: drafts.keep(w, "claim", None, [["name", "x"], ["photos", str(typed)]]))
    bring("never saved")
    sheet = firm.engine.imports.begin(sue, "claim", "in.csv", BytesIO(b"name\nimported\n"))
    bring("as imported", "name\nimported\n")
    assert sweep(firm) == []
    old(firm)
    bring("of today")
    firm.engine.remove(sue, "claim", deleted)
    assert sweep(firm) == ["never saved", "as imported"]
    old(firm)
    assert sweep(firm) == ["deleted", "of both", "its line", "of today"]
    assert sweep(firm) == []
    for id, content in ((taken_out, b"taken out"), (in_line, b"in a line"), (stays, b"stays"), (typed, b"typed")):
        assert firm.engine.file(sue, id).path.read_bytes() == content
    assert firm.engine.imports.sheet(sue, sheet).rows
    assert {f.read_text() for f in (firm.engine.settings.data / "files").rglob("*") if f.is_file()} == {
        "taken out", "in a line", "stays", "typed", "same", "name\nimported\n",
    }  # fmt: skip


def test_what_is_brought_again_in_the_same_moment_stays(engine_of: Build) -> None:
    """The content is there anew, its row isn't yet."""
    firm = engine_of(FILES)
    sue = firm.person("sue", "clerk")
    firm.engine.keep_file(sue, "a.txt", BytesIO(b"same"))
    old(firm)
    again = firm.engine.files.keep(BytesIO(b"same"))
    assert sweep(firm) == ["a.txt"]
    assert firm.engine.files.locate(again.path).read_bytes() == b"same"


@pytest.mark.parametrize("elsewhere", [False, True])
def test_contents_that_nothing_names_go_once_they_are_old(engine_of: Build, tmp_path: Path, elsewhere: bool) -> None:
    """A server ended between keeping a content and entering it."""
    firm = engine_of(FILES)
    sue = firm.person("sue", "clerk")
    blobs = Blobs(tmp_path / "copies", f"memory://sweep{tmp_path.name}") if elsewhere else firm.engine.files
    read, write = partial(firm.engine.read, ENGINE), partial(firm.engine.write, ENGINE)
    lost = blobs.keep(BytesIO(b"lost"))
    brought = blobs.keep(BytesIO(b"held"))
    held = firm.engine.keep_file(sue, "held.txt", BytesIO(b"held"))
    firm.new(sue, "claim", photos=[held])
    assert sweeping.nameless(read, blobs) == (), "it may be on its way"
    age(firm, blobs, lost.path, brought.path)
    (left,) = sweeping.nameless(read, blobs)
    assert (left.id, left.path, left.size) == (None, lost.path, 4)
    assert sweeping.sweep(read, write, blobs, most=0) == (), "so many are another's"
    assert sweeping.sweep(read, write, blobs) == (left,)
    assert blobs.locate(brought.path).read_bytes() == b"held"
    assert sweeping.nameless(read, blobs) == ()


def age(firm: Firm, blobs: Blobs, *paths: str) -> None:
    """These contents were brought long ago."""
    for path in paths:
        if blobs._far is None:
            os.utime(blobs.locate(path), (0, 0))
        else:
            blobs._far._files.store[f"{blobs._far._root}/{path}"].modified = datetime(1970, 1, 1, tzinfo=UTC)


def test_the_server_does_so_each_night(engine_of: Build) -> None:
    firm = engine_of(FILES)
    sue = firm.person("sue", "clerk")
    brought = firm.engine.keep_file(sue, "a.txt", BytesIO(b"a"))
    path = firm.engine.file(sue, brought).path
    for _ in range(2):
        firm.engine.store.write(lambda conn: sweeping.plan(conn, firm.clock(), firm.engine.settings.zone))
    old(firm)
    assert firm.engine.jobs.run_due() == 1 and not path.exists()
    with firm.engine.store.read() as conn:
        (night,) = conn.execute(tables.job.select()).mappings().all()
    assert night["due_at"] == datetime(2026, 12, 1, 19, tzinfo=UTC), "three in the morning in Shanghai"


@pytest.mark.parametrize("kind", ["sqlite"])  # it opens the data folder anew by itself
def test_the_command_tells_first_what_would_go(
    engine_of: Build, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    firm = engine_of(FILES)
    firm.clock.now = datetime(2020, 1, 1, tzinfo=UTC)
    sue = firm.person("sue", "clerk")
    path = firm.engine.file(sue, firm.engine.keep_file(sue, "a.txt", BytesIO(b"a"))).path
    os.utime(path, (0, 0))
    monkeypatch.setenv("DATA_DIR", str(firm.engine.settings.data))
    monkeypatch.setenv("DEFINITIONS", str(firm.engine.settings.definitions))
    assert main(["files", "sweep", "--dry-run"]) == 0
    assert "a.txt" in capsys.readouterr().out and path.exists()
    assert main(["files", "sweep"]) == 0 and not path.exists()
    assert main(["files", "sweep"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0  0 B"
