"""Past days that a new assignment makes absences: nobody punched on them, since nobody had to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Min
from django.db.models.functions import TruncDate
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.models import ClockEvent, ShiftAssignment
from common.company import in_company_zone
from employees.employment import histories
from employees.models import Employee

DAY = timedelta(days=1)


class Unpunched(NamedTuple):
    """From which day on how many days are without a punch, and from which day on anybody punched at all."""

    first: date
    days: int
    began: date


def unpunched(new: Sequence[ShiftAssignment]) -> Unpunched | None:
    """The past days on which these assignments ask for somebody who has no punch, and had no shift until now.

    None where there are none. Holidays and leave are not looked up: there may be fewer.
    """
    yesterday = timezone.localdate() - DAY
    new = [one for one in new if one.valid_from <= yesterday]
    if not new:
        return None
    people = {one.employee_id: one.employee for one in new}
    first = min(one.valid_from for one in new)
    employment, punched, had = histories(people.values()), _punched(people, first), _assigned(people, first)
    days: set[tuple[int, date]] = set()
    for one in new:
        key, last = one.employee_id, min(one.valid_to or yesterday, yesterday)
        for number in range((last - one.valid_from).days + 1):
            day = one.valid_from + number * DAY
            asked = one.turns_up(day) and employment[key].employed(day) and (key, day) not in punched
            if asked and not any(other.covers(day) for other in had.get(key, ())):
                days.add((key, day))
    if not days:
        return None
    earliest = ClockEvent.objects.aggregate(at=Min("at"))["at"]
    began = timezone.localdate(earliest) if earliest is not None else timezone.localdate()
    return Unpunched(min(day for _key, day in days), len(days), began)


def unpunched_text(new: Sequence[ShiftAssignment]) -> str:
    """What has to be read before these assignments are made; empty where they make no absences of past days."""
    with in_company_zone():
        found = unpunched(new)
    if found is None:
        return ""
    said = ngettext(
        "From %(first)s on, %(count)d past day without a punch becomes an absence.",
        "From %(first)s on, up to %(count)d past days without a punch become absences.",
        found.days,
    ) % {"first": formats.date_format(found.first, "SHORT_DATE_FORMAT"), "count": found.days}
    if found.began <= found.first:
        return said
    begin = _("Punches begin on %(day)s: let the shift begin on that day if nobody clocked in with Presente before.")
    return f"{said} {begin % {'day': formats.date_format(found.began, 'SHORT_DATE_FORMAT')}}"


def _punched(people: Mapping[int, Employee], first: date) -> set[tuple[int, date]]:
    since = timezone.make_aware(datetime.combine(first, time()))
    events = ClockEvent.objects.filter(employee__in=people, at__gte=since)
    rows = events.annotate(day=TruncDate("at")).order_by().values_list("employee_id", "day").distinct()
    return {(key, day) for key, day in rows if key is not None}


def _assigned(people: Mapping[int, Employee], first: date) -> dict[int, list[ShiftAssignment]]:
    found: dict[int, list[ShiftAssignment]] = {}
    for one in ShiftAssignment.objects.filter(employee__in=people).exclude(valid_to__lt=first):
        found.setdefault(one.employee_id, []).append(one)
    return found
