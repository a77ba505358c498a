"""The whole catalogue: importing this module enters the problems of every room, for reference pages and tests."""

from __future__ import annotations

import importlib
import pkgutil

import engine.problems
from engine.problems.base import CATALOGUE

for _found in pkgutil.iter_modules(engine.problems.__path__):
    if _found.name != "all":
        importlib.import_module(f"engine.problems.{_found.name}")

__all__ = ["CATALOGUE"]
