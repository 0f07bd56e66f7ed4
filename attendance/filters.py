"""What clock events may be asked for."""

from __future__ import annotations

from typing import Any

import django_filters

from attendance.models import ClockEvent
from common.filters import InstantFilter


class EventFilter(django_filters.FilterSet):
    employee = django_filters.CharFilter("employee__number", help_text="The employee's number.")
    to = InstantFilter("at", "lt", help_text="Happened before this instant.")
    direction = django_filters.ChoiceFilter(choices=ClockEvent.Direction.choices)
    method = django_filters.ChoiceFilter(choices=ClockEvent.Method.choices)
    department = django_filters.CharFilter("employee__department__name", "iexact", help_text="The department's name.")

    @classmethod
    def get_filters(cls) -> Any:
        """With ``from``, which is no name that Python lets a class attribute have."""
        since = InstantFilter("at", "gte", help_text="Happened at this instant or later.")
        return super().get_filters() | {"from": since}
