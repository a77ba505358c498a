"""Another system on this machine: it keeps what it was asked, and answers what a test says."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Other:
    """Another system: what it was asked, and what it answers next (status, JSON)."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], str]] = []
        self.answers: list[tuple[int, Any]] = []
        self.down = False
        other = self

        class Asked(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                other.asked.append((self.command, self.path, dict(self.headers), body))
                status, content = (503, {}) if other.down else other.answers.pop(0) if other.answers else (200, {})
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "http://127.0.0.1:1/inside")
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self) -> Other:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
