"""The product's words about files that go in and out; see `words`."""

from __future__ import annotations

IMPORT: dict[str, tuple[str, str]] = {
    "export_xlsx": ("导出 Excel", "Export to Excel"),
    "export_csv": ("导出 CSV", "Export CSV"),
    "import": ("导入", "Import"),
    "import_into": ("导入到“{form}”", 'Import into "{form}"'),
    "import_file": ("选择文件", "Choose a file"),
    "import_hint": (
        "Excel（.xlsx）或 CSV，第一行是列名。CSV 用 UTF-8 或 GB18030 编码都可以，最大 100 MB。",
        "Excel (.xlsx) or CSV; the first row has the titles. CSV may be UTF-8 or GB18030; at most 100 MB.",
    ),
    "import_go": ("读取文件", "Read the file"),
    "import_template": ("下载空白模板", "Download an empty template"),
    "import_what": ("每行是", "Each row is"),
    "import_what_record": ("一条{form}", "a record of {form}"),
    "import_what_line": ("已有记录的一行{list}", "a line of {list} of a record that is there"),
    "import_how": ("怎么导入", "How it works"),
    "import_how_1": (
        "选文件：列名可以是字段的标题或名称。",
        "Choose a file: its titles are those of the fields, or their names.",
    ),
    "import_how_2": ("对上列：认不出的列由你来选。", "Match the columns: you choose for those that are not known."),
    "import_how_3": (
        "试运行：每一行都按全部规则检查，什么都不写入。",
        "Rehearse: every row goes through all rules, and nothing is kept.",
    ),
    "import_how_4": (
        "导入：没通过的行连同原因存成文件，改好再导。",
        "Import: rows that are refused come back as a file with the reasons, to be mended.",
    ),
    "import_lines": (
        "明细的列名写成“{column}”。一条记录有几行明细就写几行，从第二行起记录自己的列都空着。",
        'Columns of lines are called "{column}". A record has a row for each of its lines; from the second on, the record\'s '
        "own columns are empty.",
    ),
    "import_lines_keyed": (
        "明细的列名写成“{column}”。一条记录有几行明细就写几行，从第二行起重复同样的“{keyed}”，或者记录自己的列都空着。",
        'Columns of lines are called "{column}". A record has a row for each of its lines; from the second on, repeat the same '
        '"{keyed}" or leave the record\'s own columns empty.',
    ),
    "import_recent": ("最近的导入", "Recent imports"),
    "import_columns": ("对上列", "Match the columns"),
    "import_rows_n": ("{n} 行", "1 row|{n} rows"),
    "import_column": ("文件里的列", "Column of the file"),
    "import_values": ("例如", "Such as"),
    "import_fills": ("填到", "Fills"),
    "import_fills_of": ("“{title}”这一列填到", 'The column "{title}" fills'),
    "import_sheets": (
        "这个工作簿还有工作表：{names}，这次不读。单独导入明细时读同名的表，那些行会加到已有的明细后面。",
        "The workbook has further sheets, not read now: {names}. An import of lines alone reads the sheet of their name; its rows "
        "are added to the lines that are there.",
    ),
    "import_lacking": (
        "新记录必填、还没有列对上：{fields}",
        "New records need these, and no column fills them yet: {fields}",
    ),
    "import_nothing": ("不导入", "Leave out"),
    "import_id": ("记录的 id", "The record's id"),
    "import_mode": ("这些行", "These rows"),
    "import_mode_create": ("全部新建", "make new records"),
    "import_mode_update": ("更新已有的", "change records that are there"),
    "import_mode_upsert": ("有则更新，没有则新建", "change those that are there, make the others"),
    "import_mode_hint": (
        "更新时按“{named}”或 id 找到记录；空着的单元格不改。",
        'Records are found by "{named}" or id; empty cells change nothing.',
    ),
    "import_together": ("要么全部导入，要么一条都不导入", "All rows or none"),
    "import_confirm": ("提醒（不是错误）一律视为已确认", "Warnings count as confirmed"),
    "import_check": ("试运行", "Rehearse"),
    "import_checking": ("正在试运行", "Rehearsing"),
    "import_running": ("正在导入", "Importing"),
    "import_progress": ("{done} / {total} 条", "{done} of {total} records"),
    "import_stop": ("停止", "Stop"),
    "import_see": ("看最新进度", "See how far it is"),
    "import_stay": ("可以离开这个页面，导入会继续。", "You may leave this page; it goes on."),
    "import_checked": ("试运行结束，还没有写入", "Rehearsed; nothing is kept yet"),
    "import_stopped": ("停在了中间", "Stopped half-way"),
    "import_finished": ("导入完成", "Imported"),
    "import_failed": ("没有导入成", "It could not be imported"),
    "import_would": ("{n} 条可以导入", "1 record can be imported|{n} records can be imported"),
    "import_did": ("已导入 {n} 条", "1 record imported|{n} records imported"),
    "import_became": (
        "新增 {new} 条，更新 {changed} 条，{same} 条没有变化",
        "{new} new, {changed} changed, {same} as they were",
    ),
    "import_bad": ("{n} 条没有通过", "1 was refused|{n} were refused"),
    "import_none_bad": ("全部通过", "None was refused"),
    "import_run": ("导入 {n} 条", "Import 1 record|Import {n} records"),
    "import_resume": ("继续导入", "Go on"),
    "import_blocked": (
        "你选了“要么全部导入”：先把没通过的行改好。",
        "You chose all rows or none: mend the refused rows first.",
    ),
    "import_again": ("重新对列", "Change the columns"),
    "import_other": ("换一个文件", "Another file"),
    "import_rejected": ("下载没通过的行", "Download the refused rows"),
    "import_row": ("行", "Row"),
    "import_where": ("哪一列", "Where"),
    "import_why": ("原因和改法", "Why, and what to do"),
    "import_in_rows": ("等 {n} 行", "of {n} rows"),
    "import_to_list": ("打开列表", "Open the list"),
}
"""Key -> (Chinese, English)."""
