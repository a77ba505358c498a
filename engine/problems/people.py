"""Problems of people: signing in, passwords, persons, departments, roles and tokens."""

from __future__ import annotations

from engine.problems.base import define

WRONG_LOGIN = define(
    "wrong_login",
    401,
    "账号或密码不对。还可以试 {left} 次",
    "Wrong name or password. Tries left: {left}",
)
EMPTY_LOGIN = define(
    "empty_login",
    422,
    "账号和密码都要填",
    "Enter both your name and your password",
)
WAIT_LOGIN = define(
    "wait_login",
    429,
    "试的次数太多了，请 {seconds} 秒后再试",
    "Too many tries. Wait {seconds} s and try again",
)
NOT_SIGNED_IN = define(
    "not_signed_in",
    401,
    "请先登录",
    "Sign in first",
)
PASSWORD_SHORT = define(
    "password_short",
    422,
    "密码太短：至少要 {limit} 个字符",
    "The password is too short: it needs {limit} characters",
)
PASSWORD_LONG = define(
    "password_long",
    422,
    "密码太长：最多 {limit} 个字符",
    "The password is too long: {limit} characters at most",
)
PASSWORD_IS_LOGIN = define(
    "password_is_login",
    422,
    "密码不能和账号一样",
    "The password can not be the same as the login",
)
LOGIN_TAKEN = define(
    "login_taken",
    422,
    "账号“{login}”已经有人用了",
    'The login "{login}" is already taken',
    fix_zh="换一个账号。",
    fix_en="Choose another one.",
)
LOGIN_SHAPE = define(
    "login_shape",
    422,
    "账号“{login}”不能用：只能有字母、数字和 . _ @ + -，最多 100 个",
    'The login "{login}" can not be used: letters, digits and . _ @ + - only, 100 at most',
)
NAME_EMPTY = define("name_empty", 422, "请填写名称", "Fill in the name")
UNKNOWN_ROLE = define(
    "no_role",
    422,
    "没有“{name}”这个角色",
    'There is no role "{name}"',
    fix_zh="最接近的是“{nearest}”。角色写在 pack.yaml 里。",
    fix_en='The nearest one is "{nearest}". Roles are written in pack.yaml.',
)
NO_PERSON = define("no_person", 404, "没有这个人", "There is no such person")
NO_DEPARTMENT = define("no_department", 404, "没有这个部门", "There is no such department")
DEPARTMENT_CIRCLE = define(
    "department_circle",
    422,
    "“{name}”不能在自己下面",
    '"{name}" can not be beneath itself',
)
DEPARTMENT_USED = define(
    "department_used",
    409,
    "还不能删除：“{name}”里还有 {people} 个人、{parts} 个下级部门",
    '"{name}" can not be removed: it still has {people} people and {parts} departments beneath it',
    fix_zh="先把他们移到别的部门。",
    fix_en="Move them elsewhere first.",
)
LAST_ADMIN = define(
    "last_admin",
    409,
    "“{name}”是最后一个管理员，不能停用或去掉管理员角色",
    '"{name}" is the last administrator and can not be closed or lose that role',
    fix_zh="先让另一个人做管理员。",
    fix_en="Make somebody else an administrator first.",
)
UNKNOWN_LANGUAGE = define(
    "unknown_language",
    422,
    "没有“{value}”这种语言",
    'There is no language "{value}"',
)
