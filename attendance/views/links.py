"""The page behind the link of a message: one day of one person, one missing check-out, once. Nobody logs in."""

from __future__ import annotations

from typing import Any

from axes.helpers import get_client_ip_address
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from attendance.refusals import AttendanceRefused
from attendance.request_forms import REASON, check_out_instant, time_field
from attendance.services.links import OpenDay, link_file, link_open
from common.limits import may_try
from employees.access import has_manager

MOST_WRONG = 30
"""Links that do not work, from one address in ten minutes."""
MOST_FILED = 10
"""Attempts to file with one link in an hour."""
STATUS = {"link_unknown": 404}


class LeftForm(forms.Form):
    """When the person left, and why no check-out is known; ``at`` is then an instant after the check-in."""

    time = time_field(label=gettext_lazy("When you left"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, help_text=REASON)

    def __init__(self, data: Any, *, opened: OpenDay) -> None:
        super().__init__(data, auto_id="left-%s")
        self._opened = opened

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            opened = self._opened
            data["at"] = check_out_instant(opened.link.day, data["time"], opened.zone, came=opened.came)
        return data


@require_http_methods(["GET", "POST"])
@never_cache
def correction_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show the day's own punches, and file its missing check-out."""
    try:
        opened = link_open(token=token)
    except AttendanceRefused as refused:
        wrong = refused.code == "link_unknown"
        if wrong and not may_try(f"link:{get_client_ip_address(request)}", most=MOST_WRONG, seconds=600):
            return _page(request, {"said": _("Too many tries. Wait ten minutes.")}, 429)
        return _page(request, {"said": refused.message}, STATUS.get(refused.code, 410))
    form = LeftForm(request.POST or None, opened=opened)
    if request.method == "POST":
        if not may_try(f"link:{opened.link.pk}", most=MOST_FILED, seconds=3600):
            return _page(request, {"said": _("Too many tries. Wait an hour, or log in.")}, 429)
        if form.is_valid():
            try:
                link_file(token=token, at=form.cleaned_data["at"], reason=form.cleaned_data["reason"])
            except AttendanceRefused as refused:
                form.add_error(None, refused.message)
            else:
                with_manager = _("Thank you. Your manager decides about it.")
                said = with_manager if has_manager(opened.link.employee) else _("Thank you. HR decides about it.")
                return _page(request, {"said": said, "done": True}, 200)
    return _page(request, {"opened": opened, "form": form}, 400 if form.errors else 200)


def _page(request: HttpRequest, context: dict[str, Any], status: int) -> HttpResponse:
    response = render(request, "attendance/link.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
