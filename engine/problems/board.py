"""Problems of boards and calendars: why a card can't go where it is dragged, and what a board can't be asked."""

from __future__ import annotations

from engine.problems.base import define

NO_WAY = define(
    "no_way",
    409,
    "从“{now}”到不了“{to}”",
    '"{to}" can not be reached from "{now}"',
)
NOT_YET_THERE = define(
    "not_yet_there",
    409,
    "从“{now}”不能直接到“{to}”，先移到{next}",
    '"{to}" does not follow "{now}": move it to {next} first',
)
LEADS_ELSEWHERE = define(
    "leads_elsewhere",
    409,
    "“{title}”以后，这一条会到“{lands}”",
    'After "{title}" this one goes to "{lands}"',
)
NOT_DRAGGED = define(
    "not_dragged",
    409,
    "“{title}”不能靠拖动来做",
    '"{title}" is not done by dragging',
    fix_zh="打开这条记录，在那里办理。",
    fix_en="Open the record and do it there.",
)
BY_ITSELF = define(
    "by_itself",
    409,
    "没有按钮通到“{to}”，它由别的操作带动",
    'No button leads to "{to}"; other actions do',
)
FIELD_FIXED = define(
    "field_fixed",
    403,
    "“{title}”现在不能改",
    '"{title}" can not be changed now',
)
OPTION_NOT_OFFERED = define(
    "option_not_offered",
    409,
    "现在不能选“{option}”",
    '"{option}" is not offered now',
)
MUST_BE_SET = define(
    "must_be_set",
    409,
    "“{title}”不能为空",
    '"{title}" must not be empty',
)
NO_BOARD = define(
    "no_board",
    404,
    "“{form}”没有叫“{name}”的看板",
    '"{form}" has no board "{name}"',
    fix_zh="回到列表，换一个视图。",
    fix_en="Go back to the list and choose another view.",
)
NO_SUCH_PLACE = define(
    "no_such_place",
    404,
    "这个看板没有“{name}”这一列",
    'This board has no column "{name}"',
    fix_zh="刷新页面再试。",
    fix_en="Reload the page and try again.",
)
