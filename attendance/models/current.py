"""What people's days around now come to, counted ahead, so that a page of thousands of people counts none of them."""

from __future__ import annotations

from django.db import models

from employees.models import Employee


class CurrentState(models.Model):
    """One person's days that are not settled yet, and what the person is now: each with when it changes by itself.

    Derived, as ``DayResult`` is. It holds from ``since`` to ``until``, unless a ``DirtySpan`` of the person says that
    something has changed. ``presence`` and ``days`` are JSON, as ``attendance.selectors.current`` reads it.
    """

    employee = models.OneToOneField(Employee, on_delete=models.CASCADE, related_name="current_state", primary_key=True)
    since = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    presence = models.TextField()
    days = models.TextField()

    def __str__(self) -> str:
        return f"{self.employee_id} {self.since:%Y-%m-%d %H:%M}"
