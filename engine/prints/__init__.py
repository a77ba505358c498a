"""Templates of printed papers: one file is one kind of file (docx, xlsx, html); each says what is written in it, and fills it."""

from __future__ import annotations

from engine.prints.base import Kind
from engine.prints.docx import Docx
from engine.prints.html import Html
from engine.prints.xlsx import Xlsx

KINDS: dict[str, Kind] = {kind.ending: kind for kind in (Docx(), Xlsx(), Html())}
"""Ending of a template's name -> its kind."""
