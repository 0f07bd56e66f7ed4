"""Distances and areas, for any places: what holds of them whatever the numbers are."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phone.geo import EARTH, Circle, Point, Polygon, beyond, distance, flat

HALF_WAY = math.pi * EARTH
points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))
sites = st.builds(Point, st.floats(-70, 70), st.floats(-180, 180))
metres = st.floats(-2000, 2000)


def moved(origin: Point, east: float, north: float) -> Point:
    """The point so many metres away; across the 180th meridian on the other side."""
    latitude = origin.latitude + math.degrees(north / EARTH)
    longitude = origin.longitude + math.degrees(east / (EARTH * math.cos(math.radians(origin.latitude))))
    return Point(latitude, (longitude + 180) % 360 - 180)


def square(centre: Point, half: float) -> Polygon:
    corners = [(half, half), (half, -half), (-half, -half), (-half, half)]
    return Polygon(tuple(moved(centre, east, north) for east, north in corners))


@given(points, points)
def test_a_distance_is_the_same_both_ways_and_never_more_than_half_round_the_earth(one: Point, other: Point) -> None:
    assert distance(one, other) == pytest.approx(distance(other, one), abs=1e-6)
    assert 0 <= distance(one, other) <= HALF_WAY + 1


@given(points, points, points)
def test_a_way_over_a_third_place_is_never_shorter(one: Point, other: Point, third: Point) -> None:
    assert distance(one, other) <= distance(one, third) + distance(third, other) + 1e-3


def test_known_distances() -> None:
    la_paz, el_alto = Point(-16.4957, -68.1335), Point(-16.5047, -68.1633)
    assert distance(la_paz, el_alto) == pytest.approx(3331, abs=15)
    assert distance(Point(0, 0), Point(0, 1)) == pytest.approx(111_195, abs=1)
    assert distance(Point(10, 179.999), Point(10, -179.999)) == pytest.approx(219, abs=1)
    assert distance(Point(90, 0), Point(-90, 77)) == pytest.approx(HALF_WAY)


@given(sites, metres, metres)
def test_on_the_plane_of_a_site_distances_are_those_of_the_globe(origin: Point, east: float, north: float) -> None:
    there = moved(origin, east, north)
    assert math.hypot(*flat(origin, there)) == pytest.approx(distance(origin, there), abs=3)


@given(sites, metres, metres, st.floats(10, 1000))
def test_a_circle_holds_what_is_nearer_than_its_radius(centre: Point, east: float, north: float, radius: float) -> None:
    there = moved(centre, east, north)
    away = beyond(Circle(centre, radius), there)
    assert away == pytest.approx(max(0.0, distance(centre, there) - radius))


@given(sites, st.floats(20, 1000), metres, metres)
def test_a_square_holds_what_lies_between_its_sides(centre: Point, half: float, east: float, north: float) -> None:
    away = beyond(square(centre, half), moved(centre, east, north))
    over, up = max(0.0, abs(east) - half), max(0.0, abs(north) - half)
    # A site of two kilometres is nearly flat: a metre or two on a side.
    assert away == pytest.approx(math.hypot(over, up), abs=max(4.0, half / 100))


@given(sites, st.floats(20, 500), metres, metres, st.integers(0, 3), st.booleans())
def test_where_an_outline_begins_and_which_way_it_runs_changes_nothing(
    centre: Point, half: float, east: float, north: float, first: int, back: bool
) -> None:
    corners = square(centre, half).corners
    turned = corners[first:] + corners[:first]
    there = moved(centre, east, north)
    other = Polygon(turned[::-1] if back else turned)
    assert beyond(other, there) == pytest.approx(beyond(Polygon(corners), there), abs=1e-6)


def test_a_corner_that_points_inwards_is_outside() -> None:
    origin = Point(-16.5, -68.13)
    outline = [(0, 0), (100, 0), (100, 100), (50, 20), (0, 100)]
    yard = Polygon(tuple(moved(origin, east, north) for east, north in outline))
    assert beyond(yard, moved(origin, 50, 10)) == 0
    assert beyond(yard, moved(origin, 50, 60)) > 15
    assert beyond(yard, moved(origin, 50, 20.5)) < 1


@pytest.mark.parametrize("pair", [(91, 0), (-91, 0), (0, 181), (0, -181), (math.nan, 0), (0, math.inf)])
def test_what_is_no_place_is_refused(pair: tuple[float, float]) -> None:
    with pytest.raises(ValueError):
        Point(*pair)
