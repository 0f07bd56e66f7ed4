"""The private address of a person's shifts, for a calendar program that cannot log in."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from attendance.services.calendar_links import calendar_link_open
from attendance.shift_calendar import shift_calendar


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The shifts and the leave of whoever made the address; it says nothing of punches."""
    employee = calendar_link_open(token=token)
    if employee is None:
        raise Http404
    now = timezone.now()
    content = shift_calendar(employee=employee, today=now.astimezone(employee.zone).date(), now=now)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
