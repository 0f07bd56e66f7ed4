"""Attendance for other programs and for people's own: read, added, asked for and decided."""

from attendance.api.events import EventsView
from attendance.api.filing import (
    AbsenceDecisionView,
    AbsencesView,
    CorrectionDecisionView,
    CorrectionsView,
    EnteredCorrectionsView,
    OvertimeView,
)
from attendance.api.readings import DaysView, PeopleView, TimesheetsView

__all__ = [
    "AbsenceDecisionView",
    "AbsencesView",
    "CorrectionDecisionView",
    "CorrectionsView",
    "DaysView",
    "EnteredCorrectionsView",
    "EventsView",
    "OvertimeView",
    "PeopleView",
    "TimesheetsView",
]
