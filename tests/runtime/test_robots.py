"""Robots of group chats: what each is sent, signed as its maker says, cut to its limits, and what its answers mean."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.definitions.catalog import load
from engine.runtime import afterwards, robots
from engine.texts import told as in_words
from tests.firm import ADMIN, Build, Clock, Firm
from tests.other import Other
from tests.runtime.test_calls import dead, runs

FORM = """
fields: {name: {type: text}, amount: {type: money}}
record_title: "{name}"
actions:
  tell: {who: clerk, do: [{call: group, subject: {zh: "合同 {name}", en: "Contract {name}"},
         message: {zh: "金额 {amount:#,##0.00} 元", en: "Amount {amount:#,##0.00}"}}]}
  say: {who: clerk, do: [{call: group, message: "{name}"}]}
access: {clerk: {can: [view, create, edit]}}
"""
CLERK = replace(ADMIN, roles=ADMIN.roles | {"clerk"})
SECRETS = {"group": "k/1", "sign": "SEC123"}


@pytest.fixture
def sink() -> Iterator[Other]:
    with Other() as made:
        yield made


def chat(engine_of: Build, sink: Other, kind: str, path: str, language: str = "zh") -> Firm:
    url = f"http://127.0.0.1:{sink.port}/{path}"
    pack = (
        "title: T\nlanguage: zh\nroles: {clerk: Clerk}\nconnections: {group: "
        f"{{robot: {kind}, url: '{url}', key: group, secret: sign, language: {language}}}}}\n"
    )
    firm = engine_of({"pack.yaml": pack, "forms/deal.yaml": FORM}, Clock(datetime.now(UTC)))
    settings = replace(
        firm.engine.settings, secrets=SECRETS, calls=frozenset({"127.0.0.1"}), address="https://forms.example.com"
    )
    firm.engine.jobs.kinds |= afterwards.kinds(
        firm.engine.write, firm.engine.read, settings, firm.clock, firm.engine.files
    )
    return firm


def told(firm: Firm, sink: Other, button: str) -> tuple[Any, Any]:
    """What a press of that button sends: the path and query, the body."""
    id = firm.new(CLERK, "deal", name="轴承", amount="12000")
    firm.engine.act(CLERK, "deal", id, button)
    firm.engine.jobs.run_due()
    ((method, path, _, body),) = sink.asked
    assert method == "POST"
    return urlsplit(path), json.loads(body)


def test_wecom_gets_markdown_with_the_way_to_the_record(engine_of: Build, sink: Other) -> None:
    sink.answers = [(200, {"errcode": 0, "errmsg": "ok"})]
    firm = chat(engine_of, sink, "wecom", "send?key={key}")
    url, body = told(firm, sink, "tell")
    assert parse_qs(url.query) == {"key": ["k/1"]}
    words = "**合同 轴承**\n金额 12,000.00 元\nhttps://forms.example.com/f/deal/1"
    assert body == {"msgtype": "markdown", "markdown": {"content": words}}
    assert runs(firm) == [("call group", "done", 1)]


def test_dingtalk_is_signed_in_the_address_and_spoken_to_in_its_language(engine_of: Build, sink: Other) -> None:
    sink.answers = [(200, {"errcode": 0})]
    url, body = told(chat(engine_of, sink, "dingtalk", "robot/send?access_token={key}", "en"), sink, "tell")
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    made = hmac.new(b"SEC123", f"{asked['timestamp']}\nSEC123".encode(), hashlib.sha256).digest()
    assert asked["access_token"] == "k/1" and len(asked["timestamp"]) == 13
    assert asked["sign"] == base64.b64encode(made).decode()
    assert body["markdown"]["title"] == "Contract 轴承"
    assert body["markdown"]["text"].startswith("**Contract 轴承**\n\nAmount 12,000.00\nhttps://")


def test_feishu_is_signed_in_the_body(engine_of: Build, sink: Other) -> None:
    sink.answers = [(200, {"code": 0, "msg": "success"})]
    url, body = told(chat(engine_of, sink, "feishu", "hook/{key}"), sink, "say")
    made = hmac.new(f"{body['timestamp']}\nSEC123".encode(), b"", hashlib.sha256).digest()
    assert url.path == "/hook/k%2F1" and len(body["timestamp"]) == 10
    assert body["sign"] == base64.b64encode(made).decode()
    assert (body["msg_type"], body["content"]) == ("text", {"text": "轴承\nhttps://forms.example.com/f/deal/1"})


def test_feishu_shows_a_heading_as_a_card() -> None:
    post = robots.post("feishu", "", "abc", None, "合同", "金额", 0)
    assert post.url == "https://open.feishu.cn/open-apis/bot/v2/hook/abc"
    assert json.loads(post.body)["card"]["header"]["title"]["content"] == "合同"


def test_a_refusal_that_answers_200_is_none_the_less_a_refusal(engine_of: Build, sink: Other) -> None:
    sink.answers = [
        (200, {"errcode": 45009, "errmsg": "api freq out of limit"}),
        (200, {"errcode": 93000, "errmsg": "bad key"}),
    ]
    firm = chat(engine_of, sink, "wecom", "send?key={key}")
    told(firm, sink, "say")
    assert runs(firm) == [("call group", "failed", 1)]
    firm.clock.later(hours=1)
    firm.engine.jobs.run_due()
    assert [in_words(one, "en") for one in dead(firm)] == ["the robot answered 93000: bad key"]


@pytest.mark.parametrize("kind", sorted(robots.ROBOTS))
@pytest.mark.parametrize("heading", ["", "标题"])
def test_a_long_message_is_cut_between_characters(kind: str, heading: str) -> None:
    robot = robots.ROBOTS[kind]
    post = robots.post(kind, "", "k", None, heading, "中文" * 20_000, 0)
    assert robots.CUT in post.body and "�" not in post.body
    assert len(post.body.encode()) <= (robot.markdown if heading else robot.text) + 300
    assert robots.cut("中文", 6) == "中文"


def test_what_a_robot_cannot_be_told(packed_call: Any) -> None:
    assert packed_call("{call: group, send: {a: 1}}") == ["call_key"]
    assert packed_call("{call: group/path, message: x}") == ["call_key"]
    assert packed_call("{call: group}") == ["verb_needs"]
    assert packed_call("{call: erp/in, message: x}") == ["call_key"]


@pytest.fixture
def packed_call(tmp_path: Any) -> Any:
    def codes(action: str) -> list[str]:
        pack = (
            "title: T\nroles: {clerk: C}\nconnections: "
            "{group: {robot: wecom, key: g}, erp: {url: 'https://erp.example.com'}}\n"
        )
        form = f"fields: {{name: {{}}}}\naccess: {{clerk: {{can: [view]}}}}\nactions: {{tell: {{who: clerk, do: [{action}]}}}}\n"
        (tmp_path / "forms").mkdir(exist_ok=True)
        (tmp_path / "pack.yaml").write_text(pack, encoding="utf-8")
        (tmp_path / "forms" / "deal.yaml").write_text(form, encoding="utf-8")
        return [p.code for p in load(tmp_path).errors]

    return codes
