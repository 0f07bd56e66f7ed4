"""What a person's overview says first: now, this month, shift, leave, face and login, each with the page it is from."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.models import ShiftAssignment
from attendance.rules.expected import State
from attendance.selectors import PersonNow, presence_now
from attendance.selectors.timesheets import timesheet
from attendance.views.timesheets import month_ends
from attendance.wording import span_text, state_label
from employees.access import is_hr, may_manage, reads_reports
from employees.models import Employee, EnrolmentPhoto, User
from leave.selectors import balances
from leave.wording import amount_text


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: what it is about, what it says, and the page that says more."""

    title: str
    text: str
    url: str


def glance(user: User, employee: Employee) -> list[Fact]:
    """The lines that this user may read about the person; of somebody whom the user may not see, none."""
    own = getattr(user, "employee", None) == employee
    facts = [*_attendance(employee), _shift(employee, own), _leave(employee, own)] if own or reads_reports(user) else []
    if may_manage(user, employee):
        facts.append(_face(employee))
    if is_hr(user):
        facts.append(_login(employee))
    return facts


def _attendance(employee: Employee) -> list[Fact]:
    now = timezone.now()
    today = timezone.localdate(now, timezone=employee.zone)
    first, last = month_ends(today)
    url = reverse("attendance_month", args=[employee.number, f"{first:%Y-%m}"])
    total = timesheet(employee=employee, first=first, last=last, now=now).result.total
    said = [
        _("%(span)s worked") % {"span": span_text(total("worked"))},
        _("balance %(span)s") % {"span": span_text(total("balance"))},
    ]
    if missing := total("missing_in") + total("missing_out"):
        said.append(ngettext("%(count)d missing punch", "%(count)d missing punches", missing) % {"count": missing})
    month = formats.date_format(first, "YEAR_MONTH_FORMAT")
    return [*_now(employee, f"{url}?day={today}#d{today}"), Fact(month[:1].upper() + month[1:], " · ".join(said), url)]


def _now(employee: Employee, url: str) -> list[Fact]:
    """Nothing for somebody who is not employed."""
    people = presence_now(employees=Employee.objects.filter(pk=employee.pk)).people
    return [Fact(_("Now"), _standing(one), url) for one in people]


def _standing(one: PersonNow) -> str:
    said = state_label(one.state)
    if one.punch is not None and one.state in (State.IN, State.OUT):
        time = f"{one.punch.local:%H:%M}"
        since = _("In now since %(time)s") if one.state == State.IN else _("Left at %(time)s")
        said = since % {"time": time}
    if one.late:
        late = _("late by %(span)s") % {"span": span_text(int(one.late.total_seconds()))}
        said = f"{said} · {late}"
    return said


def _shift(employee: Employee, own: bool) -> Fact:
    url = reverse("my_shifts") if own else reverse("person_shifts", args=[employee.number])
    today = timezone.localdate(timezone=employee.zone)
    rows = ShiftAssignment.objects.filter(employee=employee, valid_from__lte=today).select_related("shift")
    said = ", ".join(str(one.shift) for one in rows if one.covers(today))
    return Fact(_("Shift"), said or _("None yet"), url)


def _leave(employee: Employee, own: bool) -> Fact:
    url = reverse("my_leave") if own else reverse("person_leave", args=[employee.number])
    found = balances([employee], timezone.localdate(timezone=employee.zone))[employee.pk]
    said = " · ".join(f"{one.kind.name}: {amount_text(one.free, one.unit)}" for one in found)
    return Fact(_("Leave"), said or _("Nothing is counted yet"), url)


def _face(employee: Employee) -> Fact:
    photos = EnrolmentPhoto.objects.filter(employee=employee, state=EnrolmentPhoto.State.ACCEPTED).count()
    agreed = Employee.objects.recognisable().filter(pk=employee.pk).exists()
    if employee.has_left:
        said = _("Not recognised any more")
    elif not agreed:
        said = _("No consent: clocks in by PIN")
    elif photos:
        said = ngettext("Enrolled with %(count)d photo", "Enrolled with %(count)d photos", photos) % {"count": photos}
    else:
        said = _("Not enrolled yet")
    return Fact(_("Face"), said, reverse("enrol", args=[employee.number]))


def _login(employee: Employee) -> Fact:
    account = employee.user
    if account is None:
        said = "–" if employee.has_left else _("None yet")
    else:
        works = account.is_active and not employee.has_left
        said = f"{account.username} · {account.get_role_display() if works else _('closed')}"
    return Fact(_("Login"), said, reverse("person_account", args=[employee.number]))
