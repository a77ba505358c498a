"""The bundle's files are sent as small as the browser takes them, and kept for ever."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from engine.web.static import Bundle

SCRIPT = b"export const long = 1;\n" * 200


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    (tmp_path / "app-0123ABCD.js").write_bytes(SCRIPT)
    (tmp_path / "app-0123ABCD.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "app-0123ABCD.js.br").write_bytes(b"brotli")
    (tmp_path / "only-0123ABCD.js").write_bytes(SCRIPT)
    (tmp_path / "icons.svg").write_bytes(b"<svg/>")
    return TestClient(Starlette(routes=[Mount("/static", Bundle(tmp_path))]))


@pytest.mark.parametrize(
    ("name", "taken", "encoding"),
    [
        ("app-0123ABCD.js", "gzip, deflate, br", "br"),
        ("app-0123ABCD.js", "gzip;q=1.0", "gzip"),
        ("app-0123ABCD.js", "identity", None),
        ("only-0123ABCD.js", "gzip, br", None),
    ],
)
def test_a_file_is_sent_as_small_as_the_browser_takes_it(
    client: TestClient, name: str, taken: str, encoding: str | None
) -> None:
    with client.stream("GET", f"/static/{name}", headers={"accept-encoding": taken}) as answer:
        body = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "accept-encoding"
    assert {"br": body == b"brotli", "gzip": body[:2] == b"\x1f\x8b", None: body == SCRIPT}[encoding]


def test_a_name_that_outlives_versions_is_kept_for_minutes_only(client: TestClient) -> None:
    answer = client.get("/static/icons.svg")
    assert (answer.content, answer.headers["cache-control"]) == (b"<svg/>", "public, max-age=600")
    assert client.get("/static/none-0123ABCD.js").status_code == 404
