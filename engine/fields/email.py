"""E-mail addresses."""

from __future__ import annotations

from markupsafe import Markup

from engine.fields.base import Control, Example, Place, Reader, refuse, short
from engine.fields.base_address import ADDRESS, LONGEST, is_address
from engine.fields.base_input import line
from engine.fields.base_text import Written
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import text


class Email(Written):
    """One address, as typed. Stricter than the standard and alike in every engine: a name, @, a domain with a dot."""

    name = "email"
    summary = text("邮箱", "An e-mail address")
    longest = LONGEST
    shape = ADDRESS
    examples = (
        Example(
            declared={},
            accepts=(
                (" li.na@example.com ", "li.na@example.com"),
                ("Li+crm@mail.example.co.uk", "Li+crm@mail.example.co.uk"),
                ("", None),
            ),
            rejects=(
                ("@", wrong.EMAIL),
                ("li.na@localhost", wrong.EMAIL),
                ("li na@example.com", wrong.EMAIL),
                ("li..na@example.com", wrong.EMAIL),
                ("a@b.cn, c@d.cn", wrong.EMAIL),
                ("li@-x.com", wrong.EMAIL),
                ("li.na＠example.com", wrong.EMAIL),
                ("a" * 65 + "@example.com", wrong.EMAIL),
            ),
            displays=(("li.na@example.com", "li.na@example.com"), (None, "")),
            sorts=("a@example.com", "b@example.com"),
        ),
    )

    def tidy(self, given: str, at: Place) -> str:
        """The address itself, if it is one."""
        return given if is_address(given) else refuse(wrong.EMAIL, at, given=short(given))

    def display(self, value: object, reader: Reader) -> Markup | str:
        """A link that writes to it."""
        return "" if value is None else tag("a", {"class": "fl-link", "href": f"mailto:{value}"}, value)

    def input(self, control: Control) -> Markup:
        """One line with the keyboard of addresses."""
        return line(
            control, self.kind, control.value or "", inputmode="email", spellcheck="false", autocapitalize="off"
        )
