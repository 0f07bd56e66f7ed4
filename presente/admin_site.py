"""The admin site: who enters follows from the role, and everybody logs in at the same door."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from employees.access import is_hr


class PresenteAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    index_title = _("Dashboard")

    def has_permission(self, request: HttpRequest) -> bool:
        """HR alone; ``is_staff`` by itself opens nothing."""
        return is_hr(request.user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """Send visitors to the one login page; somebody who is logged in and has no right is told so."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        target = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse('login')}?{urlencode({'next': target})}")
