"""A word about what has just happened, shown on the next page: a short cookie that the page reads once and forgets."""

from __future__ import annotations

from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "fl_toast"
LONGEST = 300


def toast(response: Response, words: str) -> Response:
    """The answer, with words that the page it leads to will show."""
    response.set_cookie(COOKIE, quote(words[:LONGEST]), max_age=30, httponly=True, samesite="lax", path="/")
    return response


def waiting_toast(request: Request) -> str:
    """The words to show on this page; "" for none."""
    return unquote(request.cookies.get(COOKIE, ""))


def forget_toast(response: Response) -> None:
    """It has been shown."""
    response.delete_cookie(COOKIE, path="/")
