"""The words of tasks: who holds them, how many must agree, who acts for whom."""

from __future__ import annotations

TASKS: dict[str, tuple[str, str]] = {
    "holders": ("办理人", "Who has the task"),
    "todo_title": ("等你办：{title}", "For you to do: {title}"),
    "due": ("期限", "Due"),
    "due_by": ("期限 {at}", "due {at}"),
    "since_you": ("你上次{did}后，改了 {n} 处", 'One change since your "{did}"|{n} changes since your "{did}"'),
    "opinion_then": ("你 {at} 的意见", "Your opinion, {at}"),
    "clock_running": ("在走", "running"),
    "clock_paused": ("暂停，还剩 {left}", "paused, {left} left"),
    "clock_met": ("已达成", "met"),
    "clock_missed": ("已超期", "missed"),
    "hours_n": ("{n} 小时", "1 hour|{n} hours"),
    "next_task": ("下一件：{title}", "Next: {title}"),
    "way_api": ("通过接口", "by a program"),
    "way_import": ("通过导入", "by an import"),
    "way_cli": ("通过命令行", "on the command line"),
    "way_timer": ("到时间自动", "as its time was up"),
    "way_automation": ("由自动化", "by an automation"),
    "turn_later": ("还没轮到", "not their turn yet"),
    "turn_handed": ("已转出", "handed over"),
    "turn_by": ("由{who}代办", "done by {who} for them"),
    "enough_any": ("其中一人办理即可。", "One of them suffices."),
    "enough_all": ("需要全部同意。", "All of them must agree."),
    "enough_in_order": ("依次办理。", "One after the other."),
    "enough_at_least": ("至少 {n} 人同意。", "At least {n} must agree."),
    "enough_added": ("加签的人也要办理。", "Those who were added must act too."),
    "enough_share": ("至少 {n}% 的人同意。", "At least {n}% of them must agree."),
    "flow_moment": ("到了：{at}", "At the time: {at}"),
    "flow_then": ("都办完：{tasks}", "All done: {tasks}"),
    "withdraw_leaves": (
        "撤回只把单据带回第一步。已经做了的不会退回：新建或改过的别的单据、发出的消息和邮件都还在；要退的请另外处理。",
        "This only takes the record back to its first step. What was done on the way stays: other records that were made or "
        "changed, notices and mails that went out. See to them yourself where they must go.",
    ),
    "withdraw_left": ("已经做了的没有退回", "what was done on the way stays"),
    "withdraw_undoes": (
        "撤回把单据带回第一步，流程里写明怎么退的会退回。其余的不会：新建或改过的别的单据、发出的消息和邮件都还在；要退的请另外处理。",
        "This takes the record back to its first step and undoes what its workflow says how to. The rest stays: other records "
        "that were made or changed, notices and mails that went out. See to them yourself where they must go.",
    ),
    "withdraw_undone": (
        "流程里写明怎么退的已经退回，其余的没有",
        "what the workflow says how to undo is undone, the rest stays",
    ),
    "did_transfer": ("任务转给别人", "the task was handed over"),
    "did_lapse": ("任务到时自动结束", "the task's time was over, it ended by itself"),
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
