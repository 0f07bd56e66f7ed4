"""Attendance for other programs and for people's own: read, added, asked for and decided."""

from attendance.api.adjustments import AdjustmentsView
from attendance.api.events import EventsView
from attendance.api.read_views import DaysView, PeopleView, TimesheetsView
from attendance.api.submissions import (
    AbsenceDecisionView,
    AbsencesView,
    CorrectionDecisionView,
    CorrectionsView,
    EnteredCorrectionsView,
    OvertimeView,
)

__all__ = [
    "AbsenceDecisionView",
    "AbsencesView",
    "AdjustmentsView",
    "CorrectionDecisionView",
    "CorrectionsView",
    "DaysView",
    "EnteredCorrectionsView",
    "EventsView",
    "OvertimeView",
    "PeopleView",
    "TimesheetsView",
]
