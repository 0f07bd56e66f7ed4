"""The revision of who may be recognised: one number that every process watches."""

from __future__ import annotations

from django.db.models import F

from employees.models import RosterRevision


def revision() -> int:
    """The current number, in one statement."""
    return RosterRevision.objects.values_list("number", flat=True).filter(pk=1).first() or 0


def bump() -> None:
    """Say that who may be recognised has changed; call it in the transaction that changes it."""
    if not RosterRevision.objects.filter(pk=1).update(number=F("number") + 1):
        RosterRevision.objects.get_or_create(pk=1, defaults={"number": 1})
