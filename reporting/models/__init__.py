"""Exported files, reports by e-mail and payroll's layouts."""

from reporting.models.exports import ExportJob
from reporting.models.payroll import PayrollColumn, PayrollLayout
from reporting.models.schedules import ReportDelivery, ReportSchedule

__all__ = ["ExportJob", "PayrollColumn", "PayrollLayout", "ReportDelivery", "ReportSchedule"]
