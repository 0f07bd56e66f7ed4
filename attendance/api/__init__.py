"""Attendance for other programs: clock events are read and added, everything else is read."""

from attendance.api.events import EventsView
from attendance.api.readings import AbsencesView, CorrectionsView, DaysView, PeopleView, TimesheetsView

__all__ = ["AbsencesView", "CorrectionsView", "DaysView", "EventsView", "PeopleView", "TimesheetsView"]
