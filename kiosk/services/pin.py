"""The way without a face: number and PIN, or a badge, at a kiosk that takes only so many wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import Kiosk
from employees.models import Employee
from employees.services import badge_read, pin_check
from kiosk.errors import KioskError

T = TypeVar("T")
FAILURES = 20
WINDOW = timedelta(minutes=5)


def kiosk_pin_check(*, kiosk: Kiosk, number: str, pin: str) -> Employee:
    """The employee with this number and PIN; after 20 failures in 5 minutes the kiosk takes none until they are over.

    Raises ``EmployeeError`` (``pin_wrong``, ``pin_locked``) and ``KioskError`` (``pin_throttled``).
    """
    return _counted(kiosk, lambda: pin_check(number=number.strip(), pin=pin))


def kiosk_badge_check(*, kiosk: Kiosk, code: str) -> Employee:
    """Whose badge this is; wrong ones count as wrong PINs do.

    Raises ``EmployeeError`` (``badge_unknown``) and ``KioskError`` (``pin_throttled``).
    """
    return _counted(kiosk, lambda: badge_read(code=code))


def kiosk_pin_allow(*, kiosk: Kiosk) -> None:
    """HR's way back: the kiosk takes PINs again at once."""
    Kiosk.objects.filter(pk=kiosk.pk).update(pin_failures=0, pin_window_at=None)


def _counted(kiosk: Kiosk, check: Callable[[], T]) -> T:
    """Take one of the window's attempts, and give it back when the check succeeds.

    Each step is one UPDATE of the kiosk's row: however many processes ask at once, the window has no more attempts.
    """
    now = timezone.now()
    row = Kiosk.objects.filter(pk=kiosk.pk)
    row.filter(Q(pin_window_at=None) | Q(pin_window_at__lte=now - WINDOW)).update(pin_failures=0, pin_window_at=now)
    if not row.filter(pin_failures__lt=FAILURES).update(pin_failures=F("pin_failures") + 1):
        raise KioskError(
            "pin_throttled",
            _("Too many wrong PINs at this kiosk. Wait %(minutes)d minutes, or ask HR.")
            % {"minutes": WINDOW.total_seconds() // 60},
            retry_after=int(WINDOW.total_seconds()),
        )
    answer = check()
    row.filter(pin_failures__gt=0).update(pin_failures=F("pin_failures") - 1)
    return answer
