"""The product's words on the workbench, and about notices that go by mail; see `words`."""

from __future__ import annotations

WORK: dict[str, tuple[str, str]] = {
    "tab_waiting": ("待办", "To do"),
    "tab_started": ("我发起的", "Started by me"),
    "tab_done": ("已办", "Done by me"),
    "tab_told": ("告诉我的", "Told to me"),
    "tasks_form": ("哪张表单", "Form"),
    "tasks_all_forms": ("所有表单", "All forms"),
    "tasks_state": ("哪个状态", "State"),
    "tasks_all_states": ("所有状态", "All states"),
    "tasks_late": ("只看超时", "Late only"),
    "tasks_narrow": ("筛选", "Filter"),
    "tasks_show_all": ("看全部", "Show all"),
    "tasks_none_fit": ("没有符合条件的", "Nothing fits"),
    "tasks_several": ("批量办理", "Do several"),
    "over_new": ("刚超时", "just late"),
    "over_minutes": ("超时 {n} 分钟", "1 min late|{n} min late"),
    "over_hours": ("超时 {n} 小时", "1 h late|{n} h late"),
    "over_days": ("超时 {n} 天", "1 day late|{n} days late"),
    "first_of": ("这里列出前 {n} 件，共 {all} 件。", "The first {n} of {all}."),
    "nothing_done": ("你还没有办过", "You have done nothing yet"),
    "nothing_done_why": ("你按过按钮的单子都在这里。", "Records on which you pressed a button are here."),
    "nothing_told": ("还没有告诉你的", "Nothing was told to you yet"),
    "nothing_told_why": (
        "不用你办、但要让你知道的单子，都在这里。",
        "Records that you are told of and have no part in are here.",
    ),
    "nothing_waits": ("现在没有等你办的事", "Nothing waits for you now"),
    "nothing_waits_why": (
        "轮到你时，这里会出现，左边的数字也会变。",
        "When it is your turn it appears here, and the number in the menu grows.",
    ),
    "nothing_started": ("你还没有发起过", "You have started nothing yet"),
    "nothing_started_why": ("新建一张单子，就能在这里看它办到哪了。", "Create a record, and follow it here."),
    "waits_n": ("{n} 件等你办", "one waits for you|{n} wait for you"),
    "mailing": ("消息的邮件", "Notices by mail"),
    "mailing_now": ("马上发", "At once"),
    "mailing_daily": ("每天早上 8 点汇总", "Once a day, at 8:00"),
    "mailing_never": ("不发", "Never"),
    "mailing_off": (
        "这里还没有设置邮件服务器，现在不发邮件。",
        "No mail server is set here yet, so no mails are sent.",
    ),
    "mailing_nowhere": (
        "你还没有邮箱地址，请管理员在“人员”里填写。",
        "You have no e-mail address yet: an administrator can enter it.",
    ),
    "mailing_where": ("发到 {address}；已经在这里读过的不再发。", "To {address}; what was read here is not sent."),
}
