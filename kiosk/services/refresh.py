"""Which of the looks that wait to refresh a template were confirmed: those whose punch stood for a day."""

from __future__ import annotations

from django.db.models import F

from attendance.models import ClockEvent
from recognition.services import refresh_clear, refresh_confirm, refresh_due, refresh_forget


def refresh_settle() -> int:
    """Hand on the looks whose punch by face still stands, delete the others. Returns how many were handed on.

    Safe to run twice and side by side.
    """
    due = refresh_due()
    punches = ClockEvent.objects.standing().filter(
        method=ClockEvent.Method.FACE, decision__in=due, employee=F("decision__employee"), queued_punches=None
    )
    standing = set(punches.values_list("decision_id", flat=True))
    confirmed = refresh_confirm(decision_ids=standing)
    refresh_forget(decision_ids=[one for one in due if one not in standing])
    refresh_clear()
    return confirmed
