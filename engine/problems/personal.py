"""Problems of a person's own views of a list."""

from __future__ import annotations

from engine.problems.base import define

NO_VIEW_TITLE = define(
    "no_view_title",
    422,
    "给视图起个名字",
    "Give the view a name",
    fix_zh="例如“本月大额”，最多 60 个字。",
    fix_en="Such as Large this month, at most 60 letters.",
)
VIEW_TITLE_TAKEN = define(
    "view_title_taken",
    422,
    "你已经有一个叫“{title}”的视图",
    'You already have a view called "{title}"',
    fix_zh="换一个名字，或者更新原来的视图。",
    fix_en="Choose another name, or update that view.",
)
TOO_MANY_VIEWS = define(
    "too_many_views",
    422,
    "一个表单最多存 {most} 个视图",
    "At most {most} views are kept for a form",
    fix_zh="先删掉不用的视图。",
    fix_en="Delete one that is not used any more.",
)
NO_OWN_VIEW = define(
    "no_own_view",
    404,
    "你没有这个视图，可能已经删掉了",
    "You have no such view; it may have been deleted",
    fix_zh="从标签里换一个视图。",
    fix_en="Choose another view from the tabs.",
)
