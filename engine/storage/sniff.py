"""What a file is, told from its content.

Why: names and media types come from whoever sends the file and may lie. What isn't recognised is bytes to be
downloaded, never something a browser would run: markup (HTML, SVG) counts as plain text.
"""

from __future__ import annotations

import codecs
import zipfile
import zlib
from typing import BinaryIO

UNKNOWN = "application/octet-stream"
PLAIN = "text/plain"
HEAD = 4096
"""How many bytes decide."""

MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
)
"""(offset, bytes, media type), the more particular first."""

OFFICE = "application/vnd.openxmlformats-officedocument."
INSIDE = (
    ("word/document.xml", OFFICE + "wordprocessingml.document"),
    ("xl/workbook.xml", OFFICE + "spreadsheetml.sheet"),
    ("ppt/presentation.xml", OFFICE + "presentationml.presentation"),
)
"""What a zip file with such a member is."""

DIRECTORY = 1 << 20
"""How long a zip file's list of members may be to be looked at: a longer one would be a burden, not an office file."""


def sniff(content: BinaryIO, size: int) -> str:
    """The media type of a whole file of `size` bytes; `application/octet-stream` for what isn't known.

    Where it stands in the file afterwards isn't said.
    """
    content.seek(0)
    head = content.read(HEAD)
    for offset, magic, kind in MAGIC:
        if head.startswith(magic, offset):
            return kind
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], UNKNOWN)
    if head[:2] == b"BM" and size == int.from_bytes(head[2:6], "little"):
        return "image/bmp"
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _zipped(content, size)
    return PLAIN if _plain(head, size) else UNKNOWN


def _plain(head: bytes, size: int) -> bool:
    """Text in UTF-8 or, marked so, UTF-16; or in GB 18030, as older Chinese programs export it, with Chinese in it."""
    if not head:
        return False
    marked = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = _decoded(head, size, "utf-16" if marked else "utf-8")
    if text is not None:
        return _printable(text)
    text = _decoded(head, size, "gb18030")
    return text is not None and _printable(text) and any("\u4e00" <= sign <= "\u9fff" for sign in text)


def _decoded(head: bytes, size: int, encoding: str) -> str | None:
    """The text that a file begins with (its last character may be cut), or None when it isn't in that encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head, final=size <= len(head))
    except UnicodeDecodeError:
        return None


def _printable(text: str) -> bool:
    return not any(sign < " " and sign not in "\t\n\r\f" for sign in text)


def _zipped(content: BinaryIO, size: int) -> str:
    """An office file by its members, else just a zip file."""
    content.seek(max(0, size - 65_557))
    tail = content.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or int.from_bytes(tail[end + 12 : end + 16], "little") > DIRECTORY or b"PK\x06\x07" in tail:
        return "application/zip"
    try:
        with zipfile.ZipFile(content) as archive:
            names = set(archive.namelist())
            if "mimetype" in names:
                return _declared(archive)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError, zlib.error):
        return "application/zip"
    return next((kind for member, kind in INSIDE if member in names), "application/zip")


def _declared(archive: zipfile.ZipFile) -> str:
    """OpenDocument and EPUB files say what they are in their first member."""
    with archive.open("mimetype") as member:
        declared = member.read(128).decode("ascii", "replace").strip()
    known = declared.startswith("application/vnd.oasis.opendocument.") or declared == "application/epub+zip"
    return declared if known else "application/zip"
