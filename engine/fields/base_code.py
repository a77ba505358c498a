"""Codes that machines read, drawn: as SVG for pages, as PNG for papers."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import segno
from barcode.codex import Code128
from barcode.ean import EAN13
from markupsafe import Markup

from engine.markup import tag

QUIET = {"qr": 4, "code128": 10, "ean13": 11}
"""How many modules stay white around a code, so that scanners find it."""


def bars(value: str, kind: str) -> Markup:
    """A row of bars, one high, stretched by the page."""
    made = EAN13(value) if kind == "ean13" else Code128(value)
    row = [sign == "1" for sign in made.build()[0]]
    return _drawn([row], QUIET[kind], 0, {"preserveAspectRatio": "none"})


def squares(value: str) -> Markup:
    """A QR code that can still be read when a seventh of it is dirty."""
    return _drawn(segno.make_qr(value, error="m").matrix, QUIET["qr"], QUIET["qr"], {})


def picture(value: str, kind: str) -> bytes:
    """A code as a PNG, a bar (or square) four dots wide, for papers. `kind`: `qr code128 ean13`; a value that is no EAN-13 is
    drawn as Code 128."""
    if kind == "qr":
        made = BytesIO()
        segno.make_qr(value, error="m").save(made, kind="png", scale=4, border=QUIET["qr"])
        return made.getvalue()
    ean = kind == "ean13" and len(value) == 13 and value.isascii() and value.isdigit()
    drawn = EAN13(value) if ean else Code128(value)
    quiet = "0" * QUIET["ean13" if ean else "code128"]
    return png([quiet + drawn.build()[0] + quiet], wide=4, high=120)


def png(rows: Sequence[str], wide: int, high: int) -> bytes:
    """A black and white picture of rows of `1` (black) and `0`, each sign `wide` dots wide and `high` dots high."""

    def chunk(name: bytes, held: bytes) -> bytes:
        return struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))

    width = len(rows[0]) * wide
    lines = []
    for row in rows:
        signs = "".join(("0" if sign == "1" else "1") * wide for sign in row)
        padded = signs.ljust(-(-width // 8) * 8, "1")
        lines += [b"\0" + int(padded, 2).to_bytes(len(padded) // 8, "big")] * high
    head = struct.pack(">IIBBBBB", width, len(rows) * high, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"".join(lines)))
        + chunk(b"IEND", b"")
    )


def _drawn(rows: Sequence[Sequence[Any]], beside: int, above: int, more: dict[str, Any]) -> Markup:
    path = []
    for y, row in enumerate(rows):
        start = None
        for x, dark in enumerate([*row, False]):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                path.append(f"M{start + beside} {y + above}h{x - start}v1h-{x - start}z")
                start = None
    size = (len(rows[0]) + 2 * beside, len(rows) + 2 * above)
    drawn = tag("path", {"d": "".join(path)})
    return tag("svg", {"viewBox": f"0 0 {size[0]} {size[1]}", "aria-hidden": "true", **more}, drawn)
