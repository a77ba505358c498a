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
BAD_MAIL = define(
    "bad_mail",
    500,
    "SMTP_URL 或 MAIL_FROM 不对，不知道邮件从哪里发出",
    "SMTP_URL or MAIL_FROM isn't right, so it isn't known how mails leave",
    fix_zh="SMTP_URL 写成 smtp://用户:密码@主机:587（STARTTLS）或 smtps://…:465 这样（特殊字符用 %XX）；不加密只能不登录："
    "smtp://主机:25?security=none。用户名不是邮箱时，MAIL_FROM 写发件地址。",
    fix_en="Write SMTP_URL like smtp://user:password@host:587 (STARTTLS) or smtps://…:465 (special characters as %XX); "
    "without encryption there is no sign-in: smtp://host:25?security=none. Where the user is no address, MAIL_FROM is the "
    "address that mails come from.",
)
BAD_ADDRESS = define(
    "bad_address",
    500,
    "PUBLIC_URL 是“{value}”，不是网址",
    'PUBLIC_URL is "{value}", which is no web address',
    fix_zh="写大家打开系统用的网址，不带路径，例如 https://forms.example.com",
    fix_en="Write the address at which people open Formloom, without a path, such as https://forms.example.com",
)
BAD_TILES = define(
    "bad_tiles",
    500,
    "MAP_TILES 是“{value}”，不是地图瓦片的地址",
    'MAP_TILES is "{value}", which is no address of map tiles',
    fix_zh="写成 https://tiles.example.com/{{z}}/{{x}}/{{y}}.png 这样，三个占位都要有；不写就不用瓦片",
    fix_en="Write it like https://tiles.example.com/{{z}}/{{x}}/{{y}}.png, with all three places; leave it out for none",
)
