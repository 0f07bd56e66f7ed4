"""May this person pass this door now? Pure rules, asked in order; the first that refuses names the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

GRANT_SECONDS = 3.0
"""A grant older than this opens nothing any more: whoever was granted has walked on."""


class Reason(StrEnum):
    """Why a door opened or stayed shut."""

    GRANTED = "granted"
    SECURED = "secured"
    UNKNOWN_PERSON = "unknown_person"
    DOOR_OFF = "door_off"
    NOT_EMPLOYED = "not_employed"
    OUTSIDE_SCHEDULE = "outside_schedule"
    NO_CONSENT = "no_consent"
    LIVENESS = "liveness"
    FACE_NEEDED = "face_needed"
    PIN_NEEDED = "pin_needed"
    ALREADY_INSIDE = "already_inside"


class AntiPassback(StrEnum):
    """What happens when somebody who went in comes in again without having gone out."""

    OFF = "off"
    NOTE = "note"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Window:
    """When a department may pass: weekdays (Monday 0) and wall-clock times at the door.

    An end that is not after the start lies on the next day. ``department`` None is everybody.
    """

    department: int | None
    weekdays: frozenset[int]
    opens_at: time
    closes_at: time

    def holds(self, local: datetime) -> bool:
        """Whether ``local`` (the door's wall clock) lies in the window; its end is outside."""
        now = local.time().replace(tzinfo=None)
        if self.opens_at < self.closes_at:
            return local.weekday() in self.weekdays and self.opens_at <= now < self.closes_at
        yesterday = (local.weekday() - 1) % 7
        return (local.weekday() in self.weekdays and now >= self.opens_at) or (
            yesterday in self.weekdays and now < self.closes_at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Somebody before a door.

    ``local``: the door's wall clock. ``by_face``: a face named them (False: number and PIN
    alone). ``agreed``: their consent covers doors. ``live``: None where
    liveness was not examined. ``inside_since``: their last entry into the area that no exit followed.
    """

    employed: bool
    department: int | None
    local: datetime
    entering: bool = True
    by_face: bool = True
    agreed: bool = True
    live: bool | None = None
    pin_given: bool = False
    inside_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPolicy:
    """What the door asks for. A door without windows is open to everybody employed at any time."""

    enabled: bool = True
    windows: Sequence[Window] = ()
    liveness_needed: bool = False
    pin_needed: bool = False
    anti_passback: AntiPassback = AntiPassback.OFF
    passback_after: timedelta = timedelta(hours=12)


def judge(attempt: Attempt, policy: DoorPolicy) -> Reason:
    """``GRANTED``, or the first reason against it, in the order of the lines below: what nobody can mend comes first.

    After ``passback_after`` an entry without an exit is a forgotten exit and holds nobody up.
    """
    if not policy.enabled:
        return Reason.DOOR_OFF
    if not attempt.employed:
        return Reason.NOT_EMPLOYED
    if policy.windows and not any(_is_for(window, attempt) for window in policy.windows):
        return Reason.OUTSIDE_SCHEDULE
    if attempt.by_face and not attempt.agreed:
        return Reason.NO_CONSENT
    if policy.liveness_needed and attempt.by_face and attempt.live is not True:
        return Reason.LIVENESS
    if policy.pin_needed and not attempt.by_face:
        return Reason.FACE_NEEDED
    if policy.pin_needed and not attempt.pin_given:
        return Reason.PIN_NEEDED
    if policy.anti_passback == AntiPassback.REFUSE and passed_back(attempt, policy):
        return Reason.ALREADY_INSIDE
    return Reason.GRANTED


def passed_back(attempt: Attempt, policy: DoorPolicy) -> bool:
    """Whether the person comes in although the door has them inside already."""
    since = attempt.inside_since
    return attempt.entering and since is not None and attempt.local - since < policy.passback_after


def is_void(granted_at: datetime, now: datetime) -> bool:
    """Whether a grant has become too old to open (or lies in the future, after a clock that jumped)."""
    age = (now - granted_at).total_seconds()
    return not 0 <= age <= GRANT_SECONDS


def _is_for(window: Window, attempt: Attempt) -> bool:
    return window.department in (None, attempt.department) and window.holds(attempt.local)
