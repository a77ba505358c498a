"""What can be wrong with a formula: its writing, its names, its types, and what can go wrong in running it.

The facts of a problem with a formula's text always have `word`, what stands there; places are within the formula.
Long because it is one table.
"""

from __future__ import annotations

from engine.problems.base import define

TOO_LONG = define(
    "formula_too_long",
    422,
    "公式有 {length} 个字符，最多 2000 个",
    "The formula has {length} characters; 2,000 is the most",
    fix_zh="把一部分放进另一个带公式的字段，再引用它",
    fix_en="Move a part into a field with a formula of its own and read that field",
)
TOO_DEEP = define(
    "formula_too_deep",
    422,
    "公式嵌套超过 64 层",
    "The formula is nested more than 64 levels deep",
    fix_zh="把一部分放进另一个带公式的字段",
    fix_en="Move a part into a field with a formula of its own",
)
TOO_BIG = define(
    "formula_too_big",
    422,
    "公式超过 500 个部分",
    "The formula has more than 500 parts",
    fix_zh="把一部分放进另一个带公式的字段",
    fix_en="Move a part into a field with a formula of its own",
)
EMPTY = define(
    "formula_empty",
    422,
    "这里没有公式",
    "There is no formula here",
    fix_zh="写一个公式，例如 price * quantity",
    fix_en="Write one, such as price * quantity",
)
CHARACTER = define(
    "formula_character",
    422,
    "公式里不能有字符“{word}”",
    "A formula can't have the character “{word}”",
    fix_zh="删去它；文字要放在引号里",
    fix_en="Remove it; words must stand in quotes",
)
FULL_WIDTH = define(
    "formula_full_width",
    422,
    "“{word}”是全角符号",
    "“{word}” is a full-width sign",
    fix_zh="改用半角的 {right}",
    fix_en="Write {right}",
)
OPERATOR = define(
    "formula_operator",
    422,
    "公式里没有“{word}”这个运算符",
    "“{word}” is no operator here",
    fix_zh="改写成 {right}",
    fix_en="Write {right}",
)
QUOTE = define(
    "formula_quote",
    422,
    "文字没有结束的引号",
    "A text has no closing quote",
    fix_zh="在文字末尾加上 {word}；文字里的引号要写两遍",
    fix_en="Put {word} at its end; write a quote within a text twice",
)
BRACKET = define(
    "formula_bracket",
    422,
    "“{word}”没有对应的“{right}”",
    "“{word}” has no matching “{right}”",
    fix_zh="补上“{right}”，或删去“{word}”",
    fix_en="Add “{right}”, or remove “{word}”",
)
VALUE_MISSING = define(
    "formula_value_missing",
    422,
    "“{word}”这里应当有一个值",
    "A value is missing before “{word}”",
    fix_zh="写一个字段、数字、带引号的文字或函数",
    fix_en="Write a field, a number, a text in quotes or a function",
)
VALUE_MISSING_END = define(
    "formula_unfinished",
    422,
    "公式没有写完",
    "The formula ends too early",
    fix_zh="在末尾补上一个字段、数字、带引号的文字或函数",
    fix_en="Add a field, a number, a text in quotes or a function at its end",
)
UNEXPECTED = define(
    "formula_unexpected",
    422,
    "不明白这里的“{word}”",
    "“{word}” doesn't fit here",
    fix_zh="前面可能缺了运算符或逗号",
    fix_en="An operator or a comma before it may be missing",
)
CHAINED = define(
    "formula_chained",
    422,
    "比较不能连着写",
    "Comparisons can't be chained",
    fix_zh="用 and 连接：a < b and b < c",
    fix_en="Join them with and: a < b and b < c",
)
NUMBER = define(
    "formula_number",
    422,
    "数字“{word}”写得不对",
    "“{word}” is not a number that can be kept",
    fix_zh="整数部分最多 20 位，小数最多 8 位，例如 12.5、10%、4h",
    fix_en="Up to 20 digits and 8 decimals, such as 12.5, 10% or 4h",
)
PATH_AFTER_CALL = define(
    "formula_path_after_call",
    422,
    "函数后面不能接“.{word}”",
    "“.{word}” can't follow a function",
    fix_zh="在函数里写出要的值，例如 FIRST({word} from …)",
    fix_en="Name the value inside it, such as FIRST({word} from …)",
)
QUERY_NEEDS_LIST_FUNCTION = define(
    "formula_query_place",
    422,
    "“{word}”只能写在列表函数里",
    "“{word}” belongs in a list function",
    fix_zh="例如 SUM(price from items where quantity > 0)",
    fix_en="Such as SUM(price from items where quantity > 0)",
)

UNKNOWN_NAME = define(
    "formula_unknown_name",
    422,
    "“{shape}”里没有“{word}”",
    "{shape} has no “{word}”",
    fix_zh="公式里写字段的名称，不写标题；可用的有：{known}",
    fix_en="Formulas use the names of fields, not their titles; there are: {known}",
)
UNKNOWN_NAME_NEAR = define(
    "formula_unknown_name_near",
    422,
    "“{shape}”里没有“{word}”",
    "{shape} has no “{word}”",
    fix_zh="是不是 {right}？",
    fix_en="Did you mean {right}?",
)
UNKNOWN_FUNCTION = define(
    "formula_unknown_function",
    422,
    "没有函数 {word}",
    "There is no function {word}",
    fix_zh="看看函数表里有没有合适的",
    fix_en="Look in the table of functions",
)
UNKNOWN_FUNCTION_NEAR = define(
    "formula_unknown_function_near",
    422,
    "没有函数 {word}",
    "There is no function {word}",
    fix_zh="是不是 {right}？",
    fix_en="Did you mean {right}?",
)
UNKNOWN_CALENDAR = define(
    "formula_unknown_calendar",
    422,
    "没有工作日历 {word}",
    "There is no calendar {word}",
    fix_zh="pack.yaml 的 calendars 里有：{known}",
    fix_en="The calendars of pack.yaml are: {known}",
)
FUNCTION_ELSEWHERE = define(
    "formula_function_elsewhere",
    422,
    "{word} 在这里另有写法",
    "{word} is written otherwise here",
    fix_zh="写成 {right}",
    fix_en="Write {right}",
)
UNKNOWN_OPTION = define(
    "formula_unknown_option",
    422,
    "“{word}”不是 {name} 的选项",
    "“{word}” is not an option of {name}",
    fix_zh="可用的选项：{options}",
    fix_en="The options are: {options}",
)
UNKNOWN_OPTION_NEAR = define(
    "formula_unknown_option_near",
    422,
    "“{word}”不是 {name} 的选项",
    "“{word}” is not an option of {name}",
    fix_zh='是不是 "{right}"？',
    fix_en='Did you mean "{right}"?',
)
OPTION_UNQUOTED = define(
    "formula_option_unquoted",
    422,
    "{word} 是一个选项，不是字段",
    "{word} is an option, not a field",
    fix_zh='加上引号："{word}"',
    fix_en='Put it in quotes: "{word}"',
)
UNKNOWN_SOURCE = define(
    "formula_unknown_source",
    422,
    "“{word}”既不是表单，也不是这条记录的列表",
    "“{word}” is neither a form nor a list of this record",
    fix_zh="检查 from 后面的名称",
    fix_en="Check the name after from",
)
UNKNOWN_SOURCE_NEAR = define(
    "formula_unknown_source_near",
    422,
    "“{word}”既不是表单，也不是这条记录的列表",
    "“{word}” is neither a form nor a list of this record",
    fix_zh="是不是 {right}？",
    fix_en="Did you mean {right}?",
)
NOT_A_LIST = define(
    "formula_not_a_list",
    422,
    "{word} 是一个{is_}，不是列表",
    "{word} is {is_}, not a list",
    fix_zh="{word} 需要列表：明细、相关记录，或 from 一个表单",
    fix_en="Give lines, related records, or a form after from",
)
LIST_AS_VALUE = define(
    "formula_list_as_value",
    422,
    "{word} 是列表，这里要一个值",
    "{word} is a list where one value is needed",
    fix_zh="用列表函数取一个值，例如 SUM({word})、FIRST({word}) 或 COUNT({word})",
    fix_en="Make one value of it, such as SUM({word}), FIRST({word}) or COUNT({word})",
)
LIST_IN_LIST = define(
    "formula_list_in_list",
    422,
    "{word} 会得到列表的列表",
    "{word} would be a list of lists",
    fix_zh="在 from 里写出整条路径；几张表单的记录要写明是哪一张的（再加 .表单），或逐行算：SUM(COUNT(…) from 明细)",
    fix_en="Name the whole path after from; of records of several forms say of which one (.FORM behind it), or compute for each "
    "line: SUM(COUNT(…) from the lines)",
)
NO_MEMBERS = define(
    "formula_no_members",
    422,
    "{name} 是{is_}，没有“.{word}”",
    "{name} is {is_}; it has no “.{word}”",
    fix_zh="只有引用、人员、状态和明细后面可以接点",
    fix_en="Only references, people, states and lines have names after a dot",
)
NOT_IN_ALL_FORMS = define(
    "formula_not_in_all_forms",
    422,
    "{shape} 不都有“{word}”",
    "Not all of {shape} have {word}",
    fix_zh="写明是哪张表单的：{right}（不是那张表单的记录时为空）",
    fix_en="Say of which form: {right} (empty where it is a record of another one)",
)
DIFFERS_BY_FORM = define(
    "formula_differs_by_form",
    422,
    "“{word}”在 {shape} 里不是同一种值",
    "{word} isn't the same kind of value in {shape}",
    fix_zh="写明是哪张表单的：{right}（不是那张表单的记录时为空）",
    fix_en="Say of which form: {right} (empty where it is a record of another one)",
)
ROW_OUTSIDE = define(
    "formula_row_outside",
    422,
    "row 只能用在查询里",
    "row can be used in a query only",
    fix_zh="这条记录本身是 this",
    fix_en="The record itself is this",
)
NO_THIS = define(
    "formula_no_this",
    422,
    "这里没有一条“本记录”，不能用 {word}",
    "No single record is meant here, so there is no {word}",
    fix_zh="写查询里的字段名，或用 from 指明表单",
    fix_en="Name a field of the query's records, or a form after from",
)
MEASURE_BARE = define(
    "formula_measure_bare",
    422,
    "{word} 每条记录都有一个，这里要整组的一个值",
    "{word} has a value for each record; here one for the whole group is needed",
    fix_zh="用列表函数，例如 SUM({word}) 或 MAX({word})",
    fix_en="Use a list function, such as SUM({word}) or MAX({word})",
)
FROM_MISSING = define(
    "formula_from_missing",
    422,
    "{function} 不知道读哪些记录",
    "{function} doesn't know which records to read",
    fix_zh="写明 from，例如 {function}(… from items)",
    fix_en="Say where from, such as {function}(… from items)",
)
VALUE_FOR_FUNCTION = define(
    "formula_list_value",
    422,
    "{function} 要知道每条记录的哪个值",
    "{function} needs to know which value of each record",
    fix_zh="例如 {function}(amount from items)",
    fix_en="Such as {function}(amount from items)",
)
COUNT_BOOLEAN = define(
    "formula_count_condition",
    422,
    "COUNT 数的是记录，不是真假",
    "COUNT counts records, it doesn't look at true or false",
    fix_zh="把条件写在 where 后面：COUNT(from items where …)",
    fix_en="Put the condition after where: COUNT(from items where …)",
)

WRONG_TYPE = define(
    "formula_wrong_type",
    422,
    "{where}应当是{needs}，而 {word} 是{is_}",
    "{where} must be {needs}, but {word} is {is_}",
    fix_zh="{advice}",
    fix_en="{advice}",
)
NOT_COMPARABLE = define(
    "formula_not_comparable",
    422,
    "{left}和{right}不能比较",
    "{left} and {right} can't be compared",
    fix_zh="{advice}",
    fix_en="{advice}",
)
NO_ORDER = define(
    "formula_no_order",
    422,
    "{is_}没有大小，不能用在这里",
    "{is_} has no order, so it can't be used here",
    fix_zh="比较或排序时用数字、文字、日期或时间，例如 customer.name",
    fix_en="Use a number, text, date or moment, such as customer.name",
)
NEVER_EMPTY = define(
    "formula_never_empty",
    422,
    "是/否从不为空，不用和 null 比较",
    "A yes or no is never empty, so it isn't compared with null",
    fix_zh="直接写 {word} 或 not {word}",
    fix_en="Write {word} or not {word}",
)
MIXED = define(
    "formula_mixed",
    422,
    "{function} 的几个结果类型不同：{left}和{right}",
    "The results of {function} differ: {left} and {right}",
    fix_zh="让每个结果都是同一种值",
    fix_en="Make each result the same kind of value",
)
RESULT_TYPE = define(
    "formula_result",
    422,
    "公式得到的是{is_}，这里要{needs}",
    "The formula gives {is_} where {needs} is needed",
    fix_zh="{advice}",
    fix_en="{advice}",
)
ARGUMENTS = define(
    "formula_arguments",
    422,
    "{function} 要 {needs} 个参数，这里有 {given} 个",
    "{function} takes {needs} arguments, here it has {given}",
    fix_zh="写法：{usage}",
    fix_en="Write {usage}",
)
NOT_HERE = define(
    "formula_not_here",
    422,
    "这里没有记录，不能用 {function}",
    "There is no record here of which {function} could tell",
    fix_zh="在表单、流程或规则的公式里用它",
    fix_en="Use it in a formula of a form, a workflow or a rule",
)
ARGUMENT_CHOICE = define(
    "formula_argument_choice",
    422,
    '{function} 不认识 "{word}"',
    '{function} doesn\'t know "{word}"',
    fix_zh="可用：{options}",
    fix_en="It knows: {options}",
)
FORMAT = define(
    "formula_format",
    422,
    "格式“{word}”不能用于{is_}",
    "The format “{word}” doesn't fit {is_}",
    fix_zh="数字如 #,##0.00、0.0%，日期如 yyyy-MM-dd",
    fix_en="Numbers take #,##0.00 or 0.0%, dates yyyy-MM-dd",
)

TEMPLATE_BRACE = define(
    "template_brace",
    422,
    "文字里的“{word}”没有成对",
    "“{word}” in this text has no partner",
    fix_zh="公式写在 {{ 和 }} 之间；普通花括号写两遍",
    fix_en="A formula stands between {{ and }}; write a plain brace twice",
)

OVERFLOW = define(
    "formula_overflow",
    422,
    "计算结果太大：整数部分最多 20 位",
    "The result is too large: 20 digits before the point is the most",
    fix_zh="检查输入的数字",
    fix_en="Check the numbers that were entered",
)
NEEDS_READER = define(
    "formula_needs_reader",
    422,
    "这里算不了要读其他记录的公式",
    "A formula that reads other records can't be computed here",
    fix_zh="改用本记录的字段，或交给服务器计算",
    fix_en="Use this record's fields, or let the server compute it",
)
