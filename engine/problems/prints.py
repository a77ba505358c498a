"""Problems of printing: templates that can't be used, and papers that can't be printed."""

from __future__ import annotations

from engine.problems.base import define

# -- definitions -------------------------------------------------------------------------------------------------------

NO_PRINT_TEMPLATE = define(
    "no_print_template",
    422,
    "templates/ 里没有打印模板“{name}”",
    "There is no print template {name} in templates/",
    fix_zh="{nearest}；模板是 {kinds} 文件，放在包的 templates/ 里",
    fix_en="{nearest}; templates are {kinds} files in the pack's templates/",
)
BAD_PRINT_TEMPLATE = define(
    "bad_print_template",
    422,
    "打印模板打不开：{reason}",
    "The print template can't be opened: {reason}",
    fix_zh="用 Word 或 Excel 打开它，另存为 .docx 或 .xlsx；HTML 存成 UTF-8",
    fix_en="Open it in Word or Excel and save it as .docx or .xlsx; save HTML as UTF-8",
)
PRINT_HOLE = define(
    "print_hole",
    422,
    "打印模板{where}的 {{{words}}}：{reason}",
    "In the print template, {where}, {{{words}}}: {reason}",
    fix_zh="{advice}",
    fix_en="{advice}",
)
PRINT_FORBIDDEN = define(
    "print_forbidden",
    422,
    "打印模板里不能有 {what}",
    "A print template can't have {what}",
    fix_zh="样式写在 style 元素里，图片和模板放在一起，src 只写文件名；脚本、别处的文件和属性里的公式都不行",
    fix_en="Put looks into a style element, and pictures beside the template, named by src alone; no scripts, nothing from "
    "elsewhere, no formulas in attributes",
)
NO_PRINT_PICTURE = define(
    "no_print_picture",
    422,
    "模板旁边没有图片“{name}”",
    "There is no picture {name} beside the template",
    fix_zh="{nearest}；图片是 png、jpg、gif 或 webp，不超过 10 MB",
    fix_en="{nearest}; pictures are png, jpg, gif or webp of at most 10 MB",
)
NO_PRINT_FILES = define(
    "no_print_files",
    422,
    "“{words}”不是图片字段，画不出来",
    "{words} is no field of pictures, so it can't be drawn",
    fix_zh="写一个 image、signature 或 file 字段；要二维码就写 {{字段:qr}}",
    fix_en="Name a field of type image, signature or file; for a code write {{field:qr}}",
)
NO_SUCH_PRINT = define(
    "no_such_print",
    422,
    "{form}没有打印模板“{name}”",
    "{form} has no print {name}",
    fix_zh="{nearest}",
    fix_en="{nearest}",
)

# -- printing ----------------------------------------------------------------------------------------------------------

NO_PRINT = define(
    "no_print",
    404,
    "{form}没有这个打印模板：{name}",
    "{form} has no such print: {name}",
    fix_zh="有的是：{known}",
    fix_en="There are: {known}",
)
PRINT_TOO_MANY = define(
    "print_too_many",
    422,
    "一次最多打印 {most} 条，选了 {n} 条",
    "At most {most} can be printed at once; {n} are chosen",
    fix_zh="少选一些",
    fix_en="Choose fewer",
)
NO_PDF = define(
    "no_pdf",
    422,
    "这台服务器没有装 PDF 所需的程序",
    "This server has nothing installed that makes PDF",
    fix_zh="用浏览器的打印，选“另存为 PDF”；或请管理员安装：pip install 'formloom[pdf]'（还需要系统的 Pango）",
    fix_en="Print in the browser and choose to save as PDF; or ask the operator for pip install 'formloom[pdf]' (which needs the "
    "system's Pango)",
)
PDF_ONLY_PAGES = define(
    "pdf_only_pages",
    422,
    "只有 HTML 模板能存成 PDF，这个模板是 {ending}",
    "Only HTML templates become PDF; this one is {ending}",
    fix_zh="下载后在 Word 或 Excel 里另存为 PDF",
    fix_en="Download it and save it as PDF in Word or Excel",
)
