"""Where places on earth stand on a flat picture, and which of them stand so close that they are drawn as one.

Why: the same projection that all makers of map tiles use (web Mercator, whole zooms): angles are true, the scale is that
of the picture's middle, and a company that has tiles can lay them beneath.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TILE = 256
"""The side of a tile, and of the whole world at zoom 0, in units of the picture."""

NEAREST, FARTHEST = 19, 1
"""The zooms: the whole world is TILE * 2 ** zoom wide."""

ALONE = 14
"""The zoom at which a single place is shown: a district."""

EDGE = 85.05112878
"""Degrees north and south where the square world ends."""

CLOSE = 48
"""Places nearer to each other than so many units are drawn as one."""

METRES = 156543.03392
"""Metres a unit at the equator at zoom 0."""

STEPS = (30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005)
"""Degrees between two lines of the grid."""


@dataclass(frozen=True)
class Window:
    """What is in sight: the middle in degrees, the zoom, the picture's width and height in units."""

    latitude: float
    longitude: float
    zoom: int
    width: int
    height: int

    @property
    def left(self) -> float:
        """The world's unit at the picture's left edge."""
        return flat(self.latitude, self.longitude, self.zoom)[0] - self.width / 2

    @property
    def top(self) -> float:
        """The world's unit at its upper edge."""
        return flat(self.latitude, self.longitude, self.zoom)[1] - self.height / 2

    def at(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Where a place stands in the picture; it may be outside."""
        x, y = flat(latitude, longitude, self.zoom)
        return x - self.left, y - self.top

    def holds(self, x: float, y: float) -> bool:
        """Whether a point of the picture is in sight."""
        return 0 <= x <= self.width and 0 <= y <= self.height


@dataclass(frozen=True)
class Mark:
    """One or several places drawn as one, at (x, y) of the picture; `numbers` are their places in the sequence."""

    x: float
    y: float
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Line:
    """A line of the grid: at `at` units from the left (or top), with its degrees in words."""

    at: float
    words: str


def flat(latitude: float, longitude: float, zoom: int) -> tuple[float, float]:
    """A place in units of the world at this zoom, from its upper left corner."""
    world = TILE * 2**zoom
    bounded = math.radians(max(-EDGE, min(EDGE, latitude)))
    return (longitude + 180) / 360 * world, (1 - math.asinh(math.tan(bounded)) / math.pi) / 2 * world


def round_earth(x: float, y: float, zoom: int) -> tuple[float, float]:
    """The place that stands at these units: (latitude, longitude)."""
    world = TILE * 2**zoom
    latitude = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / world))))
    return max(-EDGE, min(EDGE, latitude)), max(-180.0, min(180.0, x / world * 360 - 180))


def around(places: Sequence[tuple[float, float]], width: int, height: int) -> Window:
    """The closest window that shows all of these (latitude, longitude), with a margin; there is at least one."""
    points = [flat(a, b, 0) for a, b in places]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    north, south = min(y for _, y in points), max(y for _, y in points)
    wide, high = (east - west) or 1e-9, (south - north) or 1e-9
    zoom = math.floor(math.log2(min(width * 0.82 / wide, height * 0.78 / high)))
    nearest = ALONE if wide < 1e-8 and high < 1e-8 else NEAREST
    middle = round_earth((west + east) / 2, (north + south) / 2, 0)
    return Window(*middle, max(FARTHEST, min(zoom, nearest)), width, height)


def marks(window: Window, places: Iterable[tuple[float, float]]) -> tuple[Mark, ...]:
    """The places (latitude, longitude) in sight; those that stand close together as one, where most of them are."""
    held: dict[tuple[int, int], list[int]] = {}
    made: list[tuple[float, float, list[int]]] = []
    for number, place in enumerate(places):
        x, y = window.at(*place)
        if not window.holds(x, y):
            continue
        column, row = int(x // CLOSE), int(y // CLOSE)
        near = [i for a in (-1, 0, 1) for b in (-1, 0, 1) for i in held.get((column + a, row + b), ())]
        best = min(near, key=lambda i: math.dist(made[i][:2], (x, y)), default=None)
        if best is not None and math.dist(made[best][:2], (x, y)) < CLOSE:
            made[best][2].append(number)
            continue
        held.setdefault((column, row), []).append(len(made))
        made.append((x, y, [number]))
    return tuple(Mark(x, y, tuple(numbers)) for x, y, numbers in made)


def scale(window: Window, most: float = 130) -> tuple[float, int]:
    """The scale's bar: how wide it is (at most so many units), and how many metres that is in the picture's middle."""
    unit = METRES * math.cos(math.radians(window.latitude)) / 2**window.zoom
    power = 10 ** math.floor(math.log10(most * unit))
    metres = max(power * n for n in (1, 2, 5) if power * n <= most * unit)
    return metres / unit, max(1, round(metres))


def grid(window: Window) -> tuple[list[Line], list[Line]]:
    """The lines of the grid: those from north to south, those from west to east."""
    degree = TILE * 2**window.zoom / 360
    step = next((s for s in reversed(STEPS) if s * degree >= 110), STEPS[0])
    north, west = round_earth(window.left, window.top, window.zoom)
    south, east = round_earth(window.left + window.width, window.top + window.height, window.zoom)
    along = [n * step for n in range(math.ceil(west / step), math.floor(east / step) + 1)]
    across = [n * step for n in range(math.ceil(south / step), math.floor(north / step) + 1)]
    return (
        [Line(window.at(0, d)[0], _degrees(d, step, "EW")) for d in along],
        [Line(window.at(d, 0)[1], _degrees(d, step, "NS")) for d in across],
    )


def tiles(window: Window) -> list[tuple[int, int, float, float]]:
    """The tiles that lie beneath the window: their column and row at its zoom, and where they stand in the picture."""
    most = 2**window.zoom
    columns = range(math.floor(window.left / TILE), math.floor((window.left + window.width) / TILE) + 1)
    rows = range(math.floor(window.top / TILE), math.floor((window.top + window.height) / TILE) + 1)
    return [
        (x % most, y, x * TILE - window.left, y * TILE - window.top) for y in rows if 0 <= y < most for x in columns
    ]


def _degrees(value: float, step: float, sides: str) -> str:
    """121.5°E"""
    words = f"{abs(value):.4f}".rstrip("0").rstrip(".")
    side = "" if abs(value) < step / 2 else sides[0] if value > 0 else sides[1]
    return f"{words}°{side}"
