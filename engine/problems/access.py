"""Problems of access: what a person may not look into, sort by or be shown, beside the plain `forbidden`."""

from __future__ import annotations

from engine.problems.base import define

FIELD_CLOSED = define(
    "field_closed",
    403,
    "你不能用“{title}”来筛选、排序或统计：它的值对你不可见",
    'You may not filter, sort or count by "{title}": its values are not yours to see',
    fix_zh="去掉用到它的条件；如果应该能看到，请找管理员。",
    fix_en="Leave out what reads it; if you should see it, ask an administrator.",
)
FORM_CLOSED = define(
    "form_closed",
    403,
    "这里用到了“{form}”的记录，而你不能看它们",
    'This reads records of "{form}", which are not yours to see',
    fix_zh="能看的是：{roles}。需要的话请找管理员。",
    fix_en="These may see them: {roles}. Ask an administrator if you need it.",
)
KEPT_CLOSED = define(
    "kept_closed",
    403,
    "EVAL 不能写在这里：保存在记录里的公式可能读到不该看到的内容",
    "EVAL can't be used here: a formula that is kept in a record may read what isn't to be seen",
    fix_zh="请管理员加一个带公式的字段，再按它筛选。",
    fix_en="Ask an administrator for a field with that formula, and filter by it.",
)
ROWS_CLOSED = define(
    "rows_closed",
    403,
    "这里要查遍“{form}”的记录，而你只能看其中一部分",
    'This searches all of "{form}", and you may see only a part of them',
    fix_zh="去掉这个条件，或直接在“{form}”的列表里筛选。",
    fix_en='Leave that condition out, or filter in the list of "{form}" itself.',
)
NO_SUCH_VIEW = define(
    "no_such_view",
    404,
    "“{form}”没有“{name}”这个视图，或者它不是给你的",
    '"{form}" has no view "{name}", or it is not for you',
    fix_zh="换一个视图：{known}。",
    fix_en="Choose another one: {known}.",
)
NOT_SORTABLE = define(
    "not_sortable",
    400,
    "不能按“{title}”排序",
    '"{title}" can not be sorted by',
    fix_zh="换一个字段排序。",
    fix_en="Sort by another field.",
)
NO_SUCH_COLUMN = define(
    "no_such_column",
    400,
    "“{form}”没有“{name}”这一列",
    '"{form}" has no column "{name}"',
    fix_zh="最接近的是“{nearest}”。",
    fix_en='The nearest one is "{nearest}".',
)
NO_SUCH_WIDGET = define(
    "no_such_widget",
    404,
    "没有“{name}”这张图，或者你不能看它",
    'There is no chart "{name}", or you may not see it',
    fix_zh="从菜单里选一个看板。",
    fix_en="Choose a dashboard from the menu.",
)
BAD_PERIOD = define(
    "bad_period",
    400,
    "看不懂时间范围“{value}”",
    'The period "{value}" can not be read',
    fix_zh="写成 this_month、this_year 等，或 2026-01-01..2026-03-31。",
    fix_en="Write this_month, this_year and so on, or 2026-01-01..2026-03-31.",
)
NO_OPTIONS = define(
    "no_options",
    404,
    "“{path}”不是一个可以搜索的字段",
    '"{path}" is not a field that can be searched',
)
BAD_FILE = define(
    "bad_file",
    400,
    "读不懂这个文件：{reason}",
    "The file can not be read: {reason}",
    fix_zh="存成 CSV（UTF-8 或 GB18030 编码），第一行是字段的名称或标题。",
    fix_en="Save it as CSV (UTF-8 or GB18030) whose first line has the fields' names or titles.",
)
UNKNOWN_COLUMN = define(
    "unknown_column",
    400,
    "“{form}”没有“{name}”这个字段，这一列没法导入",
    '"{form}" has no field "{name}", so this column can not be imported',
    fix_zh="最接近的是“{nearest}”。改掉列名，或删去这一列。",
    fix_en='The nearest one is "{nearest}". Rename the column or take it out.',
)
NO_MATCH = define(
    "no_match",
    422,
    "“{title}”：找不到“{value}”",
    '"{title}": nothing is called "{value}"',
    fix_zh="写它的编号、名称或 id，并确认你能看到它。",
    fix_en="Write its key, title or id, and make sure that you may see it.",
)
SEVERAL_MATCH = define(
    "several_match",
    422,
    "“{title}”：有 {count} 条都叫“{value}”",
    '"{title}": {count} are called "{value}"',
    fix_zh="改写成编号或 id。",
    fix_en="Write its key or id instead.",
)
STILL_RUNNING = define(
    "still_running",
    409,
    "这次导入正在进行",
    "This import is still running",
    fix_zh="等它结束，或先停止它。",
    fix_en="Wait until it ends, or stop it first.",
)
COLUMN_TWICE = define(
    "column_twice",
    400,
    "有两列都对应“{name}”",
    'Two columns are for "{name}"',
    fix_zh="其中一列选“不导入”，或改掉一个列名。",
    fix_en="Leave one of them out, or rename it.",
)
NO_KEY_COLUMN = define(
    "no_key_column",
    400,
    "文件里没有“{key}”这一列，认不出每行是“{form}”的哪条记录",
    'No column of the file is "{key}", so its rows name no record of "{form}"',
    fix_zh="加上这一列（或 id 一列），或改为全部新建。",
    fix_en="Add that column (or one called id), or create all records anew.",
)
INNER_LINES = define(
    "inner_lines",
    400,
    "明细里的明细（{target}）不能单独导入",
    "Lines within lines ({target}) don't come in alone",
    fix_zh="给 {outer} 导入文件：每行写上外层明细的各格和里层的各格（列名如 {inner}.…）；同一条外层明细的各行写得一样。",
    fix_en="Import a file into {outer}: each row has the outer line's cells and the inner line's (columns such as {inner}.…); "
    "rows of one outer line say the same of it.",
)
NO_KEY = define(
    "no_key",
    400,
    "“{form}”没有 key，文件里的行认不出属于哪条记录",
    '"{form}" has no key by which the rows of a file could name its records',
    fix_zh="在它的定义里写上 key: 一个唯一的字段。",
    fix_en="Say in its definition `key:` and a field that is unique.",
)
