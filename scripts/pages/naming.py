"""The made-up company's names in the language of its pages: an office in La Paz has no “Workshop”."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.db import models

from attendance.models import AbsenceType, CompanyHoliday, Kiosk, Shift, WorkPolicy
from doors.models import Door
from employees.models import ApiKey, Contract, Department, Employee, Site
from reporting.models import PayrollLayout, ReportSchedule
from webhooks.models import Webhook

SPANISH = {
    "Administration, purchasing and distribution": "Administración, compras y distribución",
    "Back door": "Puerta trasera",
    "Company day (demo)": "Día de la empresa",
    "Demo door": "Terminal de recepción",
    "Demo policy": "Política general",
    "Early": "Mañana",
    "Evening": "Turno de tarde",
    "Full time": "Tiempo completo",
    "Headquarters and distribution centre": "Oficina central y centro de distribución",
    "Hours of the month, for payroll": "Horas del mes, para la planilla",
    "Illness": "Enfermedad",
    "Late": "Tarde",
    "Lines by pay code": "Líneas por concepto",
    "Main entrance": "Entrada principal",
    "Night": "Noche",
    "Office": "Oficina",
    "Payroll": "Planilla de sueldos",
    "Payroll of the accountants": "Planilla del estudio contable",
    "Readers": "Lectores",
    "Time off for overtime": "Descanso por horas extra",
    "Vacation": "Vacaciones",
    "Workshop": "Taller",
}
NAMED: tuple[Any, ...] = (
    AbsenceType, ApiKey, CompanyHoliday, Contract, Department, Door, Group, Kiosk, PayrollLayout, ReportSchedule, Shift,
    Site, Webhook, WorkPolicy,
)  # fmt: skip
PLACES = {"Main entrance": "Entrada principal"}
SURNAMES = {"Employee": "Empleado", "with-a-rather-long-double-barrelled surname": "con un apellido-compuesto-y-largo"}


def names_in(language: str) -> None:
    """Give everything the names of this language."""
    for model in NAMED:
        _rename(model.objects.all(), "name", _told(SPANISH, language))
    _rename(Kiosk.objects.all(), "location", _told(PLACES, language))
    for before, after in _told(SURNAMES, language).items():
        for person in Employee.objects.filter(last_name__contains=before):
            Employee.objects.filter(pk=person.pk).update(last_name=person.last_name.replace(before, after))


def _told(spanish: dict[str, str], language: str) -> dict[str, str]:
    return spanish if language == "es" else {after: before for before, after in spanish.items()}


def _rename(rows: models.QuerySet[Any], field: str, told: dict[str, str]) -> None:
    for before, after in told.items():
        rows.filter(**{field: before}).update(**{field: after})
