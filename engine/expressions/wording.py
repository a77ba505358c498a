"""How types are called in front of an analyst, and what to advise where two of them don't fit."""

from __future__ import annotations

from engine.expressions.types import Type, forms_of
from engine.texts import Text, text

KINDS = {
    "number": text("数字", "a number"),
    "text": text("文字", "a text"),
    "boolean": text("是否值", "a yes or no"),
    "date": text("日期", "a date"),
    "time": text("时刻（几点几分）", "a time of day"),
    "instant": text("时间", "a moment (date and time)"),
    "length": text("时长", "a length of time"),
    "location": text("位置", "a location"),
    "list": text("列表", "a list"),
    "null": text("空值", "null"),
    "unknown": text("未知", "unknown"),
}

NO_ADVICE = text("", "")

ADVICE = {
    ("text", "number"): text("用 NUMBER(…) 读成数字；数字本身不加引号", "Read it with NUMBER(…); a number has no quotes"),
    ("number", "text"): text(
        '用 TEXT(…, "0") 写成文字；选项和文字要加引号', 'Write it with TEXT(…, "0"); words stand in quotes'
    ),
    ("date", "text"): text('用 TEXT(…, "yyyy-MM-dd") 写成文字', 'Write it with TEXT(…, "yyyy-MM-dd")'),
    ("instant", "text"): text('用 TEXT(…, "yyyy-MM-dd HH:mm") 写成文字', 'Write it with TEXT(…, "yyyy-MM-dd HH:mm")'),
    ("text", "date"): text('日期写成 DATE(2024, 5, 1) 或 "2024-05-01"', 'Write DATE(2024, 5, 1) or "2024-05-01"'),
    ("text", "instant"): text('时间写成 "2024-05-01T09:00Z"，或与 NOW() 比较', 'Write "2024-05-01T09:00Z", or use NOW()'),
    ("text", "time"): text('写成 "09:00"', 'Write "09:00"'),
    ("time", "text"): text('用 TEXT(…, "HH:mm") 写成文字', 'Write it with TEXT(…, "HH:mm")'),
    ("time", "instant"): text("日期加时刻得到时间：TODAY() + …", "A date plus a time is a moment: TODAY() + …"),
    ("location", "number"): text("取 .latitude 或 .longitude", "Take .latitude or .longitude"),
    ("location", "text"): text("取 .address", "Take .address"),
    ("instant", "date"): text('用 PERIOD(…, "day") 取它的日期', 'Take its day with PERIOD(…, "day")'),
    ("date", "instant"): text('用 PERIOD(…, "day") 取另一边的日期', 'Take the day of the other with PERIOD(…, "day")'),
    ("length", "date"): text("日期加减天数：TODAY() - 7", "Add or take days: TODAY() - 7"),
    ("number", "instant"): text("时间加减时长：NOW() + 2h", "Add or take a length: NOW() + 2h"),
    ("length", "number"): text("除以单位得到数字：… / 1h", "Divide by a unit for a number: … / 1h"),
    ("number", "length"): text("乘以单位得到时长：… * 1d", "Multiply by a unit for a length: … * 1d"),
    ("number", "boolean"): text("写成条件，例如 … > 0", "Make it a condition, such as … > 0"),
    ("text", "boolean"): text('写成条件，例如 … = "…" 或 not ISBLANK(…)', 'Make it a condition, such as … = "…" or not ISBLANK(…)'),
    ("record", "boolean"): text("写成条件，例如 not ISBLANK(…)", "Make it a condition, such as not ISBLANK(…)"),
    ("date", "boolean"): text("写成条件，例如 … < TODAY()", "Make it a condition, such as … < TODAY()"),
    ("record", "text"): text("写出它的一个字段，例如 .name", "Name one of its fields, such as .name"),
    ("text", "record"): text('比较它的一个字段，例如 customer.code = "C001"', 'Compare one of its fields, such as customer.code = "C001"'),
    ("boolean", "text"): text('用 IF(…, "是", "否") 写成文字', 'Write it with IF(…, "yes", "no")'),
    ("boolean", "number"): text("用 IF(…, 1, 0) 变成数字", "Make it a number with IF(…, 1, 0)"),
}  # fmt: skip
"""(what it is, what is needed) -> how to get there."""


def words(type: Type) -> Text:
    """What a value of this type is called: `a number`, `a record of customer`, `a list`."""
    if type.kind == "record":
        if type.shape == "person":
            return text("人员", "a person")
        return text(f"一条 {type.shape} 记录", f"a record of {type.shape}")
    forms = forms_of(type)
    if forms:
        zh, en = " 或 ".join(forms), " or ".join(forms)
        return text(f"一条 {zh} 记录", f"a record of {en}")
    return KINDS.get(type.kind, KINDS["unknown"])


def advice(given: Type, needed: Type) -> Text:
    """How to turn the one into the other; empty when there is no way worth a word."""
    return ADVICE.get((given.kind, needed.kind), NO_ADVICE)


_DAYS = text("加天数写成 … + 7；要接上文字用 &", "Add days as … + 7; words are joined with &")
_LENGTH = text("加时长写成 … + 2h；要接上文字用 &", "Add a length as … + 2h; words are joined with &")

ADDED = {"date": _DAYS, "instant": _LENGTH, "time": _LENGTH}
"""To what a text was added -> what may have been meant."""


def operand(op: str, of: Type, given: Type) -> Text:
    """The same for the other side of an operator: what to write beside a value of type `of`."""
    if op == "+" and given.kind == "text" and of.kind in ADDED:
        return ADDED[of.kind]
    return advice(given, of)


def either(kinds: tuple[str, ...]) -> Text:
    """`a number or a date`."""
    found = [KINDS[k] if k in KINDS else words(Type("record", shape=k)) for k in kinds]
    if "record" in kinds:
        found = [text("记录", "a record")]
    return text("或".join(t.to("zh") for t in found), " or ".join(t.to("en") for t in found))
