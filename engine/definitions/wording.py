"""The texts of a pack in every language: what definitions say, what the dictionaries in `languages/` say, what lacks.

Why: an analyst writes each text once, in the pack's language; a dictionary translates it wherever it occurs. So texts
of all definitions pass through one place, which also knows which translations are missing and which are of no use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.definitions.base import name_in_words
from engine.definitions.parsing import At
from engine.problems import Problem
from engine.problems import definition as codes
from engine.texts import LANGUAGES, Text

Written = str | Mapping[str, str] | None
EMPTY = Text(dict.fromkeys(LANGUAGES, ""))
"""Nothing is shown."""


@dataclass
class Dictionary:
    """One language file: the words it translates, where each stands, and which were of use."""

    at: At
    words: Mapping[str, str]
    used: set[str] = field(default_factory=set)
    missing: dict[str, None] = field(default_factory=dict)


@dataclass
class Wordbook:
    """The dictionaries of a pack. `language` is that of its definitions."""

    language: str
    dictionaries: dict[str, Dictionary] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def versions(self, written: Written, at: At, name: str | None = None) -> dict[str, tuple[str, At]]:
        """The text in each language, with the place it came from; empty when nothing is written.

        Where a translation lacks, a title (then `name` is given) is the name in words in English, and any other text
        stays as it is: then that language is left out here.
        """
        if written is None or written == "":
            return {}
        if isinstance(written, Mapping):
            for language in written:
                if language not in LANGUAGES:
                    facts = {"name": language, "known": ", ".join(LANGUAGES)}
                    self.problems.append(Problem(codes.LANGUAGE_UNKNOWN, (at / language).place(key=True), facts))
            return {language: (words, at / language) for language, words in written.items()}
        found = {self.language: (written, at)}
        for language in LANGUAGES:
            if language == self.language:
                continue
            dictionary = self.dictionaries.get(language)
            if dictionary is not None and written in dictionary.words:
                dictionary.used.add(written)
                found[language] = (dictionary.words[written], dictionary.at / written)
                continue
            if dictionary is not None and not _plain(written):
                dictionary.missing.setdefault(written)
            if name is not None and language == "en":
                found[language] = (name_in_words(name), at)
        return found

    def text(self, written: Written, at: At) -> Text:
        """A text that holds no formulas; empty when nothing is written."""
        found = self.versions(written, at)
        return Text({language: words for language, (words, _) in found.items()}) if found else EMPTY

    def title(self, written: Written, name: str, at: At) -> Text:
        """A title; the name in words where nothing is written."""
        found = self.versions(written, at, name)
        if not found:
            return self.words(name_in_words(name), at)
        return Text({language: words for language, (words, _) in found.items()})

    def words(self, plain: str, at: At) -> Text:
        """The product's own words for something without a title, translated where a dictionary has them."""
        found = dict.fromkeys(LANGUAGES, plain)
        for language, dictionary in self.dictionaries.items():
            if plain in dictionary.words:
                dictionary.used.add(plain)
                found[language] = dictionary.words[plain]
        return Text(found)

    def remarks(self) -> list[Problem]:
        """What lacks a translation, and which entries no definition uses; all of severity info."""
        found: list[Problem] = []
        for language, dictionary in self.dictionaries.items():
            if dictionary.missing:
                words = ", ".join(f"“{_short(w)}”" for w in list(dictionary.missing)[:20])
                facts = {"count": len(dictionary.missing), "language": language, "words": words}
                found.append(Problem(codes.UNTRANSLATED, dictionary.at.source.at(1, 1), facts, "info"))
            for words in dictionary.words:
                if words not in dictionary.used:
                    place = (dictionary.at / words).place(key=True)
                    found.append(Problem(codes.TRANSLATION_UNUSED, place, {"words": _short(words)}, "info"))
        return found


def _plain(written: str) -> bool:
    """Nothing to translate: formulas in braces, digits and signs only."""
    outside, depth = "", 0
    for character in written:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0:
            outside += character
    return not any(character.isalpha() for character in outside)


def _short(words: str) -> str:
    line = words.strip().split("\n")[0]
    return line if len(line) <= 40 else line[:39] + "…"
