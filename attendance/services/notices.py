"""Marking a day as seen that nothing mends."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from attendance.models import DayResult, SeenDay
from attendance.models.results import COLUMNS, figures_from
from attendance.refusals import AttendanceRefused, NotAllowed
from attendance.selectors.notices import fingerprint_of
from employees.access import may_decide
from employees.models import Employee, User


def day_mark_seen(*, employee: Employee, day: date, fingerprint: str, by: User, note: str = "") -> SeenDay:
    """A manager or HR, never the person, has seen the day as it was shown; again changes nothing.

    Raises ``AttendanceRefused`` where the day is another one meanwhile.
    """
    if not may_decide(by, employee):
        raise NotAllowed("not_allowed", _("Only the manager or HR decides, and nobody about themselves."))
    if len(note.strip()) > 300:
        raise AttendanceRefused("reason_too_long", _("Give the reason in at most 300 characters."))
    row = DayResult.objects.filter(employee=employee, day=day).values(*COLUMNS).first()
    figures = figures_from(row) if row else None
    if figures is None or not figures.short_rest or fingerprint_of(figures) != fingerprint:
        raise AttendanceRefused("changed", _("This day has changed meanwhile. Reload the page."))
    try:
        with transaction.atomic():
            seen = SeenDay(employee=employee, day=day, fingerprint=fingerprint, by=by, note=note.strip())
            seen.save()
            return seen
    except IntegrityError:
        return SeenDay.objects.get(employee=employee, day=day, fingerprint=fingerprint)
