"""The product's words for what keeps pages of this moment, for drafts, mentions and the first visit; see `words`."""

from __future__ import annotations

LIVE: dict[str, tuple[str, str]] = {
    # -- drafts
    "draft_there": ("有没填完的草稿，存于 {at}", "There is an unfinished draft, kept at {at}"),
    "draft_kept": ("草稿已保存 {at}", "Draft saved {at}"),
    "draft_go_on": ("继续填写", "Continue"),
    "draft_throw": ("丢弃", "Discard"),
    # -- welcome
    "welcome": ("欢迎", "Welcome"),
    "welcome_who": ("从谁开始试？", "Who do you want to be?"),
    "welcome_what": (
        "几页文字写下表单、流程和图表，Formloom 就把它们变成大家每天在用的系统。"
        "演示公司已经就绪（{facts}），选一个人，看到的就是他的工作台。",
        "Formloom turns a few pages of written forms, workflows and charts into the system people use every day. "
        "The demo company is ready ({facts}): pick a person and see what they see.",
    ),
    "welcome_count": ("{form} {n}", "{form} {n}"),
    "welcome_me": ("你的账号", "your-login"),
    "welcome_waits": ("待办：{what}", "To do: {what}"),
    "welcome_may": ("可以填：{what}", "Fills in: {what}"),
    "welcome_all": ("管理人员和全部数据", "Looks after people and all data"),
    "welcome_nothing": ("看看列表和看板", "Reads lists and dashboards"),
    "walk": ("五分钟走一遍", "Five-minute tour"),
    "walk_staff": ("员工", "Staff"),
    "walk_head": ("主管", "Manager"),
    "walk_analyst": ("分析师", "Analyst"),
    "walk_fill": ("填一张{form}，算得出来的会自己算好", "{form}: fill in a new one; what can be computed fills itself in"),
    "walk_submit": ("保存，看流程走到谁那里", "Save it and see whose turn it is"),
    "walk_next": ("从右上角换成下一位，接着办", "Switch to whoever is next at the top right, and go on"),
    "walk_open": ("打开等着的第一条{form}", "{form}: open the first that waits"),
    "walk_decide": ("读完动态，再决定：{acts}", "Read what happened, then decide: {acts}"),
    "walk_board": ("到看板“{board}”点一个数，看它背后的记录", "On the dashboard {board}, click a number to see its records"),
    "walk_write": ("在 {file} 里加一个字段，存盘", "Add a field to {file} and save"),
    "walk_check": ("写错了也不怕：.venv/bin/formloom check 逐条说清楚", "Mistakes are told one by one: .venv/bin/formloom check"),
    "walk_see": ("刷新{form}的表单，新字段已经在里面", "Reload the form of {form}: the field is there"),
    "walk_restart": ("重启服务器，打开{form}的表单，新字段已经在里面", "Restart the server and open {form}: the field is there"),
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
