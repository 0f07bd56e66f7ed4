"""WHEN: shifts, clock events, and what they come to: days, absences, periods."""

from attendance.models.absences import Absence, AbsenceType, RequestState
from attendance.models.events import ClockEvent, RepeatedLook
from attendance.models.kiosk import Kiosk
from attendance.models.links import CalendarLink, CorrectionLink
from attendance.models.locked import LateChange, LockedTimesheet
from attendance.models.notices import SeenDay
from attendance.models.overtime import OvertimeDecision, PendingOvertime
from attendance.models.periods import Adjustment, CorrectionRequest, Period, PeriodAct, PeriodApproval
from attendance.models.planned import PlannedShift
from attendance.models.policies import CompanyHoliday, WorkPolicy
from attendance.models.results import CurrentState, DayResult, DirtySpan
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
    "CurrentState",
    "DayResult",
    "DirtySpan",
    "Kiosk",
    "LateChange",
    "LockedTimesheet",
    "OvertimeDecision",
    "PendingOvertime",
    "Period",
    "PeriodAct",
    "PeriodApproval",
    "PlannedShift",
    "RepeatedLook",
    "RequestState",
    "SeenDay",
    "Shift",
    "ShiftAssignment",
    "WorkPolicy",
]
