"""What was called what: forms, lists and fields found again after a rename, by `was`."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from engine.definitions.model import Form, FormField, State
from engine.fields.base import Option
from engine.storage.snapshot import Snapshot


class Names:
    """The names of before and of now. `old` maps a renamed form to its old name; `gone` are forms that are no more."""

    def __init__(self, before: Mapping[str, Snapshot], forms: Mapping[str, Form], absent: Collection[str]) -> None:
        """`absent` are forms that can't be read just now: neither gone, nor is their name free."""
        self.old: dict[str, str] = {}
        for name, form in forms.items():
            if name not in before:
                found = (was for was in form.was if was in before and was not in forms and was not in absent)
                was = next((was for was in found if was not in self.old.values()), None)
                if was is not None:
                    self.old[name] = was
        self.gone = set(before) - set(forms) - set(self.old.values()) - set(absent)
        self._forms = {was: name for name, was in self.old.items()}
        self._lists: dict[str, dict[str, str]] = {}
        for name, form in forms.items():
            was = self.old.get(name, name)
            if was in before:
                pairs = matched_lists(form, before[was].lists)
                self._lists[name] = {old: new for new, old in pairs.items()}

    def shape(self, old: str) -> str:
        """What a shape of before is called now: `contract.items` may have become `deal.positions`."""
        form, dot, lines = old.partition(".")
        form = self._forms.get(form, form)
        return f"{form}{dot}{self._lists.get(form, {}).get(lines, lines)}"


def matched(fields: Mapping[str, FormField], before: Collection[str]) -> dict[str, str]:
    """New name -> the name it had, for those that were there: by the same name, or by `was`."""
    found = {name: name for name in fields if name in before}
    for name, declared in fields.items():
        if name not in found:
            olds = (was for was in declared.field.was if was in before and was not in fields)
            was = next((was for was in olds if was not in found.values()), None)
            if was is not None:
                found[name] = was
    return found


def matched_lists(form: Form, before: Collection[str]) -> dict[str, str]:
    """The same for a form's lists of lines; one within another's lines is looked for where that was."""
    found = {"": ""}
    lists = form.line_forms()
    for above in ("", *lists):
        if above in found:
            head, was = (f"{name}." if name else "" for name in (above, found[above]))
            inner = {name.rpartition(".")[2]: one for name, one in lists.items() if name.rpartition(".")[0] == above}
            there = [name.rpartition(".")[2] for name in before if name and name.rpartition(".")[0] == found[above]]
            found |= {head + new: was + old for new, old in matched(inner, there).items()}
    del found[""]
    return found


def renamed(now: Mapping[str, Option] | Mapping[str, State]) -> dict[str, str]:
    """Old name -> new name of options or states; a name that is in use again isn't an old one."""
    found: dict[str, str] = {}
    for name, named in now.items():
        for was in named.was:
            if was not in now:
                found.setdefault(was, name)
    return found


def shapes(form: Form) -> list[tuple[str, str]]:
    """(shape, list) of a form's own table, whose list is "", and of each of its lists of lines."""
    return [(form.name, ""), *((f"{form.name}.{name}", name) for name in form.line_forms())]
