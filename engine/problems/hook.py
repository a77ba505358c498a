"""What is refused of messages that other systems send."""

from __future__ import annotations

from engine.problems.base import define

HOOK_UNPROVEN = define(
    "hook_unproven",
    401,
    "“{name}”收到的消息证明不了是谁发的",
    "The message to {name} doesn't prove who sent it",
    fix_zh="核对双方的密钥；按 Standard Webhooks 签名的，还要核对服务器的时间",
    fix_en="Compare the secret on both sides; where it is signed (Standard Webhooks), also the servers' clocks",
)
HOOK_UNREADY = define(
    "hook_unready",
    503,
    "“{name}”还收不了消息：没有设置 {secret}",
    "{name} can't take messages yet: {secret} is not set",
    fix_zh="请运维设置环境变量 {secret}",
    fix_en="Have the operator set {secret} in the environment",
)
HOOK_MESSAGE = define(
    "hook_message",
    400,
    "消息要是一个 JSON 对象",
    "The message must be a JSON object",
)
HOOK_TAKE = define(
    "hook_take",
    422,
    "take 里的“{name}”没有在 ask 里",
    "take names {name}, which ask doesn't have",
    fix_zh="在 ask 里写明它的类型：{name}: {{type: text}}",
    fix_en="Say its type in ask: {name}: {{type: text}}",
)
