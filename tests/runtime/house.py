"""A small firm on a real database: an engine over definitions written in a test, its people, and records put in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.engine import ENGINE, Engine
from engine.runtime import people
from engine.runtime.values import Actor
from engine.settings import Settings
from engine.storage import records
from tests.firm import PACKS

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""Monday noon in Shanghai."""

PACK = "title: Test\nlanguage: en\nroles: {sales: Sales, boss: Boss, clerk: Clerk, guest: Guest}\n"


class House:
    """An engine over these definitions: path below the folder -> YAML."""

    def __init__(self, folder: Path, files: Mapping[str, str], database: str | None = None) -> None:
        home = PACKS.folder({"pack.yaml": PACK, **files})
        settings = Settings(definitions=home, data=folder / "data", demo=False, database=database)
        self.engine = Engine(settings, clock=lambda: NOW)
        wrong = [p for p in self.engine.problems if p.severity == "error"]
        assert not wrong, [(p.place, p.message("en")) for p in wrong]

    def person(self, login: str, *roles: str, **more: Any) -> Actor:
        """A person with these roles, as one who acts."""
        known, name = self.engine.catalog.roles, more.pop("name", login.title())
        id = self.engine.store.write(
            lambda c: people.create_person(c, NOW, known, login=login, name=name, roles=roles, **more)
        )
        found = self.engine.actor(id)
        assert found is not None
        return found

    def put(self, form: str, **values: Any) -> int:
        """A record straight into its table (no rule, no formula); `_title` is its first text unless given."""
        words = next((v for v in values.values() if isinstance(v, str)), "")
        layout = self.engine._edition.layout
        return self.engine.store.write(
            lambda c: records.insert(c, layout, form, {"_title": words, "created_at": NOW, **values})
        )

    def do(self, actor: Actor, unit: Any) -> Any:
        """A unit of work that only reads."""
        return self.engine.read(actor, unit)

    def where(self, form: str, text: str) -> Any:
        """A condition as somebody outside writes it."""
        return self.engine.condition(form, text)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.close()


__all__ = ["ENGINE", "NOW", "House"]
