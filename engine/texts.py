"""Text in every language that a reader may prefer.

Why: titles come from analysts in the pack's language and are translated by its language files; messages come from the
problem catalogue in both. Both reach a person the same way, `text.to(language)`, so nobody else chooses a language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("zh", "en")
"""The languages that the product speaks itself, first the one it falls back to."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text in one or more languages.

    `words` maps a language (`zh`, `en`) to the text. It is never empty; an empty text says that nothing is shown.
    """

    words: Mapping[str, str]

    def to(self, language: str) -> str:
        """The text in `language`; where it is lacking, in the first language that has it."""
        found = self.words.get(language)
        if found is not None:
            return found
        return next(iter(self.words.values()))

    def __bool__(self) -> bool:
        return any(self.words.values())

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.words.items())))


def text(zh: str, en: str) -> Text:
    """A text of the product itself, in both of its languages."""
    return Text({"zh": zh, "en": en})


def same(words: str) -> Text:
    """A text that reads alike in every language, such as a number or a name."""
    return Text({"zh": words, "en": words})
