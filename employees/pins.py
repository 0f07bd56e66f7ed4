"""Which PINs are too easily guessed, and how often one may be tried: one count for each number, over every way in.

The count is a row named by the number that was typed, whether somebody has that number or not, so that the answers tell
nobody which numbers exist. It stops the PIN alone: the face and the badge of the person go on working.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.models import Employee, PinTries

LONGEST = 8
ATTEMPTS = 5
"""Wrong ones in a row before the first wait."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=1)
"""Each further wrong one doubles the wait. An end to it, so that a stranger's guessing keeps nobody out for long."""
FORGOTTEN = timedelta(days=1)
"""After so long without a wrong one the count begins anew."""
NUMBER, NO_NUMBER = re.compile(r"[A-Za-z0-9._-]{1,40}"), "?"
"""What a number can be; whatever else is typed is counted together, and not as what counts a login's second step."""
_COMMON = """
100200 101112 102030 123321 123456 123654 142536 147258 147852 147896 159357 159753 159951 258456 258852 321654 357159
369258 456123 456789 520131 654123 741852 753159 789456 852456 951753 963852 987456
"""
COMMON = frozenset(_COMMON.split())
"""Patterns of the keypad, and what published lists of PINs begin with."""
_YEAR = re.compile(r"(?:19[3-9]|20[0-4])\d")


@dataclass(frozen=True, slots=True)
class Guessed:
    """A number whose PIN cannot be used for now; ``employee`` is None where nobody has it."""

    number: str
    employee: Employee | None
    failures: int
    until: datetime


def pin_fault(pin: str, *, number: str = "") -> tuple[str, str] | None:
    """Why this PIN is not taken, as a code and a sentence; None for a good one."""
    if not (pin.isascii() and pin.isdigit() and settings.PIN_DIGITS <= len(pin) <= LONGEST):
        return "pin_format", pin_rule()
    if is_guessable(pin) or pin == number:
        return "pin_guessable", _(
            "This PIN is easily guessed. Take one without a row, a repetition, a year or the employee's number."
        )
    return None


def pin_random(*, number: str = "") -> str:
    """A PIN of the fewest digits that nobody can guess and ``pin_fault`` takes."""
    while True:
        found = f"{secrets.randbelow(10**settings.PIN_DIGITS):0{settings.PIN_DIGITS}d}"
        if pin_fault(found, number=number) is None:
            return found


def pin_rule() -> str:
    """How long a PIN is, in words."""
    if settings.PIN_DIGITS == LONGEST:
        return _("A PIN has %(least)d digits.") % {"least": LONGEST}
    return _("A PIN has %(least)d to %(most)d digits.") % {"least": settings.PIN_DIGITS, "most": LONGEST}


def is_guessable(pin: str) -> bool:
    """Two different digits or fewer, equal steps, a repeated part, a year at an end, or one of the common ones."""
    digits = [int(digit) for digit in pin]
    steps = {(after - before) % 10 for before, after in pairwise(digits)}
    halves = {(after - before) % 10 for before, after in pairwise(digits[::2])}
    doubled = digits[::2] == digits[1::2] and len(halves) == 1
    repeated = any(pin == pin[:size] * (len(pin) // size) for size in range(1, len(pin) // 2 + 1))
    year = len(pin) >= 4 and bool(_YEAR.fullmatch(pin[:4]) or _YEAR.fullmatch(pin[-4:]))
    return len(set(digits)) < 3 or len(steps) == 1 or doubled or repeated or year or pin in COMMON


def try_take(*, number: str) -> datetime | None:
    """Count one more try for this number before it is checked; until when none is taken, where it is too many.

    Taken first and given back by ``tries_forget`` when the PIN was right: whoever tries at once, at whichever kiosk,
    has no more tries together than one after the other.
    """
    now = timezone.now()
    with transaction.atomic():
        PinTries.objects.get_or_create(number=number)
        row = PinTries.objects.select_for_update().get(number=number)
        if row.until is not None and row.until > now:
            return row.until
        if row.last_at < now - FORGOTTEN:
            row.failures = 0
        row.failures, row.last_at = row.failures + 1, now
        over = row.failures - ATTEMPTS
        row.until = now + min(FIRST_WAIT * 2 ** min(over, 10), LONGEST_WAIT) if over >= 0 else None
        row.save()
    return None


def tries_forget(*, number: str) -> None:
    """The PIN was right, or HR lets the person try again."""
    PinTries.objects.filter(number=number).delete()


def tries_sweep() -> int:
    """Delete the counts that would begin anew anyhow; how many went."""
    return PinTries.objects.filter(last_at__lt=timezone.now() - FORGOTTEN).delete()[0]


def pins_guessed() -> list[Guessed]:
    """The numbers whose PIN is refused now for too many wrong ones, the most tried first."""
    rows = list(
        PinTries.objects.filter(until__gt=timezone.now())
        .exclude(number__startswith="second:")
        .order_by("-failures", "number")[:20]
    )
    people = {person.number: person for person in Employee.objects.filter(number__in=[row.number for row in rows])}
    return [Guessed(row.number, people.get(row.number), row.failures, row.until) for row in rows if row.until]
