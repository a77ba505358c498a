"""What one choice and several have in common: options, their titles, and finding the one that was meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from markupsafe import Markup
from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic import Field as Key

from engine.fields.base import CHOOSE, Field, Names, Option, Place, Reader, Says, Words, refuse, short, words
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import LANGUAGES, same, text

COLORS = ("neutral", "blue", "green", "amber", "red", "violet", "orange", "teal")
Color = Literal["neutral", "blue", "green", "amber", "red", "violet", "orange", "teal"]


class DeclaredOption(BaseModel):
    """One option as written with keys of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Words | None = Key(None, description="What people see; the name in words / 标题")
    color: Color | None = Key(None, description="Colour of its tag / 颜色")
    was: Names = Key((), description="Old names; the data is kept / 旧名称")
    when: Annotated[str, Says("formula")] | None = Key(None, description="Offered only if / 何时可选")
    other: bool = Key(False, description="Asks what else it is, in a field NAME_other / 选它时请填写说明")


def _option(given: Any) -> Any:
    if isinstance(given, Mapping) and not set(given) <= set(LANGUAGES):
        return DeclaredOption.model_validate(given)
    return given


def _options(given: Any) -> Any:
    if isinstance(given, list | tuple):
        return dict.fromkeys(given)
    return given


Declared = Annotated[Option | DeclaredOption | str | dict[str, str] | None, BeforeValidator(_option)]
Options = Annotated[
    str | dict[str, Declared],
    BeforeValidator(_options, json_schema_input_type=str | list[str] | dict[str, Declared]),
]
"""A list of names, or name: title, or name: keys, or the name of a list in the pack."""


class Chosen(Field):
    """A field whose value is one or several names of options."""

    todo = CHOOSE

    options: Options = Key(
        description="List of names; name: title; name: title, color, was, when; or a list's name / 选项"
    )

    def choices(self) -> Mapping[str, Any] | str | None:
        """As declared: name -> title (text, or a mapping of languages), or a mapping of `title color was when`."""
        if isinstance(self.options, str):
            return self.options
        return {
            name: given.model_dump(exclude_defaults=True) if isinstance(given, DeclaredOption) else given
            for name, given in self.options.items()
        }

    def having(self, options: Mapping[str, Option]) -> Field:
        """The same field that knows its options."""
        return self.model_copy(update={"options": dict(options)})

    def known(self, options: Mapping[str, Option] | None) -> Mapping[str, Option] | None:
        """The options given, else those declared; None: they stand in the pack and nobody has said them."""
        if options is not None:
            return options
        if isinstance(self.options, str):
            return None
        return {name: as_option(name, given) for name, given in self.options.items()}

    def one(self, given: Any, at: Place) -> str:
        """The name of the option that was meant: by its name, or typed also by exactly its title in any language. A program is
        told the names that it must send, a person the titles."""
        if not isinstance(given, str):
            refuse(wrong.WRONG_KIND, at, expected=text("选项的名称", "the name of an option"))
        options = self.known(at.options)
        if options is None or given in options:
            return given
        body = given.strip()
        if not at.json:
            if body in options:
                return body
            titled = [name for name, option in options.items() if body in option.title.words.values()]
            if len(titled) == 1:
                return titled[0]
        offered = list(options.items())[:8]
        more = len(options) > 8
        listed = {
            language: comma.join(name if at.json else option.title.to(language) for name, option in offered)
            + ("…" if more else "")
            for language, comma in (("zh", "、"), ("en", ", "))
        }
        return refuse(wrong.UNKNOWN_OPTION, at, given=short(body), options=text(listed["zh"], listed["en"]))

    def names(self) -> frozenset[str] | None:
        """All names, or None when they aren't known here."""
        options = self.known(None)
        return None if options is None else frozenset(options)

    def called(self, name: str, reader: Reader) -> str:
        """What people read for that option; the name itself when it is no longer one."""
        option = (self.known(reader.options) or {}).get(name)
        return name if option is None else option.title.to(reader.language)

    def tagged(self, name: str, reader: Reader) -> Markup | str:
        """A coloured tag when the option has a colour, else its title."""
        option = (self.known(reader.options) or {}).get(name)
        body = self.called(name, reader)
        if option is None or option.color is None:
            return body
        return tag("span", {"class": "fl-tag", "data-color": option.color}, body)


def as_option(name: str, given: Any) -> Option:
    """A declared option as the engine knows it; its title without the pack's language files."""
    if isinstance(given, Option):
        return given
    if isinstance(given, DeclaredOption):
        return Option(_title(name, given.title), given.color, given.when, given.was, given.other)
    return Option(_title(name, given))


def _title(name: str, given: Any) -> Any:
    plain = name.replace("_", " ").strip()
    return words(given) if given else same(plain[:1].upper() + plain[1:])
