"""All functions of the language: what they take, what they give, how the server computes them, and what people read.

A parameter is written `number`, `text`, `date|instant`, `any`, … with `?` when it may be left out and `*` when it (the last)
may be repeated; `format` is an Excel format in quotes, `one:y,m,d` one of these words in quotes. Unless it says otherwise a
function gives null when an argument is null (a condition: false). List functions and those whose result depends on their
arguments (`IF`, …) have their type rules in the checker. Long because it is one table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from engine.expressions import dates, numbers, places, rmb, workdays
from engine.expressions.formats import shown
from engine.expressions.types import Env
from engine.texts import Text, text

D = Decimal
ONE = Decimal(1)


@dataclass(frozen=True)
class Function:
    """One function.

    `params` as in the module's head; `result` a kind of value, `person`, `persons`, or `same` (the checker's rule decides).
    `run(env, *arguments)` computes it; None where an executor has its own way (lazy functions, lists, people).
    `strict`: null as soon as an argument is null. `examples`: formula -> its value as text; each is run by a test.
    """

    name: str
    family: str
    params: tuple[str, ...]
    result: str
    help: Text
    examples: tuple[tuple[str, str], ...] = ()
    run: Callable[..., Any] | None = None
    strict: bool = True

    @property
    def least(self) -> int:
        """How many arguments it needs."""
        return sum(not p.endswith(("?", "*")) for p in self.params)

    @property
    def most(self) -> int | None:
        """How many it may have; None: any number."""
        return None if self.params and self.params[-1].endswith("*") else len(self.params)

    @property
    def usage(self) -> str:
        """How it is written: `ROUND(number, [number])`."""
        words = []
        for param in self.params:
            kind = param.rstrip("?*")
            kind = '"' + kind[4:].split(",")[0] + '"' if kind.startswith("one:") else kind.replace("|", "/")
            words.append(f"[{kind}]" if param.endswith("?") else f"{kind}, …" if param.endswith("*") else kind)
        return f"{self.name}({', '.join(words)})"


FUNCTIONS: dict[str, Function] = {}
"""Name in capitals -> function."""

LIST_FUNCTIONS = frozenset({"SUM", "AVG", "MIN", "MAX", "COUNT", "ANY", "ALL", "FIRST", "LAST", "LIST", "JOIN"})
"""Functions whose last argument may be a list: `items.amount`, or a query."""

LAZY = frozenset({"IF", "IFS", "SWITCH", "COALESCE"})
"""Functions that compute only the arguments they need."""

PEOPLE = frozenset({"HEAD", "INROLE", "UNDER", "CANSEE", "HOLDERS", "HANDLER", "REACHED", "EVAL"})
"""Functions that the reader answers."""


def _enter(
    name: str,
    family: str,
    params: str,
    result: str,
    zh: str,
    en: str,
    run: Callable[..., Any] | None = None,
    *examples: tuple[str, str],
    strict: bool = True,
) -> None:
    FUNCTIONS[name] = Function(name, family, tuple(params.split()), result, text(zh, en), examples, run, strict)


# -- lists: the executors compute them ---------------------------------------------------------------------------------

_enter(
    "SUM", "lists", "list", "number", "各值之和，没有值时为 0", "The sum; 0 of nothing", None, ("SUM([1, 2.5])", "3.5")
)
_enter(
    "AVG", "lists", "list", "number", "平均值，没有值时为空", "The mean; null of nothing", None, ("AVG([1, 2])", "1.5")
)
_enter("MIN", "lists", "any*", "same", "最小的一个", "The smallest", None, ("MIN(3, 2)", "2"), ("MIN([3, null])", "3"))
_enter("MAX", "lists", "any*", "same", "最大的一个", "The greatest", None, ("MAX(3, 2)", "3"), ("MAX(1, null)", ""))
_enter(
    "COUNT",
    "lists",
    "list?",
    "number",
    "有多少条，空值不计",
    "How many; nulls aren't counted",
    None,
    ("COUNT([1, null])", "1"),
)
_enter(
    "ANY", "lists", "list", "boolean", "是否有一条成立", "Whether one is true", None, ("ANY([1 > 2, 2 > 1])", "true")
)
_enter(
    "ALL", "lists", "list", "boolean", "是否每条都成立", "Whether each is true", None, ("ALL([1 > 2, 2 > 1])", "false")
)
_enter("FIRST", "lists", "list", "same", "第一个", "The first", None, ("FIRST([3, 2])", "3"))
_enter("LAST", "lists", "list", "same", "最后一个", "The last", None, ("LAST([3, 2])", "2"))
_enter(
    "LIST", "lists", "list", "same", "列表，空值除外", "The list, nulls left out", None, ("COUNT(LIST([1, null]))", "1")
)
_enter(
    "JOIN", "lists", "text any*", "text", "用分隔文字连接，空的跳过", "Joined by the text; blanks are skipped", None,
    ('JOIN("-", "a", "", "b")', "a-b"), ('JOIN(", ", ["x", null])', "x"),
)  # fmt: skip

# -- logic -------------------------------------------------------------------------------------------------------------

_enter(
    "IF",
    "logic",
    "boolean any any?",
    "same",
    "成立取前者，否则取后者",
    "The one or the other",
    None,
    ('IF(1 > 2, "a", "b")', "b"),
)
_enter(
    "IFS", "logic", "any*", "same", "第一个成立的条件后面的值", "The value behind the first condition that holds", None,
    ('IFS(false, 1, true, 2)', "2"), ("IFS(false, 1)", ""),
)  # fmt: skip
_enter(
    "SWITCH", "logic", "any*", "same", "与之相等的值后面的结果，最后可写其他情况", "The result behind the equal value; last, any other",
    None, ('SWITCH(2, 1, "a", 2, "b", "c")', "b"), ('SWITCH(9, 1, "a")', ""),
)  # fmt: skip
_enter(
    "COALESCE",
    "logic",
    "any any*",
    "same",
    "第一个不为空的值",
    "The first that isn't null",
    None,
    ("COALESCE(null, 3)", "3"),
)
_enter(
    "ISBLANK", "logic", "any", "boolean", "是否为空或空文字", "Whether it is null or an empty text",
    lambda _, x: x is None or x == "" or x == [], ('ISBLANK("")', "true"), ("ISBLANK(0)", "false"), strict=False,
)  # fmt: skip

# -- numbers -----------------------------------------------------------------------------------------------------------

_enter("ABS", "numbers", "number", "number", "绝对值", "Without its sign", lambda _, x: x.copy_abs(), ("ABS(-2)", "2"))
_enter(
    "ROUND", "numbers", "number number?", "number", "四舍五入到几位小数", "Rounded, halves away from zero",
    lambda _, x, n=numbers.ZERO: numbers.round_half(x, n), ("ROUND(2.345, 2)", "2.35"), ("ROUND(-2.5)", "-3"),
)  # fmt: skip
_enter(
    "ROUNDUP", "numbers", "number number?", "number", "向远离零的方向舍入", "Rounded away from zero",
    lambda _, x, n=numbers.ZERO: numbers.round_up(x, n), ("ROUNDUP(2.01, 1)", "2.1"),
)  # fmt: skip
_enter(
    "ROUNDDOWN", "numbers", "number number?", "number", "向零舍入", "Rounded towards zero",
    lambda _, x, n=numbers.ZERO: numbers.round_down(x, n), ("ROUNDDOWN(-2.99)", "-2"),
)  # fmt: skip
_enter(
    "INT",
    "numbers",
    "number",
    "number",
    "不大于它的整数",
    "The next whole number below",
    lambda _, x: numbers.floor(x),
    ("INT(-2.5)", "-3"),
)
_enter(
    "MOD", "numbers", "number number", "number", "余数，符号同除数；除以 0 为空", "The remainder, signed as the divisor",
    lambda _, a, b: numbers.modulo(a, b), ("MOD(-7, 3)", "2"), ("MOD(1, 0)", ""),
)  # fmt: skip
_enter(
    "POWER", "numbers", "number number", "number", "乘方", "To the power of", lambda _, x, n: numbers.power(x, n),
    ("POWER(2, 10)", "1024"), ("POWER(2, -1)", "0.5"), ("POWER(2, 0.5)", "1.41421356"),
)  # fmt: skip
_enter(
    "SQRT",
    "numbers",
    "number",
    "number",
    "平方根，负数为空",
    "The square root",
    lambda _, x: numbers.square_root(x),
    ("SQRT(2)", "1.41421356"),
)
_enter(
    "RMBCAP",
    "numbers",
    "number",
    "text",
    "人民币大写",
    "In Chinese capital numerals",
    lambda _, x: rmb.capitals(x),
    ("RMBCAP(10.05)", "壹拾元零伍分"),
)

# -- texts: by code point ----------------------------------------------------------------------------------------------


def _at_least(n: Decimal, least: int = 0) -> int:
    return max(numbers.whole(n), least)


def _right(_: Env, t: str, n: Decimal = ONE) -> str:
    return t[max(len(t) - _at_least(n), 0) :]


def _mid(_: Env, t: str, start: Decimal, count: Decimal) -> str:
    first = _at_least(start, 1) - 1
    return t[first : first + _at_least(count)]


def _find(_: Env, part: str, t: str, start: Decimal = ONE) -> Decimal | None:
    found = t.find(part, _at_least(start, 1) - 1)
    return None if found < 0 else D(found + 1)


def _ascii(t: str, first: str, shift: int) -> str:
    return "".join(chr(ord(c) + shift) if first <= c <= chr(ord(first) + 25) else c for c in t)


def _number(_: Env, t: str) -> Decimal | None:
    word = t.strip(" ")
    digits = word[1:] if word[:1] in ("+", "-") else word
    whole, _dot, places = digits.partition(".")
    if not whole or not (whole + (places if _dot else "0")).isascii() or len(digits) > 60:
        return None
    if not whole.isdigit() or (_dot and not places.isdigit()) or len(whole.lstrip("0")) > 20:
        return None
    return numbers.number(word)


_enter(
    "LEN",
    "texts",
    "text",
    "number",
    "有多少个字",
    "How many characters",
    lambda _, t: D(len(t)),
    ('LEN("中文😀")', "3"),
)
_enter(
    "LEFT",
    "texts",
    "text number?",
    "text",
    "开头几个字",
    "Its beginning",
    lambda _, t, n=ONE: t[: _at_least(n)],
    ('LEFT("abc", 2)', "ab"),
)
_enter("RIGHT", "texts", "text number?", "text", "末尾几个字", "Its end", _right, ('RIGHT("abc", 2)', "bc"))
_enter(
    "MID",
    "texts",
    "text number number",
    "text",
    "从第几个字起取几个",
    "So many characters from a place",
    _mid,
    ('MID("abcd", 2, 2)', "bc"),
)
_enter(
    "FIND", "texts", "text text number?", "number", "前者在后者中的位置，没有则为空", "Where the first stands in the second, else null",
    _find, ('FIND("c", "abc")', "3"), ('FIND("x", "abc")', ""),
)  # fmt: skip
_enter(
    "CONTAINS",
    "texts",
    "text text",
    "boolean",
    "是否含有",
    "Whether it has the part",
    lambda _, t, p: p in t,
    ('CONTAINS("abc", "bc")', "true"),
)
_enter(
    "STARTSWITH",
    "texts",
    "text text",
    "boolean",
    "是否以此开头",
    "Whether it begins so",
    lambda _, t, p: t.startswith(p),
    ('STARTSWITH("abc", "a")', "true"),
)
_enter(
    "TRIM",
    "texts",
    "text",
    "text",
    "去掉两端空格",
    "Without blanks at its ends",
    lambda _, t: t.strip(" "),
    ('TRIM(" a ")', "a"),
)
_enter(
    "UPPER",
    "texts",
    "text",
    "text",
    "英文字母大写",
    "English letters in capitals",
    lambda _, t: _ascii(t, "a", -32),
    ('UPPER("aé")', "Aé"),
)
_enter(
    "LOWER",
    "texts",
    "text",
    "text",
    "英文字母小写",
    "English letters in small",
    lambda _, t: _ascii(t, "A", 32),
    ('LOWER("AÉ")', "aÉ"),
)
_enter(
    "SUBSTITUTE", "texts", "text text text", "text", "把第二个全部换成第三个", "Each second replaced by the third",
    lambda _, t, old, new: t.replace(old, new) if old else t, ('SUBSTITUTE("a-b-c", "-", "+")', "a+b+c"),
)  # fmt: skip
_enter(
    "TEXT", "texts", "number|date|time|instant|boolean format?", "text", "按格式写成文字", "As text, in that format",
    lambda env, x, f=None: shown(x, f, env.zone),
    ('TEXT(1234.5, "#,##0.00")', "1,234.50"), ('TEXT(DATE(2024, 2, 3), "yyyy-MM")', "2024-02"), ("TEXT(1.50)", "1.5"),
)  # fmt: skip
_enter(
    "NUMBER",
    "texts",
    "text",
    "number",
    "读成数字，读不出为空",
    "Read as a number, else null",
    _number,
    ('NUMBER("1.50")', "1.5"),
    ('NUMBER("x")', ""),
)
_enter("NEWLINE", "texts", "", "text", "换行", "A line break", lambda _: "\n", ("LEN(NEWLINE())", "1"))

# -- dates -------------------------------------------------------------------------------------------------------------


def _date(_: Env, y: Decimal, m: Decimal, d: Decimal) -> date | None:
    return dates.made(numbers.whole(y), numbers.whole(m), numbers.whole(d))


def _of_day(part: Callable[[date], int]) -> Callable[[Env, date], Decimal]:
    return lambda env, x: D(part(dates.day_of(x, env.zone)))


def _of_clock(part: Callable[[datetime | time], int]) -> Callable[[Env, datetime | time], Decimal]:
    return lambda env, x: D(part(dates.local(x, env.zone) if isinstance(x, datetime) else x))


def _weekday(env: Env, x: date, kind: Decimal = ONE) -> Decimal | None:
    return D(dates.weekday(dates.day_of(x, env.zone), int(kind))) if kind in dates.WEEKDAY_TYPES else None


def _weeknum(env: Env, x: date, kind: Decimal = ONE) -> Decimal | None:
    return D(dates.week_number(dates.day_of(x, env.zone), int(kind))) if kind in dates.WEEKNUM_TYPES else None


def _workday(_: Env, day: date, n: Decimal, week: str | None = None, holidays: list[date] | None = None) -> date | None:
    days = numbers.whole(n)
    return dates.workdays_later(day, days) if week is None else workdays.later(day, days, week, holidays or [])


def _networkdays(_: Env, a: date, b: date, week: str | None = None, holidays: list[date] | None = None) -> Decimal:
    return D(dates.workdays(a, b) if week is None else workdays.between(a, b, week, holidays or []))


def _period(env: Env, given: date, unit: str) -> date | None:
    unit = unit.lower()
    if unit in dates.CLOCK_PERIODS and isinstance(given, datetime):
        return dates.clock_period(given, unit, env.zone)
    return dates.period(dates.day_of(given, env.zone), unit)


_enter("TODAY", "dates", "", "date", "今天", "The day", lambda env: env.today, strict=False)
_enter("NOW", "dates", "", "instant", "现在", "The moment", lambda env: env.now, strict=False)
_enter(
    "DATE", "dates", "number number number", "date", "年、月、日合成日期，超出会进位",
    "A date of year, month and day; what is too much rolls over",
    _date, ("DATE(2024, 2, 30)", "2024-03-01"), ("DATE(2024, 13, 0)", "2024-12-31"),
)  # fmt: skip
_enter(
    "YEAR",
    "dates",
    "date|instant",
    "number",
    "年",
    "The year",
    _of_day(lambda d: d.year),
    ("YEAR(DATE(2024, 2, 3))", "2024"),
)
_enter(
    "MONTH",
    "dates",
    "date|instant",
    "number",
    "月",
    "The month",
    _of_day(lambda d: d.month),
    ("MONTH(DATE(2024, 2, 3))", "2"),
)
_enter(
    "DAY",
    "dates",
    "date|instant",
    "number",
    "日",
    "The day of the month",
    _of_day(lambda d: d.day),
    ("DAY(DATE(2024, 2, 3))", "3"),
)
_enter(
    "WEEKDAY", "dates", "date|instant number?", "number", "星期几：1 从周日起，2 从周一起", "1 to 7, from Sunday (1) or Monday (2)",
    _weekday, ("WEEKDAY(DATE(2024, 2, 4))", "1"), ("WEEKDAY(DATE(2024, 2, 4), 2)", "7"),
)  # fmt: skip
_enter(
    "WEEKNUM", "dates", "date|instant number?", "number", "一年的第几周：1、2，或 21（ISO）", "The week of the year: 1, 2, or 21 (ISO)",
    _weeknum, ("WEEKNUM(DATE(2024, 1, 7))", "2"), ("WEEKNUM(DATE(2024, 1, 7), 21)", "1"),
)  # fmt: skip
_enter(
    "HOUR", "dates", "instant|time", "number", "时", "The hour", _of_clock(lambda t: t.hour), ("HOUR(TIME(9, 30))", "9")
)
_enter(
    "MINUTE", "dates", "instant|time", "number", "分", "The minute",
    _of_clock(lambda t: t.minute), ("MINUTE(TIME(9, 30))", "30"),
)  # fmt: skip
_enter(
    "SECOND", "dates", "instant|time", "number", "秒", "The second",
    _of_clock(lambda t: t.second), ("SECOND(TIME(9, 30, 5))", "5"),
)  # fmt: skip
_enter(
    "TIME", "dates", "number number number?", "time", "时、分、秒合成时刻，超出会进位，过了午夜从头算",
    "A time of hour, minute and second; what is too much rolls over, past midnight too",
    lambda _, h, m, s=numbers.ZERO: dates.clock(numbers.whole(h), numbers.whole(m), numbers.whole(s)),
    ("TIME(9, 90)", "10:30"), ("TIME(25, 0)", "01:00"),
)  # fmt: skip
_enter(
    "EDATE", "dates", "date number", "date", "几个月以后的同一天", "So many months later",
    lambda _, d, n: dates.months_later(d, numbers.whole(n)), ("EDATE(DATE(2024, 1, 31), 1)", "2024-02-29"),
)  # fmt: skip
_enter(
    "EOMONTH", "dates", "date number", "date", "几个月以后的月末", "The end of the month so many months later",
    lambda _, d, n: dates.month_end(d, numbers.whole(n)), ("EOMONTH(DATE(2024, 1, 5), 1)", "2024-02-29"),
)  # fmt: skip
_enter(
    "DATEDIF", "dates", "date date one:y,m,d", "number", "满几年、月或天", "Complete years, months or days between",
    lambda _, a, b, u: D(dates.between(a, b, u.lower())), ('DATEDIF(DATE(2024, 1, 31), DATE(2024, 2, 29), "m")', "0"),
)  # fmt: skip
_enter(
    "PERIOD", "dates", "date|instant one:year,quarter,month,week,day,hour,minute", "same",
    "所在年、季、月、周的第一天；时间所在的小时、分钟的开始（得到时间）",
    "The first day of its year, quarter, month or week; of a moment also where its hour or minute begins (a moment)",
    _period, ('PERIOD(DATE(2024, 5, 9), "quarter")', "2024-04-01"),
    ('PERIOD(DATE(2024, 5, 9) + TIME(9, 30, 5), "minute")', "2024-05-09 09:30"),
)  # fmt: skip
_enter(
    "WORKDAY", "dates", "date number calendar?", "date", "几个工作日以后：周一至周五，或按工作日历",
    "So many working days later: Monday to Friday, or those of a calendar", _workday, ("WORKDAY(DATE(2024, 1, 5), 1)", "2024-01-08"),
)  # fmt: skip
_enter(
    "NETWORKDAYS", "dates", "date date calendar?", "number", "有几个工作日，含首尾", "How many working days, both ends included",
    _networkdays, ("NETWORKDAYS(DATE(2024, 1, 1), DATE(2024, 1, 7))", "5"),
)  # fmt: skip

# -- places ------------------------------------------------------------------------------------------------------------

_enter(
    "DISTANCE", "people", "location location", "number", "两个位置之间的直线距离，单位米",
    "How many metres two places are apart, as the crow flies", lambda _, a, b: places.distance(a, b),
)  # fmt: skip

# -- people and records: the reader answers ----------------------------------------------------------------------------

_enter(
    "HEAD",
    "people",
    "person number?",
    "person",
    "其部门负责人，可指定往上几级",
    "The head of their department, so many levels up",
)
_enter("INROLE", "people", "person text", "boolean", "是否属于该角色", "Whether they have the role")
_enter("CANSEE", "people", "record", "boolean", "操作人能否看到这条记录", "Whether who acts may see the record")
_enter("HOLDERS", "people", "", "persons", "现在谁在办理这条记录的任务", "Those who hold the record's open tasks now")
_enter("HANDLER", "people", "text", "person", "谁最后办完了这个状态", "Who last acted in that state of the record")
_enter(
    "REACHED", "people", "text text*", "boolean", "这条记录现在或曾经在其中某个状态",
    "Whether the record is, or ever was, in one of these states",
)  # fmt: skip
_enter(
    "EVAL", "people", "text record", "same",
    "对一条记录计算保存在字段（类型 expression）里的公式：EVAL(rule.condition, this)；公式为空时没有值",
    "Runs the formula that a field of type expression holds, on a record: EVAL(rule.condition, this); null where it holds none",
)  # fmt: skip
_enter("UNDER", "people", "record record", "boolean", "前者是否在后者之下", "Whether the first is below the second")
