"""What would strand people at work, looked for once everything is compiled: a check a file."""

from __future__ import annotations

from collections.abc import Mapping

from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Draft
from engine.definitions.model import Form


def run(compiler: Compiler, drafts: Mapping[str, Draft], forms: Mapping[str, Form]) -> None:
    """All checks over the forms whose files are sound; what they find is reported."""
