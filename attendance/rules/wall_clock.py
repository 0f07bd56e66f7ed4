"""Times on a wall clock without an offset, in the order in which they were written down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def times_meant(shown: Sequence[datetime], zone: ZoneInfo) -> list[list[datetime]]:
    """Which instants each of these times may mean, given that they were written down one after another.

    One where the hour comes once, or the order tells; two where it does not; none where the clocks went forward over
    it.
    """
    backwards = len(shown) > 1 and shown[-1] < shown[0]
    moments = list(reversed(shown)) if backwards else list(shown)
    possible = [_instants(moment, zone) for moment in moments]
    earliest = _walk(possible, forward=True)
    latest = _walk(possible, forward=False)
    found = [
        [one for one in several if first is None or last is None or first <= one <= last] or several
        for several, first, last in zip(possible, earliest, latest, strict=True)
    ]
    return found[::-1] if backwards else found


def _instants(moment: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants at which the wall clock shows this."""
    both = {moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(one for one in both if one.astimezone(zone).replace(tzinfo=None) == moment)


def _walk(possible: list[list[datetime]], *, forward: bool) -> list[datetime | None]:
    """For each time the first instant that is not before the one before it; backward, the last not after the next."""
    past: datetime | None = None
    found: list[datetime | None] = []
    for several in possible if forward else reversed(possible):
        if not several:
            found.append(None)
            continue
        if forward:
            chosen = next((one for one in several if past is None or one >= past), several[0])
        else:
            chosen = next((one for one in reversed(several) if past is None or one <= past), several[-1])
        past = chosen
        found.append(chosen)
    return found if forward else found[::-1]
