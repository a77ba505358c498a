"""What the models of all definitions share: frozen, strict, and keys that say what they hold."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from engine.fields.base import Formula, Message, Names, Says, Value, Words

__all__ = ["Definition", "Formula", "Message", "Names", "Says", "Value", "Words", "name_in_words"]


class Definition(BaseModel):
    """A part of a definition as written. Frozen; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True)


def name_in_words(name: str) -> str:
    """contact_phone -> Contact phone: what people read where a title is lacking."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def strings(given: Any) -> Any:
    """A single text as a list of one; None as an empty list; else unchanged."""
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else given
