"""Writes about payroll's layouts and calendar links."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from common.company import company, language
from reporting.models import PayrollColumn, PayrollLayout

Source, Unit, Shape = PayrollColumn.Source, PayrollColumn.Unit, PayrollLayout.Shape
Dates = PayrollLayout.DateFormat
PRESETS = ("hours", "codes", "days", "spreadsheet")


def payroll_layout_from_preset(*, preset: str) -> PayrollLayout:
    """A fresh layout to start from, under a name that is free: one of ``PRESETS``; raises KeyError for another.

    Its headings are in the company's language: everybody gets the same file.
    """
    with translation.override(language()):
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
    """The presets in the language that is active, each with number and name: no clerk knows people by number.

    In English the headings are those that programs of payroll read already.
    """
    person = [
        {"title": pgettext("payroll heading", "employee"), "source": Source.NUMBER},
        {"title": pgettext("payroll heading", "name"), "source": Source.NAME},
    ]
    hours = [
        *person,
        {"title": pgettext("payroll heading", "from"), "source": Source.FIRST_DAY},
        {"title": pgettext("payroll heading", "to"), "source": Source.LAST_DAY},
        {"title": pgettext("payroll heading", "worked"), "source": Source.WORKED},
        {"title": pgettext("payroll heading", "overtime"), "source": Source.OVERTIME},
        {"title": pgettext("payroll heading", "moved into leave"), "source": Source.OVERTIME_MOVED},
        {"title": pgettext("payroll heading", "night"), "source": Source.NIGHT},
        {"title": pgettext("payroll heading", "holiday"), "source": Source.HOLIDAY},
        {"title": pgettext("payroll heading", "leave"), "source": Source.LEAVE},
        {"title": pgettext("payroll heading", "absent"), "source": Source.ABSENT},
        {"title": pgettext("payroll heading", "adjusted"), "source": Source.ADJUSTED},
        {"title": pgettext("payroll heading", "adjusted overtime"), "source": Source.ADJUSTED_OVERTIME},
        {"title": pgettext("payroll heading", "missing"), "source": Source.MISSING},
    ]
    # Each second has one of these codes, so that nothing is paid twice; what is paid beside has codes of its own.
    # Overtime that was moved into leave has none: it is paid as leave when that is taken. Days
    # that nobody can pay for want of a punch are counted, so that payroll asks and does not miss the person.
    amount = pgettext("payroll heading", "hours")
    codes = [
        *person,
        {"title": pgettext("payroll heading", "to"), "source": Source.LAST_DAY},
        {"title": amount, "source": Source.ORDINARY, "code": "100"},
        {"title": amount, "source": Source.OVERTIME, "code": "{tier}"},
        {"title": amount, "source": Source.SURCHARGE, "code": "+{tier}"},
        {"title": amount, "source": Source.LEAVE, "code": pgettext("pay code", "leave")},
        {"title": amount, "source": Source.ADJUSTED, "code": pgettext("pay code", "adjusted")},
        {"title": amount, "source": Source.ADJUSTED_OVERTIME, "code": pgettext("pay code", "adjusted {tier}")},
        {"title": amount, "source": Source.MISSING_OUT, "code": pgettext("pay code", "no check-out")},
        {"title": amount, "source": Source.MISSING_IN, "code": pgettext("pay code", "no check-in")},
    ]
    days = [
        *person,
        {"title": pgettext("payroll heading", "date"), "source": Source.DAY},
        {"title": pgettext("payroll heading", "ordinary"), "source": Source.ORDINARY},
        {"title": pgettext("payroll heading", "overtime"), "source": Source.OVERTIME},
        {"title": pgettext("payroll heading", "night"), "source": Source.NIGHT},
        {"title": pgettext("payroll heading", "leave"), "source": Source.LEAVE},
        {"title": pgettext("payroll heading", "missing"), "source": Source.MISSING},
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
    style = {"encoding": "utf-8-sig", "date_format": _dates()}
    # Where the decimal sign is a comma, a spreadsheet takes semicolons between the columns.
    written = style if _spanish() else {"separator": ",", "decimal": ".", "date_format": _dates()}
    # A program reads this one, and every program reads these.
    read = {
        "separator": ",",
        "decimal": ".",
        "date_format": Dates.ISO,
        "code_title": pgettext("payroll heading", "code"),
    }
    return {
        "hours": ({"name": _("Hours by person"), **written}, hours),
        "codes": ({"name": _("Lines by pay code"), "shape": Shape.CODE, **read}, codes),
        "days": ({"name": _("Lines by day"), "shape": Shape.DAY, **written}, days),
        "spreadsheet": ({"name": _("Spreadsheet"), **style}, spreadsheet),
    }


def _spanish() -> bool:
    return (get_language() or "").startswith("es")


def _dates() -> str:
    """As the company writes them; where nobody said how, as its language does."""
    styles = {"dmy": Dates.EUROPE, "mdy": Dates.AMERICA, "ymd": Dates.ISO}
    return styles.get(company().date_style, Dates.EUROPE if _spanish() else Dates.ISO)
