"""What the menus hold for each role, and what waits behind their entries: the same in the admin and in the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from approvals.selectors import may_approve
from attendance.models import DayResult, Period
from attendance.selectors import viewer_today
from attendance.selectors.requests import absences_to_decide, corrections_to_decide
from attendance.views.exceptions import BACK_DAYS
from doors.services import opens_any
from employees.access import (
    decided_employees,
    is_hr,
    is_manager,
    may_act,
    may_audit,
    may_enrol,
    powers,
    reads_reports,
)
from employees.models import Employee, User
from kiosk.selectors import kiosk_troubles
from notifications.selectors import unread_count
from planning.offers import requests_waiting, swaps_waiting

Who = Callable[[User], bool]


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the menu: who needs it, and beneath which addresses it counts as open."""

    title: Any
    icon: str
    name: str
    shown: Who
    within: tuple[str, ...] = ()
    part: str = ""

    @property
    def url(self) -> str:
        return f"{reverse(self.name)}{self.part}"

    def is_open(self, path: str) -> bool:
        """Whether that page is this one, or lies beneath it."""
        return path == reverse(self.name) or any(part in path for part in self.within)


def _is_employed(user: User) -> bool:
    return getattr(user, "employee", None) is not None


def _is_technician(user: User) -> bool:
    """Versions and training of models: IT's; HR's as long as nobody is IT."""
    return user.is_superuser or user.role == User.Role.IT or not User.objects.filter(role=User.Role.IT).exists()


PAGES = (
    Entry(_("Who is in"), "groups", "presence", reads_reports),
    Entry(_("To do"), "checklist", "attendance_exceptions", may_approve, ("/exceptions/",)),
    Entry(_("Day"), "today", "attendance_day", reads_reports),
    Entry(
        _("Plan"),
        "calendar_view_week",
        "plan",
        is_manager,
        ("/plan/cell", "/plan/publish", "/plan/rotation", "/plan/open", "/plan/requests"),
    ),
    Entry(
        _("Team"), "calendar_month", "attendance_team_now", reads_reports, ("/team/", "/trends/", "/leave/calendar/")
    ),
    Entry(_("Periods"), "event_available", "attendance_periods", reads_reports, ("/periods/",)),
    Entry(_("Reports & exports"), "download", "attendance_files", reads_reports, ("/files/", "/reports/")),
    Entry(
        _("My attendance"),
        "person",
        "my_month",
        _is_employed,
        ("/attendance/me/", "/leave/me/", "/plan/me/", "/phone/"),
    ),
    Entry(_("Doors"), "door_front", "doors", opens_any, ("/doors/",)),
)
"""The work of a day, in the order of the menu."""
SETTINGS = (
    Entry(_("Settings"), "settings", "company_settings", is_hr),
    Entry(_("Country, city and time zone"), "public", "company_settings", is_hr, part="#id_time_zone"),
    Entry(_("Public holidays"), "celebration", "company_settings", is_hr, part="#id_region"),
    Entry(_("Language of the company"), "translate", "company_settings", is_hr, part="#id_language"),
    Entry(_("First day of the week"), "calendar_view_week", "company_settings", is_hr, part="#id_week_start"),
    Entry(_("How dates are written"), "event", "company_settings", is_hr, part="#id_date_style"),
    Entry(_("Face library"), "face", "face_library", may_enrol),
    Entry(_("Notification settings"), "notifications", "notification_choices", may_act),
    Entry(_("Leave calendar"), "date_range", "leave_calendar_now", reads_reports),
    Entry(_("My leave"), "luggage", "my_leave", _is_employed),
    Entry(_("My shifts"), "event", "my_shifts", _is_employed),
    Entry(_("Clock in by phone"), "smartphone", "phone", _is_employed),
    Entry(_("My password"), "key", "password_change", may_act),
    Entry(_("Delegates"), "supervisor_account", "delegates", may_act),
    Entry(_("My logins, app and passkeys"), "security", "security", may_act),
)
"""What is looked for by name, beside the pages."""
ADMIN_ALONE: dict[str, Who] = {
    "audit_trail": may_audit,
    "privacy_overview": is_hr,
    "leave_calendar_now": reads_reports,
    "face_library": may_enrol,
}
"""Pages that the admin's menu alone has, and who gets them: to others they would lead to a 403."""
TECHNICAL = {"admin:recognition_modelversion_changelist", "admin:recognition_trainingrun_changelist"}


def pages_for(user: User | AnonymousUser) -> list[Entry]:
    """The menu of this user."""
    if not isinstance(user, User):
        return []
    return [one for one in PAGES if one.shown(user)]


def settings_for(user: User) -> list[Entry]:
    return [one for one in SETTINGS if one.shown(user)]


def shown(name: str, request: HttpRequest) -> bool:
    """Whether the admin's menu has the page of that name for who asks."""
    user = request.user
    if not isinstance(user, User):
        return False
    if name in TECHNICAL:
        # Asked for each entry of a page's menu.
        known = request.__dict__.setdefault("menu_technical", None)
        if known is None:
            known = request.__dict__["menu_technical"] = _is_technician(user)
        return bool(known)
    if name in ADMIN_ALONE:
        return ADMIN_ALONE[name](user)
    return all(one.shown(user) for one in (*PAGES, SETTINGS[0]) if one.name == name)


@dataclass(frozen=True, slots=True)
class Waits:
    """How much waits behind an entry of the menu."""

    name: str
    count: int
    said: Any

    def as_dict(self) -> dict[str, Any]:
        return {"href": reverse(self.name), "count": self.count, "said": str(self.said)}


def waiting(user: User) -> Iterator[Waits]:
    """What waits for this user; a statement or two for each entry."""
    yield Waits("notifications", unread_count(user), _("Unread notifications"))
    if may_approve(user):
        yield Waits("attendance_exceptions", _to_do(user), _("Requests and missing punches"))
    if is_manager(user):
        shifts = requests_waiting(user).count() + swaps_waiting(user).count()
        yield Waits("plan", shifts, _("Requests about shifts"))
    if is_hr(user):
        over = Period.objects.filter(state=Period.State.OPEN, last__lt=viewer_today(user)).count()
        yield Waits("attendance_periods", over, _("Periods to close"))
    if is_hr(user) or "attendance.kiosk" in powers(user).admin:
        yield Waits("admin:attendance_kiosk_changelist", len(kiosk_troubles()), _("Kiosks that need attention"))


def _to_do(user: User) -> int:
    """Requests to decide, and settled days with a punch missing: what the page lists, without counting days anew."""
    people: QuerySet[Employee] = decided_employees(user)
    keys, today = people.order_by().values("pk"), viewer_today(user)
    missing = DayResult.objects.filter(
        Q(missing_in__gt=0) | Q(missing_out__gt=0), employee__in=keys, day__gte=today - timedelta(days=BACK_DAYS)
    )
    requests = corrections_to_decide(user, people).count() + absences_to_decide(user, people).count()
    return requests + missing.count()
