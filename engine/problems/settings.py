"""Problems of the surroundings: what the environment says that can't be."""

from __future__ import annotations

from engine.problems.base import define

BAD_PORT = define(
    "bad_port",
    500,
    "PORT 是“{value}”，不是 1 到 65535 的端口号",
    'PORT is "{value}", which is no port from 1 to 65535',
    fix_zh="例如：PORT=8001 make run",
    fix_en="Such as: PORT=8001 make run",
)
BAD_ZONE = define(
    "bad_zone",
    500,
    "TIME_ZONE 是“{value}”，没有这个时区",
    'TIME_ZONE is "{value}", and there is no such time zone',
    fix_zh="例如：TIME_ZONE=Asia/Shanghai",
    fix_en="Such as: TIME_ZONE=Europe/Berlin",
)
PORT_TAKEN = define(
    "port_taken",
    500,
    "{host}:{port} 已被别的程序占用",
    "{host}:{port} is taken by another program",
    fix_zh="换一个端口，例如：PORT={next} make run",
    fix_en="Choose another port, such as: PORT={next} make run",
)
BAD_DATABASE = define(
    "bad_database",
    500,
    "DATABASE_URL 不是一个 PostgreSQL 数据库的地址",
    "DATABASE_URL is not the address of a PostgreSQL database",
    fix_zh="写成 postgresql://用户:密码@主机:5432/数据库 这样（密码里的特殊字符用 %XX），或者不写它：用 DATA_DIR 里的 SQLite。",
    fix_en="Write it like postgresql://user:password@host:5432/database (special characters of the password as %XX), "
    "or leave it out: then SQLite in DATA_DIR is used.",
)
