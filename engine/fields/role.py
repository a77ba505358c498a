"""One of the roles that the packs have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic import Field as Key

from engine.fields.base import Example, Misdeclared
from engine.fields.base_choice import Declared
from engine.fields.base_one import OneOf
from engine.problems import definition, problem
from engine.problems import value as wrong
from engine.texts import text


def _named(given: Any) -> Any:
    if isinstance(given, Mapping):
        wanted, found = text("角色的列表", "a list of roles"), text("“名称: 值”", "key: value")
        raise Misdeclared(problem(definition.WRONG_KIND, key="among", wanted=wanted, found=found))
    return dict.fromkeys([given] if isinstance(given, str) else given)


Roles = Annotated[str | dict[str, Declared], BeforeValidator(_named, json_schema_input_type=str | list[str])]
"""The name of a role, or a list of them. Default "": all roles."""


class Role(OneOf):
    """One role; the value is its name. Formulas ask by it: `INROLE(user, role)`."""

    name = "role"
    summary = text("一个角色", "One role")
    of_roles = True
    examples = (
        Example(
            declared={"among": ["sales", "service"]},
            accepts=(("sales", "sales"), ("Service", "service"), ("", None)),
            rejects=(("boss", wrong.UNKNOWN_OPTION), (5, wrong.WRONG_KIND)),
            displays=(("sales", "Sales"), (None, "")),
            sorts=("sales", "service"),
        ),
        Example(declared={}, accepts=(("finance", "finance"),)),
        Example(declared={"among": "sales"}, accepts=(("sales", "sales"),)),
    )

    options: Roles = Key("", alias="among", description="Which can be chosen; all of them / 可选范围")

    def choices(self) -> Mapping[str, object] | str | None:
        """Those that are offered, as declared; "" for all roles."""
        return "" if isinstance(self.options, str) else dict.fromkeys(self.options)
