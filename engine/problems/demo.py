"""Problems of a pack's demo."""

from __future__ import annotations

from engine.problems.base import define

DEMO_REFUSED = define(
    "demo_refused",
    500,
    "演示数据 {record}（{step}，{at}）不符合规则：{why}",
    "The demo's {record} ({step}, {at}) breaks a rule: {why}",
    fix_zh="改 pack.yaml 里的 demo，或用 DEMO=0 不带演示启动。",
    fix_en="Mend demo in pack.yaml, or start without it: DEMO=0.",
)
DEMO_UNKNOWN = define(
    "demo_unknown",
    500,
    "演示数据里的“{name}”在 {form} 中找不到",
    'The demo names "{name}", which {form} has not',
    fix_zh="检查 pack.yaml 里 demo 的名字和先后次序。",
    fix_en="Check the names and their order in time in demo of pack.yaml.",
)
