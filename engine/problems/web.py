"""Problems of the web's own: addresses, methods, sizes and origins, before any form is looked at."""

from __future__ import annotations

from engine.problems.base import define

NO_PAGE = define(
    "no_page",
    404,
    "没有这个页面",
    "There is no such page",
    fix_zh="检查地址，或从菜单里选。",
    fix_en="Check the address, or choose from the menu.",
)
WRONG_METHOD = define(
    "wrong_method",
    405,
    "这个地址不能这样访问",
    "This address can not be used that way",
    fix_zh="回到上一页，用页面上的按钮再试一次。",
    fix_en="Go back and use the buttons of the page.",
)
TOO_LARGE_BODY = define(
    "too_large_body",
    413,
    "发来的内容太大了：最多 {limit} MB",
    "What was sent is too large: {limit} MB at most",
    fix_zh="换成小一些的文件，或者分几次上传。",
    fix_en="Choose a smaller file, or send it in parts.",
)
BAD_BODY = define(
    "bad_body",
    400,
    "没能读懂发来的内容",
    "What was sent can not be read",
    fix_zh="刷新页面再试一次。",
    fix_en="Load the page again and retry.",
)
FOREIGN_ORIGIN = define(
    "foreign_origin",
    403,
    "这个请求来自别的网站，没有执行",
    "This request came from another site and was not carried out",
    fix_zh="在本站的页面上再操作一次。",
    fix_en="Do it again on a page of this site.",
)
FAILED = define(
    "failed",
    500,
    "出了点问题，什么都没有改变。编号 {number}",
    "Something went wrong and nothing was changed. Number {number}",
    fix_zh="再试一次；如果还是这样，把编号告诉管理员。",
    fix_en="Try again; if it happens again, tell an administrator this number.",
)
NO_FILE = define(
    "no_file",
    422,
    "没有收到文件",
    "No file arrived",
    fix_zh="重新选择文件。",
    fix_en="Choose the file again.",
)
NO_DASHBOARD = define(
    "no_dashboard",
    404,
    "没有“{name}”这个看板，或者它不是给你的",
    'There is no dashboard "{name}", or it is not for you',
    fix_zh="从菜单里选一个看板。",
    fix_en="Choose a dashboard from the menu.",
)
ADMINS_READ = define(
    "admins_read",
    403,
    "这一页只有管理员能看",
    "Only administrators may see this",
)
NO_TEAM = define(
    "no_team",
    403,
    "你没有带人的部门，这里没有可看的",
    "You head no department, so there is nobody to see here",
)
NO_FEED = define(
    "no_such_feed",
    404,
    "没有这个日历链接：可能已经换成新的了",
    "There is no such calendar link: it may have been renewed",
)
NO_JOB = define(
    "no_such_job",
    404,
    "没有这个放弃了的作业：也许已经再试过",
    "There is no such job that was given up: perhaps it was tried again already",
)
ADMINS_ONLY = define(
    "admins_only",
    403,
    "人员和部门只有管理员能改",
    "Only administrators may change people and departments",
    fix_zh="需要的话请找管理员：{admins}。",
    fix_en="Ask an administrator if you need it: {admins}.",
)
WRONG_PASSWORD = define(
    "wrong_password",
    422,
    "现在的密码不对",
    "The present password is not right",
)
PASSWORDS_DIFFER = define(
    "passwords_differ",
    422,
    "两次输入的新密码不一样",
    "The two new passwords differ",
)
