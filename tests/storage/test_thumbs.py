from __future__ import annotations

import math
from pathlib import Path

import pytest
from PIL import Image

from engine.storage import thumbs
from engine.storage.blobs import Blobs


def photo(
    path: Path, kind: str = "JPEG", size: tuple[int, int] = (1600, 1200), mode: str = "RGB", **more: object
) -> Path:
    Image.new(mode, size).save(path, kind, **more)
    return path


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("WEBP", "RGB"), ("GIF", "P")]
)
def test_a_picture_has_a_small_one_beside_it(tmp_path: Path, kind: str, mode: str) -> None:
    small = thumbs.thumb(photo(tmp_path / "abcd", kind, mode=mode))
    assert small is not None and small.parent == tmp_path
    with Image.open(small) as made:
        assert (made.format, made.size) == ("WEBP", (480, 360))
        assert not made.getexif()
    stamp = small.stat().st_mtime_ns
    assert thumbs.thumb(tmp_path / "abcd") == small
    assert small.stat().st_mtime_ns == stamp, "it is made once"


def test_a_photo_taken_upright_stays_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    small = thumbs.thumb(photo(tmp_path / "abcd", exif=exif))
    assert small is not None
    with Image.open(small) as made:
        assert made.size == (360, 480)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 60, b"\xff\xd8\xff\xe0 broken"])
def test_what_is_no_picture_has_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "abcd").write_bytes(content)
    assert thumbs.thumb(tmp_path / "abcd") is None
    assert [one.name for one in tmp_path.iterdir()] == ["abcd"]


def test_small_and_huge_pictures_have_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert thumbs.thumb(photo(tmp_path / "small", size=(480, 300))) is None
    monkeypatch.setattr(thumbs, "MOST", 1000)
    assert thumbs.thumb(photo(tmp_path / "huge")) is None


def test_the_small_one_goes_with_the_picture(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "files")
    with photo(tmp_path / "photo.jpg").open("rb") as content:
        blob = blobs.keep(content)
    small = thumbs.thumb(blobs.locate(blob.path))
    assert small is not None
    blobs.forget(blob.path, math.inf)
    assert not small.exists()
