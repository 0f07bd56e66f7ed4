"""HR's page for choosing how often a stranger may pass, from which the threshold follows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from employees.models import User
from recognition.admin.evidence import EvidenceAdmin
from recognition.models import OperatingPoint
from recognition.selectors.operating_point import STEPS, operating_page
from recognition.services.operating import OperatingError, curve_request, point_choose

PAGE = "admin:recognition_operatingpoint_changelist"


@admin.register(OperatingPoint)
class OperatingPointAdmin(EvidenceAdmin):
    """One page in the place of a list: the trade-off, what is chosen, and who chose what before."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the page; POST ``use`` and ``step`` chooses, POST ``measure`` asks for a measurement."""
        if request.method == "POST" and isinstance(request.user, User):
            return self._measure(request) if "measure" in request.POST else self._choose(request, request.user)
        context = {**self.admin_site.each_context(request), "title": _("Recognition strictness"), **operating_page()}
        context["may_change"] = request.user.has_perm("recognition.change_operatingpoint")
        return TemplateResponse(request, "admin/operating_point.html", context)

    def _choose(self, request: HttpRequest, user: User) -> HttpResponse:
        chosen = request.POST.get("step", "")
        try:
            target = STEPS[int(chosen)] if len(chosen) < 4 and chosen.isdecimal() and int(chosen) < len(STEPS) else 0.0
            point = point_choose(
                use=request.POST.get("use", ""), target=target, by=user, reason=request.POST.get("reason", "")
            )
        except OperatingError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("%(use)s: chosen. It counts from now on.") % {"use": point.get_use_display()})
        return redirect(PAGE)

    def _measure(self, request: HttpRequest) -> HttpResponse:
        if curve_request() is None:
            messages.error(request, _("No model is active yet: run `manage.py build_models`."))
        else:
            messages.success(request, _("It is being measured; this page shows the result in a moment."))
        return redirect(PAGE)
