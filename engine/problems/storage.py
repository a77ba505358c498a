"""What the storage room refuses: a store that can't be used, a change that would lose data, a file too large."""

from __future__ import annotations

from engine.problems.base import define

STORE_TAKEN = define(
    "store_taken",
    503,
    "另一个服务（进程号 {pid}）正在使用数据目录 {folder}",
    "Another server (process {pid}) is using the data folder {folder}",
    fix_zh="先停止那个服务，或用 DATA_DIR 指定另一个目录。",
    fix_en="Stop that server first, or name another folder with DATA_DIR.",
)
STORE_BUSY = define(
    "store_busy",
    503,
    "数据库正忙，什么都没有改变",
    "The database is busy; nothing has changed",
    fix_zh="请稍后再试一次。",
    fix_en="Try again in a moment.",
)
STORE_FAILED = define(
    "store_failed",
    503,
    "数据没能写入磁盘，什么都没有改变（{reason}）",
    "The data could not be kept on disk; nothing has changed ({reason})",
    fix_zh="请管理员检查磁盘空间和数据目录的权限，然后再试。",
    fix_en="Ask an administrator to check the disk's free space and the data folder's permissions, then try again.",
)
STORE_FAR = define(
    "store_far",
    503,
    "存放文件的地方（FILES_URL）现在用不了：{reason}",
    "The store of files (FILES_URL) can't be used now: {reason}",
    fix_zh="请管理员检查地址、密钥和网络；s3:// 还要安装 s3fs。文件没有丢，恢复后再试。",
    fix_en="Ask an administrator to check its address, keys and network; s3:// also needs the package s3fs. No file is lost; try "
    "again once it is back.",
)
STORE_CLOSED = define(
    "store_closed",
    503,
    "服务正在停止，什么都没有改变",
    "The server is stopping; nothing has changed",
    fix_zh="请在服务重新启动后再试。",
    fix_en="Try again when it is back.",
)
STORE_FOREIGN = define(
    "store_foreign",
    503,
    "{file} 不是可以使用的数据库（{reason}）",
    "{file} is not a database that can be used ({reason})",
    fix_zh="检查 DATA_DIR 是否指向正确的目录，或从备份恢复这个文件。",
    fix_en="Check that DATA_DIR names the right folder, or restore the file from a backup.",
)
STORE_AWAY = define(
    "store_away",
    503,
    "连不上数据库 {database}（{reason}）",
    "The database {database} can't be reached ({reason})",
    fix_zh="请管理员检查数据库服务是否在运行、DATABASE_URL 是否正确；恢复后这里会自动接着用。",
    fix_en="Ask an administrator to check that the database server runs and that DATABASE_URL is right; "
    "once it is back, this goes on by itself.",
)
STORE_UNSURE = define(
    "store_unsure",
    503,
    "保存时与数据库的连接断了，不知道是否已保存",
    "The connection to the database was lost while saving; it is not known whether the data was kept",
    fix_zh="先看看数据是否已经在，再决定要不要重做。",
    fix_en="Look whether the data is there before you do it again.",
)
STORE_OLD = define(
    "store_old",
    503,
    "数据库 {database} 的 PostgreSQL 版本是 {version}，至少要 {least}",
    "The database {database} runs PostgreSQL {version}; at least {least} is needed",
    fix_zh="升级数据库服务，或换一个。",
    fix_en="Upgrade the database server, or use another.",
)
STORE_ENCODING = define(
    "store_encoding",
    503,
    "数据库 {database} 的编码是 {encoding}，不是 UTF8",
    "The database {database} is encoded in {encoding}, not in UTF8",
    fix_zh="新建一个：CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
    fix_en="Make another: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
)
STORE_RIGHTS = define(
    "store_rights",
    503,
    "用户 {user} 不能在数据库 {database} 里建表",
    "The user {user} may not make tables in the database {database}",
    fix_zh="请数据库管理员执行：GRANT CREATE, USAGE ON SCHEMA {schema} TO {user}",
    fix_en="Ask the database's administrator for: GRANT CREATE, USAGE ON SCHEMA {schema} TO {user}",
)
STORE_OUTDATED = define(
    "store_outdated",
    503,
    "另一个服务已把数据库改成了更新的定义；这个服务的定义是旧的，所以不再写入",
    "Another server has brought the database to newer definitions; those of this server are older, so it writes no more",
    fix_zh="给所有服务换上同一份定义，再重新启动这个服务。",
    fix_en="Give all servers the same definitions, then start this one again.",
)
COPY_FILLED = define(
    "copy_filled",
    409,
    "目标数据库不是空的：里面有 {count} 张表，例如 {example}；什么都没有复制",
    "The target database is not empty: it has {count} tables, such as {example}; nothing was copied",
    fix_zh="新建一个空的数据库。",
    fix_en="Make a new, empty database.",
)
COPY_NUL = define(
    "copy_nul",
    409,
    "表 {table} 的列 {column} 有 {count} 行含有 NUL 字符，PostgreSQL 不能保存；什么都没有复制",
    "In the table {table}, {count} rows have a NUL character in the column {column}, which PostgreSQL can't keep; "
    "nothing was copied",
    fix_zh="先在记录里去掉这个字符。",
    fix_en="First remove that character from the records.",
)
COPY_DIFFERS = define(
    "copy_differs",
    500,
    "复制后表 {table} 的列 {column} 不一样（{before} 变成 {after}）；什么都没有保留",
    "After copying, the column {column} of the table {table} is not the same ({before} became {after}); nothing was kept",
)
COPY_SOURCE = define(
    "copy_source",
    409,
    "要复制的数据已经在 PostgreSQL 里了",
    "The data to be copied is in PostgreSQL already",
    fix_zh="去掉 DATABASE_URL，用 DATA_DIR 指定 SQLite 的数据目录。",
    fix_en="Leave DATABASE_URL out, and name the SQLite data folder with DATA_DIR.",
)
COPY_TARGET = define(
    "copy_target",
    409,
    "只能复制到 PostgreSQL 数据库，例如 postgresql://用户@主机/数据库",
    "Copies can only go to a PostgreSQL database, such as postgresql://user@host/database",
)
FORM_LOST = define(
    "form_lost",
    409,
    "删除表单“{form}”会丢失它的 {count} 条记录",
    'Removing the form "{form}" would lose its {count} records',
    fix_zh="把定义放回去；如果只是改名，在新表单里写 was: {name}。",
    fix_en="Put the definition back; if it was only renamed, write was: {name} in the new form.",
)
LINES_LOST = define(
    "lines_lost",
    409,
    "删除表单“{form}”的明细“{what}”会丢失 {count} 行",
    'Removing the lines "{what}" of the form "{form}" would lose {count} rows',
    fix_zh="把字段放回去；如果只是改名，在新字段里写 was: {name}。",
    fix_en="Put the field back; if it was only renamed, write was: {name} in the new field.",
)
FIELD_LOST = define(
    "field_lost",
    409,
    "删除表单“{form}”的字段“{what}”会丢失 {count} 条记录里的值",
    'Removing the field "{what}" of the form "{form}" would lose its value in {count} records',
    fix_zh="把字段放回去；如果只是改名，在新字段里写 was: {name}。",
    fix_en="Put the field back; if it was only renamed, write was: {name} in the new field.",
)
TYPE_LOST = define(
    "type_lost",
    409,
    "字段“{what}”（表单“{form}”）从{old}变成{new}，会丢失 {count} 条记录里的值",
    'The field "{what}" of the form "{form}" changes from {old} to {new}; its value in {count} records would be lost',
    fix_zh="保留原来的类型，另加一个新类型的字段。",
    fix_en="Keep the old type, and add a field of the new type beside it.",
)
TARGET_LOST = define(
    "target_lost",
    409,
    "字段“{what}”（表单“{form}”）原来指向“{old}”，改为指向“{new}”会使 {count} 条记录指错对象",
    'The field "{what}" of the form "{form}" points at "{old}"; pointing at "{new}", '
    "it would name the wrong record in {count} records",
    fix_zh="保留原来的字段，另加一个指向“{new}”的字段。",
    fix_en='Keep the old field, and add one that points at "{new}".',
)
DECIMALS_LOST = define(
    "decimals_lost",
    409,
    "字段“{what}”（表单“{form}”）从 {old} 位小数减到 {new} 位，会改变 {count} 条记录里的值，例如 {example}",
    'The field "{what}" of the form "{form}" goes from {old} to {new} decimals; '
    "the value in {count} records would change, such as {example}",
    fix_zh="保留 {old} 位小数，或先在记录里把这些值改好。",
    fix_en="Keep {old} decimals, or first change those values in the records.",
)
DIGITS_LOST = define(
    "digits_lost",
    409,
    "字段“{what}”（表单“{form}”）从 {old} 位小数加到 {new} 位，{count} 条记录里的数太大，放不下，例如 {example}",
    'The field "{what}" of the form "{form}" goes from {old} to {new} decimals; '
    "in {count} records the number is too large for that, such as {example}",
    fix_zh="保留 {old} 位小数；一个数连小数最多 18 位。",
    fix_en="Keep {old} decimals; a number has at most 18 digits, decimals included.",
)
OPTION_LOST = define(
    "option_lost",
    409,
    "字段“{what}”（表单“{form}”）去掉的选项“{option}”还在 {count} 条记录里使用",
    'The field "{what}" of the form "{form}" loses the option "{option}", which {count} records still have',
    fix_zh="把选项放回去；如果只是改名，在新选项里写 was: {option}。",
    fix_en="Put the option back; if it was only renamed, write was: {option} in the new option.",
)
STATE_LOST = define(
    "state_lost",
    409,
    "表单“{form}”的流程去掉了状态“{state}”，但还有 {count} 条记录在这个状态：{records}",
    'The workflow of the form "{form}" loses the state "{state}", but {count} records are in it: {records}',
    fix_zh="在它们该去的状态里写 was: {state}，或把状态放回去，或先让这些记录离开它。",
    fix_en="Say was: {state} in the state where they belong, put the state back, or let those records leave it first.",
)
DUPLICATES = define(
    "duplicates_there",
    409,
    "表单“{form}”的“{what}”不能设为不重复：已有 {count} 组重复的值，例如 {example}",
    '"{what}" of the form "{form}" can\'t be made unique: {count} values occur more than once, such as {example}',
    fix_zh="先在记录里改掉重复的值。",
    fix_en="First change the values that occur more than once.",
)
FILE_TOO_LARGE = define(
    "file_too_large",
    413,
    "文件超过 {limit}",
    "The file is larger than {limit}",
    fix_zh="换一个小一些的文件。",
    fix_en="Choose a smaller file.",
)
FILE_GONE = define(
    "file_gone",
    404,
    "这个文件已不在磁盘上",
    "This file is no longer on disk",
    fix_zh="请管理员从备份恢复数据目录里的 files 文件夹。",
    fix_en="Ask an administrator to restore the folder files of the data folder from a backup.",
)
NO_SERIAL = define(
    "no_serial",
    404,
    "{form}没有编号字段“{name}”",
    "{form} has no serial field {name}",
    fix_zh="有的是：{known}",
    fix_en="There are: {known}",
)
RENUMBER_TAKEN = define(
    "renumber_taken",
    409,
    "新编号 {number} 已经是“{title}”的，它不在这次重新编号之内",
    "The new number {number} is that of {title}, which keeps its own",
    fix_zh="把 --since 提前到它创建那天，或者不写",
    fix_en="Let --since begin on the day it was created, or leave it out",
)
