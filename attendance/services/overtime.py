"""Overtime that a manager or HR approves, whole or in part, or refuses: a row for each day, beside the day's result.

Nobody decides about their own, and a day of a locked period stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.models import Case
from approvals.selectors import may_decide_about
from attendance.models import OvertimeDecision
from attendance.refusals import AttendanceRefused, NotAllowed
from attendance.rules.approval import Split, part
from attendance.rules.calculate import settled
from attendance.selectors.overtime import counting_ranges
from attendance.selectors.timesheets import Timesheet, timesheet
from attendance.services.changes import approvals_take_back, days_check_open
from attendance.services.pending import pending_mark
from attendance.services.steps import step
from attendance.subjects import of_overtime, overtime_key
from employees.access import is_hr
from employees.models import Employee, User

MOST_DAYS = 62


@dataclass(frozen=True, slots=True)
class Wish:
    """Of the overtime that was ``seen`` (seconds by tier), so many ``seconds`` are approved and the rest refused."""

    seen: Mapping[int, int]
    seconds: int


def overtime_decide(
    *, employee: Employee, wishes: Mapping[date, Wish], by: User, reason: str = ""
) -> list[OvertimeDecision]:
    """A manager or HR, never the person, decides about the overtime of these days, all of it or nothing.

    To approve less than was found needs a reason. What was decided stays for a manager; HR decides again, with a
    reason. The same decision once more changes nothing. Days for which a rule asks for a second approval wait for that,
    and are not among the answer. Raises ``AttendanceRefused``.
    """
    if getattr(by, "employee", None) == employee:
        raise NotAllowed("own_overtime", _("Nobody approves their own overtime. Ask a colleague of HR."))
    if not may_decide_about(by, employee):
        raise NotAllowed("not_allowed", _("Only the manager or HR decides, and nobody about themselves."))
    if not 1 <= len(wishes) <= MOST_DAYS:
        raise AttendanceRefused("nothing", _("Say which days this is about."))
    if len(reason.strip()) > 300:
        raise AttendanceRefused("reason_too_long", _("Give the reason in at most 300 characters."))
    with transaction.atomic():
        # The person first, then the periods: the order of every writer.
        Employee.objects.select_for_update(no_key=True).only("pk").get(pk=employee.pk)
        days_check_open(days=list(wishes))
        sheets = _sheets(employee, wishes)
        stored = [_decide(sheets[day], day, wish, by, reason.strip()) for day, wish in sorted(wishes.items())]
        decided = [row.day for row, created in stored if row and created]
        approvals_take_back(employee=employee, days=decided)
        pending_mark((employee.pk, day, day) for day in decided)
    return [row for row, _created in stored if row is not None]


def _sheets(employee: Employee, wishes: Mapping[date, Wish]) -> dict[date, Timesheet]:
    """The counted days around each of those days."""
    found: dict[date, Timesheet] = {}
    for day in sorted(wishes):
        if day not in found:
            ((first, last),) = counting_ranges(day, day)
            sheet = timesheet(employee=employee, first=first, last=last)
            found |= {one: sheet for one in wishes if first <= one <= last}
    return found


def _decide(sheet: Timesheet, day: date, wish: Wish, by: User, reason: str) -> tuple[OvertimeDecision | None, bool]:
    split, before = sheet.overtime.days.get(day, Split({}, {}, {})), sheet.decisions.get(day)
    found = next((dict(one.overtime) for one in sheet.result.days if one.figures.day == day), {})
    holds = before is not None and not split.stale
    if not found or dict(wish.seen) != found or not 0 <= wish.seconds <= sum(found.values()):
        raise AttendanceRefused("changed", _("The overtime of this day has changed meanwhile. Reload the page."))
    if not holds and not split.waits:
        raise AttendanceRefused("not_needed", _("The overtime of this day needs no approval."))
    if not settled(day, timezone.now().astimezone(sheet.employee.zone).date()):
        raise AttendanceRefused("not_over", _("Wait until the day is two days past: it may still change."))
    approved = part(found, wish.seconds)
    reason = reason or _first_reason(sheet.employee, day, found, wish.seconds)
    if holds and before is not None:
        if before.decided.approved == approved:
            return before, False
        if not is_hr(by):
            raise AttendanceRefused("already_decided", _("Somebody has decided this meanwhile. Reload the page."))
    if not reason and (holds or approved != found):
        raise AttendanceRefused("reason_missing", _("Say why, so that the person knows what to do."))
    subject = of_overtime(sheet.employee, day, sum(found.values()))
    seen = {"found": _stored(found), "seconds": sum(approved.values()), "reason": reason}
    if not step(subject=subject, by=by, approve=bool(approved), wish=seen):
        return None, False
    row = OvertimeDecision(
        employee=sheet.employee, day=day, found=_stored(found), approved=_stored(approved), by=by, reason=reason
    )
    row.save()
    return row, True


def _first_reason(employee: Employee, day: date, found: Mapping[int, int], seconds: int) -> str:
    """Why less than all was approved first, for a second approval of just that."""
    case = Case.objects.filter(key=overtime_key(employee.pk, day), state=Case.State.SECOND).first()
    if case is None or (case.wish.get("found"), case.wish.get("seconds")) != (_stored(found), seconds):
        return ""
    return str(case.wish.get("reason", ""))


def _stored(tiers: Mapping[int, int]) -> dict[str, int]:
    return {str(tier): seconds for tier, seconds in tiers.items()}
