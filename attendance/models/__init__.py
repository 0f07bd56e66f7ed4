"""WHEN: shifts, clock events, and what they come to: days, absences, periods."""

from attendance.models.absences import Absence, AbsenceType, RequestState
from attendance.models.events import ClockEvent, RepeatedLook
from attendance.models.kiosk import Kiosk
from attendance.models.links import CalendarLink, CorrectionLink
from attendance.models.notices import SeenDay
from attendance.models.overtime import OvertimeDecision
from attendance.models.periods import Adjustment, CorrectionRequest, Period, PeriodAct, PeriodApproval
from attendance.models.policies import CompanyHoliday, Posting, WorkPolicy
from attendance.models.results import DayResult, DirtySpan
from attendance.models.shifts import Shift, ShiftAssignment

__all__ = [
    "Absence",
    "AbsenceType",
    "Adjustment",
    "CalendarLink",
    "ClockEvent",
    "CompanyHoliday",
    "CorrectionLink",
    "CorrectionRequest",
    "DayResult",
    "DirtySpan",
    "Kiosk",
    "OvertimeDecision",
    "Period",
    "PeriodAct",
    "PeriodApproval",
    "Posting",
    "RepeatedLook",
    "RequestState",
    "SeenDay",
    "Shift",
    "ShiftAssignment",
    "WorkPolicy",
]
