"""What privacy does when something happens to a person."""

from __future__ import annotations

import logging
from typing import Any

from django.dispatch import receiver

from employees.models import Employee
from employees.signals import consent_withdrawn
from privacy.models import Erasure
from privacy.services.erasure import ErasureRefused, erasure_request

log = logging.getLogger(__name__)


@receiver(consent_withdrawn, dispatch_uid="privacy.consent_withdrawn")
def erase_who_withdrew(employee: Employee, **_more: Any) -> None:
    """Photos, templates and key go: a worker does it within a minute, and nobody waits for it.

    A legal hold lets them stay, unused, until it is lifted; the sweep then finds who has no consent.
    """
    try:
        erasure_request(employee=employee, cause=Erasure.Cause.WITHDRAWAL)
    except ErasureRefused as refused:
        log.warning("nothing of %s is erased: %s", employee.number, refused.message)
