"""Robots of group chats (WeCom, DingTalk, Feishu): what each wants to be sent, how it is signed, and what its answers mean.

Why: they differ in small things only: where the key stands, what is signed with what, how long a message may be. A message
with a heading is sent as Markdown, one without as plain text. Pure: nothing is sent here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from engine.jobs.job import Failed, GiveUp
from engine.texts import text

CUT = "…"
"""What stands where a message was too long."""


@dataclass(frozen=True)
class Post:
    """A request: `url` is whole, `body` is JSON text."""

    url: str
    body: str


@dataclass(frozen=True)
class Robot:
    """A kind of robot. `url`: where its messages go unless the connection says otherwise, with `{key}` for its key;
    `text` and `markdown`: bytes that such a message may have; `made` gives the content; `signed` puts the signature
    into (url, content); `code`: the member of an answer that is 0 when all is well; `later`: codes that say so."""

    url: str
    text: int
    markdown: int
    made: Callable[[str, str], dict[str, Any]]
    signed: Callable[[str, dict[str, Any], str, int], tuple[str, dict[str, Any]]]
    code: str
    later: frozenset[int]


def post(kind: str, url: str, key: str, secret: str | None, heading: str, words: str, moment: int) -> Post:
    """The request that says this. `url` "" is the service's own; `heading` "": plain text; `moment` in seconds."""
    robot = ROBOTS[kind]
    kept = cut(words, robot.markdown if heading else robot.text)
    address = (url or robot.url).replace("{key}", quote(key, safe=""))
    content = robot.made(cut(heading, 120), kept)
    if secret is not None:
        address, content = robot.signed(address, content, secret, moment)
    return Post(address, json.dumps(content, ensure_ascii=False, separators=(",", ":")))


def judge(kind: str, answer: Any) -> None:
    """Robots answer 200 whatever happens. Raises GiveUp when they refused, Failed when they were asked too often."""
    robot = ROBOTS[kind]
    code = answer.get(robot.code) if isinstance(answer, dict) else None
    if code == 0:
        return
    said = str(answer.get("errmsg") or answer.get("msg") or "") if isinstance(answer, dict) else ""
    words = text(f"机器人回答 {code}：{said[:300]}", f"the robot answered {code}: {said[:300]}")
    if code in robot.later:
        raise Failed(words)
    raise GiveUp(words)


def cut(words: str, most: int) -> str:
    """The text in at most so many bytes of UTF-8, cut between characters."""
    if len(words.encode()) <= most:
        return words
    return words.encode()[: most - len(CUT.encode())].decode(errors="ignore").rstrip() + CUT


# -- what differs ------------------------------------------------------------------------------------------------------


def _wecom(heading: str, words: str) -> dict[str, Any]:
    if heading:
        return {"msgtype": "markdown", "markdown": {"content": f"**{heading}**\n{words}"}}
    return {"msgtype": "text", "text": {"content": words}}


def _dingtalk(heading: str, words: str) -> dict[str, Any]:
    if heading:
        return {"msgtype": "markdown", "markdown": {"title": heading, "text": f"**{heading}**\n\n{words}"}}
    return {"msgtype": "text", "text": {"content": words}}


def _feishu(heading: str, words: str) -> dict[str, Any]:
    if heading:
        title = {"title": {"tag": "plain_text", "content": heading}}
        return {
            "msg_type": "interactive",
            "card": {"header": title, "elements": [{"tag": "markdown", "content": words}]},
        }
    return {"msg_type": "text", "content": {"text": words}}


def _unsigned(url: str, content: dict[str, Any], secret: str, moment: int) -> tuple[str, dict[str, Any]]:
    return url, content


def _in_address(url: str, content: dict[str, Any], secret: str, moment: int) -> tuple[str, dict[str, Any]]:
    """DingTalk: milliseconds and the secret, signed with the secret, in the address."""
    stamp = moment * 1000
    made = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    sign = quote(base64.b64encode(made).decode(), safe="")
    return f"{url}&timestamp={stamp}&sign={sign}", content


def _in_body(url: str, content: dict[str, Any], secret: str, moment: int) -> tuple[str, dict[str, Any]]:
    """Feishu: nothing, signed with the seconds and the secret, in the body."""
    made = hmac.new(f"{moment}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return url, {"timestamp": str(moment), "sign": base64.b64encode(made).decode(), **content}


ROBOTS = {
    "wecom": Robot(
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={key}", 2048, 3900, _wecom, _unsigned, "errcode",
        frozenset({45009, -1}),
    ),
    "dingtalk": Robot(
        "https://oapi.dingtalk.com/robot/send?access_token={key}", 18_000, 18_000, _dingtalk, _in_address, "errcode",
        frozenset({130101, 410100, -1}),
    ),
    "feishu": Robot(
        "https://open.feishu.cn/open-apis/bot/v2/hook/{key}", 18_000, 18_000, _feishu, _in_body, "code",
        frozenset({9499, 11232}),
    ),
}  # fmt: skip
"""The kinds of robots by name. Limits leave room for what stands around the words."""
