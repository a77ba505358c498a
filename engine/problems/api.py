"""Problems of the API's own: what a program sends is looked at here before any form is."""

from __future__ import annotations

from engine.problems.base import define

BROKEN_JSON = define(
    "broken_json", 400,
    "请求体不是正确的 JSON：{reason}",
    "The body is not valid JSON: {reason}",
    fix_zh="用 UTF-8 编码发送一个 JSON 对象。",
    fix_en="Send one JSON object in UTF-8.",
)  # fmt: skip
NOT_AN_OBJECT = define(
    "not_an_object", 400,
    "请求体应是一个 JSON 对象",
    "The body must be a JSON object",
    fix_zh="用花括号把字段包起来：{{\"name\": \"…\"}}。",
    fix_en='Put the fields between braces: {{"name": "…"}}.',
)  # fmt: skip
WRONG_TYPE = define(
    "wrong_content_type", 415,
    "这里只收 {expected}，发来的是 {given}",
    "Only {expected} is taken here, {given} was sent",
    fix_zh="把 Content-Type 设为 {expected}。",
    fix_en="Set Content-Type to {expected}.",
)  # fmt: skip
NO_ADDRESS = define(
    "no_address", 404,
    "API 里没有这个地址",
    "The API has no such address",
    fix_zh="所有地址都写在 /api/openapi.json 里。",
    fix_en="All addresses are in /api/openapi.json.",
)  # fmt: skip
NO_METHOD = define(
    "no_method", 405,
    "这个地址不支持 {method}",
    "This address does not take {method}",
    fix_zh="可以用的是：{allowed}。",
    fix_en="It takes: {allowed}.",
)  # fmt: skip
BAD_TOKEN = define(
    "bad_token", 401,
    "令牌无效、已过期或已收回",
    "The token is wrong, has expired or was taken back",
    fix_zh="请管理员用 formloom token create 新做一个。",
    fix_en="Have a new one made with: formloom token create.",
)  # fmt: skip
NO_TOKEN = define(
    "no_token", 401,
    "请带上令牌",
    "Send a token",
    fix_zh="加上请求头 Authorization: Bearer fl_…；令牌用 formloom token create 做。",
    fix_en="Add the header Authorization: Bearer fl_…; tokens are made with: formloom token create.",
)  # fmt: skip
UNKNOWN_PARAMETER = define(
    "unknown_parameter", 400,
    "没有“{name}”这个查询参数",
    'There is no query parameter "{name}"',
    fix_zh="最接近的是“{nearest}”。",
    fix_en='The nearest one is "{nearest}".',
)  # fmt: skip
BAD_PARAMETER = define(
    "bad_parameter", 400,
    "查询参数“{name}”应是{expected}",
    'The query parameter "{name}" must be {expected}',
)  # fmt: skip
BAD_MEMBER = define(
    "bad_member", 422,
    "“{name}”应是{expected}",
    '"{name}" must be {expected}',
)  # fmt: skip
UNKNOWN_MEMBER = define(
    "unknown_member", 422,
    "请求体里不能有“{name}”",
    'The body can not have "{name}"',
    fix_zh="最接近的是“{nearest}”。",
    fix_en='The nearest one is "{nearest}".',
)  # fmt: skip
SYSTEM_MEMBER = define(
    "system_member", 422,
    "“{name}”由系统记录，不能填写",
    '"{name}" is kept by the system and can not be written',
    fix_zh="去掉它再发送；要改变状态，请用 transitions。",
    fix_en="Leave it out; to change the state, use a transition.",
)  # fmt: skip
NO_IF_MATCH = define(
    "no_if_match", 428,
    "修改时要说明改的是哪个版本",
    "A change must say which version it is made to",
    fix_zh='先 GET 这条记录，把它的 ETag 放进 If-Match 请求头，例如 If-Match: "3"。',
    fix_en='GET the record first and send its ETag in the header If-Match, such as If-Match: "3".',
)  # fmt: skip
UNKNOWN_VERSION = define(
    "unknown_version", 409,
    "If-Match {given} 不是这条记录的版本，现在是 \"{version}\"",
    'If-Match {given} is no version of this record; it is at "{version}"',
    fix_zh="重新 GET 这条记录，用它的 ETag。",
    fix_en="GET the record again and use its ETag.",
)  # fmt: skip
STALE = define(
    "stale_version", 412,
    "这条记录后来被{who}改过了，现在是第 {version} 版",
    "{who} changed this record since; it is at version {version}",
    fix_zh="重新 GET 这条记录，看过改动后再改一次。",
    fix_en="GET the record again, look at what changed, and repeat the change.",
)  # fmt: skip
KEY_REUSED = define(
    "key_reused", 409,
    "这个 Idempotency-Key 已经用在另一个请求上了",
    "This Idempotency-Key was already used for another request",
    fix_zh="每个新请求用一个新的 Idempotency-Key。",
    fix_en="Use a new Idempotency-Key for each new request.",
)  # fmt: skip
BAD_KEY = define(
    "bad_key", 400,
    "Idempotency-Key 应有 1 到 200 个可见的 ASCII 字符",
    "An Idempotency-Key has 1 to 200 visible ASCII characters",
)  # fmt: skip
