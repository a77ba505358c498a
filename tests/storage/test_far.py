"""Files in a store elsewhere: kept, fetched, pictured and removed as on disk; what can't be reached is told."""

from __future__ import annotations

import math
import os
import time
from io import BytesIO
from pathlib import Path

import fsspec
import pytest
from PIL import Image

from engine.problems import Refused
from engine.problems.storage import FILE_GONE, STORE_FAR
from engine.settings import read_settings
from engine.storage.blobs import Blobs
from engine.storage.room import Room
from engine.storage.thumbs import thumb


def store(tmp_path: Path, where: str) -> tuple[Blobs, Blobs]:
    """The files as two servers see them: each with a folder of its own, unless the files are only there."""
    address = {"memory": f"memory://files{tmp_path.name}", "folder": f"file://{tmp_path}/far", "": ""}[where]
    second = tmp_path / ("two" if address else "one")
    return Blobs(tmp_path / "one", address), Blobs(second, address)


def picture() -> bytes:
    made = BytesIO()
    Image.new("RGB", (900, 600), "red").save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize("where", ["", "memory", "folder"])
def test_one_server_finds_what_another_kept_until_it_is_removed(tmp_path: Path, where: str) -> None:
    one, two = store(tmp_path, where)
    kept = one.keep(BytesIO(picture()))
    with two.open(kept.path) as found:
        assert found.read() == picture()
    assert thumb(two.locate(kept.path)) is not None
    assert one.keep(BytesIO(picture())) == kept
    assert not one.forget(kept.path, time.time() - 60) and one.locate(kept.path).exists()
    two.forget(kept.path, time.time() + 60)
    assert one.forget(kept.path, time.time() + 60)
    assert one.forget(kept.path, time.time() + 60)
    with pytest.raises(Refused) as gone:
        two.open(kept.path)
    assert gone.value.problems[0].code == FILE_GONE


def test_copies_take_only_so_much_room_and_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "one", f"memory://files{tmp_path.name}")
    blobs._room = Room(tmp_path / "one", most=25)
    first, second = (blobs.keep(BytesIO(sign * 10)) for sign in (b"a", b"b"))
    for number, kept in enumerate((first, second)):
        os.utime(blobs.locate(kept.path), (number, number))
    copy = {kept: tmp_path / "one" / kept.path for kept in (first, second)}
    third = blobs.keep(BytesIO(b"c" * 10))
    assert not copy[first].exists() and copy[second].exists() and (tmp_path / "one" / third.path).exists()
    with blobs.open(first.path) as found:
        assert found.read() == b"a" * 10
    assert not copy[second].exists() and copy[first].exists()


def test_a_store_that_can_not_be_reached_is_told_and_nothing_is_half_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = store(tmp_path, "memory")
    kept = one.keep(BytesIO(b"first"))

    def broken(*given: object, **more: object) -> None:
        raise ConnectionError("no route")

    for name in ("put_file", "get_file", "rm_file"):
        monkeypatch.setattr(type(fsspec.filesystem("memory")), name, broken)
    for act in (
        lambda: one.keep(BytesIO(b"second")),
        lambda: two.open(kept.path),
        lambda: two.forget(kept.path, math.inf),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.problems[0].code == STORE_FAR and "no route" in refused.value.problems[0].message("en")
    assert [p.name for p in (tmp_path / "one").rglob("*") if p.is_file()] == [kept.sha256]
    with pytest.raises(Refused):
        Blobs(tmp_path / "three", "nothing-known://x")


def test_the_setting_names_the_store() -> None:
    assert (
        read_settings({"FILES_URL": "s3://bucket/firm"}).files == "s3://bucket/firm" and read_settings({}).files == ""
    )
