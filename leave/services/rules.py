"""Rules of leave from packs of countries' laws."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from attendance.models import AbsenceType
from employees.models import Department
from leave.models import LeaveRule
from leave.refusals import LeaveRefused
from leave.rules.packs import PackError, pack
from leave.rules.values import UNLIMITED

NAMES = (gettext_noop("Vacation"), gettext_noop("Time off for overtime"))
"""What the packs call their types, to be translated."""


@transaction.atomic
def rules_from_pack(*, code: str, valid_from: date, department: Department | None = None) -> list[LeaveRule]:
    """Make a rule of each type of the pack, for HR to edit, and the types that the company does not have.

    Raises LeaveRefused (``pack_unknown``, ``invalid``).
    """
    try:
        found = pack(code)
    except PackError as error:
        raise LeaveRefused("pack_unknown", _("There are no such rules. Choose a country from the list.")) from error
    made = []
    for one in found.types:
        kind, _made = AbsenceType.objects.get_or_create(code=one.code, defaults={"name": _(one.name), "paid": one.paid})
        values: dict[str, Any] = {name: None if value == UNLIMITED else value for name, value in one.values.items()}
        values["steps"] = [{**row, "amount": str(row["amount"])} for row in values.get("steps", [])]
        rule = LeaveRule(kind=kind, department=department, valid_from=valid_from, pack=found.code, **values)
        try:
            rule.full_clean()
        except ValidationError as error:
            raise LeaveRefused("invalid", f"{kind}: {' '.join(error.messages)}") from error
        rule.save()
        made.append(rule)
    return made
