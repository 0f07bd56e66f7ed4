"""Opening a door: decide, record, and move the lock at most once."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from time import perf_counter

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.refusals import Refusal
from doors.models import AccessEvent, Door, DoorPulse
from doors.relays.relay import Command, RelayError
from doors.relays.wiring import relay_for
from doors.rules import GRANT_SECONDS, AntiPassback, Attempt, DoorPolicy, Reason, Window, is_void, judge
from doors.rules import passed_back as passes_back
from employees.access import is_hr, may_act
from employees.employment import history
from employees.models import Employee, User
from employees.services import covers
from recognition.models import Decision

Outcome = AccessEvent.Outcome
Method = AccessEvent.Method
State = DoorPulse.State
LEFT_BEHIND = timedelta(seconds=30)
"""A pulse that is still being sent after this long belongs to a process that has died."""
LATE = timedelta(seconds=GRANT_SECONDS)


class DoorRefused(Refusal):
    """A command by hand or in an emergency that is not taken."""


def access_request(
    *,
    door: Door,
    employee: Employee | None,
    method: str,
    key: str,
    decision: Decision | None = None,
    live: bool | None = None,
    at: datetime | None = None,
) -> AccessEvent:
    """Somebody stands before the door: decide, record, and on a grant move the lock. Repeating a key moves nothing.

    ``employee`` None is an unknown face. ``at``: the instant of the look, by default now; a grant for a look of more
    than three seconds ago is recorded and void. The person's row is locked, so that one person at two doors of an
    area enters it once.
    """
    try:
        with transaction.atomic():
            event, fresh = _decide(door, employee, method, key, decision, live, at or timezone.now())
    except IntegrityError:
        # Another request took the same key while we looked.
        return AccessEvent.objects.get(idempotency_key=key)
    if fresh and event.outcome == Outcome.GRANTED:
        pulse_send(event=event)
    return event


def door_open_by_hand(*, door: Door, by: User, note: str = "") -> AccessEvent:
    """Open for a moment on somebody's word. Raises ``DoorRefused`` (``not_an_opener``, ``door_off``)."""
    if not may_open(door, by):
        raise DoorRefused("not_an_opener", _("You may not open this door. Ask HR."))
    if not door.enabled:
        raise DoorRefused("door_off", _("This door is not in use. HR can switch it on in the admin."))
    event = _record(door, method=Method.HAND, reason=Reason.GRANTED, key=f"hand-{uuid.uuid4()}", by=by, note=note)
    pulse_send(event=event)
    return event


def doors_release(*, by: User, note: str = "") -> dict[Door, str]:
    """Emergency: hold every door open. Returns the doors that did not answer, each with the reason.

    Everybody who may open a door by hand may do so. Raises ``DoorRefused`` (``not_an_opener``).
    """
    if not opens_any(by):
        raise DoorRefused("not_an_opener", _("You may not release the doors. Ask HR."))
    return _hold(opened=True, by=by, note=note)


def doors_secure(*, by: User, note: str = "") -> dict[Door, str]:
    """The emergency is over: give the doors back to their locks. As ``doors_release``."""
    if not opens_any(by):
        raise DoorRefused("not_an_opener", _("You may not release the doors. Ask HR."))
    return _hold(opened=False, by=by, note=note)


def may_open(door: Door, user: User) -> bool:
    """HR, and whom HR named for this door."""
    return is_hr(user) or (may_act(user) and door.openers.filter(pk=user.pk).exists())


def opens_any(user: User) -> bool:
    """HR, and whom HR named for at least one door."""
    return is_hr(user) or (may_act(user) and Door.objects.filter(openers=user).exists())


def pulse_send(*, event: AccessEvent) -> DoorPulse:
    """Move the lock for a grant, at most once whoever calls how often: the row is claimed before the relay is asked."""
    claimed = DoorPulse.objects.filter(pk=event.pk, state=State.WAITING).update(state=State.SENDING)
    if claimed and is_void(event.at, timezone.now()):
        _settle(event, State.VOID)
    elif claimed:
        _move(event)
    return DoorPulse.objects.get(pk=event.pk)


def pulses_settle() -> int:
    """Close the books on what a dead process left: nothing is ever sent again. Returns how many."""
    now = timezone.now()
    late = DoorPulse.objects.filter(state=State.WAITING, event__at__lt=now - LATE)
    lost = DoorPulse.objects.filter(state=State.SENDING, event__at__lt=now - LEFT_BEHIND)
    return late.update(state=State.VOID, settled_at=now) + lost.update(
        state=State.FAILED, error="the process ended before the relay answered", settled_at=now
    )


def _decide(
    door: Door,
    employee: Employee | None,
    method: str,
    key: str,
    decision: Decision | None,
    live: bool | None,
    at: datetime,
) -> tuple[AccessEvent, bool]:
    person = None
    if employee is not None:
        person = Employee.objects.select_for_update(no_key=True).get(pk=employee.pk)
    replayed = AccessEvent.objects.filter(idempotency_key=key).first()
    if replayed is not None:
        return replayed, False
    attempt = _attempt(door, person, method, live, at) if person else None
    policy = _policy(door)
    reason = judge(attempt, policy) if attempt else Reason.UNKNOWN_PERSON
    back = bool(attempt and policy.anti_passback != AntiPassback.OFF and passes_back(attempt, policy))
    event = _record(
        door, employee=person, method=method, reason=reason, key=key, decision=decision, at=at, passed_back=back
    )
    return event, True


def _attempt(door: Door, person: Employee, method: str, live: bool | None, at: datetime) -> Attempt:
    local = at.astimezone(door.zone)
    since = _inside_since(door, person)
    known = history(person)
    return Attempt(
        employed=known.employed(local.date()),
        department=known.place(local.date()).department_id,
        local=local,
        entering=door.leads == Door.Leads.IN,
        by_face=method in {Method.FACE, Method.BOTH},
        agreed=method not in {Method.FACE, Method.BOTH} or covers(person, "doors"),
        live=live,
        pin_given=method in {Method.PIN, Method.BOTH},
        inside_since=since.astimezone(door.zone) if since else None,
    )


def _policy(door: Door) -> DoorPolicy:
    return DoorPolicy(
        enabled=door.enabled,
        windows=[
            Window(row.department_id, frozenset(row.weekdays), row.opens_at, row.closes_at)
            for row in door.schedule.all()
        ],
        liveness_needed=door.liveness_needed,
        pin_needed=door.pin_needed,
        anti_passback=AntiPassback(door.anti_passback),
    )


def _inside_since(door: Door, person: Employee) -> datetime | None:
    """When the person last went into the door's area, if they have not gone out since."""
    here = AccessEvent.objects.filter(employee=person, outcome=Outcome.GRANTED, direction__in=["in", "out"])
    here = here.filter(door__area=door.area) if door.area else here.filter(door=door)
    last = here.order_by("-at").first()
    return last.at if last is not None and last.direction == "in" else None


def _record(
    door: Door,
    *,
    method: str,
    reason: Reason,
    key: str,
    employee: Employee | None = None,
    decision: Decision | None = None,
    at: datetime | None = None,
    by: User | None = None,
    note: str = "",
    passed_back: bool = False,
    pulse: bool = True,
) -> AccessEvent:
    granted = reason == Reason.GRANTED
    with transaction.atomic():
        event = AccessEvent(
            door=door,
            employee=employee,
            method=method,
            reason=reason,
            idempotency_key=key,
            decision=decision,
            by=by,
            outcome=Outcome.GRANTED if granted else Outcome.REFUSED,
            at=at or timezone.now(),
            zone=door.time_zone,
            direction="" if door.leads == Door.Leads.BOTH else door.leads,
            note=note[:200],
            passed_back=passed_back,
        )
        event.save()
        if granted and pulse:
            DoorPulse.objects.create(event=event)
    return event


def _move(event: AccessEvent) -> None:
    started = perf_counter()
    door = event.door
    command = Command(str(event.pk), door.name, door.pulse_seconds, event.at + LATE)
    try:
        relay_for(door).pulse(command)
    except RelayError as error:
        _settle(event, State.FAILED, error=error.message)
    else:
        _settle(event, State.SENT, milliseconds=(perf_counter() - started) * 1000)


def _settle(event: AccessEvent, state: str, *, error: str = "", milliseconds: float | None = None) -> None:
    DoorPulse.objects.filter(pk=event.pk, state=State.SENDING).update(
        state=state, error=error[:300], milliseconds=milliseconds, settled_at=timezone.now()
    )


def _hold(*, opened: bool, by: User, note: str) -> dict[Door, str]:
    now = timezone.now()
    failed: dict[Door, str] = {}
    for door in Door.objects.filter(enabled=True):
        _record(
            door,
            method=Method.EMERGENCY,
            reason=Reason.GRANTED if opened else Reason.SECURED,
            key=f"emergency-{uuid.uuid4()}",
            by=by,
            note=note,
            pulse=False,
        )
        Door.objects.filter(pk=door.pk).update(released_at=now if opened else None)
        try:
            relay_for(door).hold(opened=opened)
        except RelayError as error:
            failed[door] = error.message
    return failed
