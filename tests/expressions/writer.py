"""Writes random well-typed formulas over the world of these tests, as nasty as its rows."""

from __future__ import annotations

from random import Random

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
            "DISTANCE(place, seen)",
            "COUNT(friends)",
            "subject.customer.level",
            "subject.id",
        ],
        "text": [
            "number",
            "note",
            "state",
            "customer.name",
            "grade",
            "place.address",
            "home.city",
            "home.street",
            "JOIN('/', friends.name)",
            "FIRST(friends.name)",
            "subject.name",
        ],
        "boolean": [
            "flag",
            "state.final",
            "customer.vip",
            "(customer in friends)",
            "ANY(level > 1 from friends)",
            "(place = null)",
            "(subject = customer)",
            "(customer != subject)",
            "(subject = null)",
            "ISBLANK(subject.product)",
            "(subject in friends)",
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
        "NETWORKDAYS({date}, {date})", 'NETWORKDAYS({date}, {date}, "work")', "MAX({number}, {number})",
        "POWER({number}, 2)", "POWER(ABS({number}), 0.5)",

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
        'WORKDAY({date}, {number}, "work")', 'WORKDAY({date}, {number}, "shop")',
        "DATE({number}, {number}, 31)",
    ],
    "time": ["TIME({number}, {number})", "({time} + {length})", "({time} - {length})", "MAX({time}, {time})"],
    "instant": ["({date} + {time})", 'PERIOD({instant}, "hour")', "({instant} + {length})", "({instant} - {length})",
                "MIN({instant}, {instant})"],
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


class Writer:
    """Writes formulas; the same seed writes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def formulas(self, count: int) -> list[str]:
        """So many formulas of all kinds, all different."""
        found: dict[str, None] = {}
        while len(found) < count:
            found[self.formula(self.random.choice(KINDS))] = None
        return list(found)

    def formula(self, kind: str, where: str = "order", depth: int = 3) -> str:
        """A well-typed formula of a kind."""
        choice = self.random.randrange(10) if depth else self.random.randrange(4)
        if choice <= (2 if depth < 3 else 0):
            return self.random.choice(NAMES[where][kind])
        if choice == 3:
            return self.random.choice([found for found in LITERALS[kind] if found != "null" or depth < 3])
        if choice == 4 and where == "order":
            return self.over_lines(kind, depth - 1)
        if choice == 5 and where == "order":
            return self.over_orders(kind, depth - 1)
        pattern = self.random.choice([*SHAPES[kind] * 2, *ANY_KIND]).replace("KIND", kind)
        return self.fill(pattern, where, max(depth - 1, 0))

    def fill(self, pattern: str, where: str, depth: int) -> str:
        """The pattern with a formula for each kind that it names."""
        found = pattern
        for each in KINDS:
            while f"{{{each}}}" in found:
                found = found.replace(f"{{{each}}}", self.formula(each, where, depth), 1)
        return found

    def over_lines(self, kind: str, depth: int) -> str:
        """A list function over the lines."""
        function = self.random.choice(LISTS[kind])
        value = self.formula(kind, "line", depth)
        source = self.random.choice(["items", "items", "this.items"])
        where = f" where {self.formula('boolean', 'line', depth)}" if self.random.random() < 0.5 else ""
        sort = self.random.choice(["", "", " sort price", " sort -due, name", " sort ready, -quantity"])
        return f"{function}({value} from {source}{where}{sort})"

    def over_orders(self, kind: str, depth: int) -> str:
        """A query over the whole form, the related list, or records named in a list."""
        plain = {"number": "total", "text": "note", "boolean": "flag", "date": "day", "instant": "made"}
        plain |= {"length": "took", "time": "starts"}
        function = self.random.choice(LISTS[kind])
        value = plain[kind] if self.random.random() < 0.5 else self.formula(kind, "order", 0)
        source = self.random.choice(SOURCES)
        sort = self.random.choice(["", " sort -total", " sort day, -number"])
        return f"{function}({value} from {source}{sort})"


SOURCES = [
    "order where customer = this.customer",
    "customer.orders where id != this.id",
    "order where day <= this.day and total > this.rate",
    "customer.won",
    "order where customer in this.friends",
]
