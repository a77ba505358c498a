"""What tests of the runtime share: a mail server that keeps what it gets, trusted for the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mailbox import Mailbox


@pytest.fixture(scope="module")
def post() -> Iterator[Mailbox]:
    """The module's mail server."""
    with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture
def box(post: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    """The mail server, empty, taking from everybody, its authority trusted."""
    authority = tmp_path / "authority.pem"
    post.authority.cert_pem.write_to_path(str(authority))
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    post.refusing.clear()
    post.take()
    return post
