"""Dates of employment for tests, past the services and their questions."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet

from employees.models import Employee, EmploymentPeriod


def employ(who: Employee | QuerySet[Employee], **given: Any) -> None:
    """Give each of these people one employment with these dates, ``hired_on`` and ``left_on``, and other fields."""
    people = [who] if isinstance(who, Employee) else list(who)
    dates: dict[str, Any] = {name: given.pop(name) for name in ("hired_on", "left_on") if name in given}
    for person in people:
        period = EmploymentPeriod.objects.filter(employee=person).order_by("hired_on").last()
        period = period or EmploymentPeriod(employee=person, hired_on=date(2020, 1, 1))
        for name, value in dates.items():
            setattr(period, name, value)
        period.save()
        if given:
            Employee.objects.filter(pk=person.pk).update(**given)
