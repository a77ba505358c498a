"""Text in every language that a reader may prefer.

Why: titles come from analysts in the pack's language and are translated by its language files; messages come from the
problem catalogue in both. Both reach a person the same way, `text.to(language)`, so nobody else chooses a language.
"""

from __future__ import annotations

import json
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


def spoken_order(words: str) -> tuple[tuple[int, bytes], ...]:
    """What names are ordered by for people: Latin letters, then Chinese by how it is spoken (pinyin), as a telephone book
    does. GB 2312 has the 3,755 most frequent characters in that order; rarer ones come after them."""
    return tuple(_spoken(char) for char in words.casefold())


def _spoken(char: str) -> tuple[int, bytes]:
    code = char.encode("gb18030", "replace")
    frequent = len(code) == 2 and 0xB0 <= code[0] <= 0xD7 and code[1] >= 0xA1
    return 0 if len(code) == 1 else 1 if frequent else 2, code


MANY = frozenset({"news", "series", "species", "goods", "premises", "works", "sales"})
"""English words that look like a plural."""


def one_of(title: str, language: str) -> str:
    """What one record of a form is called within a sentence: Contracts -> contract, Quality checks -> quality check. In
    Chinese it is the title."""
    if language != "en" or not title:
        return title
    front, _, last = title.rpartition(" ")
    low = last.lower()
    if low not in MANY and low.endswith("s") and not low.endswith(("ss", "us", "is")):
        if low.endswith("ies") and len(low) > 4:
            last = last[:-3] + "y"
        else:
            last = last[:-2] if low.endswith(("sses", "xes", "ches", "shes", "zes")) else last[:-1]
    one = f"{front} {last}" if front else last
    return one if one[:2].isupper() else one[:1].lower() + one[1:]


def text(zh: str, en: str) -> Text:
    """A text of the product itself, in both of its languages."""
    return Text({"zh": zh, "en": en})


PART = 900
"""How many characters of each language `kept` keeps."""


def kept(words: Text) -> str:
    """A text as it is kept in one column until its reader is known; `told` reads it. What is alike in all languages is kept
    as it is."""
    found = {spoken: words.to(spoken)[:PART] for spoken in LANGUAGES}
    if len(set(found.values())) == 1:
        return found[LANGUAGES[0]]
    return json.dumps(found, ensure_ascii=False)


def told(words: str, language: str) -> str:
    """What `kept` has kept, in the reader's language; what was never more than one text is told as it is."""
    try:
        found = json.loads(words) if words.startswith("{") else None
    except ValueError:
        found = None
    if isinstance(found, dict) and set(found) == set(LANGUAGES):
        return str(found.get(language) or found[LANGUAGES[0]])
    return words


def same(words: str) -> Text:
    """A text that reads alike in every language, such as a number or a name."""
    return Text({"zh": words, "en": words})
