from __future__ import annotations

import hashlib
import io
import math
import zipfile
from pathlib import Path

import pytest

from engine.problems import Refused
from engine.storage.blobs import Blobs
from engine.storage.sniff import sniff


def zipped(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return made.getvalue()


OFFICE = "application/vnd.openxmlformats-officedocument."
CONTENTS = [
    (b"\x89PNG\r\n\x1a\n" + b"\0" * 30, "image/png"),
    (b"\xff\xd8\xff\xe0" + b"\0" * 30, "image/jpeg"),
    (b"GIF89a" + b"\0" * 30, "image/gif"),
    (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
    (b"RIFF\0\0\0\0AVI LIST", "application/octet-stream"),
    (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic"),
    (b"\0\0\0\x18ftypisom\0\0\0\0", "video/mp4"),
    (b"%PDF-1.7\n", "application/pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 30, "application/x-ole-storage"),
    (zipped(a=b"1"), "application/zip"),
    (zipped(word__document_xml=b"<w/>"), OFFICE + "wordprocessingml.document"),
    (zipped(xl__workbook_xml=b"<w/>"), OFFICE + "spreadsheetml.sheet"),
    (zipped(mimetype=b"application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text"),
    (zipped(mimetype=b"text/html"), "application/zip"),
    (b"PK\x03\x04 not really a zip file", "application/zip"),
    (b"plain words\r\n\twith a tab", "text/plain"),
    ("客户,金额\n李,1".encode(), "text/plain"),
    ("客户,金额\n李,1".encode("gb18030"), "text/plain"),
    ("客户".encode("utf-16"), "text/plain"),
    (("字" * 5000).encode(), "text/plain"),
    (("a" + "字" * 5000).encode("gb18030"), "text/plain"),
    (b"<html><script>alert(1)</script>", "text/plain"),
    (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "text/plain"),
    (b"MZ\x90\0\x03\0\0\0", "application/octet-stream"),
    (b"BM are two letters", "text/plain"),
    (b"caf\xe9", "application/octet-stream"),
    (b"", "application/octet-stream"),
]


@pytest.mark.parametrize(("content", "kind"), CONTENTS, ids=range(len(CONTENTS)))
def test_a_file_is_what_its_content_says(content: bytes, kind: str) -> None:
    assert sniff(io.BytesIO(content), len(content)) == kind


def test_a_file_is_kept_under_its_hash_and_read_back(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "files")
    content = b"%PDF-1.7 " + bytes(range(256)) * 9000
    kept = blobs.keep(io.BytesIO(content))
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert (kept.size, kept.type) == (len(content), "application/pdf")
    with blobs.open(kept.path) as read:
        assert read.read() == content
    assert blobs.keep(io.BytesIO(content)) == kept
    assert [p.name for p in (tmp_path / "files").rglob("*") if p.is_file()] == [kept.sha256]


def test_a_file_over_the_limit_leaves_nothing(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "files")
    blobs.keep(io.BytesIO(b"1234"), limit=4)
    with pytest.raises(Refused) as refused:
        blobs.keep(io.BytesIO(b"12345"), limit=4)
    assert refused.value.problems[0].code == "file_too_large"
    assert len([p for p in (tmp_path / "files").rglob("*") if p.is_file()]) == 1


def test_a_failing_sender_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionError("gone")

    blobs = Blobs(tmp_path / "files")
    with pytest.raises(Refused):
        blobs.keep(Broken())
    assert list((tmp_path / "files").iterdir()) == []


@pytest.mark.parametrize("path", ["../../etc/passwd", "ab/../../x", "", "ab/cd", "/etc/passwd", "ab/" + "z" * 64])
def test_a_path_from_elsewhere_is_never_opened(tmp_path: Path, path: str) -> None:
    with pytest.raises(Refused) as refused:
        Blobs(tmp_path / "files").open(path)
    assert refused.value.problems[0].code == "file_gone"


def test_a_file_that_is_gone_is_refused_and_can_be_forgotten_twice(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "files")
    kept = blobs.keep(io.BytesIO(b"x"))
    blobs.forget(kept.path, math.inf)
    blobs.forget(kept.path, math.inf)
    with pytest.raises(Refused):
        blobs.open(kept.path)
