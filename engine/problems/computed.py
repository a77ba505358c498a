"""Problems of forms computed as a whole: what their definitions can't say, and what nobody can do with their records."""

from __future__ import annotations

from engine.problems.base import define

# -- definitions -------------------------------------------------------------------------------------------------------

COMPUTED_KEYLESS = define(
    "computed_keyless",
    422,
    "每个字段都有 formula，看不出一行代表什么",
    "Every field has a formula, so nothing says what one row stands for",
    fix_zh="加一个没有 formula 的字段，例如 product：来源里每个产品一行",
    fix_en="Add a field without formula, such as product: one row for each product that the sources have",
)
SOURCE_KEY_MISSING = define(
    "source_key_missing",
    422,
    "来源“{name}”没有说明它的“{key}”是什么：{form} 没有这个字段",
    "The source {name} doesn't say what its {key} is: {form} has no such field",
    fix_zh="写上 by: {{{key}: 字段或公式}}",
    fix_en="Add by: {{{key}: field or formula}}",
)
SOURCE_KEY_EMPTY = define(
    "source_key_empty",
    422,
    "{form} 里没有填“{field}”的记录不会计入任何一行",
    "Records of {form} without {field} are counted in no row",
    fix_zh="主键“{key}”写 required: false，它们就自成一行；或在 {form} 里让它必填；或用 where: not ISBLANK({field}) 说明不计",
    fix_en="Write required: false at {key}, so that they have a row of their own; or require it in {form}; "
    "or say with where: not ISBLANK({field}) that they are left out",
)
SOURCE_KEY_UNKNOWN = define(
    "source_key_unknown",
    422,
    "by 里的“{key}”不是主键字段（没有 formula 的字段）",
    "{key} in by is no key field (a field without formula)",
    fix_zh="{nearest}",
    fix_en="{nearest}",
)
SOURCE_NOT_KEPT = define(
    "source_not_kept",
    422,
    "这里读了今天、当前用户、设置，或整张表单；那些变化时这张表单不会知道",
    "This reads the day, the user, a setting or a whole form, and the form wouldn't know when those change",
    fix_zh="只读来源的记录，以及它引用的记录",
    fix_en="Read only the source's record and what it refers to",
)
SOURCE_COMPUTED = define(
    "source_computed",
    422,
    "“{form}”本身是算出来的，汇总表不能以它为来源",
    "{form} is itself computed, so an aggregate can't have it as a source",
    fix_zh="以它的来源为来源",
    fix_en="Name the forms that it is computed from",
)
SOURCE_CIRCLE = define(
    "source_circle",
    422,
    "“{form}”是由这张表单算出来的，两者不能互为来源",
    "{form} is computed from this form, so it can't be a source of it",
    fix_zh="以更前面的表单为来源",
    fix_en="Name a form that doesn't read this one",
)
KEY_TYPE = define(
    "computed_key_type",
    422,
    "“{name}”的类型不能作主键",
    "A field of this type can't be the key: {name}",
    fix_zh="主键可用文字、数字、日期、选项、引用、人员；其余字段写 formula",
    fix_en="A key is a text, number, date, choice, reference or person; give other fields a formula",
)
NOT_IN_COMPUTED = define(
    "not_in_computed",
    422,
    "“{key}”不适用于算出来的表单：没有人填写它的记录",
    "{key} has no place in a form that is computed: nobody fills in its records",
    fix_zh="去掉它，或写到来源的表单里",
    fix_en="Remove it, or say it in the forms that it is computed from",
)
REFERENCE_COMPUTED = define(
    "reference_computed",
    422,
    "“{form}”的行是算出来的，会出现也会消失，不能引用",
    "The rows of {form} are computed: they come and go, so nothing can refer to one",
    fix_zh="引用它的主键，再用公式取值，例如 FIRST({example} from {form} where …)",
    fix_en="Refer to what its key is, and read it by a formula such as FIRST({example} from {form} where …)",
)
COMPUTED_WRITTEN = define(
    "computed_written",
    422,
    "“{form}”是算出来的，动作不能写它的记录",
    "{form} is computed, so an action can't write its records",
    fix_zh="写它的来源：{sources}",
    fix_en="Write what it is computed from: {sources}",
)
EVENTLESS = define(
    "computed_eventless",
    422,
    "“{form}”的行不是记录：读的时候才算，或每次重新走出来，不会发生新增、修改、删除",
    "The rows of {form} are computed when they are read, or walked anew: nothing is ever created, updated or deleted",
    fix_zh="写它的来源：{sources}；或用 every 定时检查",
    fix_en="Name what it is computed from: {sources}; or look at it by the clock, with every",
)

WALK_ENDS = define(
    "walk_ends",
    422,
    "“{path}”不是一条记录，走不下去",
    "{path} is no record, so nothing can go on from there",
    fix_zh="写成引用的路径，例如 parent.product",
    fix_en="Write a path to a reference, such as parent.product",
)
WALK_APART = define(
    "walk_apart",
    422,
    "start 是 {start}，next 是 {next}：两者不同，走一步就停了",
    "start is a record of {start} and next one of {next}, so nothing would ever go on",
    fix_zh="让两者指向同一张表单",
    fix_en="Let both be records of one form",
)
COMPUTED_TWICE = define(
    "computed_twice",
    422,
    "一张表单只能有一种算法，这里有“{first}”和“{second}”",
    "A form is computed in one way; here are {first} and {second}",
)

# -- at work -----------------------------------------------------------------------------------------------------------

COMPUTED_FORM = define(
    "computed_form",
    403,
    "“{form}”是由{sources}算出来的，不能直接改",
    "{form} is computed from {sources} and can't be changed itself",
    fix_zh="改那些记录，它会立刻跟着变",
    fix_en="Change those records; it follows at once",
)
NOT_COMPUTED = define(
    "not_computed",
    404,
    "没有名为“{name}”的汇总表",
    "There is no aggregate called {name}",
)
WALK_CIRCLE = define(
    "walk_circle",
    422,
    "这样会绕成一圈：{chain}",
    "This would close a circle: {chain}",
    fix_zh="改掉其中一处",
    fix_en="Change one of these",
)
WALK_LONG = define(
    "walk_long",
    422,
    "从“{start}”出发的路超过 {most} 条",
    "More than {most} ways lead on from {start}",
    fix_zh="检查是否有重复的行",
    fix_en="See whether rows are there twice",
)
