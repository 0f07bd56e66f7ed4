"""What the kiosk says to a person: change the words here."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from attendance.models import ClockEvent
from employees.models import Employee

NOON = 12
EVENING = 19


def hello(*, employee: Employee, local: datetime, own: str = "") -> str:
    """Said when a person is recognised, before anything is recorded; ``own`` is the greeting HR wrote, if any."""
    name = {"name": employee.first_name}
    if own:
        return own.replace("{name}", employee.first_name)
    if local.hour < NOON:
        return _("Good morning, %(name)s") % name
    if local.hour < EVENING:
        return _("Good afternoon, %(name)s") % name
    return _("Good evening, %(name)s") % name


def recorded(*, employee: Employee, direction: str) -> str:
    """Said when the punch is stored."""
    name = {"name": employee.first_name}
    if direction == ClockEvent.Direction.IN:
        return _("Welcome, %(name)s") % name
    return _("Goodbye, %(name)s") % name


def already(*, direction: str, local: datetime) -> str:
    """Said at a second look within a minute."""
    time = {"time": clock_time(local)}
    if direction == ClockEvent.Direction.IN:
        return _("Already in, %(time)s") % time
    return _("Already out, %(time)s") % time


def clock_time(local: datetime) -> str:
    """Hours and minutes on the kiosk's wall, 24 hours in every language."""
    return f"{local:%H:%M}"
