"""Clocking in and out: the one way to a clock event."""

from __future__ import annotations

import hashlib
import json
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.invalidation import REACH
from attendance.models import ClockEvent, Kiosk, Period, RepeatedLook
from attendance.refusals import AttendanceRefused, ClockWrong, NotAllowed
from attendance.rules import worked
from attendance.rules.calculate import latest_check_out
from attendance.selectors.changed import days_changed
from attendance.selectors.plans import PlanBook
from attendance.server_clock import server_clock
from attendance.services.changes import days_check_open
from attendance.signals import clock_event_stored
from common.places import zone_names
from employees.employment import employed_on
from employees.models import Employee, User
from recognition.models import Decision

DOUBLE = timedelta(seconds=60)
"""A second look, or a punch in the same direction, within this time is the same visit."""
AHEAD = timedelta(minutes=2)
"""How far a device's clock may be ahead of ours."""
OLDEST = timedelta(days=40)
LONG_AGO = timedelta(days=1)
"""A punch older than this may lie in a period that is being locked."""
OLDEST_MANUAL = timedelta(days=366)
"""A person who signs with a reason may go further back than a device that was offline."""
LONGEST_KEY = 120
LONGEST_GUARD = timedelta(hours=60)
"""No shift, nor shifts one after another, have a check-out so long after the check-in."""


@dataclass(frozen=True, slots=True)
class ClockResult:
    """The event that stands, and whether it was stored now, was there already, or answers a repeated request."""

    event: ClockEvent
    created: bool = False
    already: bool = False
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    employee: Employee
    direction: str | None
    at: datetime | None
    zone: str
    method: str
    kiosk: Kiosk | None
    decision: Decision | None
    key: str
    author: User | None
    reason: str
    oldest: timedelta

    @property
    def digest(self) -> str:
        """What makes a repeated request the same request."""
        content = [
            self.employee.pk,
            self.direction,
            self.at.astimezone(UTC).isoformat() if self.at else None,
            self.zone,
            self.method,
            str(self.kiosk.pk) if self.kiosk else None,
            str(self.decision.pk) if self.decision else None,
            self.author.pk if self.author else None,
            self.reason,
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def clock(
    *,
    employee: Employee,
    direction: str | None,
    at: datetime | None = None,
    zone: str,
    method: str,
    kiosk: Kiosk | None = None,
    decision: Decision | None = None,
    idempotency_key: str,
    author: User | None = None,
    reason: str = "",
    oldest: timedelta | None = None,
) -> ClockResult:
    """Store a punch once. Without a direction it follows from the person's last event; without an instant it is now.

    ``oldest``: how long ago it may have been, where that is not the usual. The person's row is locked, so that two
    doors at once make one event. Raises AttendanceRefused.
    """
    request = _Request(
        employee=employee,
        direction=direction,
        at=at,
        zone=zone,
        method=method,
        kiosk=kiosk,
        decision=decision,
        key=idempotency_key,
        author=author,
        reason=reason.strip(),
        oldest=oldest or (OLDEST_MANUAL if method == ClockEvent.Method.MANUAL else OLDEST),
    )
    _check_form(request)
    try:
        with transaction.atomic():
            return _clock(request)
    except IntegrityError:
        # Another person's request took the same key while we looked: it is visible now, and answers this one.
        with transaction.atomic():
            return _clock(request)


def next_direction(*, employee: Employee, at: datetime | None = None) -> str:
    """In or out, from the person's last event.

    A check-in of more than 16 hours ago was a forgotten check-out, unless the person's shift lasts longer.
    """
    instant = at or timezone.now()
    return _following(_last_event(employee, before=instant), instant, employee)


def recent_event(*, employee: Employee, at: datetime | None = None) -> ClockEvent | None:
    """The event that a second look at ``at`` would only repeat, if there is one."""
    instant = at or timezone.now()
    last = _last_event(employee, before=instant + DOUBLE)
    return last if last is not None and last.at > instant - DOUBLE else None


def _clock(request: _Request) -> ClockResult:
    now = timezone.now()
    at = request.at or now
    person = Employee.objects.select_for_update(no_key=True).only("pk").filter(pk=request.employee.pk).first()
    # Before anything that time can change: the answer to a repeated request is the first answer, even after leaving.
    replayed = _find_replay(request)
    if replayed is not None:
        return ClockResult(_with_person(replayed, request), replayed=True)
    repeated = _find_repeated_look(request)
    if repeated is not None:
        return ClockResult(_with_person(repeated, request), already=True, replayed=True)
    if request.method != ClockEvent.Method.MANUAL and (trouble := server_clock(now=now)) and trouble.stops:
        raise ClockWrong("server_clock", _("The server's clock is wrong, so nothing was recorded. Tell HR."))
    if at < now - LONG_AGO:
        now = _keep_period(request, at)
    _check_employed(request, person, at.astimezone(zoneinfo.ZoneInfo(request.zone)))
    _check_instant(at, now, request.oldest)
    last = _last_event(request.employee, before=at + DOUBLE) if request.direction is None else None
    standing = _same_visit(request, at, last)
    if standing is not None:
        RepeatedLook.objects.create(idempotency_key=request.key, request_digest=request.digest, event=standing)
        return ClockResult(_with_person(standing, request), already=True)
    event = ClockEvent(
        employee=request.employee,
        direction=request.direction or _following(last, at, request.employee),
        at=at,
        zone=request.zone,
        received_at=now,
        kiosk=request.kiosk,
        method=request.method,
        decision=request.decision,
        idempotency_key=request.key,
        request_digest=request.digest,
        author=request.author,
        reason=request.reason,
    )
    event.save()
    clock_event_stored.send(ClockEvent, event=event)
    return ClockResult(event, created=True)


def _check_form(request: _Request) -> None:
    """What is wrong with the request whatever the person's state is."""
    if not request.key or len(request.key) > LONGEST_KEY:
        raise AttendanceRefused("key_missing", _("Send an idempotency key of 1 to 120 characters with every punch."))
    if request.direction is not None and request.direction not in ClockEvent.Direction.values:
        raise AttendanceRefused("direction_unknown", _("The direction must be “in”, “out” or “any”."))
    if request.method not in ClockEvent.Method.values:
        raise AttendanceRefused("method_unknown", _("This way of clocking is not known."))
    if request.at is not None and timezone.is_naive(request.at):
        raise AttendanceRefused(
            "instant_without_zone", _("The time needs its offset from UTC, such as 08:59:00+01:00.")
        )
    if request.zone not in zone_names():
        raise AttendanceRefused("zone_unknown", _("The time zone must be a name such as Europe/Madrid."))
    if len(request.reason) > 300:
        raise AttendanceRefused("reason_too_long", _("Give the reason in at most 300 characters."))
    if request.method == ClockEvent.Method.MANUAL and not (request.author and request.reason):
        raise AttendanceRefused("unsigned", _("A punch by hand needs its author and a reason."))
    if request.method == ClockEvent.Method.MANUAL and getattr(request.author, "employee", None) == request.employee:
        raise NotAllowed("own_punch", _("Nobody enters their own punches. Ask a colleague of HR."))
    if request.method == ClockEvent.Method.VOID:
        raise AttendanceRefused("method_unknown", _("This way of clocking is not known."))
    if request.decision is not None and request.decision.employee_id != request.employee.pk:
        raise AttendanceRefused("decision_of_another", _("The recognition belongs to somebody else. Try again."))


def _keep_period(request: _Request, at: datetime) -> datetime:
    """Wait for whoever locks the punch's period, and then say what time it is.

    What a device recorded is evidence and is stored, though it changes no locked day; what somebody enters by hand is
    refused there.
    """
    if request.method == ClockEvent.Method.MANUAL:
        punch = worked.Punch(at, request.zone, request.direction or worked.IN, "new")
        days_check_open(days=days_changed(employee=request.employee, added=[punch]))
    else:
        day = at.astimezone(UTC).date()
        near = Period.objects.select_for_update(no_key=True).filter(first__lte=day + REACH, last__gte=day - REACH)
        list(near.order_by("first").values_list("pk"))
    return timezone.now()


def _check_employed(request: _Request, person: Employee | None, local: datetime) -> None:
    if person is None or not (employed_on(person, local.date()) or _ends_the_last_night(request, person, local)):
        raise AttendanceRefused(
            "not_employed", _("This person is not employed on that day. Ask HR if this is wrong."), field="employee"
        )


def _ends_the_last_night(request: _Request, person: Employee, local: datetime) -> bool:
    """Whether it is the check-out of a night that began on the last day at work."""
    if request.direction == ClockEvent.Direction.IN or not employed_on(person, local.date() - timedelta(days=1)):
        return False
    last = _last_event(person, before=local)
    if last is None or last.direction != ClockEvent.Direction.IN:
        return False
    return last.local_at.date() == local.date() - timedelta(days=1)


def _find_replay(request: _Request) -> ClockEvent | None:
    """The event that this very request stored before; a key or a decision used for anything else is refused."""
    match = Q(idempotency_key=request.key)
    if request.decision is not None:
        match |= Q(decision=request.decision)
    found = list(ClockEvent.objects.filter(match))
    for event in found:
        if event.idempotency_key == request.key:
            _check_same(event.request_digest, request)
            return event
    if found:
        raise AttendanceRefused(
            "decision_used", _("This recognition was already used for a punch. Look at the camera again.")
        )
    return None


def _find_repeated_look(request: _Request) -> ClockEvent | None:
    """The event that this very request was answered with before, when it came too soon after it to store another."""
    found = RepeatedLook.objects.select_related("event").filter(idempotency_key=request.key).first()
    if found is None:
        return None
    _check_same(found.request_digest, request)
    return found.event


def _check_same(digest: str, request: _Request) -> None:
    if digest != request.digest:
        message = _("This idempotency key was used for a different punch. Use a fresh key.")
        raise AttendanceRefused("key_reused", message, field="Idempotency-Key")


def _check_instant(at: datetime, now: datetime, oldest: timedelta) -> None:
    if at > now + AHEAD:
        raise AttendanceRefused("in_the_future", _("This time is in the future. Check the device's clock."), field="at")
    if at < now - oldest:
        raise AttendanceRefused("too_old", _("This time is too long ago. Ask HR to add it by hand."), field="at")


def _last_event(employee: Employee, *, before: datetime) -> ClockEvent | None:
    """The person's last event that stands."""
    events = ClockEvent.objects.standing().filter(employee=employee, at__lt=before)
    return events.order_by("-at", "-received_at").first()


def _same_visit(request: _Request, at: datetime, last: ClockEvent | None) -> ClockEvent | None:
    """The event that the punch only repeats, if there is one.

    Without a direction any event within a minute; with one, the event just before or after it in the same direction:
    who goes out and comes back within the minute has punched twice (rule R7).
    """
    if request.direction is None:
        return last if last is not None and last.at > at - DOUBLE else None
    near = ClockEvent.objects.standing().filter(employee=request.employee, at__gt=at - DOUBLE, at__lt=at + DOUBLE)
    ordered = list(near.order_by("at", "received_at"))
    neighbours = [one for one in ordered if one.at <= at][-1:] + [one for one in ordered if one.at > at][:1]
    return next((one for one in neighbours if one.direction == request.direction), None)


def _following(last: ClockEvent | None, at: datetime, employee: Employee) -> str:
    """Out after a check-in that is not too long ago, in otherwise; a guard of a day may last longer than other work."""
    if last is None:
        return worked.IN
    punch = worked.Punch(last.at, last.zone, last.direction)
    direction = worked.next_direction(punch, at)
    if direction == worked.IN and punch.direction == worked.IN and at - last.at <= LONGEST_GUARD:
        day = last.at.astimezone(employee.zone).date()
        if at <= latest_check_out(PlanBook([employee], day, day).of(employee), punch):
            return worked.OUT
    return direction


def _with_person(event: ClockEvent, request: _Request) -> ClockEvent:
    if event.employee_id == request.employee.pk:
        event.employee = request.employee
    return event
