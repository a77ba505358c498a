"""What can be wrong with a definition: its keys, its names, what it refers to, and what would strand people at work.

Long because it is one table.
"""

from __future__ import annotations

from engine.problems.base import define

# -- the shape of a file -----------------------------------------------------------------------------------------------

UNKNOWN_KEY = define(
    "unknown_key",
    422,
    "这里不认识“{key}”",
    "{key} is not known here",
    fix_zh="可用的有：{known}",
    fix_en="Known here: {known}",
)
UNKNOWN_KEY_NEAR = define(
    "unknown_key_near",
    422,
    "这里不认识“{key}”",
    "{key} is not known here",
    fix_zh="是不是 {nearest}？",
    fix_en="Did you mean {nearest}?",
)
MISSING_KEY = define(
    "missing_key",
    422,
    "这里缺少“{key}”",
    "{key} is missing here",
    fix_zh="加上它：{says}",
    fix_en="Add it: {says}",
)
NOT_A_LIST = define(
    "not_a_list",
    422,
    "“{key}”应是列表，这里是{found}",
    "{key} takes a list, not {found}",
    fix_zh="每一项写成一行，前面加“- ”，或者用方括号括起来：{key}: [...]",
    fix_en="Write each on a line of its own after a dash, or put them in brackets: {key}: [...]",
)
WRONG_KIND = define(
    "wrong_kind",
    422,
    "“{key}”应是{wanted}，这里是{found}",
    "{key} takes {wanted}, not {found}",
)
NOT_ONE_OF = define(
    "not_one_of",
    422,
    "“{key}”不能是“{found}”",
    "{key} can't be {found}",
    fix_zh="{known}",
    fix_en="{known}",
)
OUT_OF_RANGE = define(
    "out_of_range",
    422,
    "“{key}”的值“{found}”超出了范围（{limit}）",
    "{key} can't be {found} ({limit})",
)
BAD_VALUE = define(
    "bad_value",
    422,
    "“{key}”的值不对：{reason}",
    "The value of {key} is wrong: {reason}",
)
NOT_YET = define(
    "not_yet",
    422,
    "“{key}”（{says}）还没有做好，这个版本不能用",
    "{key} ({says}) isn't built yet; this version can't run it",
    fix_zh="先去掉它，等以后的版本",
    fix_en="Leave it out until a later version",
)
UNKNOWN_TYPE = define(
    "unknown_type",
    422,
    "没有“{found}”这种类型",
    "There is no type {found}",
    fix_zh="{nearest}",
    fix_en="{nearest}",
)

# -- names -------------------------------------------------------------------------------------------------------------

BAD_NAME = define(
    "bad_name",
    422,
    "名称“{name}”应是小写英文字母、数字和下划线，以字母开头",
    "The name {name} should be lower-case letters, digits and underscores, beginning with a letter",
    fix_zh="人们看到的文字写在 title 里，名称用例如 {example}",
    fix_en="What people see stands in title; as a name take for example {example}",
)
NAME_TOO_LONG = define(
    "name_too_long",
    422,
    "名称“{name}”超过 {limit} 个字符",
    "The name {name} is longer than {limit} characters",
)
RESERVED_NAME = define(
    "reserved_name",
    422,
    "“{name}”有固定的含义，不能作为名称",
    "{name} has a meaning of its own and can't be a name",
    fix_zh="换一个名称，例如 {example}",
    fix_en="Choose another name, such as {example}",
)
BUTTON_TWICE = define(
    "button_twice",
    422,
    "“{name}”既是流转又是按钮",
    "{name} is both a transition and an action",
    fix_zh="给其中一个换个名称",
    fix_en="Rename one of the two",
)
DUPLICATE_DEFINITION = define(
    "duplicate_definition",
    422,
    "“{name}”在 {other} 里已经有了",
    "{name} is already defined in {other}",
    fix_zh="改掉其中一个的名称",
    fix_en="Rename one of the two",
)
UNKNOWN_FOLDER = define(
    "unknown_folder",
    422,
    "不认识这个位置：定义文件应放在 {known} 里",
    "Definitions don't belong here; they stand in {known}",
)
NAME_HIDDEN = define(
    "name_hidden",
    422,
    "“{name}”已经是一个字段或名称，这里要另取一个",
    "{name} already is a field or name; here it needs another",
    fix_zh="换一个名称，例如 {example}",
    fix_en="Choose another name, such as {example}",
)

# -- what it refers to -------------------------------------------------------------------------------------------------

UNKNOWN_FORM = define(
    "unknown_form",
    422,
    "没有表单“{name}”",
    "There is no form {name}",
    fix_zh="{nearest}",
    fix_en="{nearest}",
)
CALENDAR_HOURS = define(
    "calendar_hours",
    422,
    "工作时段“{given}”读不懂，或与前一段重叠",
    "The hours “{given}” can't be read, or overlap those before",
    fix_zh='写成 "09:00-12:00"，从早到晚',
    fix_en='Write "09:00-12:00", from early to late',
)
CALENDAR_HOLIDAYS = define(
    "calendar_holidays",
    422,
    "“{given}”不是某个表单的日期字段",
    "“{given}” is no date field of a form",
    fix_zh="写成 表单.字段，例如 holiday.day",
    fix_en="Write form.field, such as holiday.day",
)
UNKNOWN_CONNECTION = define(
    "no_such_connection",
    422,
    "没有连接“{name}”",
    "There is no connection {name}",
    fix_zh="在 pack.yaml 的 connections 里写明；{nearest}",
    fix_en="Declare it in the connections of pack.yaml. {nearest}",
)
CONNECTION_URL = define(
    "connection_url",
    422,
    "“{url}”不是外部系统的地址",
    "“{url}” is no address of another system",
    fix_zh="写成 https://host/path，不带用户名、问号和井号",
    fix_en="Write https://host/path, without a user, a question mark or a hash",
)
ROBOT_KEY = define(
    "robot_key",
    422,
    "机器人“{name}”没有写 key",
    "The robot {name} has no key",
    fix_zh="key 是密钥库里的名字，例如 key: {name}；它的值（机器人地址最后那一串）放在环境变量 SECRET_… 里",
    fix_en="key is a name in the secret store, for example key: {name}; its value, the end of the robot's address, is in SECRET_…",
)
ROBOT_ONLY = define(
    "robot_only",
    422,
    "“{key}”只用于群机器人",
    "{key} is for robots of group chats only",
    fix_zh="去掉它，或写上 robot: wecom、dingtalk 或 feishu",
    fix_en="Leave it away, or say robot: wecom, dingtalk or feishu",
)
CALL_KEY = define(
    "call_key",
    422,
    "调用“{name}”时不能写“{key}”",
    "{key} can't be said when {name} is called",
    fix_zh="群机器人只说 message 和 subject；其他系统用路径和 method、send、take",
    fix_en="A robot takes message and subject; any other system a path and method, send, take",
)
AUTOMATION_TRIGGER = define(
    "automation_trigger",
    422,
    "自动化写 event（由什么事触发）、every（多久一次）或 hook（外部消息），三者选一",
    "An automation has one of event (what sets it off), every (how often it comes) and hook (another system's message)",
    fix_zh="例如 event: created，或 every: day",
    fix_en="Such as event: created, or every: day",
)
AUTOMATION_FORM = define(
    "automation_form",
    422,
    "写了 {key} 就要写明 form",
    "With {key}, form must say of which records",
    fix_zh="加上 form: 表单名",
    fix_en="Add form: and the name of a form",
)
AUTOMATION_EVERY = define(
    "automation_every",
    422,
    "周期“{every}”（时刻“{time}”）读不懂，或永远不会到来",
    "every “{every}” at “{time}” can't be read, or never comes",
    fix_zh='最接近的是 every: {nearest}。every 写 hour、day、weekday、week、month、year、时长如 30m，或五段 cron；time 写 "03:00"',
    fix_en="The nearest is every: {nearest}. Write hour, day, weekday, week, month, year, a length such as 30m, or five cron "
    'fields; time as "03:00"',
)
AUTOMATION_KEY = define(
    "automation_key",
    422,
    "{key} 和 {other} 不能一起用",
    "{key} doesn't go with {other}",
    fix_zh="去掉 {key}",
    fix_en="Leave {key} out",
)
AUTOMATION_CIRCLE = define(
    "automation_circle",
    422,
    "自动化会互相触发，没有尽头：{way}",
    "These automations set off each other without an end: {way}",
    fix_zh="用 changed 或 when 说明什么时候才触发",
    fix_en="Say with changed or when which events are meant",
)
CHANGED_ELSEWHERE = define(
    "changed_elsewhere",
    422,
    "changed 里的“{name}”不会触发：它只由其他记录算出，或读取时才算，本记录的修改不会改变它",
    "{name} in changed sets nothing off: it is computed from other records alone, or only when it is read",
    fix_zh="给它所依据的字段所在的表单写自动化，或用 every 定时检查",
    fix_en="Write the automation for the form whose fields it is computed from, or look with every",
)
EVENT_STATELESS = define(
    "event_stateless",
    422,
    "“{form}”没有状态，moved（状态变了）永远不会发生",
    "{form} has no states, so moved (the state changed) never happens to it",
    fix_zh="写 updated，或给表单加上流程",
    fix_en="Write updated, or give the form a workflow",
)
UNKNOWN_CALENDAR = define(
    "no_such_calendar",
    422,
    "没有工作日历“{name}”",
    "There is no calendar {name}",
    fix_zh="在 pack.yaml 的 calendars 里写明；{nearest}",
    fix_en="Declare it in the calendars of pack.yaml. {nearest}",
)
DUE_KIND = define(
    "due_kind",
    422,
    "时限“{given}”既不是时长，也不是时刻或日期",
    "“{given}” is neither a length of time nor a moment or a date",
    fix_zh="写成 30m、4h、7d、2w，或用公式：=promised_on",
    fix_en="Write 30m, 4h, 7d or 2w, or a formula: =promised_on",
)
DUE_MISSING = define(
    "due_missing",
    422,
    "没有 due（时限），{key} 不起作用",
    "Without due, {key} does nothing",
    fix_zh="加上 due，例如 due: 4h",
    fix_en="Add due, such as due: 4h",
)
UNKNOWN_FIELD = define(
    "no_such_field",
    422,
    "“{form}”没有字段“{name}”",
    "{form} has no field {name}",
    fix_zh="{nearest}",
    fix_en="{nearest}",
)
UNKNOWN_STATE = define(
    "unknown_state",
    422,
    "“{form}”的流程没有状态“{name}”",
    "The workflow of {form} has no state {name}",
    fix_zh="{nearest}",
    fix_en="{nearest}",
)
UNKNOWN_TRANSITION = define(
    "unknown_transition",
    422,
    "“{form}”没有流转“{name}”",
    "{form} has no transition {name}",
    fix_zh="{nearest}",
    fix_en="{nearest}",
)
UNKNOWN_ROLE = define(
    "unknown_role",
    422,
    "没有角色“{name}”",
    "There is no role {name}",
    fix_zh="{nearest}；角色写在 pack.yaml 的 roles 里，公式前面要加 =",
    fix_en="{nearest}; roles stand in pack.yaml, and a formula begins with =",
)
UNKNOWN_OPTIONS = define(
    "unknown_options",
    422,
    "pack.yaml 里没有选项表“{name}”",
    "pack.yaml has no list of options {name}",
    fix_zh="{nearest}",
    fix_en="{nearest}",
)
UNKNOWN_FRAGMENT = define(
    "unknown_fragment",
    422,
    "没有片段“{name}”",
    "There is no fragment {name}",
    fix_zh="{nearest}；片段是 fragments/ 里的文件",
    fix_en="{nearest}; a fragment is a file in fragments/",
)
RULE_SORT = define(
    "rule_sort",
    422,
    "规则“{name}”写了 sort 却没有 from，没有可以排序的记录",
    "The rule {name} has sort but no from, so there are no records to sort",
    fix_zh="去掉 sort，或者用 from 写出要逐条检查的列表",
    fix_en="Remove sort, or say with from which list is checked record by record",
)
UNKNOWN_PACK = define(
    "unknown_pack",
    422,
    "没有装上所需的定义包“{name}”",
    "The required pack {name} isn't installed",
)
UNKNOWN_SHOWN = define(
    "unknown_shown",
    422,
    "没有叫“{name}”的表单或看板",
    "No form or dashboard is called {name}",
    fix_zh="{nearest}",
    fix_en="{nearest}",
)
UNKNOWN_PERSON = define(
    "unknown_person",
    422,
    "演示数据里没有“{name}”",
    "The demo has no {name}",
    fix_zh="{nearest}",
    fix_en="{nearest}",
)
UNKNOWN_SORT = define(
    "unknown_sort",
    422,
    "不能按“{name}”排序：它不在结果里",
    "{name} isn't in the result, so it can't be sorted by",
    fix_zh="{nearest}",
    fix_en="{nearest}",
)
WORKFLOW_WITHOUT_FORM = define(
    "workflow_without_form",
    422,
    "没有表单“{name}”，这个流程不属于任何表单",
    "There is no form {name} that this workflow could belong to",
    fix_zh="{nearest}：流程的文件名要与表单相同",
    fix_en="{nearest}: a workflow's file is named like its form",
)
LEFT_OUT = define(
    "left_out",
    422,
    "“{name}”先停用，因为它用到的“{other}”有错误",
    "{name} is left out for now, since {other}, which it uses, has errors",
    fix_zh="改好“{other}”，它就会回来",
    fix_en="Once {other} is right, it comes back",
)

# -- fields ------------------------------------------------------------------------------------------------------------

FORMULA_UNMARKED = define(
    "formula_unmarked",
    422,
    "“{found}”看起来是公式，这里却会当成文字",
    "{found} reads like a formula, but is taken as plain text here",
    fix_zh="前面加等号：={found}",
    fix_en="Put an equals sign before it: ={found}",
)
EQUALS_UNWANTED = define(
    "equals_unwanted",
    422,
    "“{key}”总是公式，前面不要等号",
    "{key} always is a formula and has no equals sign",
    fix_zh="写成：{found}",
    fix_en="Write: {found}",
)
FORMULA_CONFLICT = define(
    "formula_conflict",
    422,
    "有 formula 的字段总是算出来的，不能再写“{key}”",
    "A field with a formula is always computed, so {key} can't stand beside it",
    fix_zh="去掉“{key}”，或把 formula 改成 default",
    fix_en="Remove {key}, or make the formula a default",
)
FORMULA_CIRCLE = define(
    "formula_circle",
    422,
    "绕成了一圈，哪个都算不出来：{way}",
    "A circle, so that none of them can be computed: {way}",
    fix_zh="让其中一个不再用到它后面的那个",
    fix_en="Let one of them do without the one after it",
)
NO_LINES_HERE = define(
    "no_lines_here",
    422,
    "只有明细字段才能这样填",
    "Only lines can be filled this way",
    fix_zh="写一个值，或以 = 开头的公式",
    fix_en="Write a value, or a formula after =",
)
LINES_TOO_DEEP = define(
    "lines_too_deep",
    422,
    "“{name}”是明细里的明细里的明细，最多只能有两层",
    "{name} would be lines within lines within lines: there may be two levels at most",
    fix_zh="把内层做成另一张表单，用 reference 指过来",
    fix_en="Make the innermost a form of its own that points here with a reference",
)
NOT_A_LINES_VALUE = define(
    "not_a_lines_value",
    422,
    "明细要写成查询（from … set …）或行的列表",
    "Lines take a query (from … set …) or a list of rows",
)
NOTHING_POINTS_HERE = define(
    "nothing_points_here",
    422,
    "“{name}”里没有指向“{form}”的字段",
    "No field of {name} points at {form}",
    fix_zh="在“{name}”里加一个 reference 字段，或写 via: none",
    fix_en="Add a reference to {name}, or write via: none",
)
SEVERAL_POINT_HERE = define(
    "several_point_here",
    422,
    "“{name}”里有几个字段指向“{form}”：{fields}",
    "Several fields of {name} point at {form}: {fields}",
    fix_zh="用 via 写明是哪一个",
    fix_en="Say which one with via",
)
VIA_POINTS_ELSEWHERE = define(
    "via_points_elsewhere",
    422,
    "“{name}”的字段“{field}”不指向“{form}”",
    "{field} of {name} doesn't point at {form}",
)
SERIAL_REPEATS = define(
    "serial_repeats",
    422,
    "同一个号会出现多次：pattern 里没有写出计数按什么分开（{lacks}）",
    "The same number will occur again: pattern doesn't say what its counter depends on ({lacks})",
    fix_zh="在 pattern 里写出日期，例如 {{TODAY():yyyyMM}}，或分开计数的字段，例如 {{customer.code}}（它要唯一）",
    fix_en="Write the day, such as {{TODAY():yyyyMM}}, or the field of scope, such as {{customer.code}} (which must be unique)",
)
CREATE_ELSEWHERE = define(
    "create_elsewhere",
    422,
    "“create”只用于指向一张表单的字段，“{to}”是明细",
    "create is for a field that points at a form; {to} is a list of lines",
    fix_zh="去掉 create：明细在它所属的记录里添加",
    fix_en="Leave create out: lines are added in their record",
)
TREE_ELSEWHERE = define(
    "tree_elsewhere",
    422,
    "“tree”只用于指向自己这张表单“{form}”的字段，这里指向“{to}”",
    "tree is for a field that points at its own form {form}; this one points at {to}",
    fix_zh="去掉 tree，或者改成 to: {form}，并放在表单自己的字段里",
    fix_en="Leave tree out, or say to: {form} in a field of the form itself",
)
NOT_A_COLUMN = define(
    "not_a_column",
    422,
    "“{name}”有许多行，不能作一列",
    "{name} has many rows and can't be a column",
    fix_zh="显示它的合计：在那张表单里加一个带公式的字段，例如 SUM(items.amount)，再写它的名字",
    fix_en="Show their sum: add a field with a formula to that form, such as SUM(items.amount), and name that",
)
ONE_FORM_ONLY = define(
    "one_form_only",
    422,
    "“{key}”只用于指向一张表单的字段，这里可以指向几张",
    "{key} is for a field that points at one form; this one points at one of several",
    fix_zh="去掉 {key}；要按记录限制，就写一条规则，例如 check: subject.active",
    fix_en="Leave {key} out; to limit the records, write a rule, such as check: subject.active",
)
FORMS_ONLY = define(
    "forms_only",
    422,
    "to 的列表里只能是表单，“{name}”是明细",
    "A list in to names forms; {name} is lines",
    fix_zh="指向一行明细时只写这一个：to: {name}",
    fix_en="To point at a line, name just that: to: {name}",
)
SORT_COMPUTED = define(
    "sort_computed",
    422,
    "不能按“{name}”排序：它不存储，打开时才有",
    "{name} isn't stored, so records can't be sorted by it",
)
REQUIRED_NOT_SHOWN = define(
    "required_not_shown",
    422,
    "“{name}”必填，却没有地方可以填",
    "{name} is required, but nobody can ever fill it in",
    fix_zh="{reason}",
    fix_en="{reason}",
)
WRONG_KEY_FIELD = define(
    "wrong_key_field",
    422,
    "“{name}”不能用来称呼记录：它不是一个存储的文字或编号",
    "{name} can't name records: it isn't a stored text or number",
)

# -- rules, access, actions --------------------------------------------------------------------------------------------

RULE_EMPTY = define(
    "rule_empty",
    422,
    "规则“{name}”要写 check 或 unique 中的一个",
    "The rule {name} needs one of check and unique",
)
NO_ACCESS = define(
    "no_access",
    200,
    "“{name}”没有写 access，只有管理员能用",
    "{name} has no access, so only administrators can use it",
    fix_zh="例如 access: {{everyone: {{can: [view, create]}}}}",
    fix_en="For example access: {{everyone: {{can: [view, create]}}}}",
)
NO_VIEW_COLUMNS = define(
    "no_view_columns",
    200,
    "视图“{name}”没有写 columns，先用头几个字段",
    "The view {name} has no columns; the first fields are taken",
)
VIEW_KEY_MISSING = define(
    "view_key_missing",
    422,
    "视图“{name}”（type: {type}）要写 {key}",
    "The view {name} (type: {type}) needs {key}",
    fix_zh="例如 {{type: kanban, by: state}}、{{type: calendar, start: due_on}} 或 {{type: gantt, start: begun_on, end: due_on}}",
    fix_en="For example {{type: kanban, by: state}}, {{type: calendar, start: due_on}} or "
    "{{type: gantt, start: begun_on, end: due_on}}",
)
VIEW_KEY_UNUSED = define(
    "view_key_unused",
    422,
    "type: {type} 的视图用不上“{key}”",
    "A view of type: {type} has no use for {key}",
    fix_zh="去掉它；它属于 type: {others}",
    fix_en="Leave it out; it belongs to type: {others}",
)
NOT_COLUMNS = define(
    "not_columns",
    422,
    "看板不能按“{name}”分列",
    "A kanban can't have a column for each {name}",
    fix_zh="写 state（表单要有流程），或一个存下来的单选字段（choice）",
    fix_en="Write state (the form needs a workflow) or a choice field that is stored",
)
NOT_PLACES = define(
    "not_places",
    422,
    "地图上不能按“{name}”放记录",
    "Records can't be put on a map by {name}",
    fix_zh="写一个存下来的位置字段（location）",
    fix_en="Write a location field that is stored",
)
NOT_BRANCHES = define(
    "not_branches",
    422,
    "“{name}”不能把记录排成树",
    "Records can't be arranged as a tree by {name}",
    fix_zh="写指向本表单的 reference 字段，并给它加上 tree: true（不能绕成圈）",
    fix_en="Write a reference to this form that says tree: true (no circles)",
)
NO_PICTURE = define(
    "no_picture",
    422,
    "画廊“{name}”的列里没有图片",
    "The gallery {name} has no picture among its columns",
    fix_zh="在 columns 里写上一个图片字段（image），卡片上方就是它；没有图片的表单用 table 更清楚",
    fix_en="Name an image field in columns: it is what cards show on top; without pictures a table tells more",
)
NOT_DAYS = define(
    "not_days",
    422,
    "记录不能按“{name}”排到日子上：它不是存下来的日期",
    "Records can't be placed by {name}: it is no stored date",
    fix_zh="写一个日期字段（date、datetime），或 created_at",
    fix_en="Write a date or datetime field, or created_at",
)
VERB_MISSING = define(
    "verb_missing",
    422,
    "这个动作没有写做什么",
    "This action doesn't say what it does",
    fix_zh="可以是：{known}",
    fix_en="It may be: {known}",
)
VERBS_SEVERAL = define(
    "verbs_several",
    422,
    "一个动作只做一件事，这里有：{found}",
    "One action does one thing; this has {found}",
    fix_zh="拆成几个动作",
    fix_en="Make several actions of it",
)
VERB_KEY = define(
    "verb_key",
    422,
    "“{key}”与“{verb}”不能一起用",
    "{key} doesn't go with {verb}",
    fix_zh="{known}",
    fix_en="{known}",
)
VERB_NEEDS = define(
    "verb_needs",
    422,
    "“{verb}”还需要“{key}”",
    "{verb} also needs {key}",
)
VERB_NO_THIS = define(
    "verb_no_this",
    422,
    "这里没有“本记录”，“{verb}”不知道对哪条记录做",
    "There is no record here that {verb} could be about",
    fix_zh="写明是哪些记录，例如 update: =selected，或 fire 加 for: =selected",
    fix_en="Say which records, for example update: =selected, or fire with for: =selected",
)
TARGET_NOT_RECORD = define(
    "target_not_record",
    422,
    "这里要一条记录或记录的列表",
    "A record, or a list of records, is needed here",
    fix_zh="例如 =customer 或 =LIST(from contract where customer = this)",
    fix_en="For example =customer or =LIST(from contract where customer = this)",
)
NOT_PEOPLE = define(
    "not_people",
    422,
    "这个公式给出的不是人员或部门",
    "This formula doesn't give people or departments",
)
NOT_ADDRESS = define(
    "not_address",
    422,
    "这里要邮箱地址：“{found}”不是",
    "An e-mail address is needed here, and {found} is none",
    fix_zh="例如 info@example.com、=customer.email 或 =owner（用这个人的邮箱和语言）",
    fix_en="For example info@example.com, =customer.email or =owner (the person's address and language)",
)
NO_TEMPLATE = define(
    "no_template",
    422,
    "包里没有 templates/{name}",
    "There is no templates/{name} in the pack",
    fix_zh="{nearest}。文件名以 .txt 结尾；别的语言写在旁边，例如 offer.en.txt",
    fix_en="{nearest}. Its name ends in .txt; other languages stand beside it, such as offer.en.txt",
)
READ_ONLY_VALUE = define(
    "read_only_value",
    422,
    "“{name}”不能赋值：{reason}",
    "{name} can't be set: {reason}",
)
ACTION_MOVES = define(
    "action_moves",
    422,
    "按钮不改变状态，不能写“{key}”",
    "A button doesn't move the state, so it has no {key}",
    fix_zh="改变状态的写在 workflows/{form}.yaml 的 transitions 里",
    fix_en="What moves a state stands under transitions in workflows/{form}.yaml",
)

# -- workflows ---------------------------------------------------------------------------------------------------------

NO_STATES = define("no_states", 422, "流程至少要有一个状态", "A workflow needs at least one state")
UNREACHABLE = define(
    "unreachable_state",
    422,
    "没有路能走到状态“{name}”",
    "No way leads to the state {name}",
    fix_zh="加一个以它为 to 的流转，或删掉它",
    fix_en="Add a transition to it, or remove it",
)
DEAD_END = define(
    "dead_end",
    422,
    "状态“{name}”没有出路，记录会停在那里：{story}",
    "Nothing leads out of the state {name}, so records would be stuck in it: {story}",
    fix_zh="加一个以它为 from 的流转，或写明 final: success 或 failure",
    fix_en="Add a transition from it, or say final: success or failure",
)
CHOOSE_LAST_CONDITION = define(
    "choose_last_condition",
    422,
    "最后一个分支不能有条件，否则可能一个都不成立",
    "The last branch can't have a condition, else none might hold",
    fix_zh="去掉它的 when，或再加一个没有 when 的分支",
    fix_en="Remove its when, or add one more branch without",
)
CHOOSE_EARLY_ELSE = define(
    "choose_early_else",
    422,
    "只有最后一个分支可以没有条件，后面的永远轮不到",
    "Only the last branch may lack a condition; those after this one are never taken",
)
CHOOSE_LOOP = define(
    "choose_loop",
    422,
    "这些状态互相转来转去，停不下来：{names}",
    "These states only lead to each other, without end: {names}",
)
CHOOSE_MIXED = define(
    "choose_mixed",
    422,
    "没有人停在“{name}”，它不能再有“{key}”",
    "Nobody stays in {name}, so it can't have {key}",
)
FINAL_LEFT = define(
    "final_left",
    422,
    "“{name}”从已经结束的状态“{state}”出发",
    "{name} leads out of {state}, which is final",
    fix_zh="去掉 {state}，或让它不再是 final",
    fix_en="Take {state} out, or let it not be final",
)
CHOOSE_LEFT = define(
    "choose_left",
    422,
    "没有人停在“{state}”，流转“{name}”永远用不到",
    "Nobody stays in {state}, so {name} can never be used there",
)
NOBODY_MAY = define(
    "nobody_may",
    422,
    "没有人能按“{name}”，也没有动作触发它：{story}",
    "Nobody may press {name}, and no action fires it: {story}",
    fix_zh="写上 who，例如 who: [sales, =owner]",
    fix_en="Say who, for example who: [sales, =owner]",
)
FROM_MISSING = define(
    "from_missing",
    422,
    "流转“{name}”要写 from：从哪个状态",
    "The transition {name} needs from: the states it starts in",
    fix_zh="例如 from: {example}，或 from: any",
    fix_en="For example from: {example}, or from: any",
)
REQUIRE_UNFILLED = define(
    "require_unfilled",
    422,
    "“{name}”要求填好“{field}”，可是在那之前没有人能填它：{story}",
    "{name} requires {field}, which nobody could have filled in before: {story}",
    fix_zh="把它加到这个流转的 edit 里",
    fix_en="Add it to this transition's edit",
)
EDIT_COMPUTED = define(
    "edit_computed",
    422,
    "“{field}”是算出来的，不能在这里填",
    "{field} is computed and can't be filled in here",
)

# -- dashboards and texts ----------------------------------------------------------------------------------------------

FILTER_NOT_DATE = define(
    "filter_not_date",
    422,
    "“{name}”不是日期，不能按时间段筛选",
    "{name} isn't a date, so it can't be filtered by a period",
)
FILTER_PATH = define(
    "filter_path",
    422,
    "筛选的字段写成 表单.字段，这里是“{found}”",
    "A filter's field is written form.field, not {found}",
    fix_zh="前面加上表单的名称，例如 contract.signed_on",
    fix_en="Put the name of the form before it, such as contract.signed_on",
)
BAD_GROUP = define(
    "bad_group",
    422,
    "by 要写成公式、公式的列表，或“名称: 公式”",
    "by takes a formula, a list of formulas, or name: formula",
)
REACHED_NEEDS_STATES = define(
    "reached_needs_states",
    422,
    "reached 数的是到过每个状态的记录，要写 by: state，而且“{form}”要有流程",
    "reached counts the records that came to each state: it needs by: state, and a workflow of {form}",
    fix_zh="写 by: state；按别的分组时去掉 reached",
    fix_en="Write by: state, or take reached away",
)
LANGUAGE_UNKNOWN = define(
    "language_unknown",
    422,
    "不支持语言“{name}”",
    "The language {name} isn't supported",
    fix_zh="可用的有：{known}",
    fix_en="Known: {known}",
)
UNTRANSLATED = define(
    "untranslated",
    200,
    "有 {count} 处文字没有 {language} 译文：{words}",
    "{count} texts have no translation into {language}: {words}",
    fix_zh="写进这个文件",
    fix_en="Add them to this file",
)
TRANSLATION_UNUSED = define(
    "translation_unused",
    200,
    "没有定义用到“{words}”",
    "No definition uses “{words}”",
    fix_zh="删掉这一行",
    fix_en="Remove this line",
)
