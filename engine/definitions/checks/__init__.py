"""What would strand people at work, looked for once everything is compiled: a check a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.definitions.checks import circles, demo, filling, guards, hands, states, tasks, waiting
from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Draft
from engine.definitions.model import Automation, Form, FormField
from engine.definitions.packs import Pack


def run(
    compiler: Compiler, drafts: Mapping[str, Draft], forms: Mapping[str, Form], packs: Iterable[Pack],
    settings: Mapping[str, FormField], automations: Mapping[str, Automation],
) -> None:  # fmt: skip
    """All checks. What a check can't judge because of an error found before is left alone."""
    given = filling.given(forms.values())
    for name, draft in drafts.items():
        with compiler.owned(name):
            if draft.workflow is not None and draft.workflow_at is not None:
                states.check(compiler, name, draft.workflow, draft.workflow_at)
            if name in forms and name not in compiler.failed:
                states.check_who(compiler, draft, forms[name])
                filling.check(compiler, draft, forms[name], given)
                tasks.check(compiler, draft, forms[name], given)
                if name not in compiler.failed and _whole(compiler, name):
                    elsewhere = filling.from_elsewhere(name, forms.values(), automations.values())
                    guards.check(compiler, draft, forms[name], settings, elsewhere)
                    hands.check(compiler, draft, forms[name], settings, elsewhere)
    sound = {name: form for name, form in forms.items() if name not in compiler.failed}
    circles.check(compiler, drafts, sound)
    whole = {name: form for name, form in sound.items() if _whole(compiler, name)}
    waiting.check(compiler, drafts, whole, settings)
    for pack in packs:
        demo.check(compiler, pack, drafts)


def _whole(compiler: Compiler, name: str) -> bool:
    """Whether all that a form reads elsewhere is there; else what is tried on its conditions could be another's mistake."""
    all = compiler.shapes.all
    return not any(shape in all and all[shape].broken for shape in compiler.uses.get(name, ()))
