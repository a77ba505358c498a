"""Random well-typed formulas over nasty rows: Python, SQLite and the browser never differ."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.expressions.check import check
from engine.expressions.tree import Typed
from engine.problems import Refused
from tests.expressions.agree import differences
from tests.expressions.world import ORDER, Database

# What bare names there are, by kind, in an order and in one of its lines (of a query over `items`).
NAMES = {
    "order": {
        "number": [
            "total",
            "rate",
            "count",
            "double",
            "customer.level",
            "limit",
            "sum",
            "id",
            "place.latitude",
            "COUNT(friends)",
        ],
        "text": [
            "number",
            "note",
            "state",
            "customer.name",
            "grade",
            "place.address",
            "JOIN('/', friends.name)",
            "FIRST(friends.name)",
        ],
        "boolean": [
            "flag",
            "state.final",
            "customer.vip",
            "customer in friends",
            "ANY(level > 1 from friends)",
            "place = null",
        ],
        "date": ["day", "due", "customer.since", "TODAY()"],
        "instant": ["made", "NOW()"],
        "length": ["took"],
        "time": ["starts"],
    },
    "line": {
        "number": ["price", "quantity", "product.price", "parent.total", "this.rate", "limit"],
        "text": ["name", "kind", "product.name", "this.note"],
        "boolean": ["ready", "this.flag", "parent.flag"],
        "date": ["due", "this.day"],
        "instant": ["this.made"],
        "length": ["this.took"],
        "time": ["this.starts"],
    },
}
LITERALS = {
    "number": ["0", "1", "2.5", "10%", "0.001", "3", "100000000000", "0.33333333", "null"],
    "text": ['"a"', "'won'", '""', '"😀"', '"ß"', "null", '"\ufffa"'],
    "boolean": ["true", "false"],
    "date": ["DATE(2024, 2, 29)", "DATE(1, 1, 1)", "DATE(2023, 13, 31)", "DATE(9999, 12, 31)"],
    "instant": ["NOW()"],
    "length": ["4h", "90s", "1w"],
    "time": ["TIME(9, 30)", "TIME(23, 59, 59)"],
}
KINDS = sorted(LITERALS)
ORDERED = ["number", "text", "date", "instant", "length", "time"]

# How a value is made of others: `{kind}` stands for a formula of that kind.
SHAPES = {
    "number": [
        "({number} + {number})", "({number} - {number})", "({number} * {number})", "({number} / {number})", "-({number})",
        "ABS({number})", "ROUND({number}, 2)", "ROUND({number}, -1)", "ROUNDUP({number})", "ROUNDDOWN({number}, 1)",
        "INT({number})", "MOD({number}, {number})", "SQRT({number})", "LEN({text})", "FIND({text}, {text})", "NUMBER({text})",
        "({date} - {date})", "({length} / {length})", "YEAR({date})", "MONTH({instant})", "DAY({instant})", "HOUR({instant})",
        "MINUTE({time})",
        "SECOND({instant})",
        "WEEKDAY({date}, 2)", "WEEKNUM({date})", "WEEKNUM({date}, 21)", 'DATEDIF({date}, {date}, "m")',
        "NETWORKDAYS({date}, {date})", "MAX({number}, {number})", "POWER({number}, 2)", "POWER(ABS({number}), 0.5)",

    ],
    "text": [
        "({text} & {text})", "LEFT({text}, {number})", "RIGHT({text}, 2)", "MID({text}, {number}, 2)", "TRIM({text})",
        "UPPER({text})", "LOWER({text})", "SUBSTITUTE({text}, {text}, {text})", 'TEXT({number}, "#,##0.00")',
        'TEXT({number}, "0.#%;(0)")',
        "TEXT({number})", 'TEXT({date}, "yyyy-M-d")', 'TEXT({instant}, "yyyyMMdd HH:mm:ss")', 'JOIN("-", {text}, {text})',
        "RMBCAP({number})", "MIN({text}, {text})",
        'TEXT({time}, "h:mm:ss AM/PM")',
    ],
    "boolean": [
        "({boolean} and {boolean})", "({boolean} or {boolean})", "(not {boolean})", "({boolean} = {boolean})",
        "ISBLANK({text})", "ISBLANK({number})", "CONTAINS({text}, {text})", "STARTSWITH({text}, {text})",
        *(f"({{{k}}} {op} {{{k}}})" for k in ORDERED for op in ("=", "!=", "<", "<=", ">", ">=")),
        *(f"({{{k}}} in [{{{k}}}, {{{k}}}])" for k in ("number", "text", "date")), "({number} not in [1, 2.5, null])",
        "({time} > '09:30')",
    ],
    "date": [
        "({date} + {number})", "({date} - {number})", "EDATE({date}, {number})", "EOMONTH({date}, 1)",
        'PERIOD({date}, "month")', 'PERIOD({instant}, "week")', "WORKDAY({date}, {number})", "MAX({date}, {date})",
        "DATE({number}, {number}, 31)",
    ],
    "time": ["TIME({number}, {number})", "({time} + {length})", "({time} - {length})", "MAX({time}, {time})"],
    "instant": ["({date} + {time})", "({instant} + {length})", "({instant} - {length})", "MIN({instant}, {instant})"],
    "length": ["({time} - {time})", "({length} + {length})", "({instant} - {instant})", "({length} * {number})", "({length} / {number})"],
}  # fmt: skip
ANY_KIND = ["IF({boolean}, {KIND}, {KIND})", "COALESCE({KIND}, {KIND})", "IFS({boolean}, {KIND}, {boolean}, {KIND})",
            "SWITCH({number}, 1, {KIND}, 2.5, {KIND}, {KIND})"]  # fmt: skip
LISTS = {
    "number": ["SUM", "AVG", "MIN", "MAX", "FIRST", "LAST", "COUNT"],
    "text": ["MIN", "FIRST", "LAST"],
    "boolean": ["ANY", "ALL", "FIRST"],
    "date": ["MAX", "FIRST"],
    "instant": ["MIN"],
    "length": ["SUM", "AVG"],
    "time": ["MIN", "LAST"],
}


@st.composite
def formula(draw: st.DrawFn, kind: str, where: str = "order", depth: int = 3) -> str:
    """A well-typed formula of a kind."""
    choice = draw(st.integers(0, 9)) if depth else draw(st.integers(0, 3))
    if choice <= 2:
        return draw(st.sampled_from(NAMES[where][kind]))
    if choice == 3:
        return draw(st.sampled_from([found for found in LITERALS[kind] if found != "null" or depth < 3]))
    if choice == 4 and where == "order":
        return draw(over_lines(kind, depth - 1))
    if choice == 5 and where == "order":
        return draw(over_orders(kind, depth - 1))
    pattern = draw(st.sampled_from([*SHAPES[kind] * 2, *ANY_KIND])).replace("KIND", kind)
    return fill(draw, pattern, where, depth - 1)


def fill(draw: st.DrawFn, pattern: str, where: str, depth: int) -> str:
    found = pattern
    for each in KINDS:
        while f"{{{each}}}" in found:
            found = found.replace(f"{{{each}}}", draw(formula(each, where, depth)), 1)
    return found


@st.composite
def over_lines(draw: st.DrawFn, kind: str, depth: int) -> str:
    function = draw(st.sampled_from(LISTS[kind]))
    value = draw(formula(kind, "line", depth))
    source = draw(st.sampled_from(["items", "items", "this.items"]))
    where = f" where {draw(formula('boolean', 'line', depth))}" if draw(st.booleans()) else ""
    sort = draw(st.sampled_from(["", "", " sort price", " sort -due, name", " sort ready, -quantity"]))
    return f"{function}({value} from {source}{where}{sort})"


@st.composite
def over_orders(draw: st.DrawFn, kind: str, depth: int) -> str:
    """A query over the whole form, the related list, or its lines."""
    plain = {
        "number": "total",
        "text": "note",
        "boolean": "flag",
        "date": "day",
        "instant": "made",
        "length": "took",
        "time": "starts",
    }
    function = draw(st.sampled_from(LISTS[kind]))
    value = plain[kind] if draw(st.booleans()) else draw(formula(kind, "order", 0))
    source = draw(st.sampled_from(["order where customer = this.customer", "customer.orders where id != this.id",
                                   "order where day <= this.day and total > this.rate", "customer.won"]))  # fmt: skip
    sort = draw(st.sampled_from(["", " sort -total", " sort day, -number"]))
    return f"{function}({value} from {source}{sort})"


FORMULAS = st.lists(st.sampled_from(KINDS).flatmap(formula), min_size=30, max_size=30)
CALM = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.function_scoped_fixture,
    HealthCheck.large_base_example,
]


@settings(
    max_examples=12, deadline=None, suppress_health_check=CALM, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
@given(texts=FORMULAS)
def test_all_executors_give_the_same_values(texts: list[str], database: Database) -> None:
    assert differences([typed for text in texts if (typed := checked(text)) is not None], database) == []


def checked(text: str) -> Typed | None:
    """The formula; None for the few that compare a choice with a text that it doesn't offer, or are too long."""
    try:
        return check(text, ORDER)
    except Refused as refused:
        assert {p.code for p in refused.problems} <= {
            "formula_unknown_option",
            "formula_unknown_option_near",
            "formula_too_long",
        }
        return None
