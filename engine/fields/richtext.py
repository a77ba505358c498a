"""Text with headings, lists and links: HTML of a few plain elements, cleaned when it comes in and when it is shown.

Why both: what a formula computes or an older version kept never went through the door for people.
"""

from __future__ import annotations

import html
import re
from typing import Any

import nh3
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, func

from engine.fields.base import CONTAINS, EMPTY, FILLED, Control, Example, Operator, Place, Reader, refuse
from engine.fields.base_input import attributes, scripted, typed
from engine.fields.base_text import Written
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import text

ELEMENTS = frozenset(
    {
        *("p", "br", "hr", "h2", "h3", "ul", "ol", "li", "blockquote", "pre"),
        *("strong", "b", "em", "i", "u", "s", "code", "a"),
    }
)
SCHEMES = frozenset({"http", "https", "mailto", "tel"})
MOST = 400_000
"""How long the HTML itself may be."""

_TAG = re.compile(r"<[^<>]*>")
_ENDS = re.compile(r"<(?:br|hr|/p|/li|/h2|/h3|/blockquote|/pre)>")
_WRITTEN = re.compile(rf"</?(?:{'|'.join(sorted(ELEMENTS, key=len, reverse=True))}|div|span|h1|table|img)[\s/>]", re.I)
_LISTED = 160


class RichText(Written):
    """Cleaned HTML. Text without any of its elements is plain text and becomes paragraphs."""

    name = "richtext"
    summary = text("带格式的文字：标题、列表、链接", "Text with headings, lists and links")
    longest = 100_000
    multiline = True
    full_width = True
    sortable = False
    whole_cell = False
    examples = (
        Example(
            declared={},
            accepts=(
                ("<p>一 <strong>二</strong></p>", "<p>一 <strong>二</strong></p>"),
                ("第一段\n第二行\n\n1 < 2 & 3", "<p>第一段<br>第二行</p><p>1 &lt; 2 &amp; 3</p>"),
                ("<p onclick=x>a<script>alert(1)</script></p>", "<p>a</p>"),
                ('<p><a href="javascript:alert(1)">a</a></p>', '<p><a rel="noopener noreferrer">a</a></p>'),
                ("<p></p>", None),
                ("<p> <br></p>", None),
                ("", None),
            ),
            rejects=(("a\0b", wrong.NUL), ({"a": 1}, wrong.WRONG_KIND)),
            displays=(("<p>a</p><ul><li>b</li></ul>", "ab"), ("<p>1 &lt; 2</p>", "1 < 2"), (None, "")),
            sorts=("<p>a</p>", "<p>b</p>"),
        ),
        Example(
            declared={"max_length": 3},
            accepts=(("<p><strong>三个字</strong></p>", "<p><strong>三个字</strong></p>"),),
            rejects=(("<p>四个字吧</p>", wrong.TOO_LONG),),
        ),
    )

    def parse(self, raw: Any, at: Place) -> str | None:
        """HTML or plain text -> cleaned HTML; None when no word is in it. `max_length` counts the text alone."""
        given = self._text(raw, at)
        if given is None:
            return None
        if len(given) > MOST:
            refuse(wrong.TOO_LONG, at, limit=MOST, length=len(given))
        self._characters(given, at)
        made = cleaned(given)
        words = plain(made)
        if len(words) > self.most():
            refuse(wrong.TOO_LONG, at, limit=self.most(), length=len(words))
        if self._matcher is not None and not self._matcher.search(words):
            refuse(wrong.PATTERN, at, hint=self._hint())
        return made if words else None

    def rounded(self, value: Any) -> Any:
        """A computed text, cleaned; None when no word is in it."""
        made = cleaned(value) if isinstance(value, str) else None
        return made if made and plain(made) else None

    def received(self, value: Any) -> Any:
        """The same."""
        return self.rounded(value)

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """A string of HTML; `x-most` is how long its text may be."""
        return {
            "type": "string", "maxLength": MOST, "contentMediaType": "text/html", "pattern": r"^[^\u0000]*$",
            "x-most": self.most(), **({"x-pattern": self.pattern} if self.pattern else {}),
        }  # fmt: skip

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """The HTML, cleaned once more."""
        return "" if value is None else tag("div", {"class": "fl-rich"}, Markup(cleaned(value)))

    def listed(self, value: Any, reader: Reader) -> Markup | str:
        """Its first words."""
        words = " ".join(self.cell(value, reader).split())
        return words if len(words) <= _LISTED else words[: _LISTED - 1] + "…"

    def cell(self, value: Any, reader: Reader) -> str:
        """Its words, a paragraph a line."""
        return "" if value is None else plain(value)

    def searched(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """The column without its elements."""
        return func.regexp_replace(column, "<[^<>]*>", "", "g")

    def operators(self) -> tuple[Operator, ...]:
        """As of a long text."""
        return (CONTAINS, EMPTY, FILLED)

    def input(self, control: Control) -> Markup:
        """A box that holds the HTML, which the script turns into an editor."""
        shown = typed(control, control.value or "")
        more = attributes(control, self.kind, "fl-input fl-textarea", rows=3)
        more |= {"data-most": self.max_length, "placeholder": control.placeholder or None, "readonly": control.readonly}
        return scripted(
            "richtext", tag("textarea", more, Markup("\n"), shown), control,
            toolbar=text("格式", "Formatting"), bold=text("加粗", "Bold"), italic=text("斜体", "Italic"),
            underline=text("下划线", "Underline"), strike=text("删除线", "Strikethrough"),
            heading=text("标题", "Heading"), subheading=text("小标题", "Subheading"),
            bullets=text("项目符号", "Bullet list"), numbers=text("编号", "Numbered list"),
            quote=text("引用", "Quote"), link=text("链接", "Link"), address=text("网址", "Address"),
            apply=text("确定", "Apply"), undo=text("撤销", "Undo"), redo=text("重做", "Redo"),
        )  # fmt: skip


def cleaned(given: str) -> str:
    """HTML with nothing but ELEMENTS; plain text becomes paragraphs first: "a\\nb" -> "<p>a<br>b</p>"."""
    if not _WRITTEN.search(given):
        parts = [part.strip() for part in re.split(r"\n[ \t]*\n", given)]
        given = "".join(f"<p>{'<br>'.join(str(escape(line)) for line in p.split(chr(10)))}</p>" for p in parts if p)
    attributes = {"a": {"href"}}
    return nh3.clean(given, tags=set(ELEMENTS), attributes=attributes, url_schemes=set(SCHEMES)).strip()


def plain(given: str) -> str:
    """The words of cleaned HTML: "<p>a</p><p>b</p>" -> "a\\nb"."""
    return html.unescape(_TAG.sub("", _ENDS.sub("\n", given))).replace("\xa0", " ").strip()
