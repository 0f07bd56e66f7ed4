"""What the phone's page shows and what its script is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import Absence, ClockEvent, CorrectionRequest
from attendance.selectors.own import upcoming_shifts
from attendance.selectors.timesheets import timesheet
from attendance.services.clock import next_direction
from attendance.views.timesheets import month_ends
from common.moments import moment_text
from employees.models import Employee
from kiosk.queue import queue_public_key
from phone.models import PhoneKey, PhonePunch, PhoneRule
from phone.queue import DAYS_KEPT, MOST_KEPT
from phone.wording import refused_because, rule_text

SHOWN_DAYS = 14
"""So long a punch that was refused later stays on the page."""
REQUESTS = 5
PLACE_SECONDS = 12
"""So long the phone may take to find its place more exactly."""


def page_config(employee: Employee, rule: PhoneRule | None) -> dict[str, Any]:
    """For ``json_script``: what this person may do with this phone."""
    allowed = rule is not None and rule.allowed
    keys = PhoneKey.objects.filter(employee=employee, retired_at=None)
    return {
        **_common(),
        "person": {
            "id": str(employee.public_id),
            "name": employee.name,
            "keys": list(keys.values_list("fingerprint", flat=True)),
        },
        "rule": {
            "allowed": allowed,
            "place": bool(rule and allowed and rule.fence is not None),
            "selfie": bool(rule and allowed and rule.selfie),
            "accuracy": rule.accuracy if rule else 0,
        },
        "now": int(timezone.now().timestamp() * 1000),
    }


def away_config() -> dict[str, Any]:
    """The same for the page without a connection: whose phone it is, the phone itself remembers."""
    return {**_common(), "person": None, "rule": None, "now": 0}


def _common() -> dict[str, Any]:
    names = ("clock", "key", "queue", "selfie", "worker", "away")
    return {
        "urls": {**{name: reverse(f"phone_{name}") for name in names}, "page": reverse("phone")},
        "seconds": PLACE_SECONDS,
        "queue": {"key": queue_public_key(), "most": MOST_KEPT, "days": DAYS_KEPT},
        "text": {
            "locating": _("Finding your place…"),
            "sending": _("Recording…"),
            "kept": _("There is no connection. Your punch is kept on this phone and sent by itself later."),
            "kept_not": _("There is no connection and your punch could not be kept. Tell HR."),
            "kept_full": _("This phone keeps no more punches. Find a connection first."),
            "waiting": _("Waiting to be sent: %(count)s"),
            "refused_count": _("Could not be sent: %(count)s. Tell HR."),
            "fault": _("The server answered with an error. Try again."),
            "login_link": _("Log in"),
            "selfie_offline": _("A selfie needs a connection. Use a kiosk, or ask for a correction later."),
            "nobody": _("Log in on this phone once while there is a connection."),
            "not_allowed": _("Your company does not let you clock in with this phone. Use a kiosk."),
            "owner": _("You clock in as %(name)s."),
            "camera_denied": _("The camera may not be used. Allow it for this page in the browser’s settings."),
            "camera_missing": _("No camera was found."),
            "camera_busy": _("The camera is used by another program. Close it and try again."),
            "insecure": _("The camera works over HTTPS only. Ask IT."),
            "looking": _("Comparing…"),
        },
    }


def own_day(employee: Employee, rule: PhoneRule | None) -> dict[str, Any]:
    """Today and this month, what is planned and what was asked for."""
    now = timezone.now()
    today = now.astimezone(employee.zone).date()
    first, last = month_ends(today)
    sheet = timesheet(employee=employee, first=first, last=last)
    worked = next((one.figures.worked for one in sheet.result.days if one.figures.day == today), 0)
    late = PhonePunch.objects.filter(employee=employee, received_at__gte=now - timedelta(days=SHOWN_DAYS))
    return {
        "employee": employee,
        "today": today,
        "worked_today": worked,
        "running_since": next((one.running_since for one in reversed(sheet.days) if one.running_since), None),
        "totals": {name: sheet.result.total(name) for name in ("worked", "balance", "not_due")},
        "last": ClockEvent.objects.standing().filter(employee=employee).order_by("-at", "-received_at").first(),
        "following": next_direction(employee=employee, at=now),
        "allowed": rule is not None and rule.allowed,
        "rule_text": rule_text(rule),
        "shifts": upcoming_shifts(employee=employee, first=today),
        "refused": [
            {"punch": one, "text": punch_text(one), "day": one.at.astimezone(employee.zone).date()}
            for one in late.exclude(reason="").select_related("event", "employee")
        ],
        "corrections": CorrectionRequest.objects.filter(employee=employee)[:REQUESTS],
        "absences": Absence.objects.filter(employee=employee).select_related("kind")[:REQUESTS],
    }


def event_text(event: ClockEvent, *, already: bool = False) -> str:
    """``In at 09:02.``"""
    said = {"direction": event.get_direction_display(), "time": f"{event.local_at:%H:%M}"}
    if already:
        return _("Nothing new was recorded: %(direction)s at %(time)s stands.") % said
    return _("Recorded: %(direction)s at %(time)s.") % said


def punch_text(punch: PhonePunch) -> str:
    """What became of a punch that was sent later."""
    local = punch.at.astimezone(punch.employee.zone)
    said = {"direction": punch.get_direction_display(), "moment": moment_text(local)}
    if punch.event is not None:
        return _("Recorded: %(direction)s, %(moment)s.") % said
    return _("Not recorded: %(direction)s, %(moment)s (%(why)s).") % {**said, "why": refused_because(punch.reason)}
