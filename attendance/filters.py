"""What clock events may be asked for."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate

from attendance.models import ClockEvent
from common.filters import InstantFilter
from employees.employment import EVER, belonging
from employees.models import Employee, Posting


class EventFilter(django_filters.FilterSet):
    employee = django_filters.CharFilter("employee__number", help_text="The employee's number.")
    to = InstantFilter("at", "lt", help_text="Happened before this instant.")
    direction = django_filters.ChoiceFilter(choices=ClockEvent.Direction.choices)
    method = django_filters.ChoiceFilter(choices=ClockEvent.Method.choices)
    department = django_filters.CharFilter(method="of_department", help_text="The department's name, on that day.")

    def of_department(self, events: QuerySet[ClockEvent], _name: str, value: str) -> QuerySet[ClockEvent]:
        """Those of whoever belonged to the department when they punched, by the days of UTC."""
        moved = Posting.objects.filter(employee=OuterRef("employee"))
        then = moved.filter(valid_from__lte=OuterRef("punched_on")).order_by("-valid_from")
        people = belonging(Employee.objects.order_by(), EVER, date.max, department__name__iexact=value)
        events = events.filter(employee__in=people.values("pk")).alias(punched_on=TruncDate("at", tzinfo=UTC))
        placed = events.alias(placed=Subquery(then.values("department__name")[:1]), moved=Exists(moved))
        return placed.filter(Q(placed__iexact=value) | Q(moved=False, employee__department__name__iexact=value))

    @classmethod
    def get_filters(cls) -> Any:
        """With ``from``, which is no name that Python lets a class attribute have."""
        since = InstantFilter("at", "gte", help_text="Happened at this instant or later.")
        return super().get_filters() | {"from": since}
