"""Mails that leave: a job of the queue -> a message handed to the mail server.

Why: what is tried again and what isn't is decided by what the server says: a receiver that it refuses for good is given
up, everything else comes again later. A message carries its job's name, the same at each attempt, so that a mail that
was taken twice can be told.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from engine.fields.base_address import is_address
from engine.jobs.job import Done, GiveUp, Job, Kind
from engine.runtime.printing import Printed
from engine.settings import MailServer
from engine.texts import text

PATIENCE = 30.0
"""Seconds until a mail server that doesn't answer is left alone."""

SENDER = "Formloom"


Attach = Callable[[Job], Sequence[Printed]]
"""Makes the prints that go with a mail. Raises GiveUp where they can't be made any more."""


def kind(server: MailServer | None, attach: Attach | None = None) -> Kind:
    """How jobs that send a mail are done; without a server they are given up, and can be revived once there is one."""

    def do(job: Job, done: Done) -> None:
        if server is None:
            raise GiveUp(text("没有设置邮件服务器（SMTP_URL）", "no mail server is set (SMTP_URL)"))
        prints = attach(job) if attach is not None and job.payload.get("attach") else ()
        deliver(server, message(server, job, prints))

    return Kind(do)


def message(server: MailServer, job: Job, prints: Sequence[Printed] = ()) -> EmailMessage:
    """The message of a job. Raises GiveUp when nobody can be written to there."""
    to = str(job.payload["to"])
    if not is_address(to):
        raise GiveUp(text(f"{to[:80]!r} 不是邮箱地址", f"{to[:80]!r} is no e-mail address"))
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(SENDER, addr_spec=server.sender)
    made["To"] = Address(addr_spec=to)
    made["Subject"] = " ".join(str(job.payload["subject"]).split())
    made["Date"] = format_datetime(job.created_at)
    made["Message-ID"] = f"<{job.uid}@{server.sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(str(job.payload["text"]))
    made["Content-Language"] = str(job.payload["language"])
    for one in prints:
        main, _, sub = one.type.partition(";")[0].partition("/")
        made.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
    return made


def deliver(server: MailServer, made: EmailMessage) -> None:
    """Hand a message to the mail server. Raises GiveUp: it will never take it; any other error: perhaps later."""
    try:
        with _session(server) as session:
            session.send_message(made)
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        _final(code, words, error)
    except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
        _final(error.smtp_code, error.smtp_error, error)


def _final(code: int, words: bytes | str, error: Exception) -> None:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    if 500 <= code < 600:
        raise GiveUp(text(f"邮件服务器不收：{code} {said}", f"the mail server refuses: {code} {said}")) from error
    raise error


@contextmanager
def _session(server: MailServer) -> Iterator[smtplib.SMTP]:
    """A connection that is encrypted unless the settings say otherwise, and signed in where they have a name."""
    trusted = ssl.create_default_context()
    if server.security == "tls":
        session: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=trusted)
    else:
        session = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
    with session:
        if server.security == "starttls":
            session.starttls(context=trusted)
        if server.user is not None:
            session.login(server.user, server.password or "")
        yield session
