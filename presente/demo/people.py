"""The demo's people: departments, shifts, employees with plainly made-up names, two logins and their punches."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from attendance.models import ClockEvent, Kiosk, Shift, ShiftAssignment
from attendance.services.clock import clock
from common.company import company, company_change, zone_name
from common.models import Company
from common.places import country_of, language_of
from doors.models import Door
from employees.models import Department, Employee, User
from employees.services import employee_create
from presente.demo import ahead, punches, story

PIN = "246813"
FAMOUS = "D001"
NIGHT = "D009"
WEEKDAYS = [0, 1, 2, 3, 4]
HIRED_DAYS_AGO = 27
"""The day their punches begin: before it nobody was absent."""
# Whoever starts the demo at night or on a Sunday shall still find somebody in.
AT_LEAST_IN = 3


@dataclass(frozen=True, slots=True)
class Demo:
    """What was made, for the lines that tell of it."""

    people: int
    departments: int
    events: int
    famous: Employee
    logins: dict[str, str]
    login_file: Path


def load() -> Demo:
    """Fill an empty database; all of it or nothing. Its days are those of the company's clock, its names its own."""
    zone = zone_name()
    country = company().country or country_of(zone)
    with transaction.atomic(), timezone.override(zone), translation.override(spoken(country)):
        company_change(Company(name="Demo", time_zone=zone, country=country, language=company().language))
        logins = {name: secrets.token_urlsafe(9) for name in ("hr", "manager", "employee")}
        hr = _user("hr", logins["hr"], User.Role.HR, staff=True)
        manager = _user("manager", logins["manager"], User.Role.MANAGER)
        employee = _user("employee", logins["employee"], User.Role.EMPLOYEE)
        shifts = {
            "workshop": _shift(_("Workshop"), time(8), time(16, 30)),
            "office": _shift(_("Office"), time(9), time(17, 30)),
            "night": _shift(_("Night"), time(22), time(6)),
        }
        departments = {name: Department.objects.create(name=shifts[name].name) for name in ("workshop", "office")}
        entrance = _("Main entrance")
        kiosk = Kiosk.objects.create(name=_("Demo door"), location=entrance, time_zone=zone)
        Door.objects.create(name=entrance, kiosk=kiosk, time_zone=zone)
        famous = _person(FAMOUS, "Barack", "Obama (demo)", departments["office"])
        head = _person("D002", "Demo", _numbered(2), departments["workshop"], user=manager)
        departments["workshop"].managers.add(head)
        others = [
            _person(
                f"D{index:03}",
                "Demo",
                _numbered(index),
                departments["workshop" if index % 2 else "office"],
                user=employee if f"D{index:03}" == story.ASKS else None,
            )
            for index in range(3, 10)
        ]
        people = [famous, head, *others]
        hired = _hired_on()
        for person in people:
            ShiftAssignment.objects.create(employee=person, shift=shifts[_shift_name(person)], valid_from=hired)
        told = story.plan(timezone.now().astimezone(famous.zone).date())
        story.rules(told, hired)
        unrecorded = _punch(people, shifts, kiosk, told)
        by_number = {person.number: person for person in people}
        story.tell(told, by_number, unrecorded, hr=hr, manager=manager, employee=employee)
        ahead.tell(by_number, departments["workshop"], hr=hr, employee=employee, hired=hired)
        events = ClockEvent.objects.count()
    login_file = _write_logins(logins)
    return Demo(len(people), len(departments), events, famous, logins, login_file)


def the_kiosk() -> Kiosk:
    """The demo's own; raises ``Kiosk.DoesNotExist``."""
    return Kiosk.objects.earliest("created_at")


def spoken(country: str) -> str:
    """The company's; where nobody chose one, the installation's, or that of the country."""
    spoken = (
        company().language,
        settings.LANGUAGE_CODE if settings.LANGUAGE_CODE != "en" else "",
        language_of(country),
    )
    return next((one for one in spoken if one), "en")


def _numbered(index: int) -> str:
    return f"{_('Employee')} {index:02}"


def _user(username: str, password: str, role: str, *, staff: bool = False) -> User:
    return User.objects.create_user(username, "", password, role=role, is_staff=staff)


def _shift(name: str, starts: time, ends: time) -> Shift:
    return Shift.objects.create(name=name, starts_at=starts, ends_at=ends, weekdays=WEEKDAYS, grace_minutes=5)


def _hired_on() -> date:
    return timezone.localdate() - timedelta(days=HIRED_DAYS_AGO)


def _person(number: str, first: str, last: str, department: Department, *, user: User | None = None) -> Employee:
    return employee_create(
        number=number,
        first_name=first,
        last_name=last,
        department=department,
        time_zone=zone_name(),
        hired_on=_hired_on(),
        pin=PIN,
        user=user,
    )


def _shift_name(person: Employee) -> str:
    assert person.department is not None
    if person.number == NIGHT:
        return "night"
    return "workshop" if person.department.name == _("Workshop") else "office"


def _punch(people: list[Employee], shifts: dict[str, Shift], kiosk: Kiosk, told: story.Story) -> list[punches.Planned]:
    """Record what the kiosk saw; what it did not, because it was dead, is given back."""
    now = timezone.now()
    planned: list[punches.Planned] = []
    by_number = {person.number: person for person in people}
    for person in people:
        shift = shifts[_shift_name(person)]
        assert shift.starts_at
        assert shift.ends_at
        # Today's punches of the famous one are made by the camera.
        planned += punches.plan(
            person.number, shift.starts_at, shift.ends_at, zone=person.zone, now=now, today=person.number != FAMOUS
        )
    planned += _somebody_in(planned, now)
    for punch in told.happened(planned):
        person = by_number[punch.number]
        clock(
            employee=person,
            direction=punch.direction,
            at=punch.at,
            zone=person.time_zone,
            method=ClockEvent.Method.PIN,
            kiosk=kiosk,
            idempotency_key=f"demo:{punch.number}:{punch.at.isoformat()}",
        )
    return told.unrecorded(planned)


def _somebody_in(planned: list[punches.Planned], now: datetime) -> list[punches.Planned]:
    """Arrivals of the last hours for people whose day has no punch yet, until a few are in."""
    today = now - timedelta(hours=12)
    last = {punch.number: punch for punch in sorted(planned, key=lambda punch: punch.at) if punch.at > today}
    present = sum(punch.direction == "in" for punch in last.values())
    free = [number for number in (f"D{index:03}" for index in range(2, 10)) if number not in last]
    wanted = free[: max(0, AT_LEAST_IN - present)]
    return [
        punches.Planned(number, "in", now - timedelta(minutes=25 + 31 * index, seconds=12 * index))
        for index, number in enumerate(wanted)
    ]


def _write_logins(logins: dict[str, str]) -> Path:
    """Beside the data, readable by its owner alone."""
    path = Path(settings.DATA_DIR) / "demo-login.txt"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name} {password}\n" for name, password in logins.items())
        file.write(f"PIN of the demo employees D001 to D009: {PIN}\n")
    return path
