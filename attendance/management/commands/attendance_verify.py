"""`manage.py attendance_verify`: count every settled day from the events and compare it with what is stored."""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Min
from django.utils import timezone

from attendance.models import DayResult
from attendance.models.results import FIGURES
from attendance.services.results import Difference, results_rebuild, results_refresh, results_verify
from common.commands import CheckedCommand
from employees.models import Employee

SHOWN = 20


class Command(CheckedCommand):
    help = "Count the days from the events and compare them with the stored results. Exits with 1 where they differ."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DAY", help="default: the first")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, metavar="DAY", help="default: today")
        parser.add_argument("--employee", metavar="NUMBER", help="only this person")
        parser.add_argument("--repair", action="store_true", help="count anew and store the days that differ")

    def handle(
        self,
        *args: Any,
        first: date | None = None,
        last: date | None = None,
        employee: str | None = None,
        repair: bool = False,
        **options: Any,
    ) -> None:
        people = Employee.objects.all()
        if employee:
            people = people.filter(number=employee)
            if not people.exists():
                raise CommandError(f"There is no employee with the number {employee}.")
        results_refresh()
        begin = first or DayResult.objects.aggregate(Min("day"))["day__min"] or timezone.localdate()
        end = last or timezone.localdate() + timedelta(days=1)
        if begin > end:
            raise CommandError("--from lies after --to.")
        found = 0
        for difference in results_verify(employees=people, first=begin, last=end):
            found += 1
            if found <= SHOWN:
                self.stdout.write(_line(difference))
            if repair:
                one = Employee.objects.filter(pk=difference.employee.pk)
                results_rebuild(employees=one, first=difference.day, last=difference.day)
        compared = DayResult.objects.filter(employee__in=people, day__gte=begin, day__lte=end).count()
        if repair and found:
            results_refresh()
        self.stdout.write(f"{compared} stored days compared with the events, {found} differ")
        if found and not repair:
            raise CommandError("Stored results differ from the events; --repair counts them anew.")


def _line(difference: Difference) -> str:
    person = f"{difference.employee.number} {difference.day}"
    if difference.stored is None:
        return f"  {person}: not stored"
    pairs = [(name, getattr(difference.stored, name), getattr(difference.counted, name)) for name in FIGURES]
    return f"  {person}: " + ", ".join(f"{name} {old} instead of {new}" for name, old, new in pairs if old != new)
