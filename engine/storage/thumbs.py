"""Small pictures of kept ones, made when they are first asked for and lying beside them.

Why: a list of fifty photos from phones would be two hundred megabytes. A small picture is a copy that may be thrown away:
nothing names it, and it is made anew when it is missing. It carries neither place nor camera of the one it is made from.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from PIL import Image, ImageOps

SIDE = 480
"""Neither side is longer, in pixels: a card of a gallery on a screen with twice the dots."""

ENDING = ".thumb.webp"
TYPE = "image/webp"
READ = ("JPEG", "PNG", "WEBP", "GIF")
MOST = 80_000_000
"""Pictures of more pixels aren't opened: a small file may unpack to more than the machine has."""


def thumb(picture: Path) -> Path | None:
    """The small picture of a kept file; None when it isn't a picture that can be read, or is small already."""
    small = picture.with_name(picture.name + ENDING)
    if small.exists():
        return small
    try:
        with Image.open(picture, formats=READ) as given:
            if max(given.size) <= SIDE or given.width * given.height > MOST:
                return None
            given.draft("RGB", (SIDE, SIDE))  # a JPEG is unpacked no larger than needed
            made = ImageOps.exif_transpose(given)
            made.thumbnail((SIDE, SIDE))
            _keep(made.convert("RGBA" if made.has_transparency_data else "RGB"), small)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return small


def _keep(made: Image.Image, small: Path) -> None:
    """Whole or not at all, since two people may ask at once."""
    handle, name = tempfile.mkstemp(prefix=".new-", dir=small.parent)
    try:
        with os.fdopen(handle, "wb") as written:
            made.save(written, "WEBP", quality=78, method=4)
        os.replace(name, small)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
