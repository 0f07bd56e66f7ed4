"""The private address of a person's shifts."""

from __future__ import annotations

import hashlib
import secrets

from django.utils import timezone

from attendance.models import CalendarLink
from employees.models import Employee


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
    if link is None or link.employee.has_left:
        return None
    CalendarLink.objects.filter(pk=link.pk).update(read_at=timezone.now())
    return link.employee


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
