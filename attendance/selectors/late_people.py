"""Who came late on some days, without counting everybody anew: the answer is asked of thousands."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from attendance.models import DayResult, DirtySpan
from attendance.rules.calculate import SETTLED_AFTER
from attendance.selectors.current import each_unsettled
from attendance.selectors.timesheets import timesheets
from employees.employment import employed_between
from employees.models import Employee

DAY = timedelta(days=1)


def late_people(*, employees: QuerySet[Employee], first: date, last: date, now: datetime) -> list[int]:
    """The keys of those who were late from ``first`` to ``last``, whoever was late longest first.

    Settled days are read, and those that workers have counted ahead; who is marked to be counted again, or of whom
    nothing is kept, is counted on the spot.
    """
    people = employed_between(employees, first, last)
    keys = set(people.order_by().values_list("pk", flat=True))
    marked = DirtySpan.objects.filter(first__lte=last, last__gte=first).values_list("employee_id", flat=True)
    anew = set(marked) & keys
    late: dict[int, dict[date, int]] = defaultdict(dict)
    rows = DayResult.objects.filter(day__gte=first, day__lte=last, late__gt=0).order_by()
    for key, day, seconds in rows.values_list("employee_id", "day", "late"):
        if key in keys:
            late[key][day] = seconds
    # Two zones may be a day apart.
    open_since = max(first, now.date() - (SETTLED_AFTER + 1) * DAY)
    known = set()
    for key, days in each_unsettled(employees=people, first=open_since, last=last, now=now):
        known.add(key)
        for day, short in days.items():
            if short.late or key in late:
                late[key][day] = short.late
    anew |= keys - known
    sums = {key: sum(days.values()) for key, days in late.items() if key not in anew}
    for one in timesheets(employees=Employee.objects.filter(pk__in=anew), first=first, last=last) if anew else ():
        sums[one.employee.pk] = one.result.total("late")
    return sorted((key for key, seconds in sums.items() if seconds), key=lambda key: (-sums[key], key))
