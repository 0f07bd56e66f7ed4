"""WHEN: kiosks, shifts, clock events, doors, and what they come to: days, absences, periods."""

from attendance.models.absences import Absence, AbsenceType, RequestState
from attendance.models.devices import DeviceKey, UsedNonce
from attendance.models.doors import AccessEvent, Door, DoorPulse, DoorSchedule
from attendance.models.events import ClockEvent, RepeatedLook
from attendance.models.exports import ExportJob
from attendance.models.kiosk import Kiosk, KioskSettings
from attendance.models.links import CorrectionLink
from attendance.models.notices import SeenDay
from attendance.models.overtime import OvertimeDecision
from attendance.models.payroll import CalendarLink, PayrollColumn, PayrollLayout
from attendance.models.periods import Adjustment, CorrectionRequest, Period, PeriodAct, PeriodApproval
from attendance.models.policies import CompanyHoliday, Posting, WorkPolicy
from attendance.models.queue import QueuedPunch, QueueKey
from attendance.models.reports import ReportDelivery, ReportSchedule
from attendance.models.results import DayResult, DirtySpan
from attendance.models.shifts import Shift, ShiftAssignment
from attendance.models.webhooks import Webhook, WebhookDelivery

__all__ = [
    "Absence",
    "AbsenceType",
    "AccessEvent",
    "Adjustment",
    "CalendarLink",
    "ClockEvent",
    "CompanyHoliday",
    "CorrectionLink",
    "CorrectionRequest",
    "DayResult",
    "DeviceKey",
    "DirtySpan",
    "Door",
    "DoorPulse",
    "DoorSchedule",
    "ExportJob",
    "Kiosk",
    "KioskSettings",
    "OvertimeDecision",
    "PayrollColumn",
    "PayrollLayout",
    "Period",
    "PeriodAct",
    "PeriodApproval",
    "Posting",
    "QueueKey",
    "QueuedPunch",
    "RepeatedLook",
    "ReportDelivery",
    "ReportSchedule",
    "RequestState",
    "SeenDay",
    "Shift",
    "ShiftAssignment",
    "UsedNonce",
    "Webhook",
    "WebhookDelivery",
    "WorkPolicy",
]
