"""Clocking in with one's own phone: what HR allows, where the phone is, and the evidence kept with the punch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import ClockEvent
from attendance.services.clock import ClockResult, clock
from common import audit
from common.refusals import Refusal
from employees.models import Employee
from kiosk.services.devices import read_public_key
from phone.geo import Point
from phone.judging import STRONG, Earlier, Fix, Judged, Reading, Verdict, judge, signs
from phone.models import PhoneEvidence, PhoneKey, PhonePunch, PhoneRule
from phone.wording import REFUSED
from recognition.models import Decision

MOST_PHONES = 5
"""One person's; with a further one the oldest is retired."""
DOUBTFUL = {Verdict.OUTSIDE, Verdict.INACCURATE, Verdict.OLD, Verdict.DENIED, Verdict.UNKNOWN}
LONGEST_KEY = 64
ERRORS = {"denied": Verdict.DENIED}


class PhoneRefused(Refusal):
    """A punch by phone that is not recorded."""

    status = 403


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A punch as the phone sent it.

    ``key`` makes a repeated request the same request; ``at`` is given where it was made earlier, without a connection.
    """

    direction: str | None
    key: str
    reading: Reading
    at: datetime | None = None
    clock: str = PhonePunch.Clock.OK
    browser: str = ""
    decision: Decision | None = None

    @property
    def offline(self) -> bool:
        return self.at is not None


def rule_of(employee: Employee) -> PhoneRule | None:
    """The person's own rule, or else that of their site."""
    mine = Q(employee=employee)
    if employee.site_id is not None:
        mine |= Q(site=employee.site_id)
    found = list(PhoneRule.objects.filter(mine))
    return min(found, key=lambda one: one.employee_id is None, default=None)


def punch_record(*, employee: Employee, sent: Sent) -> ClockResult:
    """Record the punch, and how it was made, in one transaction; the same request again changes nothing.

    Raises ``PhoneRefused`` (``phone_not_allowed``, ``selfie_missing``, ``place_…``) and ``AttendanceRefused``.
    """
    rule = rule_of(employee)
    if rule is None or not rule.allowed:
        raise PhoneRefused("phone_not_allowed", _("You may not clock in by phone. Use a kiosk, or ask HR."))
    if rule.selfie and sent.decision is None:
        raise PhoneRefused("selfie_missing", _("A selfie is needed to clock in. Take it while there is a connection."))
    judged = judge(sent.reading, fence=rule.fence, accuracy=rule.accuracy)
    if judged.verdict in DOUBTFUL and rule.outside == PhoneRule.Outside.REFUSE:
        raise PhoneRefused(f"place_{judged.verdict}", str(REFUSED[judged.verdict]))
    with transaction.atomic():
        result = clock(
            employee=employee,
            direction=sent.direction,
            at=sent.at,
            zone=employee.time_zone,
            method=ClockEvent.Method.PHONE,
            decision=sent.decision,
            idempotency_key=f"phone-{employee.pk}-{sent.key}",
        )
        if result.created:
            _evidence_keep(result.event, sent, judged)
    return result


def _evidence_keep(event: ClockEvent, sent: Sent, judged: Judged) -> None:
    # Where the place is not asked for, none is kept, whatever was sent.
    fix = sent.reading.fix if judged.verdict != Verdict.UNASKED else None
    found = signs(fix, at=event.at, earlier=_earlier(event)) if fix else []
    place: dict[str, Any] = {}
    if fix is not None:
        place = {
            "latitude": fix.point.latitude,
            "longitude": fix.point.longitude,
            "accuracy": fix.accuracy,
            "altitude": fix.altitude,
            "age": fix.age,
            "metres": judged.metres,
        }
    PhoneEvidence(
        event=event,
        verdict=judged.verdict.value,
        signs=[one.value for one in found],
        offline=sent.offline,
        clock=sent.clock,
        browser=sent.browser[:120],
        flagged=judged.verdict in DOUBTFUL or bool(STRONG & set(found)),
        received_at=event.received_at,
        **place,
    ).save()


def _earlier(event: ClockEvent) -> Earlier | None:
    """The person's last place before this punch."""
    rows = PhoneEvidence.objects.filter(event__employee=event.employee_id, event__at__lte=event.at, accuracy__gte=0)
    last = rows.exclude(pk=event.pk).exclude(latitude=None).select_related("event").order_by("-event__at").first()
    if last is None or last.point is None or last.accuracy is None:
        return None
    return Earlier(last.event.at, last.point, last.accuracy)


def read_place(content: Any, *, made: int | None = None) -> Reading:
    """The place as the page sends it: ``latitude``, ``longitude``, ``accuracy``, ``altitude``, ``at`` and ``now``.

    ``at`` is when it was found and ``now`` when it was sent, or ``made`` when the punch was, by the phone's own clock
    in milliseconds. An ``error`` in their place says why there is none. Raises ``PhoneRefused`` (``place_invalid``).
    """
    if not isinstance(content, dict) or "latitude" not in content:
        error = content.get("error") if isinstance(content, dict) else None
        return Reading(error=ERRORS.get(error, Verdict.UNKNOWN) if isinstance(error, str) else Verdict.UNKNOWN)
    try:
        accuracy, altitude = _number(content["accuracy"]), content.get("altitude")
        fix = Fix(
            point=Point(_number(content["latitude"]), _number(content["longitude"])),
            accuracy=accuracy,
            altitude=None if altitude is None else _number(altitude),
            age=((_number(content["now"]) if made is None else made) - _number(content["at"])) / 1000,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise _invalid() from error
    if accuracy < 0:
        raise _invalid()
    return Reading(fix)


def _invalid() -> PhoneRefused:
    return PhoneRefused("place_invalid", _("The place that your phone sent cannot be read. Try again."), status=400)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15:
        raise ValueError("no number in range")
    return float(value)


def key_register(*, employee: Employee, public_key: str, browser: str) -> PhoneKey:
    """Let a phone of the person sign punches; the same key again changes nothing.

    Raises ``KioskError`` (``device_key_invalid``) and ``PhoneRefused`` (``phone_key_taken``).
    """
    der = read_public_key(public_key)
    fingerprint = hashlib.sha256(der).hexdigest()
    with transaction.atomic():
        Employee.objects.select_for_update(no_key=True).only("pk").get(pk=employee.pk)
        known = PhoneKey.objects.filter(fingerprint=fingerprint).first()
        if known is not None:
            if known.employee_id != employee.pk or known.retired_at is not None:
                raise PhoneRefused("phone_key_taken", _("This phone was removed. Load the page again."), status=409)
            return known
        made = PhoneKey.objects.create(
            employee=employee, public_key=der, fingerprint=fingerprint, browser=browser[:120]
        )
        active = PhoneKey.objects.filter(employee=employee, retired_at=None).order_by("-pk")
        old = list(active.values_list("pk", flat=True)[MOST_PHONES:])
        PhoneKey.objects.filter(pk__in=old).update(retired_at=timezone.now())
    return made


def key_retire(*, key: PhoneKey) -> None:
    """Take no punch any more that this phone signed, such as one that is lost; what was recorded stays."""
    if PhoneKey.objects.filter(pk=key.pk, retired_at=None).update(retired_at=timezone.now()):
        audit.record("phonekey.retired", subject=key.employee.number, object=f"phonekey {key.pk}")
