"""What every step is by which tables follow a changed definition: it says what it does before it does it.

Why: an analyst sees what a change means for the records there are, in words, before anything happens. A step that would
lose something carries the problem that says so (`loss`) and is refused; it is never half of a change. What is found out
about the records (how many, which values) is `survey`'s, which steps there are is `changes`'.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from engine.problems import Problem
from engine.texts import LANGUAGES, Text, text


@dataclass(frozen=True, kw_only=True)
class Change:
    """One step. `form` is the form's name (the new one), `title` its title, `rows` how many records (or lines) it
    touches; `loss` says what would be lost, None: nothing."""

    form: str
    title: Text
    rows: int = 0
    loss: Problem | None = None

    @property
    def severity(self) -> str:
        """`safe`, or `destructive` when something would be lost."""
        return "safe" if self.loss is None else "destructive"

    def describe(self) -> Text:
        """One sentence for the analyst: what happens, or what would be lost."""
        if self.loss is not None:
            loss = self.loss
            return Text({language: loss.message(language) for language in LANGUAGES})
        return self.sentence()

    def sentence(self) -> Text:
        """What happens when nothing is lost."""
        raise NotImplementedError(type(self).__name__)

    def apply(self, conn: Connection) -> None:
        """Do it, in the transaction at hand."""
        raise NotImplementedError(type(self).__name__)

    def say(self, zh: str, en: str, *names: Text) -> Text:
        """A sentence about it: `{0}` is the form's title, `{1}` … the names, `{rows}` how many."""
        worded = {}
        for language, pattern in (("zh", zh), ("en", en)):
            worded[language] = pattern.format(*(n.to(language) for n in (self.title, *names)), rows=self.rows)
        return text(worded["zh"], worded["en"])
