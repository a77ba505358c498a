"""The family of field types: one file is one type. `FIELDS` knows them all.

Why here: whoever imports any file of the family gets the whole family, so a type that can't be imported is noticed at
once. `base*.py` hold what several types share; they are no types themselves.
"""

from __future__ import annotations

import sys

from engine.fields.base import Field
from engine.registry import Registry

FIELDS: Registry[Field] = Registry(sys.modules[__name__], Field)
