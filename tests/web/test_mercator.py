"""The flat picture of the earth: there and back, true to scale, everything in sight, nobody lost in a crowd."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.columns import Location
from engine.expressions.places import distance
from engine.web.mercator import CLOSE, Window, around, flat, grid, marks, round_earth, scale, tiles

PLACES = st.tuples(st.floats(-84, 84), st.floats(-179, 179))


@given(PLACES, st.integers(1, 19))
def test_a_place_comes_back_from_the_picture(place: tuple[float, float], zoom: int) -> None:
    assert round_earth(*flat(*place, zoom), zoom) == pytest.approx(place, abs=1e-5)


@given(st.lists(PLACES, min_size=1, max_size=30))
def test_all_places_are_in_sight_and_each_stands_for_itself_once(places: list[tuple[float, float]]) -> None:
    window = around(places, 960, 640)
    shown = marks(window, places)
    assert sorted(n for mark in shown for n in mark.numbers) == list(range(len(places)))
    spread = [(a.x - b.x) ** 2 + (a.y - b.y) ** 2 for a in shown for b in shown if a is not b]
    assert not spread or min(spread) >= CLOSE**2


@pytest.mark.parametrize(("latitude", "zoom"), [(0, 3), (31.3, 9), (-33.9, 15), (60, 19)])
def test_the_scale_is_that_of_the_earth(latitude: float, zoom: int) -> None:
    window = Window(latitude, 120, zoom, 960, 640)
    width, told = scale(window)
    y = window.top + window.height / 2
    ends = [round_earth(window.left + 480 + d, y, zoom) for d in (-width / 2, width / 2)]
    west, east = (Location(Decimal(f"{a:.9f}"), Decimal(f"{b:.9f}")) for a, b in ends)
    assert float(distance(west, east)) == pytest.approx(told, rel=0.02, abs=1) and width <= 130


def test_the_grid_says_degrees_and_the_tiles_cover_the_picture() -> None:
    window = Window(31.3, 120.6, 9, 960, 640)
    columns, rows = grid(window)
    assert "120.5°E" in [line.words for line in columns] and "31°N" in [line.words for line in rows]
    covered = tiles(window)
    assert min(x for *_, x, _ in covered) <= 0 and max(x for *_, x, _ in covered) + 256 >= 960
