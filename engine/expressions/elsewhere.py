"""Functions of Excel, 简道云 and others that Formloom doesn't have, and how the same is said here."""

from __future__ import annotations

ELSEWHERE: dict[str, str] = {
    # logic
    "XOR": "a != b", "ISEMPTY": "ISBLANK(a)", "ISNULL": "ISBLANK(a)",
    "IFERROR": "COALESCE(a, b)", "IFNA": "COALESCE(a, b)", "NVL": "COALESCE(a, b)", "IFNULL": "COALESCE(a, b)",
    "ISNUMBER": "not ISBLANK(NUMBER(a))", "EXACT": "a = b", "CHOOSE": "SWITCH(n, 1, a, 2, b)", "CASE": "IFS(c, a, d, b)",
    # lists
    "AVERAGE": "AVG(items.a)", "AVERAGEIF": "AVG(a from items where …)", "AVERAGEIFS": "AVG(a from items where …)",
    "SUMIF": "SUM(a from items where …)", "SUMIFS": "SUM(a from items where …)", "SUMPRODUCT": "SUM(a * b from items)",
    "COUNTIF": "COUNT(from items where …)", "COUNTIFS": "COUNT(from items where …)", "COUNTA": "COUNT(items.a)",
    "MAXIFS": "MAX(a from items where …)", "MINIFS": "MIN(a from items where …)",
    "LARGE": "FIRST(a from items sort -a)", "SMALL": "FIRST(a from items sort a)", "INDEX": "FIRST(a from items where …)",
    "VLOOKUP": "FIRST(a from form where …)", "XLOOKUP": "FIRST(a from form where …)", "LOOKUP": "FIRST(a from form where …)",
    "HLOOKUP": "FIRST(a from form where …)", "MATCH": "COUNT(from form where …)", "FILTER": "LIST(a from form where …)",
    "MAPX": "SUM(a from form where …)", "UNION": "LIST(items.a)", "TEXTJOIN": 'JOIN(", ", items.a)',
    # numbers
    "CEILING": "ROUNDUP(a / n) * n", "FLOOR": "INT(a / n) * n", "MROUND": "ROUND(a / n) * n", "TRUNC": "ROUNDDOWN(a)",
    "FIXED": 'TEXT(a, "0.00")', "QUOTIENT": "ROUNDDOWN(a / b)", "SIGN": "IFS(a > 0, 1, a < 0, -1, true, 0)",
    "VALUE": "NUMBER(a)", "PERCENT": "10%", "EXP": "POWER(2.71828183, a)",
    # texts
    "CONCATENATE": "a & b", "CONCAT": "a & b", "SEARCH": "FIND(a, b)", "REPLACE": "LEFT(a, 2) & b & MID(a, 5, 99)",
    "CHAR": "NEWLINE()", "PROPER": "UPPER(LEFT(a)) & LOWER(MID(a, 2, 99))", "T": 'TEXT(a, "0")',
    "ENDSWITH": "RIGHT(a, 2) = b", "NUMBERSTRING": "RMBCAP(a)", "DOLLAR": 'TEXT(a, "¥#,##0.00")',
    # dates
    "DAYS": "b - a", "DATEDELTA": "a + 7", "DATEADD": "a + 7", "DATEVALUE": '"2024-05-01"', "TIMEVALUE": '"09:30"',
    "SYSTIME": "NOW()", "ISOWEEKNUM": "WEEKNUM(a, 21)", "TIMESTAMP": '(a - "1970-01-01T00:00Z") / 1s',
    "DATETIME": "DATE(2024, 5, 1) + TIME(9, 30)", "QUARTER": "ROUNDUP(MONTH(a) / 3)", "NETDAYS": "NETWORKDAYS(a, b)",
    "YEARFRAC": 'DATEDIF(a, b, "m") / 12',
    # people and records
    "GETUSERNAME": "user.name", "TEXTUSER": "a.name", "TEXTDEPT": "a.name", "TEXTLOCATION": "a.address",
    "TEXTPHONE": "a", "CURRENTUSER": "user",
}  # fmt: skip
"""Its name -> what to write instead."""
