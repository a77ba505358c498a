"""The product's words for what keeps pages of this moment, for drafts, mentions and the first visit; see `words`."""

from __future__ import annotations

LIVE: dict[str, tuple[str, str]] = {
    # -- drafts
    "draft_there": ("有没提交的草稿，存于 {at}", "There is a draft that was not submitted, kept at {at}"),
    "draft_kept": ("草稿已保存 {at}", "Draft saved {at}"),
    "draft_go_on": ("继续填写", "Continue"),
    "draft_throw": ("丢弃", "Discard"),
    # -- welcome
    "welcome": ("欢迎", "Welcome"),
    "welcome_who": ("从谁开始试？", "Who do you want to be?"),
    "welcome_what": (
        "Formloom 把写在几页文字里的表单、流程和图表，变成大家每天在用的系统。演示公司已经就绪：{facts}。选一个人，看到的就是他的工作台。",
        "Formloom turns forms, workflows and charts written on a few pages into the system people use every day. "
        "The demo company is ready: {facts}. Pick a person and see what they see.",
    ),
    "welcome_count": ("{n} 条{form}", "{n} {form}"),
    "welcome_waits": ("等他处理：{what}", "Waiting: {what}"),
    "welcome_may": ("可以填：{what}", "Fills in: {what}"),
    "welcome_all": ("管理人员和全部数据", "Looks after people and all data"),
    "welcome_nothing": ("看看列表和看板", "Reads lists and dashboards"),
    "walk": ("五分钟走一遍", "Five-minute tour"),
    "walk_staff": ("员工", "Staff"),
    "walk_head": ("主管", "Manager"),
    "walk_analyst": ("分析师", "Analyst"),
    "walk_fill": ("填一张{form}，算得出来的会自己算好", "Fill in {form}; what can be computed fills itself in"),
    "walk_submit": ("提交，看流程走到谁那里", "Submit it and see whose turn it is"),
    "walk_open": ("打开等着的第一条{form}", "Open the first waiting record of {form}"),
    "walk_decide": ("读完动态，再决定：{acts}", "Read what happened, then decide: {acts}"),
    "walk_board": ("在看板上点一个数，看背后的记录", "Click a number on a dashboard to see its records"),
    "walk_write": ("在 {file} 里加一个字段，存盘", "Add a field to {file} and save"),
    "walk_see": ("刷新{form}，新字段已经在表单里", "Reload {form}: the field is in the form"),
    "walk_start": ("以{name}开始", "Start as {name}"),
    "welcome_foot": (
        "演示人员不用密码，右上角菜单里随时可以换人。正式使用前，用下面的命令添加自己的管理员：",
        "Demo people need no password; switch at any time in the menu at the top right. "
        "Before real use, add an administrator of your own:",
    ),
    "welcome_login": ("用账号登录", "Sign in with an account"),
    "switch_person": ("换一个演示人员", "Switch demo person"),
}  # fmt: skip
"""key -> (Chinese, English)."""
