"""What can be wrong with a definition's text before anybody asks what it means: encoding, YAML's traps, syntax."""

from __future__ import annotations

from engine.problems.base import define

NOT_UTF8 = define(
    "not_utf8",
    422,
    "这个文件不是 UTF-8 编码",
    "This file isn't UTF-8",
    fix_zh="在编辑器里另存为 UTF-8",
    fix_en="Save it as UTF-8 in your editor",
)
TOO_BIG = define(
    "file_too_big",
    422,
    "这个文件超过 1 MB",
    "This file is larger than 1 MB",
    fix_zh="把它拆成几个定义；大量数据请用导入",
    fix_en="Split it into several definitions; import large amounts of data instead",
)
UNREADABLE = define(
    "file_unreadable",
    422,
    "无法读取这个文件：{reason}",
    "This file can't be read: {reason}",
)
EMPTY_FILE = define(
    "empty_file",
    422,
    "这个文件是空的",
    "This file is empty",
    fix_zh="写上内容，或删掉这个文件",
    fix_en="Write something into it, or delete it",
)
CONTROL_CHARACTER = define(
    "control_character",
    422,
    "这里有一个看不见的控制字符（U+{number}）",
    "There is an invisible control character here (U+{number})",
    fix_zh="删掉它，多半是复制粘贴带进来的",
    fix_en="Delete it; it probably came with a copy and paste",
)
TAB = define(
    "tab",
    422,
    "这里用了制表符（Tab），YAML 只认空格",
    "A tab stands here; YAML wants spaces",
    fix_zh="换成空格，每层缩进两个",
    fix_en="Use spaces, two for each level",
)
FULL_WIDTH = define(
    "full_width",
    422,
    "这里的“{found}”是全角标点，YAML 不认",
    "The {found} here is a full-width character, which YAML doesn't know",
    fix_zh="改成半角的 {wanted}",
    fix_en="Type {wanted} instead",
)
DUPLICATE_KEY = define(
    "duplicate_key",
    422,
    "“{key}”写了两次，第一次在第 {first} 行",
    "{key} is written twice; the first is in line {first}",
    fix_zh="留下一个",
    fix_en="Keep one of them",
)
ANCHOR = define(
    "anchor",
    422,
    "这里用了 YAML 的锚点或引用（{found}），定义里不能用",
    "YAML's anchors and aliases ({found}) can't be used in definitions",
    fix_zh="把内容写出来；如果它是普通文字，请加引号",
    fix_en="Write the content out; if it is meant as text, put it in quotes",
)
TAG = define(
    "tag",
    422,
    "这里用了 YAML 的类型标签（{found}），定义里不能用",
    "YAML's tags ({found}) can't be used in definitions",
    fix_zh="去掉它；如果它是普通文字，请加引号",
    fix_en="Remove it; if it is meant as text, put it in quotes",
)
SEVERAL_DOCUMENTS = define(
    "several_documents",
    422,
    "“---”在这里又开始了一份定义，一个文件只能有一份",
    "--- starts another definition here; a file holds only one",
    fix_zh="把后面的内容放进另一个文件",
    fix_en="Move the rest into a file of its own",
)
KEY_NOT_TEXT = define(
    "key_not_text",
    422,
    "“{key}”不能作为名称：名称必须是文字",
    "{key} can't be a key: keys are text",
    fix_zh="给它加上引号，或换一个名称",
    fix_en="Put it in quotes, or choose another name",
)
TOO_DEEP = define(
    "too_deep",
    422,
    "这里嵌套超过了 {limit} 层",
    "This is nested more than {limit} levels deep",
)
NOT_A_MAPPING = define(
    "not_a_mapping",
    422,
    "一份定义应由“名称: 值”的行组成，这里却不是",
    "A definition consists of lines that say key: value; this doesn't",
    fix_zh="例如 title: 客户",
    fix_en="For example title: Customer",
)
SPACE_MISSING = define(
    "space_missing",
    422,
    "“{key}:”后面缺一个空格",
    "A space is missing after {key}:",
    fix_zh="写成“{key}: {rest}”",
    fix_en="Write {key}: {rest}",
)
BRACE_UNQUOTED = define(
    "brace_unquoted",
    422,
    "以“{{”开头的文字要加引号，否则 YAML 把它当成一组名称",
    "Text that begins with {{ must be quoted, else YAML takes it for a mapping",
    fix_zh='写成 "{found}"',
    fix_en='Write "{found}"',
)
VALUE_MISSING = define(
    "value_missing",
    422,
    "花括号里的“{key}”没有值",
    "{key} has no value between the braces",
    fix_zh="写成“{key}: 值”",
    fix_en="Write {key}: value",
)
COMMA_IN_TEXT = define(
    "comma_in_text",
    422,
    "花括号里的文字含有逗号，YAML 会在逗号处断开",
    "Text between braces has a comma, where YAML cuts it in two",
    fix_zh="给整段文字加上引号，例如 'ROUND(a, 2)'",
    fix_en="Put the whole text in quotes, such as 'ROUND(a, 2)'",
)
COLON_MISSING = define(
    "colon_missing",
    422,
    "这一行没有冒号",
    "This line has no colon",
    fix_zh="写成“名称: 值”",
    fix_en="Write key: value",
)
BAD_INDENT = define(
    "bad_indent",
    422,
    "这一行的缩进与上面的行对不齐",
    "The indentation of this line doesn't fit the lines above it",
    fix_zh="同一层的行要从同一列开始",
    fix_en="Lines of one level begin in the same column",
)
COLON_IN_TEXT = define(
    "colon_in_text",
    422,
    "这段文字里有“: ”，YAML 会把它当成新的名称",
    "This text contains a colon and a blank, which YAML takes for a new key",
    fix_zh="给整段文字加上引号",
    fix_en="Put the whole text in quotes",
)
QUOTE_OPEN = define(
    "quote_open",
    422,
    "这里开始的引号没有结束",
    "The quote that begins here isn't closed",
    fix_zh="在文字后面补上同样的引号",
    fix_en="Add the same quote after the text",
)
AFTER_QUOTE = define(
    "after_quote",
    422,
    "引号结束之后还有内容",
    "Something follows the closing quote",
    fix_zh="整段用另一种引号包起来，例如 '\"a\" & name'",
    fix_en="Put the whole in the other kind of quotes, such as '\"a\" & name'",
)
BRACKET_OPEN = define(
    "bracket_open",
    422,
    "这里的“{found}”没有配对的“{wanted}”，或中间少了逗号",
    "The {found} that begins here has no {wanted}, or a comma is missing inside",
    fix_zh="检查括号和逗号；里面的文字若有逗号或括号，请加引号",
    fix_en="Check brackets and commas; quote texts inside that have commas or brackets",
)
BRACKET_CLOSE = define(
    "bracket_close",
    422,
    "多了一个“{found}”",
    "There is one {found} too many",
    fix_zh="删掉它，或补上前面的括号",
    fix_en="Remove it, or add the bracket that it closes",
)
BAD_START = define(
    "bad_start",
    422,
    "值不能以“{found}”开头",
    "A value can't begin with {found}",
    fix_zh="给它加上引号",
    fix_en="Put it in quotes",
)
BAD_ESCAPE = define(
    "bad_escape",
    422,
    "双引号里的“\\”后面不能是这个字符",
    "In double quotes, a backslash can't be followed by this character",
    fix_zh="改用单引号，或写成“\\\\”",
    fix_en="Use single quotes, or write \\\\",
)
SYNTAX = define(
    "yaml_syntax",
    422,
    "这里的 YAML 写法不对",
    "This isn't valid YAML",
    fix_zh="检查这一行和上一行的缩进、冒号、引号和括号",
    fix_en="Check indentation, colons, quotes and brackets of this line and the one above",
)
