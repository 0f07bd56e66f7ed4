"""Which people on a page have a portrait to show, and that somebody looked at them.

The audit trail gets one line for a page, not one for each picture: fifty lines for one look at a list would bury the
looks that somebody meant. The line names everybody whose portrait was shown and had not been shown to the same user
within ``SEEN_SECONDS``; a list that is refreshed every ten seconds makes no further one. Who was shown lies in the
cache: while that is away each picture makes a line of its own, so that no look is lost.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse

from common import audit
from employees.access import visible_employees
from employees.models import Employee, Portrait, User

ACT, ONE = "portraits.read", "face.read"
SEEN_SECONDS = 3600
MOST_NAMED = 500
"""With more people on a page, which of all have a portrait is read whole, and sorted out here."""


def portraits_show(request: HttpRequest, people: Iterable[Employee]) -> dict[int, str]:
    """Who of them has a portrait that this user may see, by their keys: one statement, however many people there are.

    With each goes the number of today, under which the picture is had: a page of a locked period has that of then. They
    are kept with the request, for the tag ``{% portrait %}``, and the look is recorded.
    """
    shown: dict[int, str] = request.__dict__.setdefault("portraits", {})
    wanted = {one.pk for one in people}
    if wanted:
        found = Portrait.objects.filter(employee__in=visible_employees(request.user).order_by().values("pk"))
        if len(wanted) <= MOST_NAMED:
            found = found.filter(employee__in=wanted)
        rows = {key: number for key, number in found.values_list("employee_id", "employee__number") if key in wanted}
        shown |= rows
        _record(request, rows)
    return shown


def portrait_address(number: str, *, large: bool = False) -> str:
    """Where a portrait is had."""
    return reverse("portrait", args=[number, Portrait.SIZES[large]])


def portrait_look(user: User, employee: Employee) -> None:
    """One portrait is handed out: recorded, unless the line of the page that shows it names the person already."""
    if cache.get(_name(user, employee.pk)) is None:
        audit.record(ONE, subject=employee.number, object="portrait")


def _record(request: HttpRequest, people: dict[int, str]) -> None:
    user = request.user
    if not people or not isinstance(user, User):
        return
    names = {_name(user, key): number for key, number in people.items()}
    known = cache.get_many(list(names))
    fresh = {name: number for name, number in names.items() if name not in known}
    if not fresh:
        return
    numbers = sorted(fresh.values())
    # Spaces on both sides, so that one number is found among them.
    details = {"people": f" {' '.join(numbers)} "} if len(numbers) > 1 else {}
    subject = "" if details else numbers[0]
    audit.record(ACT, subject=subject, object=request.path[:120], details=details)
    cache.set_many(dict.fromkeys(fresh, 1), SEEN_SECONDS)


def _name(user: User, key: int) -> str:
    return f"portrait-shown:{user.pk}:{key}"
