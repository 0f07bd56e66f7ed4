"""What attendance tells whoever wants to know, and asks of those above it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.dispatch import Signal

clock_event_stored = Signal()
"""Sent in the transaction that stores a clock event: ``event``. One that names another in ``replaces`` is a
correction."""

absence_wanted = Signal()
"""An absence is about to be requested, entered or approved: ``absence``. A receiver that raises ``AttendanceRefused``
keeps it from that; the person's row is locked meanwhile."""

absence_changed = Signal()
"""Sent in the transaction in which an absence is requested, entered, approved, refused or withdrawn: ``absence``."""

period_locked = Signal()
"""Sent in the transaction that closes a period for changes: ``period`` and ``by``, the user."""

approvals_ended = Signal()
"""Sent after the figures of a person's approved timesheets changed, and what was given for them was taken back:
``approvals``, in the order of their periods."""

overtime_moved_asked = Signal()
"""Sums need to know which overtime is not paid because it was moved into leave: ``people``, their keys, ``first`` and
``last``. A receiver answers with seconds by tier, by day, by the person's key."""

kiosk_silent = Signal()
"""A kiosk gave no sign of life in its working hours: ``kiosk`` and ``since``, on the kiosk's clock."""

evidence_asked = Signal()
"""A page shows punches to somebody who may see how they were made: ``events``. A receiver answers with what it knows,
as ``Evidence`` by the event's key."""


class Evidence(NamedTuple):
    """How a punch was made, in sentences; ``flagged`` where somebody should look at it."""

    lines: list[str]
    flagged: bool


def overtime_moved(people: Iterable[int], first: date, last: date) -> dict[int, dict[date, dict[int, int]]]:
    """The overtime of these people's days that was moved into leave: seconds by tier."""
    answers: list[tuple[Any, Any]] = overtime_moved_asked.send(None, people=list(people), first=first, last=last)
    return {key: found for _who, one in answers for key, found in one.items()}


def evidence_of(sender: type, events: Iterable[Any]) -> dict[str, Evidence]:
    """What is known of these events, by their keys."""
    answers: list[tuple[Any, Any]] = evidence_asked.send(sender, events=list(events))
    return {key: found for _who, one in answers for key, found in one.items()}
