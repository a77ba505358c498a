"""A load generator: so many keep-alive connections, each sending its next request when the last one is answered.

Why our own: it must cost little on the machine that is measured, and the image has no other. It speaks just enough HTTP/1.1
(answers with Content-Length) on raw asyncio streams.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One request, ready to be sent."""

    method: str
    path: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def wire(self, host: str) -> bytes:
        """As it is sent."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"host: {host}", *(f"{n}: {v}" for n, v in self.headers)]
        if self.body or self.method != "GET":
            lines += ["content-type: application/json", f"content-length: {len(self.body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


@dataclass(frozen=True)
class Result:
    """What was measured: requests a second, and milliseconds at the middle and at 99 of 100."""

    rate: float
    median: float
    slow: float


def measure(port: int, make: Callable[[int], Request], expect: int, seconds: float, connections: int = 16) -> Result:
    """Send the requests `make(0)`, `make(1)`, … for that long. Raises RuntimeError at any other status than `expect`."""
    return asyncio.run(_measure(port, make, expect, seconds, connections))


async def _measure(port: int, make: Callable[[int], Request], expect: int, seconds: float, connections: int) -> Result:
    taken: list[float] = []
    number = iter(range(1_000_000_000))
    until = time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        host = f"127.0.0.1:{port}"
        while time.perf_counter() < until:
            wire = make(next(number)).wire(host)
            start = time.perf_counter()
            writer.write(wire)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await _body(reader, head)
            taken.append(time.perf_counter() - start)
            if int(head[9:12]) != expect:
                raise RuntimeError(f"{head[:60]!r} {body[:600]!r}")
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    lasted = time.perf_counter() - begun
    taken.sort()
    return Result(len(taken) / lasted, taken[len(taken) // 2] * 1000, taken[int(len(taken) * 0.99)] * 1000)


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at >= 0:
        length = int(lower[at + 15 : lower.index(b"\r\n", at)])
        return await reader.readexactly(length) if length else b""
    found = b""
    while True:
        size = int(await reader.readline(), 16)
        chunk = await reader.readexactly(size + 2)
        if size == 0:
            return found
        found += chunk[:-2]
