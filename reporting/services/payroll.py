"""Writes about payroll's layouts and calendar links."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from reporting.models import PayrollColumn, PayrollLayout

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
