"""What happened in the demo's four weeks besides coming and going: leave, a dead kiosk, corrections, a payday.

Made by the same services that HR, managers and employees use, so that every page has something true to show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import AbsenceType, ClockEvent, CompanyHoliday, WorkPolicy
from attendance.services.absences import absence_enter, absence_request
from attendance.services.corrections import (
    Entry,
    punches_add,
    request_approve,
    request_file,
    request_refuse,
)
from attendance.services.periods import period_create, period_lock
from employees.models import Employee, User
from presente.demo.punches import Planned, comes

DEAD_UNTIL = time(11)
AWAY = "D004"
ILL = "D005"
ASKS = "D003"


@dataclass(frozen=True, slots=True)
class Story:
    """The days on which something happens, all in the past four weeks, and to whom."""

    holiday: date
    dead: date
    away: tuple[date, date]
    ill: date
    forgotten: Sequence[date]

    def happened(self, planned: Sequence[Planned]) -> list[Planned]:
        """The punches that the kiosk recorded after all."""
        return [punch for punch in planned if not self._missed(punch)]

    def unrecorded(self, planned: Sequence[Planned]) -> list[Planned]:
        """The punches of the morning on which the kiosk had no power."""
        return [punch for punch in planned if self._at_dead_kiosk(punch) and not self._away(punch)]

    def _missed(self, punch: Planned) -> bool:
        forgot = (
            punch.number == ASKS and punch.day in self.forgotten and punch.direction == "out" and punch.at.hour > 14
        )
        return self._away(punch) or self._at_dead_kiosk(punch) or forgot

    def _away(self, punch: Planned) -> bool:
        return (
            punch.day == self.holiday
            or (punch.number == AWAY and self.away[0] <= punch.day <= self.away[1])
            or (punch.number == ILL and punch.day == self.ill)
        )

    def _at_dead_kiosk(self, punch: Planned) -> bool:
        return punch.at.date() == self.dead and punch.at.time() < DEAD_UNTIL


def plan(today: date) -> Story:
    """The story of the four weeks that end today."""
    weekdays = [today - timedelta(days=back) for back in range(27, 2, -1)]
    weekdays = [day for day in weekdays if day.weekday() < 5]
    # Nobody forgets to clock out on a day on which they were not there.
    at_work = [day for day in weekdays[5:-1] if day != weekdays[-6] and comes(ASKS, day)]
    return Story(
        holiday=weekdays[4],
        dead=weekdays[-6],
        away=(weekdays[-4], weekdays[-3]),
        ill=weekdays[-5],
        forgotten=at_work[-3:],
    )


def rules(story: Story, hired: date) -> None:
    """How the made-up company counts time."""
    WorkPolicy.objects.create(
        name=_("Demo policy"),
        valid_from=hired,
        breaks=[{"after": 360, "length": 30}],
        overtime=[{"scope": "day", "after": 540, "tier": 125}, {"scope": "week", "after": 2400, "tier": 150}],
        rest_minutes=660,
        approve_overtime=True,
    )
    CompanyHoliday.objects.create(day=story.holiday, name=_("Company day (demo)"))


def tell(
    story: Story, people: dict[str, Employee], unrecorded: Sequence[Planned], *, hr: User, manager: User, employee: User
) -> None:
    """Enter leave and the dead kiosk, ask for corrections and decide some, lock the first two weeks."""
    vacation = AbsenceType.objects.create(code="vacation", name=_("Vacation"))
    illness = AbsenceType.objects.create(code="illness", name=_("Sick leave"))
    absence_enter(employee=people[AWAY], by=hr, kind=vacation, first=story.away[0], last=story.away[1])
    absence_enter(
        employee=people[ILL], by=hr, kind=illness, first=story.ill, last=story.ill, reason=_("Called at eight")
    )
    asks = people[ASKS]
    soon = timezone.localdate() + timedelta(days=14)
    soon += timedelta(days=4 - soon.weekday())
    absence_request(employee=asks, by=employee, kind=vacation, first=soon, last=soon, reason=_("A long weekend (demo)"))
    if unrecorded:
        entries = [Entry(people[one.number], one.direction, one.at) for one in unrecorded]
        zone = asks.time_zone
        punches_add(entries=entries, zone=zone, reason=_("The kiosk had no power until eleven (demo)"), author=hr)
    _ask(story, asks, manager=manager, employee=employee)
    first = min(story.holiday, timezone.localdate() - timedelta(days=27))
    closed = period_create(first=first, last=first + timedelta(days=13), by=hr)
    period_create(first=first + timedelta(days=14), last=first + timedelta(days=41), by=hr)
    period_lock(period=closed, by=hr, reason=_("Payday (demo): nobody had approved yet"))


def _ask(story: Story, asks: Employee, *, manager: User, employee: User) -> None:
    """Three forgotten check-outs: one mended, one refused, one that waits for the manager."""
    for number, day in enumerate(story.forgotten):
        if not ClockEvent.objects.filter(employee=asks, at__date=day).exists():
            continue
        at = datetime.combine(day, time(16, 35), asks.zone)
        request = request_file(
            employee=asks, by=employee, kind="add", direction="out", at=at, reason=_("Forgot to clock out (demo)")
        )
        if number == 0:
            request_approve(request=request, by=manager, answer=_("I saw you leave"))
        elif number == 1:
            request_refuse(request=request, by=manager, answer=_("You left at three, please ask for that"))
