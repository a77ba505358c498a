"""Those who hold a record's tasks, by name: for a sentence, a strip, a formula."""

from __future__ import annotations

from collections.abc import Iterable

from engine.runtime.access import ROLE_TITLES
from engine.runtime.turns import OpenTask
from engine.runtime.work import Work
from engine.texts import Text, same


def holders(opened: Iterable[OpenTask]) -> list[int]:
    """Those whose turn it is in these tasks, each once."""
    return list(dict.fromkeys(turn.person for task in opened for turn in task.open))


def named_holders(work: Work, opened: Iterable[OpenTask]) -> Text:
    """The same in words: people, or their role where it is for all who have it."""
    words: dict[Text, None] = {}
    for task in opened:
        for turn in task.open:
            role = next((why["role"] for why in turn.why if why["by"] == "role"), None)
            known = {**ROLE_TITLES, **work.catalog.roles}
            words[known.get(role, same(role)) if role else same(work.title_of("person", turn.person))] = None
    return joined(list(words)) if words else Text({"zh": "别人", "en": "somebody else"})


def joined(words: list[Text]) -> Text:
    """Several texts as one, with the comma of each language."""
    return Text({"zh": "、".join(w.to("zh") for w in words), "en": ", ".join(w.to("en") for w in words)})
