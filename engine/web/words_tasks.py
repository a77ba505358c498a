"""The words of tasks: who holds them, how many must agree, who acts for whom."""

from __future__ import annotations

TASKS: dict[str, tuple[str, str]] = {
    "holders": ("办理人", "Who has the task"),
    "turn_later": ("还没轮到", "not their turn yet"),
    "turn_handed": ("已转出", "handed over"),
    "turn_by": ("由{who}代办", "done by {who} for them"),
    "enough_any": ("其中一人办理即可。", "One of them suffices."),
    "enough_all": ("需要全部同意。", "All of them must agree."),
    "enough_in_order": ("依次办理。", "One after the other."),
    "enough_at_least": ("至少 {n} 人同意。", "At least {n} must agree."),
    "enough_share": ("至少 {n}% 的人同意。", "At least {n}% of them must agree."),
    "flow_then": ("都办完：{tasks}", "All done: {tasks}"),
    "did_wait": ("等待的条件成立了", "what it waited for has come true"),
    "did_for": ("{who}（代{other}）", "{who} (for {other})"),
    "away": ("外出代办", "Away"),
    "away_why": (
        "外出期间，由代办人以你的名义办理你的待办；记录里会写明是谁代办的。回来以后一切照旧。",
        "While you are away somebody does your tasks in your place; the history says who did. Afterwards all is as before.",
    ),
    "away_deputy": ("代办人", "Who acts for you"),
    "away_starts": ("从", "From"),
    "away_ends": ("到（含当天）", "To (this day included)"),
    "away_back": ("我回来了", "I'm back"),
    "away_back_done": ("你的待办由你自己办理", "You do your tasks yourself again"),
}
"""Key -> Chinese, English."""
