"""Times on a wall clock without an offset, in the order in which they were written down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def in_order(shown: Sequence[datetime], zone: ZoneInfo) -> list[datetime]:
    """The instants of times without a zone, one after another: of an hour that comes twice the order tells which.

    A time that lies before its predecessor, and after it where the hour comes a second time, is that of the second
    time. Where the lines run backwards they are read from the end.
    """
    backwards = len(shown) > 1 and shown[-1] < shown[0]
    past: datetime | None = None
    found: list[datetime] = []
    for moment in reversed(shown) if backwards else shown:
        first, second = (moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        instant = second if past is not None and first < past <= second else first
        past = instant
        found.append(instant)
    return found[::-1] if backwards else found
