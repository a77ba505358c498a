"""Problems of single values: what a field type refuses, and what is wrong with a field's own keys.

Messages stand beside the field, so they don't repeat its title; they say what is wrong and what would be right.
"""

from __future__ import annotations

from engine.problems.base import define

WRONG_KIND = define(
    "value_kind", 422,
    "这里要{expected}",
    "This takes {expected}",
)  # fmt: skip
NUL = define(
    "value_nul", 422,
    "文字里有不能保存的字符（{character}）",
    "The text has a character that can not be stored ({character})",
    fix_zh="删掉这个字符，常见于从别的软件粘贴。",
    fix_en="Remove it; it usually comes from pasting out of another program.",
)  # fmt: skip
LINE_BREAK = define(
    "value_line_break", 422,
    "这里只能写一行",
    "This takes a single line",
    fix_zh="去掉换行。要写多行，请管理员把字段改成 longtext。",
    fix_en="Remove the line breaks. For several lines the field would have to be a longtext.",
)  # fmt: skip
TOO_LONG = define(
    "value_too_long", 422,
    "最多 {limit} 个字，现在有 {length} 个",
    "At most {limit} characters; there are {length}",
)  # fmt: skip
PATTERN = define("value_pattern", 422, "格式不对：{hint}", "This does not fit: {hint}")
CHECK_DIGIT = define(
    "value_check_digit", 422,
    "校验位不对：{given} 应为 {proposal}",
    "The check digit is wrong: {given} would have to be {proposal}",
    fix_zh="对照实物再输一遍，或只输前 12 位。",
    fix_en="Compare it with the label, or type the first 12 digits only.",
)  # fmt: skip
NOT_A_NUMBER = define(
    "value_not_a_number", 422,
    "“{given}”不是数字，应像 1234.5",
    '"{given}" is not a number; write it like 1234.5',
)  # fmt: skip
FULL_WIDTH_NUMBER = define(
    "value_full_width", 422,
    "请用半角数字：{proposal}",
    "Use ordinary digits: {proposal}",
)  # fmt: skip
NOT_WHOLE = define(
    "value_not_whole", 422,
    "要整数，“{given}”有小数",
    'A whole number is needed; "{given}" has decimals',
)  # fmt: skip
DECIMALS = define(
    "value_decimals", 422,
    "最多 {decimals} 位小数，“{given}”有 {has} 位",
    'At most {decimals} decimals; "{given}" has {has}',
)  # fmt: skip
DIGITS = define(
    "value_digits", 422,
    "数字太大：小数点前最多 {digits} 位",
    "The number is too big: at most {digits} digits before the point",
)  # fmt: skip
PERCENT_SIGN = define(
    "value_percent_sign", 422,
    "请写百分号：{given}% 还是 {hundredfold}%？",
    "Write the percent sign: {given}% or {hundredfold}%?",
)  # fmt: skip
NOT_BOOLEAN = define(
    "value_not_boolean", 422,
    "“{given}”看不懂，请写 是 或 否",
    '"{given}" is not understood; write yes or no',
)  # fmt: skip
NOT_A_DATE = define(
    "value_not_a_date", 422,
    "“{given}”不是日期，应像 2026-01-05",
    '"{given}" is not a date; write it like 2026-01-05',
)  # fmt: skip
NO_SUCH_DAY = define(
    "value_no_such_day", 422,
    "没有“{given}”这一天",
    "There is no day {given}",
)  # fmt: skip
NOT_A_MOMENT = define(
    "value_not_a_moment", 422,
    "“{given}”不是日期和时间，应像 2026-01-05 17:20",
    '"{given}" is not a date with a time; write it like 2026-01-05 17:20',
)  # fmt: skip
NO_ZONE = define(
    "value_no_zone", 422,
    "“{given}”没有写时区，应像 2026-01-05T17:20:00+08:00",
    '"{given}" has no time zone; write it like 2026-01-05T17:20:00+08:00',
)  # fmt: skip
UNKNOWN_OPTION = define(
    "value_unknown_option", 422,
    "没有“{given}”这个选项，可以选：{options}",
    'There is no option "{given}"; choose from: {options}',
)  # fmt: skip
TWICE = define("value_twice", 422, "“{given}”出现了两次", '"{given}" is there twice')
PHONE_SHORT = define(
    "value_phone_short", 422,
    "手机号少了 {missing} 位，应为 11 位数字",
    "{missing} digits are missing: a mobile number has 11",
)  # fmt: skip
PHONE_SHORT_ONE = define(
    "value_phone_short_one", 422,
    "手机号少了 1 位，应为 11 位数字",
    "One digit is missing: a mobile number has 11",
)  # fmt: skip
PHONE_LONG = define(
    "value_phone_long", 422,
    "手机号多了 {extra} 位，应为 11 位数字",
    "{extra} too many: a mobile number has 11 digits",
)  # fmt: skip
PHONE = define(
    "value_phone", 422,
    "“{given}”不是电话号码，应像 13805123347、0512-62881234 或 +44 20 7946 0000",
    '"{given}" is not a phone number; write it like 13805123347, 0512-62881234 or +44 20 7946 0000',
)  # fmt: skip
EMAIL = define(
    "value_email", 422,
    "“{given}”不是邮箱地址，应像 li.na@example.com",
    '"{given}" is not an e-mail address; write it like li.na@example.com',
)  # fmt: skip
URL = define(
    "value_url", 422,
    "“{given}”不是网址，应像 https://example.com/page",
    '"{given}" is not a web address; write it like https://example.com/page',
)  # fmt: skip
NOT_CANONICAL = define(
    "value_not_canonical", 422,
    "程序提交时要写成“{proposal}”",
    'A program has to send this as "{proposal}"',
)  # fmt: skip
NOT_A_RECORD = define(
    "value_not_a_record", 422,
    "“{given}”不是记录的编号",
    '"{given}" is not the id of a record',
    fix_zh="从列表里选一条，或者写对它的编号、全名；程序里写它的 id。",
    fix_en="Choose one from the list, or write its number or full name; a program sends its id.",
)  # fmt: skip
NOT_A_RECORD_OF = define(
    "value_not_a_record_of", 422,
    "“{given}”不是 {forms} 的一条记录",
    '"{given}" is not a record of {forms}',
    fix_zh="从列表里选一条，或者写“表单: 名称”；程序里写“表单/编号”，例如 customer/7。",
    fix_en="Choose one from the list, or write form: name; a program sends form/id, such as customer/7.",
)  # fmt: skip
TARGETS_TWICE = define(
    "field_targets", 422,
    "to 的列表里每张表单只写一次，至少一张",
    "A list in to names each form once, and at least one",
    fix_zh="去掉重复的；只有一张表单时直接写 to: customer",
    fix_en="Leave out the repeated one; a single form is written to: customer",
)  # fmt: skip
TOO_MANY = define(
    "value_too_many", 422,
    "最多 {limit} 个",
    "At most {limit} of them",
    fix_zh="去掉一些。要更多，适合另建一张表单，每个一条记录。",
    fix_en="Take some out. For more, a form of their own with a record each is the better place.",
)  # fmt: skip
NOT_FILES = define(
    "value_not_files", 422,
    "“{given}”不是已上传的文件",
    '"{given}" is not an uploaded file',
    fix_zh="先上传文件；程序里写上传后得到的 id。",
    fix_en="Upload the file first; a program sends the id that it got.",
)  # fmt: skip
TOO_MANY_FILES = define(
    "value_too_many_files", 422,
    "最多 {limit} 个文件，现在有 {count} 个",
    "At most {limit} files; there are {count}",
)  # fmt: skip
FILE_TOO_LARGE = define(
    "value_file_too_large", 422,
    "“{name}”太大。移除它，或换成 {limit} 以内的文件",
    '"{name}" is too big. Remove it, or use a file of at most {limit}',
)  # fmt: skip
FILE_KIND = define(
    "value_file_kind", 422,
    "“{name}”的内容不是这里收的类型。移除它，换成 {accept}",
    'What "{name}" holds is not taken here. Remove it, and use {accept}',
)  # fmt: skip
NOT_LINES = define("value_not_lines", 422, "这里要明细行", "This takes a list of lines")
NOT_TYPED = define(
    "value_not_typed", 422,
    "这里不能填写，它显示指向本记录的其他记录",
    "This can not be filled in; it shows other records that point here",
)  # fmt: skip

BAD_LIMIT = define(
    "field_limit", 422,
    "{key} 写成了“{given}”，这个字段读不懂",
    '{key} says "{given}", which this field can not read',
    fix_zh="写一个和字段同类的值，或在公式前加 =。",
    fix_en="Write a value of the same kind as the field, or put = in front of a formula.",
)  # fmt: skip
BAD_FORMAT = define(
    "field_format", 422,
    "这个字段不能显示成“{given}”",
    'This field can not be shown as "{given}"',
    fix_zh="数字写成 #,##0.00 或 0.0%，日期写成 yyyy-MM-dd；别的类型没有 format。",
    fix_en="Write #,##0.00 or 0.0% for numbers, yyyy-MM-dd for dates; other types have no format.",
)  # fmt: skip
BAD_PATTERN = define(
    "field_pattern", 422,
    "pattern 不是能用的正则表达式：{reason}",
    "pattern is not a regular expression that works everywhere: {reason}",
    fix_zh="改成例如 [A-Z]{{2}}[0-9]{{4}}；它要和整个值相符。",
    fix_en="Write it like [A-Z]{{2}}[0-9]{{4}}; it has to match the whole value.",
)  # fmt: skip
BAD_CURRENCY = define(
    "field_currency", 422,
    "没有“{given}”这种货币",
    'There is no currency "{given}"',
    fix_zh="写三个字母的代码，如 CNY、USD、EUR。",
    fix_en="Write its three letters, such as CNY, USD or EUR.",
)  # fmt: skip
BAD_SIZE = define(
    "field_size", 422,
    "max_size 写成了“{given}”，应像 20MB",
    'max_size says "{given}"; write it like 20MB',
)  # fmt: skip
BAD_SEQUENCE = define(
    "field_sequence", 422,
    "pattern 里要有一个流水号，现在有 {count} 个",
    "pattern needs one running number; it has {count}",
    fix_zh="写一处 {{seq:0000}}，几个 0 就是几位。",
    fix_en="Write {{seq:0000}} once, with a 0 for each digit.",
)  # fmt: skip
BAD_RANGE = define(
    "field_range", 422,
    "{low} 比 {high} 大，没有值能满足",
    "{low} is more than {high}, so no value fits",
    fix_zh="把两个数对调。",
    fix_en="Swap the two.",
)  # fmt: skip
