"""The files of automations: read, compiled, and kept as far as nothing that they use is missing.

Why: an automation reaches into several forms, so it is compiled when all of them are known, and left out with any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.definitions.automation import AutomationDefinition
from engine.definitions.checks import rounds
from engine.definitions.compile_automation import AutomationCompiler
from engine.definitions.compile_fields import FieldCompiler
from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Draft, Fields
from engine.definitions.model import Automation, Form, FormField
from engine.definitions.packs import Pack
from engine.definitions.parsing import At, parse
from engine.definitions.setting_off import circles, unmoved
from engine.problems import definition as codes
from engine.source import Source


class Automations:
    """The automations of a load; `places`: where each is written."""

    def __init__(self, compiler: Compiler, reader: Fields, fields: FieldCompiler) -> None:
        self.compiler, self.reader, self.fields = compiler, reader, fields
        self.places: dict[str, At] = {}
        self.found: dict[str, Automation] = {}

    def read(self, files: Iterable[tuple[Pack, str, Source | None]]) -> None:
        """Read and compile them; what is wrong is reported. A file without a source couldn't be read."""
        compiler = AutomationCompiler(self.compiler, self.reader, self.fields)
        for pack, name, source in files:
            with self.compiler.owned(_owner(name)):
                at = self.places[name] = At(source or Source(name, {}, {}, "", ()))
                if source is None:
                    continue
                definition, problems = parse(AutomationDefinition, at)
                for problem in problems:
                    self.compiler.report(problem)
                made = compiler.automation(name, pack, at, definition) if definition is not None else None
                if made is not None:
                    self.found[name] = made

    def runnable(
        self, forms: Mapping[str, Form], drafts: Mapping[str, Draft], settings: Mapping[str, FormField]
    ) -> dict[str, Automation]:
        """Those without errors that use no form that was left out. Circles are reported: an error unless some condition
        may end them; and fields of `changed` that are never seen to change."""
        for name, automation in self.found.items():
            self._unmoved(automation, forms, self.places[name] / "changed")
        for way in circles(self.found, forms):
            guarded = any(self.found[name].when is not None for name in way)
            with self.compiler.owned(_owner(way[0])):
                place = (self.places[way[0]] / "do").place(key=True)
                severity = "warn" if guarded else "error"
                told = rounds.told(way, self.found, forms, settings)
                self.compiler.refuse(codes.AUTOMATION_CIRCLE, place, severity=severity, way=told)
        return {
            name: automation
            for name, automation in self.found.items()
            if _owner(name) not in self.compiler.failed and self._used(name) & set(drafts) <= set(forms)
        }

    def _unmoved(self, automation: Automation, forms: Mapping[str, Form], at: At) -> None:
        for field in unmoved(automation, forms):
            place = at / automation.changed.index(field) if isinstance(at.value, list) else at
            with self.compiler.owned(_owner(automation.name)):
                self.compiler.refuse(codes.CHANGED_ELSEWHERE, place.place(), severity="warn", name=field)

    def _used(self, name: str) -> set[str]:
        return {shape.partition(".")[0] for shape in self.compiler.uses.get(_owner(name), ())}


def _owner(name: str) -> str:
    return f"automation:{name}"
