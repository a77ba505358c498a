"""Problems of doing something with several records at once."""

from __future__ import annotations

from engine.problems.base import define

NOTHING_TICKED = define(
    "nothing_ticked",
    422,
    "还没有勾选记录",
    "No record is ticked",
    fix_zh="在列表里勾选要处理的记录。",
    fix_en="Tick the records in the list first.",
)
NOT_TOGETHER = define(
    "not_together",
    422,
    "“{title}”是逐条做的",
    "{title} is done record by record",
    fix_zh="对每条记录各按一次。",
    fix_en="Press it on each record.",
)
TOO_MANY_TICKED = define(
    "too_many_ticked",
    422,
    "一次最多处理 {most} 条，勾选了 {n} 条",
    "At most {most} records at once; {n} are ticked",
    fix_zh="先筛选一下，分几次处理。",
    fix_en="Filter the list and do it in several steps.",
)
