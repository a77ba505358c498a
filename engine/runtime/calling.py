"""Calling other systems: a request that is signed, goes only where it may, and what its answer brings.

Why: definitions name a connection and a path; where that is and the secret behind it are the operator's. A request follows
the Standard Webhooks specification, so whoever gets it can check who sent it and that it isn't an old one; its id is the
job's, the same at each attempt. It connects to the very address that was checked, follows no redirect, and reaches nothing
inside the operator's network unless the operator allows it by name.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from engine.jobs.job import Failed, GiveUp
from engine.texts import text

TIMEOUT = 20
"""Seconds to wait for a connection, and for each piece of the answer."""

LARGEST = 1024 * 1024
"""How many bytes of an answer are read at most."""

AGAIN = frozenset({408, 425, 429})
"""Answers of 4xx that say: later."""


@dataclass(frozen=True)
class Request:
    """What is sent: `url` is whole; `body` is JSON text ("" for none)."""

    method: str
    url: str
    body: str


def signature(secret: str, id: str, moment: int, body: str) -> str:
    """The `webhook-signature` of a message, as Standard Webhooks has it; a secret may be written `whsec_` and base64."""
    key = secret.encode()
    if secret.startswith("whsec_"):
        try:
            key = base64.b64decode(secret.removeprefix("whsec_") + "==")
        except binascii.Error:
            raise GiveUp(text("whsec_ 后面的密钥不是 base64", "the secret behind whsec_ is not base64")) from None
    made = hmac.new(key, f"{id}.{moment}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


def send(request: Request, id: str, moment: int, secret: str | None, allowed: Collection[str]) -> Any:
    """Send a request and give the JSON of its answer (None: no JSON).

    `allowed`: hosts (or host:port) that may be inside the own network. Raises GiveUp when trying again won't help, Failed,
    OSError or HTTPException when it may.
    """
    parts = urlsplit(request.url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    address = _address(host, port, allowed)
    headers = {
        "Host": parts.netloc.rpartition("@")[2], "Accept": "application/json", "User-Agent": "Formloom",
        "Idempotency-Key": id, "webhook-id": id, "webhook-timestamp": str(moment),
    }  # fmt: skip
    if request.body:
        headers["Content-Type"] = "application/json"
    if secret is not None:
        headers["webhook-signature"] = signature(secret, id, moment, request.body)
    connection = _connection(parts.scheme, host, port, address)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(request.method, path, request.body.encode() or None, headers)
        answer = connection.getresponse()
        content = answer.read(LARGEST + 1)
    finally:
        connection.close()
    return _judged(answer.status, content)


def _judged(status: int, content: bytes) -> Any:
    if 300 <= status < 400:
        raise GiveUp(text(f"对方回答 {status}：不跟随转到别处", f"it answered {status}: redirects are not followed"))
    said = content[:300].decode(errors="replace")
    if 400 <= status < 500 and status not in AGAIN:
        raise GiveUp(text(f"对方回答 {status}：{said}", f"it answered {status}: {said}"))
    if not 200 <= status < 300:
        raise Failed(text(f"对方回答 {status}：{said}", f"it answered {status}: {said}"))
    if len(content) > LARGEST:
        raise GiveUp(text(f"它的回答超过 {LARGEST} 字节", f"its answer is longer than {LARGEST} bytes"))
    try:
        return json.loads(content)
    except ValueError:
        return None


def _address(host: str, port: int, allowed: Collection[str]) -> str:
    """The address to connect to. Raises GiveUp when it is inside a network of one's own and isn't allowed."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if host not in allowed and f"{host}:{port}" not in allowed:
        for address in found:
            if not ipaddress.ip_address(address.partition("%")[0]).is_global:
                named = host if host == address else f"{host} ({address})"
                raise GiveUp(
                    text(
                        f"{named} 在自己的网络里；可以用 CALL_ALLOW 放行",
                        f"{named} is inside the own network; CALL_ALLOW may allow it",
                    )
                )
    return found[0]


def _connection(scheme: str, host: str, port: int, address: str) -> http.client.HTTPConnection:
    """A connection that is made to exactly this address; the certificate must be the host's."""
    if scheme != "https":
        return http.client.HTTPConnection(address, port, timeout=TIMEOUT)
    connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT)
    connection.sock = ssl.create_default_context().wrap_socket(
        socket.create_connection((address, port), TIMEOUT), server_hostname=host
    )
    return connection


def picked(answer: Any, path: str) -> Any:
    """What stands at a path of an answer, `label.numbers.0`; None when there is nothing."""
    for part in path.split("."):
        if isinstance(answer, Mapping):
            answer = answer.get(part)
        elif isinstance(answer, list) and part.isdigit() and int(part) < len(answer):
            answer = answer[int(part)]
        else:
            return None
    return answer
