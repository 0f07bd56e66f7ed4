"""HR gives many people their PINs: random ones, shown once on slips to print, and kept nowhere but as hashes."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from employees.access import hr_required
from employees.fresh import fresh_required
from employees.mail import language_of
from employees.models import Employee
from employees.pins import pin_random
from employees.services import pin_hash, pin_set

CHOSEN = "pin_people"
"""Where the admin's list leaves the keys of the people who were selected."""
MOST = 200
"""PINs at once: each hash takes a tenth of a second on purpose."""
LIST = "admin:employees_employee_changelist"


@dataclass(frozen=True, slots=True)
class PinSlip:
    """What is printed for one person."""

    employee: Employee
    language: str
    pin: str


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@hr_required
@fresh_required
def pins_give(request: HttpRequest) -> HttpResponse:
    """Show who would get a PIN and who has one; then give them, and show the slips to print."""
    chosen = _chosen(request)
    without = [one for one in chosen if not one.pin_hash]
    context = {"without": without, "having": len(chosen) - len(without)}
    if request.method != "POST":
        return render(request, "presente/pins.html", context)
    wanted = chosen if request.POST.get("replace") == "yes" else without
    slips = [PinSlip(one, language_of(one), pin_random(number=one.number)) for one in wanted]
    hashed = [pin_hash(slip.pin) for slip in slips]
    with transaction.atomic():
        for slip, digest in zip(slips, hashed, strict=True):
            pin_set(employee=slip.employee, pin=slip.pin, hashed=digest)
    request.session.pop(CHOSEN, None)
    return render(request, "presente/pin_slips.html", {"slips": slips}) if slips else redirect(LIST)


def _chosen(request: HttpRequest) -> list[Employee]:
    """Those selected in the admin's list who may still come to work."""
    people = Employee.objects.active().filter(pk__in=request.session.get(CHOSEN, [])[:MOST])
    return list(people.prefetch_related("employment"))
