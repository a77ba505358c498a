"""Problems of the command line."""

from __future__ import annotations

from engine.problems.base import define

NO_USER = define(
    "no_user",
    404,
    "没有账号“{login}”",
    'There is no account "{login}"',
    fix_zh="formloom user list 列出所有账号。",
    fix_en="formloom user list shows all accounts.",
)
