"""A formula in a person's words: fields by their titles, options by theirs, signs as they are written on paper.

Why: analysts write `refund > settings.return_limit`; staff read “退款金额 > 5,000”. The formula's own text is kept, and only
its names are put into words, so that both recognise it. With `figures` the values stand where the names stood:
`365.00 × 6`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.definitions.model import Catalog, FormField
from engine.expressions.lexer import Token, tokens
from engine.expressions.tree import Aggregate, Call, Get, ListOf, Literal, Node, Op, Source, Typed, Var, Within
from engine.expressions.walk import everything
from engine.problems import Refused
from engine.runtime.reach import name_at
from engine.web.words import WORDS

SIGNS = {"*": "×", "/": "÷", ">=": "≥", "<=": "≤", "!=": "≠", "-": "−"}
KEYS = {
    "zh": {"and": "且", "or": "或", "not": "非", "in": "属于", "from": "来自", "where": "其中", "sort": "按",
           "true": "是", "false": "否", "null": "空"},
    "en": {"true": "yes", "false": "no", "null": "empty"},
}  # fmt: skip
OPPOSITE = {">": "≤", "<": "≥", ">=": "<", "<=": ">", "=": "≠", "!=": "="}
JOINING = {"and": "or", "or": "and"}
ENDS = {"final": ("已结束", "finished"), "success": ("成功结束", "succeeded"), "failure": ("失败结束", "failed")}
"""What a state is asked, as `state.final`."""

SILENT = frozenset({"this", "row", "parent", "settings", "old"})
"""Words before a dot that say nothing to people."""

HEAD = re.compile(r"HEAD\(([^(),]+)\)")
HEAD_OF = {"zh": r"\1的主管", "en": r"head of \1"}
DOT = {"zh": "·", "en": " › "}
QUOTED = {"zh": "“{}”", "en": '"{}"'}
NOT_IN = {"zh": "不属于", "en": "not in"}
NEVER = {"zh": "并非“{}”", "en": "it isn't true that {}"}
SOME = {"zh": "{1}里有“{0}”的", "en": "{1} have one with {0}"}
NONE = {"zh": "{1}里没有“{0}”的", "en": "{1} have none with {0}"}
BLANK = {"zh": ("不为空", "为空"), "en": (" is filled", " is empty")}
USER = {"zh": "本人", "en": "you"}


@dataclass(frozen=True)
class Said:
    """A piece of a formula's text: from `at` to `end`, worded."""

    at: int
    end: int
    words: str


def worded(
    catalog: Catalog, typed: Typed, language: str, figures: Mapping[int, str] | None = None, *, denied: bool = False
) -> str:
    """The formula in words. `figures`: what stands in place of the part that begins at that offset. `denied`: the
    opposite of comparisons (`退款金额 ≤ 5,000`), of anything else its denial (`并非“…”`)."""
    turned = denied and _turns(typed.tree)
    pieces = _pieces(catalog, typed, language, figures or {}, turned)
    words = HEAD.sub(HEAD_OF[language], _joined(typed.text, pieces))
    return NEVER[language].format(words) if denied and not turned else words


def part_words(catalog: Catalog, typed: Typed, language: str, node: Node) -> str:
    """One part of it in words: a path by the titles on it, a list function as it is written."""
    pieces = _pieces(catalog, typed, language, {}, False)
    start, end = _span(typed, node)
    return _joined(typed.text, [p for p in pieces if start <= p.at < end])


def member_title(catalog: Catalog, shape: str, name: str, language: str) -> str:
    """What a member is called: `return_request.items`, `price` -> 成交价. Its name where it has no title."""
    if shape == "settings":
        found: FormField | None = catalog.settings.get(name)
    else:
        found = catalog.field(shape, name)
    if found is not None:
        return found.title.to(language)
    key = {"parent": "parent_record", "name": "name", "department": "department"}.get(name, f"sys_{name}")
    return WORDS[key][language == "en"] if key in WORDS else name


# -- inner -------------------------------------------------------------------------------------------------------------


def _pieces(
    catalog: Catalog, typed: Typed, language: str, figures: Mapping[int, str], denied: bool
) -> list[Said]:  # fmt: skip
    try:
        found = [t for t in tokens(typed.text) if t.kind != "end"]
    except Refused:
        return [Said(0, len(typed.text), typed.text)]
    nodes = _by_place(typed)
    turned = _signs(typed, typed.tree, found) if denied else frozenset()
    ends: dict[int, str] = {}  # where the bracket of an ISBLANK closes: what stands there
    out: list[Said] = []
    skip = -1
    for number, token in enumerate(found):
        if token.at < skip:
            continue
        following = found[number + 1] if number + 1 < len(found) else None
        dotted = following is not None and following.value == "." and following.kind == "sign"
        node = nodes.get(token.at)
        if token.kind == "name" and token.value == "REACHED":
            skip = _closing(typed, token.at)
            out.append(Said(token.at, skip, _reached(catalog, typed, language, token.at, skip)))
        elif (
            token.kind == "name"
            and token.value == "ANY"
            and (any_ := _any(typed, token, found[number + 1 :])) is not None
        ):
            skip = _closing(typed, token.at)
            said = [
                _joined(typed.text, _pieces(catalog, _within(typed, *part), language, figures, False)) for part in any_
            ]
            out.append(Said(token.at, skip, (NONE if denied else SOME)[language].format(*said)))
        elif token.kind == "name" and token.value == "ISBLANK" and following is not None:
            filled = number > 0 and found[number - 1].kind == "not"
            ends[_closing(typed, token.at) - 1] = BLANK[language][filled == denied]
            skip = following.end
        elif token.kind == "not" and following is not None and following.value == "ISBLANK":
            continue
        elif token.at in ends:
            out.append(Said(token.at, token.end, ends[token.at]))
        elif token.at in figures:
            skip = _whole(typed, token.at, nodes)
            out.append(Said(token.at, skip, figures[token.at]))
        elif token.kind == "name" and dotted and following is not None and _silent(token, found, number):
            skip = following.end
        elif token.kind == "not" and following is not None and following.kind == "in":
            out.append(Said(token.at, following.end, NOT_IN[language]))
            skip = following.end
        else:
            out.append(Said(token.at, token.end, _word(catalog, typed, language, token, node, token.at in turned)))
    return out


def _turns(node: Node) -> bool:
    """Whether the opposite can be said: of comparisons and ISBLANK, of several if all are joined by the same word."""
    if not isinstance(node, Op):
        return _asks_blank(node) or (isinstance(node, Aggregate) and node.function == "ANY")
    if node.op == "not":
        return _asks_blank(node.args[0])
    if node.op not in JOINING:
        return node.op in OPPOSITE
    return all(_turns(a) and not (isinstance(a, Op) and a.op in JOINING and a.op != node.op) for a in node.args)


def _any(typed: Typed, token: Token, following: list[Token]) -> list[tuple[int, int]] | None:
    """Where an ANY's condition and its list stand in the text; None for one that chooses among its records first."""
    inner = [t for t in following if t.end < _closing(typed, token.at)]
    depth, joint = 0, None
    for one in inner:
        depth += {"(": 1, ")": -1}.get(str(one.value), 0) if one.kind == "sign" else 0
        if depth == 1 and one.kind == "from":
            joint = one
        if depth == 1 and one.kind in ("where", "sort"):
            return None
    if joint is None or len(inner) < 4:
        return None
    return [(inner[0].end, joint.at), (joint.end, inner[-1].end)]


def _within(typed: Typed, start: int, end: int) -> Typed:
    """The same with nothing but that part of its text."""
    return replace(typed, text=" " * start + typed.text[start:end] + " " * (len(typed.text) - end))


def _asks_blank(node: Node) -> bool:
    return isinstance(node, Call) and node.function == "ISBLANK"


def _signs(typed: Typed, node: Node, found: list[Token]) -> frozenset[int]:
    """Where the signs and joining words stand that say the opposite."""
    if not isinstance(node, Op) or node.op == "not":
        return frozenset()
    if node.op in JOINING:
        inner = (_signs(typed, a, found) for a in node.args)
        return frozenset(t.at for t in found if t.kind == node.op).union(*inner)
    end = _span(typed, node.args[-1])[0]
    return frozenset([max(t.at for t in found if t.value == node.op and t.at < end)])


def _reached(catalog: Catalog, typed: Typed, language: str, start: int, end: int) -> str:
    """`REACHED("needs", "proposal", "won")` -> 到过“需求确认”或更后, where these are all states from there on."""
    names = [str(t.value) for t in tokens(typed.text) if t.kind == "text" and start < t.at < end]
    flow = next(
        (
            form.workflow
            for node in everything(typed.tree)
            if isinstance(node, Var) and (form := catalog.forms.get(node.type.shape or "")) is not None
            and form.workflow is not None and set(names) <= form.workflow.states.keys()
        ),
        None,
    )  # fmt: skip
    states = flow.states if flow is not None else {}
    way = [name for name, state in states.items() if state.final != "failure"]
    onwards = len(names) > 1 and names == way[-len(names) :]
    titles = [QUOTED[language].format(states[n].title.to(language) if n in states else n) for n in names]
    if language == "zh":
        return f"到过{titles[0]}或更后" if onwards else f"到过{'、'.join(titles)}"
    return f"reached {titles[0]} or later" if onwards else f"reached {' or '.join(titles)}"


def _silent(token: Token, found: list[Token], number: int) -> bool:
    """Whether a name before a dot goes without saying: `this.`, and `state.` before what a state is asked."""
    after = found[number + 2].value if number + 2 < len(found) else None
    return token.value in SILENT or (token.value == "state" and after in ENDS)


def _word(catalog: Catalog, typed: Typed, language: str, token: Token, node: Node | None, turned: bool) -> str:
    raw = typed.text[token.at : token.end]
    if token.kind == "sign":
        if token.value == ".":
            return DOT[language]
        return OPPOSITE[str(token.value)] if turned else SIGNS.get(str(token.value), raw)
    if token.kind == "text":
        return _option(catalog, typed, language, token) or QUOTED[language].format(token.value)
    if token.kind != "name":
        kind = JOINING[token.kind] if turned else token.kind
        return KEYS[language].get(kind, kind if turned else raw)
    if isinstance(node, Var) and node.name == "user":
        return USER[language]
    if isinstance(node, Source):
        return _source(catalog, node, str(token.value), language)
    if node is None and token.value in ENDS:
        return ENDS[str(token.value)][language == "en"]
    if isinstance(node, Get | Within) and node.of.type.shape is not None:
        return member_title(catalog, node.of.type.shape, str(token.value), language)
    return raw


def _source(catalog: Catalog, node: Source, name: str, language: str) -> str:
    """A form, its list, or the list of a form's records that point to another one."""
    form, _, list_ = node.shape.partition(".")
    if name == form:
        return catalog.forms[form].title.to(language)
    if name == list_:
        return catalog.forms[form].fields[list_].title.to(language)
    for one in catalog.forms.values():
        for found in (one.fields.get(name), *(f.columns.get(name) for f in one.line_forms().values())):
            if found is not None and found.related is not None and found.related.shape == node.shape:
                return found.title.to(language)
    return name


def _option(catalog: Catalog, typed: Typed, language: str, token: Token) -> str:
    """The title of the option or state that a text means; "" for other texts."""
    for node in everything(typed.tree):
        compares = isinstance(node, Op) and node.op in ("=", "!=", "in")
        if not isinstance(node, Op | Call) or not (compares or getattr(node, "function", "") == "SWITCH"):
            continue
        literals = [
            n for a in node.args for n in (a.items if isinstance(a, ListOf) else (a,)) if isinstance(n, Literal)
        ]
        if not any(n.at == token.at for n in literals):
            continue
        for side in node.args:
            if isinstance(side, Get) and side.of.type.shape is not None:
                return _named(catalog, side.of.type.shape, side.name, str(token.value), language)
    return ""


def _named(catalog: Catalog, shape: str, name: str, value: str, language: str) -> str:
    form = catalog.forms.get(shape)
    if name == "state" and form is not None and form.workflow is not None and value in form.workflow.states:
        return QUOTED[language].format(form.workflow.states[value].title.to(language))
    found = catalog.field(shape, name)
    if found is None or value not in found.options:
        return ""
    return QUOTED[language].format(found.options[value].title.to(language))


def _by_place(typed: Typed) -> dict[int, Node]:
    """Offset -> what is named there: the node whose name begins at that place."""
    out: dict[int, Node] = {}
    for node in everything(typed.tree):
        if isinstance(node, Get) and name_at(typed.text, node.at) != node.name:
            continue
        said = not isinstance(node, Var) or name_at(typed.text, node.at) == node.name
        if isinstance(node, Get | Within | Source | Var) and said:
            out.setdefault(node.at, node)
        if isinstance(node, Source) and "." in node.shape:
            out.setdefault(node.at + len(node.shape.partition(".")[0]) + 1, node)
    return out


def _span(typed: Typed, node: Node) -> tuple[int, int]:
    """Where a part stands in the text: a path from its first name to its last, a function to its closing bracket."""
    if isinstance(node, Aggregate):
        return node.at, _closing(typed, node.at)
    named = (n.at for n in everything(node) if not isinstance(n, Var) or name_at(typed.text, n.at) == n.name)
    return min(named, default=node.at), node.at + len(name_at(typed.text, node.at))


def start_of(typed: Typed, node: Node) -> int:
    """Where a part begins in the text: what `figures` know it by."""
    return _span(typed, node)[0]


def _whole(typed: Typed, at: int, nodes: Mapping[int, Node]) -> int:
    """The end of the part that begins at `at`."""
    if at in nodes:
        end = at
        while True:
            end += len(name_at(typed.text, end))
            rest = typed.text[end:]
            if not rest.startswith(".") or not name_at(typed.text, end + 1):
                return end
            end += 1
    return _closing(typed, at)


def _closing(typed: Typed, at: int) -> int:
    depth = 0
    for token in tokens(typed.text):
        if token.at < at or token.kind != "sign":
            continue
        depth += {"(": 1, ")": -1}.get(str(token.value), 0)
        if depth == 0 and token.value == ")":
            return token.end
    return len(typed.text)


def _joined(text: str, pieces: list[Said]) -> str:
    """The pieces with the blanks that stood between them; a line's end is a blank."""
    out, end = "", None
    for piece in pieces:
        if end is not None and any(c.isspace() for c in text[end : piece.at]):
            out += " "
        out += piece.words
        end = piece.end
    return out
