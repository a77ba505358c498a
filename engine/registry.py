"""The two families that grow by one file each: field types and chart types.

Why: adding a type is adding a file. A family's folder is read once, every module in it is imported, and each class that
names itself is entered. Nobody else lists the types.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Generic, TypeVar

from engine.problems import nearest

T = TypeVar("T")


class Registry(Generic[T]):
    """Name -> class of one family. `package` is its folder; `base` the class that all of its types extend."""

    def __init__(self, package: ModuleType, base: type[T]) -> None:
        self._types: dict[str, type[T]] = {}
        for info in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            for found in vars(module).values():
                if (
                    isinstance(found, type)
                    and issubclass(found, base)
                    and found.__module__ == module.__name__
                    and "name" in vars(found)
                ):
                    self._types[str(vars(found)["name"])] = found

    def get(self, name: str) -> type[T] | None:
        """The class of that name, or None."""
        return self._types.get(name)

    def nearest(self, name: str) -> str:
        """The known name most like `name`, or ""."""
        return nearest(name, self._types)

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._types)

    def __iter__(self) -> Iterator[type[T]]:
        return iter(self._types[n] for n in self.names())
