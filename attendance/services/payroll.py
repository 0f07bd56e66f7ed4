"""Writes about payroll's layouts and calendar links."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import CalendarLink, PayrollColumn, PayrollLayout
from employees.models import Employee

Source, Unit, Shape = PayrollColumn.Source, PayrollColumn.Unit, PayrollLayout.Shape
PRESETS = ("hours", "codes", "spreadsheet")


def payroll_layout_from_preset(*, preset: str) -> PayrollLayout:
    """A fresh layout to start from, under a name that is free: one of ``PRESETS``; raises KeyError for another."""
    settings, columns = _presets()[preset]
    with transaction.atomic():
        layout = PayrollLayout.objects.create(**{**settings, "name": _free_name(settings["name"])})
        PayrollColumn.objects.bulk_create(
            PayrollColumn(layout=layout, position=10 * number, **column) for number, column in enumerate(columns, 1)
        )
    return layout


def calendar_link_make(*, employee: Employee) -> str:
    """The secret part of the person's calendar address; an address given before stops working."""
    token = secrets.token_urlsafe(32)
    CalendarLink.objects.update_or_create(
        employee=employee, defaults={"token_hash": _hash(token), "created_at": timezone.now(), "read_at": None}
    )
    return token


def calendar_link_revoke(*, employee: Employee) -> None:
    """No address shows the person's shifts any more."""
    CalendarLink.objects.filter(employee=employee).delete()


def calendar_link_open(*, token: str) -> Employee | None:
    """Whose shifts the address shows; None for an unknown one and for somebody who has left."""
    link = CalendarLink.objects.select_related("employee").filter(token_hash=_hash(token)).first()
    if link is None or (link.employee.left_on is not None and link.employee.left_on < timezone.localdate()):
        return None
    CalendarLink.objects.filter(pk=link.pk).update(read_at=timezone.now())
    return link.employee


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _free_name(wished: str) -> str:
    taken = set(PayrollLayout.objects.values_list("name", flat=True))
    name, number = wished, 2
    while name in taken:
        name, number = f"{wished} {number}", number + 1
    return name


def _presets() -> dict[str, tuple[dict[str, Any], list[dict[str, Any]]]]:
    hours = [
        {"title": "employee", "source": Source.NUMBER},
        {"title": "from", "source": Source.FIRST_DAY},
        {"title": "to", "source": Source.LAST_DAY},
        {"title": "worked", "source": Source.WORKED},
        {"title": "overtime", "source": Source.OVERTIME},
        {"title": "night", "source": Source.NIGHT},
        {"title": "holiday", "source": Source.HOLIDAY},
        {"title": "leave", "source": Source.LEAVE},
        {"title": "absent", "source": Source.ABSENT},
        {"title": "adjusted", "source": Source.ADJUSTED},
    ]
    codes = [
        {"title": "employee", "source": Source.NUMBER},
        {"title": "to", "source": Source.LAST_DAY},
        {"title": "hours", "source": Source.WORKED, "code": "100"},
        {"title": "hours", "source": Source.OVERTIME, "code": "150"},
        {"title": "hours", "source": Source.NIGHT, "code": "200"},
        {"title": "hours", "source": Source.LEAVE, "code": "300"},
    ]
    spreadsheet = [
        {"title": _("Number"), "source": Source.NUMBER},
        {"title": _("Name"), "source": Source.NAME},
        {"title": _("Department"), "source": Source.DEPARTMENT},
        {"title": _("Days worked"), "source": Source.DAYS},
        {"title": _("Worked"), "source": Source.WORKED, "unit": Unit.CLOCK},
        {"title": _("Balance"), "source": Source.BALANCE},
        {"title": _("Overtime"), "source": Source.OVERTIME, "unit": Unit.CLOCK},
        {"title": _("Night"), "source": Source.NIGHT, "unit": Unit.CLOCK},
    ]
    plain = {"separator": ",", "decimal": "."}
    return {
        "hours": ({"name": _("Hours by person"), **plain}, hours),
        "codes": ({"name": _("Lines by pay code"), "shape": Shape.CODE, **plain}, codes),
        "spreadsheet": ({"name": _("Spreadsheet"), "encoding": "utf-8-sig"}, spreadsheet),
    }
