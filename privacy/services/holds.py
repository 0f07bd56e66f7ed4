"""Legal holds: while one stands, nothing about the person is deleted."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.refusals import Refusal
from employees.models import Consent, Employee, User
from employees.services import has_consent
from privacy.models import Erasure, LegalHold
from privacy.services.erasure import erasure_request


def hold_set(*, employee: Employee, reason: str, by: User | None) -> LegalHold:
    """Keep everything about the person from now on; one that stands is given back.

    Raises ``Refusal`` (``reason_missing``).
    """
    if not reason.strip():
        raise Refusal("reason_missing", _("Say why the data has to be kept."), field="reason")
    with transaction.atomic():
        Employee.objects.select_for_update().get(pk=employee.pk)
        hold, _created = LegalHold.objects.get_or_create(
            employee=employee, lifted_at=None, defaults={"reason": reason.strip()[:300], "by": by}
        )
    return hold


def hold_lift(*, employee: Employee, by: User | None) -> None:
    """End the hold; a face whose consent was withdrawn meanwhile is erased now."""
    with transaction.atomic():
        for hold in LegalHold.objects.select_for_update().filter(employee=employee, lifted_at=None):
            hold.lifted_at, hold.lifted_by = timezone.now(), by
            hold.save(update_fields=["lifted_at", "lifted_by"])
        withdrawn = Consent.objects.filter(employee=employee).exclude(withdrawn_at=None).exists()
        if withdrawn and not has_consent(employee):
            erasure_request(employee=employee, cause=Erasure.Cause.WITHDRAWAL, by=by)
