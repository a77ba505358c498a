"""How far places are apart: on a ball of the earth's mean radius, in whole metres.

Whole metres, because the sines of different machines differ in their last digits; the browser and PostgreSQL take the same
steps in the same order.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from math import asin, cos, radians, sin, sqrt

from engine.columns import Location

RADIUS = 6371008.8
"""Metres."""


def distance(a: Location, b: Location) -> Decimal:
    """The great-circle distance in metres."""
    south, west, north, east = (radians(float(x)) for x in (a.latitude, a.longitude, b.latitude, b.longitude))
    up, over = sin((north - south) / 2), sin((east - west) / 2)
    way = up * up + cos(south) * cos(north) * over * over
    return Decimal(2 * RADIUS * asin(sqrt(min(1.0, way)))).quantize(Decimal(1), ROUND_HALF_UP)
