"""A word about what has just happened, shown on the next page: a short cookie that the page reads once and forgets."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "fl_toast"
LONGEST = 300
STAYS = "stays"


@dataclass(frozen=True)
class Said:
    """Words, and what may be done next: in which words, at which path of this server; both "" for nothing. `stays`: until
    somebody closes it, for what is shown but once."""

    words: str
    next: str = ""
    href: str = ""
    stays: bool = False


def toast(response: Response, words: str, onward: tuple[str, str] | None = None, *, stays: bool = False) -> Response:
    """The answer, with words that the page it leads to will show, and where one may go on (words, path)."""
    parts = [words[:LONGEST], *((onward[0][:LONGEST], onward[1]) if onward is not None else (STAYS,) if stays else ())]
    said = "|".join(quote(part, safe="") for part in parts)
    response.set_cookie(COOKIE, said, max_age=30, httponly=True, samesite="lax", path="/")
    return response


def waiting_toast(request: Request) -> Said | None:
    """What is to be shown on this page; None for nothing. A path that would lead elsewhere is left out."""
    parts = [unquote(part) for part in request.cookies.get(COOKIE, "").split("|")]
    if not parts[0]:
        return None
    if len(parts) == 3 and parts[2].startswith("/f/"):
        return Said(parts[0], parts[1], parts[2])
    return Said(parts[0], stays=parts[1:] == [STAYS])


def forget_toast(response: Response) -> None:
    """It has been shown."""
    response.delete_cookie(COOKIE, path="/")
