"""What would strand people at work, looked for once everything is compiled: a check a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.definitions.checks import demo, filling, states, tasks
from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Draft
from engine.definitions.model import Form
from engine.definitions.packs import Pack


def run(compiler: Compiler, drafts: Mapping[str, Draft], forms: Mapping[str, Form], packs: Iterable[Pack]) -> None:
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
    for pack in packs:
        demo.check(compiler, pack, drafts)
