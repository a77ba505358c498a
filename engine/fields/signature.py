"""Signatures: drawn with a finger or mouse, or a typed name, kept as a picture like any other file."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from pydantic import Field as Key

from engine.fields.base import Control, Example, Names, Reader
from engine.fields.base_file import Filed, Size, called
from engine.fields.base_input import scripted
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import text


class Signature(Filed):
    """One picture. Whoever may fill the field may sign anew; a definition that wants it to stay says `readonly`."""

    name = "signature"
    todo = text("签好", "Sign")
    summary = text("手写签名，用手指、鼠标或输入姓名", "A signature: drawn, or a typed name")
    examples = (
        Example(
            declared={},
            accepts=(([7], (7,)), ("7", (7,)), ([""], None), ([], None)),
            rejects=(([1, 2], wrong.TOO_MANY_FILES), (["王"], wrong.NOT_FILES)),
            displays=(((1,), ""), (None, "")),
            sorts=((1,), (2,)),
        ),
    )

    max_files: int = Key(1, ge=1, le=1, description="Always one / 只能一个")
    max_size: Size = Key(1 << 20, ge=1, le=1 << 24, description="Largest file, such as 1MB / 文件大小上限")
    accept: Names = Key(("image/png",), description="Kinds of pictures / 接受的类型")

    def shown(self, id: int, reader: Reader) -> Markup | str:
        """The picture on white, whatever the theme, since the ink is dark."""
        name, _ = called(id, reader)
        small = tag("img", {"src": f"/files/{id}?thumb", "alt": name, "loading": "lazy"})
        return tag("a", {"class": "fl-signed", "href": f"/files/{id}", "title": name}, small)

    def sign(self) -> str:
        """A signature."""
        return "signature"

    def words(self) -> Any:
        """Without scripts a picture can be chosen."""
        return text("选择签名图片", "Choose a picture of the signature")

    def input(self, control: Control) -> Markup:
        """A button that opens the pad; without scripts a file can be chosen."""
        return scripted(
            "signature", super().input(control), control, css="fl-sign",
            sign=text("签名", "Sign"), title=text("手写签名", "Signature"),
            draw=text("在这里写下名字", "Write your name here"), type=text("或输入姓名", "Or type your name"),
            clear=text("重写", "Clear"), cancel=text("取消", "Cancel"), done=text("完成", "Done"),
            close=text("关闭", "Close"), empty=text("先写下名字，或输入姓名", "Write or type your name first"),
            file=text("签名", "signature"),
        )  # fmt: skip
