"""Mails that actions write: who gets them in which language, after the commit and not before, and what refusals lead to."""

from __future__ import annotations

import logging
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from engine.definitions.catalog import load
from engine.problems import Refused
from engine.problems.prints import NO_SUCH_PRINT
from engine.runtime import people, smtp
from engine.runtime.afterwards import attached
from engine.runtime.mail import JOB
from engine.settings import MailServer, read_settings
from engine.storage import tables
from tests.firm import ADMIN, Build, Firm, refused, write
from tests.mailbox import PASSWORD, USER, Mailbox


def sheet() -> bytes:
    book = Workbook()
    assert book.active is not None
    book.active["A1"] = "{price}"
    made = BytesIO()
    book.save(made)
    return made.getvalue()


FORMS: dict[str, Any] = {
    "languages/en.yaml": "“{what}”到了: '\"{what}\" is here'\n",
    "templates/offer.txt": "{owner.name} 你好：\n{what} 一共 {price:#,##0.00} 元。\n",
    "templates/offer.en.txt": "Dear {owner.name},\n{what} costs {price:#,##0.00} yuan.\n",
    "forms/order.yaml": """
title: 订单
fields:
  what: {type: longtext, title: 货品, required: true}
  price: {type: money}
  email: {type: email}
  others: {type: members}
actions:
  offer: {title: 报价, who: boss, do: [{mail: [=owner, =email, =others], subject: "“{what}”到了", body: {file: offer.txt}}]}
  plain: {title: 说, who: boss, do: [{mail: shop@x.example, subject: "{what}", body: {zh: 请看, en: Look}}]}
  paper: {title: 寄, who: boss, do: [{mail: =email, subject: a, body: b, attach: [page, sheet]}]}
  never: {title: 拒, who: boss, do: [{mail: =owner, subject: a, body: b}, {refuse: 不行}]}
prints: {page: {title: {zh: 报价单, en: Offer}, template: templates/page.html}, sheet: {title: 表, template: templates/sheet.xlsx}}
access: {boss: {can: [view, create, edit]}}
""",
    "templates/page.html": "<p>{what} {price}</p>",
    "templates/sheet.xlsx": sheet(),
}
PACK = "title: Test\nlanguage: zh\nroles: {clerk: Clerk, boss: Boss, guest: Guest}\n"


@pytest.fixture
def firm(engine_of: Build, box: Mailbox) -> Firm:
    """Bo reads English, An Chinese, Cy has no address."""
    firm = engine_of({"pack.yaml": PACK, **FORMS})
    firm.engine.jobs.kinds[JOB] = smtp.kind(box.server())
    for login, language, email in (("bo", "en", "bo@x.example"), ("an", "zh", "an@x.example"), ("cy", "zh", None)):
        id = firm.person(login, "boss").id or 0
        changes = {"language": language, "email": email}
        firm.engine.store.write(lambda conn, id=id, changes=changes: people.update_person(conn, id, changes))
    return firm


def press(firm: Firm, button: str, **values: object) -> int:
    id = firm.new(firm.who("bo"), "order", **{"what": "茶", "price": "1234.5", **values})
    firm.engine.act(firm.who("bo"), "order", id, button)
    return id


def dead(firm: Firm) -> list[str]:
    with firm.engine.store.read() as conn:
        return [str(e) for e in conn.execute(select(tables.job.c.error).where(tables.job.c.state == "dead")).scalars()]


def test_everybody_reads_it_in_their_own_language_each_once(firm: Firm, box: Mailbox) -> None:
    others = [firm.who(n).id for n in ("an", "cy", "bo")]
    press(firm, "offer", email="AN@x.example", others=others)
    assert box.take() == []
    firm.engine.jobs.run_due()
    an, bo = box.take()
    assert (an.to, an.subject) == ("AN@x.example", "“茶”到了")
    assert an.text == "Bo 你好：\n茶 一共 1,234.50 元。\n" and an.message["Content-Language"] == "zh"
    assert (bo.to, bo.subject) == ("bo@x.example", '"茶" is here')
    assert bo.text == "Dear Bo,\n茶 costs 1,234.50 yuan.\n" and bo.message["Content-Language"] == "en"
    assert bo.message["From"] == f"Formloom <{USER}>" and bo.message["Auto-Submitted"] == "auto-generated"


def test_whom_nobody_knows_reads_the_language_of_the_definition(firm: Firm, box: Mailbox) -> None:
    press(firm, "plain", what="两行\n的  题目")
    firm.engine.jobs.run_due()
    (got,) = box.take()
    assert (got.to, got.subject, got.text) == ("shop@x.example", "两行 的 题目", "请看\n")


def test_what_is_refused_writes_to_nobody(firm: Firm, box: Mailbox) -> None:
    id = firm.new(firm.who("bo"), "order", what="茶")
    assert refused(lambda: firm.engine.act(firm.who("bo"), "order", id, "never"))
    assert firm.engine.jobs.run_due() == 0 and box.take() == []


def test_a_message_keeps_its_name_at_each_attempt(firm: Firm, box: Mailbox, caplog: pytest.LogCaptureFixture) -> None:
    box.refusing["shop@x.example"] = "451 later"
    press(firm, "plain")
    with firm.engine.store.read() as conn:
        uid = conn.execute(select(tables.job.c.uid)).scalar_one()
    with caplog.at_level(logging.DEBUG):
        firm.engine.jobs.run_due()
    assert box.take() == [] and dead(firm) == []
    assert PASSWORD not in caplog.text and "451" in caplog.text
    box.refusing.clear()
    firm.clock.later(minutes=1)
    firm.engine.jobs.run_due()
    (got,) = box.take()
    assert got.message["Message-ID"] == f"<{uid}@firm.example>"


def test_whom_the_server_never_takes_is_given_up_with_its_words(firm: Firm, box: Mailbox) -> None:
    box.refusing["shop@x.example"] = "550 no such mailbox"
    press(firm, "plain")
    press(firm, "offer", email="an@x.example")
    firm.engine.jobs.run_due()
    assert len(box.take()) == 2
    (error,) = dead(firm)
    assert "550 no such mailbox" in error


def test_an_address_that_is_none_is_given_up(firm: Firm, box: Mailbox) -> None:
    firm.engine.write(
        ADMIN, lambda w: w.defer(JOB, {"to": "a@b\r\nBcc: c@d.cn", "subject": "", "text": "", "language": "zh"})
    )
    firm.engine.jobs.run_due()
    assert box.take() == [] and "no e-mail address" in dead(firm)[0]


def test_without_a_mail_server_a_mail_waits_to_be_sent_again(firm: Firm, box: Mailbox) -> None:
    firm.engine.jobs.kinds[JOB] = smtp.kind(None)
    press(firm, "plain")
    firm.engine.jobs.run_due()
    assert "SMTP_URL" in dead(firm)[0]


def test_nobody_is_trusted_who_cannot_prove_to_be_the_server(
    firm: Firm, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    press(firm, "plain")
    firm.engine.jobs.run_due()
    with firm.engine.store.read() as conn:
        assert "CERTIFICATE_VERIFY_FAILED" in str(conn.execute(select(tables.job.c.error)).scalar_one())
    assert box.take() == []


@pytest.mark.parametrize(
    ("given", "sender", "server"),
    [
        ("", "", None),
        ("smtp://a%40b.cn:p%40ss@h", "", MailServer("h", 587, "starttls", "a@b.cn", "a@b.cn", "p@ss")),
        ("smtps://u:p@h:4650/", "a@b.cn", MailServer("h", 4650, "tls", "a@b.cn", "u", "p")),
        ("smtp://localhost?security=none", "a@b.cn", MailServer("localhost", 25, "none", "a@b.cn")),
    ],
)
def test_a_mail_server_is_one_address(given: str, sender: str, server: MailServer | None) -> None:
    found = read_settings({"SMTP_URL": given, "MAIL_FROM": sender}).mail
    assert found == server and "p@ss" not in repr(found)


@pytest.mark.parametrize(
    ("given", "sender"),
    [
        ("smtp://u:p@h", ""),
        ("http://a@h", "a@b.cn"),
        ("smtp://h:99999", "a@b.cn"),
        ("smtp://h/x", "a@b.cn"),
        ("smtp://u:p@h?security=none", "a@b.cn"),
        ("smtps://h?security=starttls", "a@b.cn"),
        ("smtp://h?tls=1", "a@b.cn"),
        ("smtp://", "a@b.cn"),
        ("smtp://[h", "a@b.cn"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_without_its_words(given: str, sender: str) -> None:
    with pytest.raises(Refused) as raised:
        read_settings({"SMTP_URL": given, "MAIL_FROM": sender})
    (problem,) = raised.value.problems
    assert problem.code == "bad_mail" and not problem.facts


def test_links_lead_to_the_public_address() -> None:
    assert read_settings({"PUBLIC_URL": "https://forms.example.com/"}).address == "https://forms.example.com"
    assert read_settings({}).address == ""
    for wrong in ("forms.example.com", "ftp://x", "https://x/y", "https://[x"):
        with pytest.raises(Refused) as raised:
            read_settings({"PUBLIC_URL": wrong})
        assert raised.value.problems[0].code == "bad_address"


def test_prints_of_the_record_go_with_a_mail_and_are_in_its_history(firm: Firm, box: Mailbox) -> None:
    firm.engine.jobs.kinds[JOB] = smtp.kind(
        box.server(), lambda job: attached(firm.engine.write, job, firm.engine.files)
    )
    id = press(firm, "paper", email="an@x.example")
    firm.engine.jobs.run_due()
    parts = {p.get_filename(): p for p in box.take()[0].message.iter_attachments()}
    assert sorted(n.rpartition(".")[2] for n in parts) == ["pdf", "xlsx"]
    pdf, book = (next(p for n, p in parts.items() if n.endswith(e)).get_content() for e in (".pdf", ".xlsx"))
    assert pdf.startswith(b"%PDF") and load_workbook(BytesIO(book)).active["A1"].value == 1234.5
    assert firm.history("order", id)[-2:] == ["print:page", "print:sheet"]
    id = press(firm, "paper", email="an@x.example")
    firm.engine.remove(ADMIN, "order", id)
    firm.engine.jobs.run_due()
    assert box.take() == [] and "There is no such record" in dead(firm)[0]


def test_what_is_attached_must_be_a_print(tmp_path: Path) -> None:
    forms = {
        **FORMS,
        "forms/order.yaml": FORMS["forms/order.yaml"].replace("attach: [page, sheet]", "attach: papge"),
    }
    found = [p for p in load(write(tmp_path, {"pack.yaml": PACK, **forms})).problems if p.severity == "error"]
    assert [p.code for p in found] == [NO_SUCH_PRINT] and "page" in found[0].remedy("en")
