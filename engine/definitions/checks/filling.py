"""What must be filled can be filled: by somebody who sees the field, by its default, or by an action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.definitions.checks import story
from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Draft
from engine.definitions.model import Automation, Effect, Form, FormField, Transition
from engine.problems import definition as codes
from engine.texts import Text, text

Given = frozenset[tuple[str, str]]
"""(form, field) that some action gives a value."""

READONLY = text(
    "它是只读的：去掉 readonly，或写一个 default",
    "It is readonly: remove readonly, or give it a default",
)
HIDDEN = text("它的 visible 总是不成立：改掉它", "Its visible never holds: change that")
NOT_LAID_OUT = text("layout 里没有它：把它加进一节", "The layout doesn't have it: add it to a section")
CLOSED = text(
    "每个能新建或修改的权限组都把它隐藏或设为只读：改掉其中一个",
    "Every set that may create or edit hides it or makes it readonly: change one of them",
)


def check(compiler: Compiler, draft: Draft, form: Form, given: Given) -> None:
    """The fields of a form, and what its transitions require."""
    for name, found in form.fields.items():
        if found.required is True:
            reason = unfillable(form, found, given)
            if reason is not None:
                place = (draft.at / "fields" / name / "required").place(key=True)
                compiler.refuse(codes.REQUIRED_NOT_SHOWN, place, name=name, reason=reason)
    if form.workflow is None or draft.workflow_at is None:
        return
    buttons = (*form.workflow.transitions.values(), *form.workflow.verbs.values(), *form.actions.values())
    edited = {n for t in buttons for n in t.edit}
    for name, transition in draft.workflow.transitions.items() if draft.workflow is not None else ():
        at = draft.workflow_at / "transitions" / name / "require"
        for number, required in enumerate(transition.require):
            wanted = form.fields.get(required)
            if wanted is None or (required in edited and wanted.readonly is not True):
                continue
            if unfillable(form, wanted, given) is not None:
                place = (at / number if isinstance(at.value, list) else at).place()
                made = form.workflow.transitions[name]
                told = story.lacking(form, _earliest(form, made), wanted.title, made.title)
                compiler.refuse(codes.REQUIRE_UNFILLED, place, name=name, field=required, story=told)


def _earliest(form: Form, transition: Transition) -> str:
    """The first, as written, of the states that a transition starts from."""
    assert form.workflow is not None
    return next((name for name in form.workflow.states if name in transition.sources), form.workflow.initial)


def unfillable(form: Form, found: FormField, given: Given) -> Text | None:
    """Why nobody, no default and no action can fill a field; None when something can."""
    if found.formula is not None or found.default is not None or found.numbering is not None:
        return None
    if (form.name, found.name) in given:
        return None
    if found.readonly is True:
        return READONLY
    if found.visible is False:
        return HIDDEN
    if not any(found.name in section.fields for section in form.layout):
        return NOT_LAID_OUT
    sets = [s for s in form.access if s.can & {"create", "edit"}]
    if sets and all(found.name in s.hide | s.readonly for s in sets):
        return CLOSED
    return None


def given(forms: Iterable[Form]) -> Given:
    """All that actions anywhere give values."""
    found: set[tuple[str, str]] = set()
    for form in forms:
        for effect in _deep(_lists(form)):
            found |= {(shape, name) for shape, name in _gives(effect, form.name)}
    return frozenset(found)


def from_elsewhere(name: str, forms: Iterable[Form], automations: Iterable[Automation]) -> frozenset[str]:
    """The fields of a form that other forms' actions and automations give values."""
    found = {field for shape, field in given(form for form in forms if form.name != name) if shape == name}
    for automation in automations:
        for effect in _deep([automation.do]):
            found |= {field for shape, field in _gives(effect, automation.form) if shape == name}
    return frozenset(found)


def _lists(form: Form) -> list[tuple[Effect, ...]]:
    """The actions of a form, list by list."""
    workflow = form.workflow
    lists = [t.do for t in form.actions.values()]
    if workflow is not None:
        lists += [t.do for t in workflow.transitions.values()]
        for state in workflow.states.values():
            lists += [state.enter, state.leave, *(do for _, _, do in state.choose)]
    return lists


def _deep(lists: list[tuple[Effect, ...]]) -> Iterator[Effect]:
    """Every action of these lists, however deep."""
    while lists:
        for effect in lists.pop():
            yield effect
            lists.append(effect.do)
            lists.extend(do for _, do in effect.branches)


def _gives(effect: Effect, form: str) -> Iterator[tuple[str, str]]:
    shape = form
    if effect.verb == "create":
        shape = effect.form or form
    elif effect.verb == "update" and effect.target is not None:
        kind = effect.target.type
        shape = (kind.of.shape if kind.of is not None else kind.shape) or form
    for name in effect.values:
        yield shape, name
    for name in effect.fields:
        yield form, name
