"""The doors' pages: how they stand, opening by hand, the emergency, and who is inside."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from doors.selectors import doors_now, doors_of, roll_call
from doors.services import DoorRefused, door_open_by_hand, doors_release, doors_secure, opens_any
from employees.access import login_needed
from employees.models import User
from employees.portraits import portraits_show

LIVE_SECONDS = 3


@require_safe
@login_needed
@never_cache
def doors(request: HttpRequest) -> HttpResponse:
    """The doors that the viewer may open; kept current by ``doors_live``."""
    return render(request, "doors/doors.html", {**_context(_opener(request)), "live_seconds": LIVE_SECONDS})


@require_safe
@login_needed
@never_cache
def doors_live(request: HttpRequest) -> HttpResponse:
    """The list alone."""
    return render(request, "doors/_doors.html", _context(_opener(request)))


@require_POST
@login_needed
def open_door(request: HttpRequest, door: UUID) -> HttpResponse:
    """Open one door for a moment."""
    user = _opener(request)
    found = get_object_or_404(doors_of(user), pk=door)
    try:
        event = door_open_by_hand(door=found, by=user, note=request.POST.get("note", ""))
    except DoorRefused as refused:
        messages.error(request, refused.message)
    else:
        pulse = event.pulse
        pulse.refresh_from_db()
        if pulse.error:
            messages.error(request, _("%(door)s did not open. %(error)s") % {"door": found, "error": pulse.error})
        else:
            messages.success(request, _("%(door)s is open.") % {"door": found})
    return redirect("doors")


@require_POST
@login_needed
def release(request: HttpRequest) -> HttpResponse:
    """Hold every door open."""
    failed = doors_release(by=_opener(request), note=request.POST.get("note", ""))
    _tell(request, failed, _("Every door is held open."))
    return redirect("roll_call")


@require_POST
@login_needed
def secure(request: HttpRequest) -> HttpResponse:
    """Give the doors back to their locks."""
    failed = doors_secure(by=_opener(request), note=request.POST.get("note", ""))
    _tell(request, failed, _("Every door is locked again."))
    return redirect("doors")


@require_safe
@login_needed
@never_cache
def roll_call_view(request: HttpRequest) -> HttpResponse:
    """Who is inside now, to print and tick off."""
    _opener(request)
    people = roll_call()
    portraits_show(request, [one.employee for one in people])
    return render(request, "doors/roll_call.html", {"people": people, "now": timezone.now()})


def _opener(request: HttpRequest) -> User:
    """The viewer, who must be allowed to open at least one door; raises PermissionDenied."""
    if not isinstance(request.user, User) or not opens_any(request.user):
        raise PermissionDenied
    return request.user


def _context(user: User) -> dict[str, Any]:
    found = doors_now(user)
    return {"doors": found, "released": any(one.state == "released" for one in found)}


def _tell(request: HttpRequest, failed: dict[Any, str], done: str) -> None:
    if not failed:
        messages.success(request, done)
    for door, why in failed.items():
        messages.error(request, _("%(door)s did not answer: %(why)s Go there.") % {"door": door, "why": why})
