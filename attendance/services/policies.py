"""Work policies from packs of countries' rules."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from attendance.models import WorkPolicy
from attendance.refusals import AttendanceRefused
from attendance.rules.packs import PackError, pack
from employees.models import Department


@transaction.atomic
def policy_from_pack(*, code: str, valid_from: date, department: Department | None = None) -> WorkPolicy:
    """Make a policy that says what the pack says, for HR to edit.

    Raises AttendanceRefused (``pack_unknown``, ``invalid``).
    """
    try:
        found = pack(code)
    except PackError as error:
        raise AttendanceRefused(
            "pack_unknown", _("There are no such rules. Choose a country from the list.")
        ) from error
    policy = WorkPolicy(
        name=found.name,
        department=department,
        valid_from=valid_from,
        pack=found.code,
        holiday_country=found.country,
        holiday_region=found.region,
        **found.values,
    )
    try:
        policy.full_clean()
    except ValidationError as error:
        raise AttendanceRefused("invalid", " ".join(error.messages)) from error
    policy.save()
    return policy
