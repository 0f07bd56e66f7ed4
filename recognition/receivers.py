"""What recognition does when something happens to a person."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from employees import gallery_revision
from employees.models import Employee
from employees.signals import consent_withdrawn
from recognition.services.training import training_forget


@receiver(consent_withdrawn, dispatch_uid="recognition.consent_withdrawn")
def forget_who_withdrew(employee: Employee, **_more: Any) -> None:
    """No run goes on learning from this face."""
    training_forget(employee_id=employee.pk)


@receiver(pre_delete, sender=Employee, dispatch_uid="recognition.employee_deleted")
def forget_who_is_deleted(instance: Employee, **_more: Any) -> None:
    """As with a consent that is withdrawn."""
    training_forget(employee_id=instance.pk)


@receiver(post_delete, sender=Employee, dispatch_uid="recognition.employee_gone")
def leave_the_gallery(instance: Employee, **_more: Any) -> None:
    """Nobody compares with this face any more. Photos before the gallery revision, as everywhere."""
    gallery_revision.advance([instance.pk])
