"""Places on the earth: distances in metres, and whether a point lies in a circle or a polygon. No Django.

Within the few kilometres of a site the earth is flat enough: a polygon is judged on a plane whose origin is the point
asked about. Longitudes are taken as differences, so a site may lie on the 180th meridian.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

EARTH = 6_371_008.8
"""The mean radius in metres."""


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees, north and east positive."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError("no place on the earth")


@dataclass(frozen=True, slots=True)
class Circle:
    """Everything within ``radius`` metres of ``centre``."""

    centre: Point
    radius: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """What the corners, at least three, enclose; the last is joined to the first."""

    corners: tuple[Point, ...]


Fence = Circle | Polygon


def distance(one: Point, other: Point) -> float:
    """Metres along the surface (haversine)."""
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    over = math.sin((south - north) / 2) ** 2
    over += math.cos(north) * math.cos(south) * math.sin(math.radians(_apart(one, other)) / 2) ** 2
    return 2 * EARTH * math.asin(math.sqrt(min(1.0, over)))


def beyond(fence: Fence, point: Point) -> float:
    """By how many metres the point lies outside the fence; 0 inside and on its edge."""
    if isinstance(fence, Circle):
        return max(0.0, distance(fence.centre, point) - fence.radius)
    corners = [flat(point, corner) for corner in fence.corners]
    edges = list(zip(corners, [*corners[1:], *corners[:1]], strict=True))
    if _encloses(edges):
        return 0.0
    return min(_to_edge(begin, end) for begin, end in edges)


def flat(origin: Point, point: Point) -> tuple[float, float]:
    """Metres east and north of the origin."""
    east = math.radians(_apart(origin, point)) * math.cos(math.radians(origin.latitude))
    return EARTH * east, EARTH * math.radians(point.latitude - origin.latitude)


def _apart(one: Point, other: Point) -> float:
    """Degrees of longitude from one to the other, the short way round."""
    return (other.longitude - one.longitude + 180) % 360 - 180


Flat = tuple[float, float]


def _encloses(edges: Sequence[tuple[Flat, Flat]]) -> bool:
    """Whether the origin lies inside: a ray from it to the east crosses the edges an odd number of times."""
    inside = False
    for (x, y), (x2, y2) in edges:
        if (y > 0) != (y2 > 0) and x - y * (x2 - x) / (y2 - y) > 0:
            inside = not inside
    return inside


def _to_edge(begin: Flat, end: Flat) -> float:
    """From the origin to the nearest point of an edge."""
    (x, y), (along, up) = begin, (end[0] - begin[0], end[1] - begin[1])
    length = along**2 + up**2
    share = 0.0 if length == 0 else min(1.0, max(0.0, -(x * along + y * up) / length))
    return math.hypot(x + share * along, y + share * up)
