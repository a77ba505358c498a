"""A mail server of the tests' own: it takes what is sent to it, encrypted and signed in, or refuses as it is told."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from engine.settings import MailServer

USER, PASSWORD = "robot@firm.example", "p@ss word"


@dataclass(frozen=True)
class Got:
    """A mail that arrived."""

    to: str
    subject: str
    text: str
    message: EmailMessage


class Mailbox:
    """See the module. `refusing`: address -> the answer that it gets in place of being taken."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.refusing: dict[str, str] = {}
        self.authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("localhost").configure_cert(context)
        self._controller = Quiet(
            self, hostname="127.0.0.1", port=0, tls_context=context, require_starttls=True, auth_required=True,
            authenticator=self._known,
        )  # fmt: skip

    def __enter__(self) -> Mailbox:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def server(self, **more: Any) -> MailServer:
        """How it is reached."""
        given = {"security": "starttls", "sender": USER, "user": USER, "password": PASSWORD, **more}
        return MailServer("localhost", self._controller.port, **given)

    def take(self) -> list[Got]:
        """What arrived since it was last asked, by receiver."""
        found, self.got = sorted(self.got, key=lambda one: one.to), []
        return found

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """A receiver is named."""
        if address in self.refusing:
            return self.refusing[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """A message comes."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("plain",))
        assert isinstance(body, EmailMessage)
        text = body.get_content().replace("\r\n", "\n")
        self.got += [Got(to, str(message["Subject"]), text, message) for to in envelope.rcpt_tos]
        return "250 OK"

    @staticmethod
    def _known(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        fits = isinstance(given, LoginPassword) and given == LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=fits, handled=False)


class Quiet(Controller):
    """Finds its port by itself."""

    def factory(self) -> SMTP:
        """A conversation."""
        return SMTP(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        """Its port is known as soon as it listens."""
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
