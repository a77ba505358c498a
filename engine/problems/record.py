"""Problems of records: what a submission, a change, a transition or a deletion can be refused for."""

from __future__ import annotations

from engine.problems.base import define

NOT_FOUND = define(
    "not_found",
    404,
    "没有这条记录，或者你不能看它",
    "There is no such record, or you may not see it",
    fix_zh="检查链接；如果应该能看到，请找管理员。",
    fix_en="Check the link; if you should see it, ask an administrator.",
)
NO_FLOW = define(
    "no_workflow",
    404,
    "{form}没有流程",
    "{form} has no workflow",
    fix_zh="这个表单的记录填好就完成了，没有要经过的步骤。",
    fix_en="Its records are done when they are filled in; there are no steps to go through.",
)
NO_FORM = define(
    "no_form",
    404,
    "没有“{name}”这个表单，或者你不能用它",
    'There is no form "{name}", or you may not use it',
    fix_zh="从菜单里选一个表单。",
    fix_en="Choose a form from the menu.",
)
FORBIDDEN = define(
    "forbidden",
    403,
    "你不能{action}“{form}”",
    'You may not {action} "{form}"',
    fix_zh="可以这样做的是：{roles}。需要的话请找管理员。",
    fix_en="These may: {roles}. Ask an administrator if you need it.",
)
CONFLICT = define(
    "conflict",
    409,
    "你编辑时，{who}也改了这条记录",
    "{who} changed this record while you were editing",
    fix_zh="看一下对方改了什么，再决定保留哪个。",
    fix_en="See what changed, then choose what to keep.",
)
SAVED_BEFORE = define(
    "saved_before",
    409,
    "这张表单已经存为“{title}”，现在的内容和那时不同",
    'This form was saved already, as "{title}"; what stands here now differs from it',
    fix_zh="要改那条记录，请打开它；再保存一次会另存为一条新的。",
    fix_en="Open that record to change it. Sending this once more saves it as another one.",
)
REQUIRED = define(
    "required",
    422,
    "请{do}“{title}”",
    '{do} "{title}"',
)
UNKNOWN_FIELD = define(
    "unknown_field",
    422,
    "没有“{name}”这个字段",
    'There is no field "{name}"',
    fix_zh="最接近的是“{nearest}”。",
    fix_en='The nearest one is "{nearest}".',
)
READONLY_FIELD = define(
    "readonly_field",
    422,
    "“{title}”不能填写，它由系统或别人决定",
    '"{title}" is not yours to fill in',
    fix_zh="去掉这个值再保存。",
    fix_en="Leave this value out.",
)
COMPUTED_FIELD = define(
    "computed_field",
    422,
    "“{title}”是算出来的，不能填写",
    '"{title}" is computed and can not be filled in',
    fix_zh="去掉这个值再保存。",
    fix_en="Leave this value out.",
)
NOT_VISIBLE = define(
    "not_visible",
    422,
    "“{title}”现在用不到，不能填写",
    '"{title}" does not apply now and can not be filled in',
    fix_zh="去掉这个值，或先改让它出现的字段。",
    fix_en="Leave this value out, or change what makes it appear.",
)
TOO_SMALL = define(
    "too_small",
    422,
    "“{title}”最少是 {limit}",
    '"{title}" is at least {limit}',
)
TOO_LARGE = define(
    "too_large",
    422,
    "“{title}”最多是 {limit}",
    '"{title}" is at most {limit}',
)
NOT_OFFERED = define(
    "not_offered",
    422,
    "“{title}”现在不能选“{value}”",
    '"{value}" can not be chosen for "{title}" now',
    fix_zh="选另一个选项。",
    fix_en="Choose another option.",
)
NO_SUCH_REFERENCE = define(
    "no_such_reference",
    422,
    "“{title}”选的记录不存在，或者你不能看它",
    'What "{title}" points at does not exist, or you may not see it',
    fix_zh="重新选择一条。",
    fix_en="Choose again.",
)
REFERENCE_EXCLUDED = define(
    "reference_excluded",
    422,
    "“{title}”不能选“{value}”：它不符合可选范围",
    '"{value}" can not be chosen for "{title}": it is outside of what is offered',
    fix_zh="从列出的记录里选。",
    fix_en="Choose one of those offered.",
)
TREE_CIRCLE = define(
    "tree_circle",
    422,
    "“{title}”不能这样选，会绕成一圈：{chain}",
    '"{title}" can not be that, it would close a circle: {chain}',
    fix_zh="换一条不在它下面的记录。",
    fix_en="Choose one that isn't beneath it.",
)
NO_SUCH_LINE = define(
    "no_such_line",
    422,
    "“{title}”里没有编号为 {id} 的行",
    'There is no line {id} in "{title}"',
    fix_zh="刷新页面再试；新行不要带编号。",
    fix_en="Load the page again; a new line has no id.",
)
TOO_FEW_LINES = define(
    "too_few_lines",
    422,
    "“{title}”至少要 {limit} 行",
    '"{title}" needs {limit} or more lines',
)
TOO_MANY_LINES = define(
    "too_many_lines",
    422,
    "“{title}”最多 {limit} 行",
    '"{title}" takes at most {limit} lines',
)
NOT_UNIQUE = define(
    "not_unique",
    422,
    "“{title}”已经有“{value}”了：{other}",
    '"{title}" already has "{value}": {other}',
    fix_zh="改成另一个值，或打开已有的那条。",
    fix_en="Use another value, or open the one that is there.",
)
RULE_BROKEN = define("rule_broken", 409, "{message}", "{message}")
UPSERT_SEVERAL = define(
    "upsert_several",
    409,
    "“{form}”里有多条符合条件的记录，不知道更新哪一条：{first}、{second}",
    "Several records of {form} fit, so none can be updated: {first}, {second}",
    fix_zh="合并这些记录，或让分析员给出更明确的条件。",
    fix_en="Merge these records, or let the analyst give a key that only one has.",
)
REFUSED = define("refused", 409, "{message}", "{message}")
NO_BUTTON = define(
    "no_button",
    404,
    "“{form}”没有“{name}”这个操作",
    '"{form}" has no action "{name}"',
    fix_zh="最接近的是“{nearest}”。",
    fix_en='The nearest one is "{nearest}".',
)
WRONG_STATE = define(
    "wrong_state",
    409,
    "还不能{title}。{who}在“{states}”时可以{title}，现在是“{state}”。",
    '"{title}" is not open now: {who} may do it in "{states}"; it is "{state}" now.',
)
NOT_YOURS = define(
    "not_yours",
    403,
    "{title}要由{who}来做",
    '"{title}" is for {who}',
)
GUARD_CLOSED = define(
    "guard_closed",
    409,
    "现在不满足“{title}”的条件：{rule}",
    'The condition for "{title}" does not hold: {rule}',
)
NOT_FOR_YOU = define(
    "not_for_you",
    403,
    "{title}不能由你来做：{rule}",
    '"{title}" is not for you: {rule}',
    fix_zh="请另一位有权的人来做。",
    fix_en="Ask another person who may.",
)
OPINION_REQUIRED = define("opinion_required", 422, "请写意见", "Write an opinion")
STILL_USED = define(
    "still_used",
    409,
    "还不能删除：{count} 条“{form}”用到它，例如 {example}",
    'It can not be deleted: {count} of "{form}" point at it, such as {example}',
    fix_zh="先改或删除那些记录。",
    fix_en="Change or delete those first.",
)
LOOP = define(
    "loop",
    500,
    "动作互相触发没有停下来（超过 {limit} 次），已全部撤销：{what}",
    "Actions set each other off without end (over {limit} times) and were undone: {what}",
    fix_zh="请找维护流程定义的人。",
    fix_en="Tell whoever keeps the workflow definitions.",
)
FIRE_CLOSED = define(
    "fire_closed",
    409,
    "“{record}”不能{title}：它现在是“{state}”",
    '"{record}" can not {title}: it is "{state}" now',
)
OVERFLOW = define(
    "overflow",
    422,
    "“{title}”算出来的数太大（最多 18 位数字）",
    'The number computed for "{title}" is too large (18 digits at most)',
)
FORMULA_UNFIT = define(
    "formula_unfit",
    422,
    "保存的公式“{formula}”与现在的定义不符：{why}",
    "The kept formula “{formula}” doesn't fit the definitions any more: {why}",
    fix_zh="在保存它的记录里改好这个公式。",
    fix_en="Put it right in the record that keeps it.",
)
FORMULA_FAILED = define(
    "formula_failed",
    422,
    "“{title}”没有算出来：数太大",
    '"{title}" could not be computed: a number is too large',
)
NO_COMMENTS = define(
    "no_comments",
    403,
    "“{form}”不收评论",
    '"{form}" takes no comments',
)
NOTHING_SAID = define("nothing_said", 422, "评论不能为空", "A comment can not be empty")
TAKEN = define(
    "taken",
    409,
    "已经有一条一样的记录了",
    "There is one like it already",
    fix_zh="改一个值再保存。",
    fix_en="Change a value and try again.",
)
NO_SUCH_FILE = define(
    "no_such_file",
    422,
    "“{title}”里的文件已经不在了，或者不是你上传的",
    'A file of "{title}" is gone, or was not uploaded by you',
    fix_zh="重新上传。",
    fix_en="Upload it again.",
)
SETTINGS_CLOSED = define(
    "settings_closed",
    403,
    "设置只能由管理员改",
    "Only administrators change settings",
    fix_zh="请找管理员。",
    fix_en="Ask an administrator.",
)
AUTOMATION_LOOP = define(
    "automation_loop",
    409,
    "自动化互相触发，{limit} 轮之后仍不停止，因此什么都没有改变（{names}）",
    "Automations set off each other and did not come to rest after {limit} rounds, so nothing has changed ({names})",
    fix_zh="请管理员用 changed 或 when 限定这些自动化。",
    fix_en="Ask an administrator to narrow these automations with changed or when.",
)
