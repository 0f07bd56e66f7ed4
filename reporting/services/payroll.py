"""Writes about payroll's layouts and calendar links."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from reporting.models import PayrollColumn, PayrollLayout

Source, Unit, Shape = PayrollColumn.Source, PayrollColumn.Unit, PayrollLayout.Shape
PRESETS = ("hours", "codes", "days", "spreadsheet")


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
        {"title": "moved into leave", "source": Source.OVERTIME_MOVED},
        {"title": "night", "source": Source.NIGHT},
        {"title": "holiday", "source": Source.HOLIDAY},
        {"title": "leave", "source": Source.LEAVE},
        {"title": "absent", "source": Source.ABSENT},
        {"title": "adjusted", "source": Source.ADJUSTED},
        {"title": "adjusted overtime", "source": Source.ADJUSTED_OVERTIME},
        {"title": "missing", "source": Source.MISSING},
    ]
    # Each second has one of these codes, so that nothing is paid twice; what is paid beside has codes of its own.
    # Overtime that was moved into leave has none: it is paid as leave when that is taken. Days
    # that nobody can pay for want of a punch are counted, so that payroll asks and does not miss the person.
    codes = [
        {"title": "employee", "source": Source.NUMBER},
        {"title": "to", "source": Source.LAST_DAY},
        {"title": "hours", "source": Source.ORDINARY, "code": "100"},
        {"title": "hours", "source": Source.OVERTIME, "code": "{tier}"},
        {"title": "hours", "source": Source.SURCHARGE, "code": "+{tier}"},
        {"title": "hours", "source": Source.LEAVE, "code": "leave"},
        {"title": "hours", "source": Source.ADJUSTED, "code": "adjusted"},
        {"title": "hours", "source": Source.ADJUSTED_OVERTIME, "code": "adjusted {tier}"},
        {"title": "hours", "source": Source.MISSING_OUT, "code": "no check-out"},
        {"title": "hours", "source": Source.MISSING_IN, "code": "no check-in"},
    ]
    days = [
        {"title": "employee", "source": Source.NUMBER},
        {"title": "date", "source": Source.DAY},
        {"title": "ordinary", "source": Source.ORDINARY},
        {"title": "overtime", "source": Source.OVERTIME},
        {"title": "night", "source": Source.NIGHT},
        {"title": "leave", "source": Source.LEAVE},
        {"title": "missing", "source": Source.MISSING},
    ]
    spreadsheet = [
        {"title": _("Number"), "source": Source.NUMBER},
        {"title": _("Name"), "source": Source.NAME},
        {"title": _("Department"), "source": Source.DEPARTMENT},
        {"title": _("Days worked"), "source": Source.DAYS},
        {"title": _("Worked"), "source": Source.WORKED, "unit": Unit.CLOCK},
        {"title": _("Balance"), "source": Source.BALANCE, "unit": Unit.CLOCK},
        {"title": _("Overtime"), "source": Source.OVERTIME, "unit": Unit.CLOCK},
        {"title": _("Night"), "source": Source.NIGHT, "unit": Unit.CLOCK},
        {"title": _("Missing punches"), "source": Source.MISSING},
    ]
    plain = {"separator": ",", "decimal": "."}
    return {
        "hours": ({"name": _("Hours by person"), **plain}, hours),
        "codes": ({"name": _("Lines by pay code"), "shape": Shape.CODE, **plain}, codes),
        "days": ({"name": _("Lines by day"), "shape": Shape.DAY, **plain}, days),
        "spreadsheet": ({"name": _("Spreadsheet"), "encoding": "utf-8-sig"}, spreadsheet),
    }
