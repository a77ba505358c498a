"""Problems of the command line."""

from __future__ import annotations

from engine.problems.base import define

NO_USER = define(
    "no_user",
    404,
    "没有账号“{login}”",
    'There is no account "{login}"',
    fix_zh="formloom user list 列出所有账号。",
    fix_en="formloom user list shows all accounts.",
)
BAD_RECORD = define(
    "bad_record",
    400,
    "--record 不是一个 JSON 对象",
    "--record is no JSON object",
    fix_zh="""例如：--record '{{"quantity": 3}}'""",
    fix_en="""Such as: --record '{{"quantity": 3}}'""",
)
WORKER_SQLITE = define(
    "worker_sqlite",
    400,
    "使用 SQLite 时，后台任务由服务器自己完成，不需要另外的 worker",
    "With SQLite the server does the jobs itself; there is nothing for a separate worker to do",
    fix_zh="直接运行 formloom serve；需要多个 worker 时改用 PostgreSQL（DATABASE_URL）。",
    fix_en="Just run formloom serve; for several workers use PostgreSQL (DATABASE_URL).",
)
NO_JOB = define(
    "no_job",
    404,
    "没有放弃的任务 {number}",
    "There is no job {number} that was given up",
    fix_zh="formloom jobs list 列出所有放弃的任务。",
    fix_en="formloom jobs list shows all that were.",
)
