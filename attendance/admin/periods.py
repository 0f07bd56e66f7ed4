"""HR's list of adjustments; they are made on the person's page of adjustments."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from attendance.models import Adjustment
from attendance.wording import span_text
from employees.access import is_hr
from employees.admin.base import ReadOnlyAdmin


@admin.register(Adjustment)
class AdjustmentAdmin(ReadOnlyAdmin):
    list_display = ("employee", "about_day", "time", "tier", "day", "reason", "author", "open_person")
    list_filter = ("employee__department", "author")
    search_fields = ("employee__searched", "reason")
    list_select_related = ("employee", "author")
    actions_row = ("adjust",)
    actions_list = ("closing",)
    fields = ("employee", ("about_day", "day"), ("time", "tier"), "reason", "author", "created_at")
    readonly_fields = ("time",)

    @display(description=_("Time"), ordering="seconds")
    def time(self, obj: Adjustment) -> str:
        return span_text(obj.seconds)

    def has_adjust_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Whoever pays."""
        return is_hr(request.user)

    @action(description=_("Adjust"), url_path="adjust", icon="edit", permissions=["adjust"])
    def adjust(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Another one for the same person."""
        return redirect("attendance_adjust", get_object_or_404(Adjustment, pk=object_id).employee.number)

    def has_closing_permission(self, request: HttpRequest) -> bool:
        """HR closes periods."""
        return is_hr(request.user)

    @action(description=_("Close a period"), url_path="closing", icon="lock", permissions=["closing"])
    def closing(self, request: HttpRequest) -> HttpResponse:
        """The periods, whose pages propose adjustments."""
        return redirect("attendance_periods")
