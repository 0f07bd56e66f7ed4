"""HR's page about payroll's file layouts."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from employees.access import is_hr
from employees.admin import confirm
from reporting.models import PayrollColumn, PayrollLayout
from reporting.services.payroll import payroll_layout_from_preset


class ColumnInline(TabularInline):
    model = PayrollColumn
    fields = ("position", "title", "source", "unit", "tier", "code", "width", "text")
    extra = 1

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A row begins with nothing chosen: else a browser sends the first choice, and the row is a column."""
        empty = db_field.blank or not db_field.has_default()
        kwargs["choices"] = db_field.get_choices(include_blank=empty, blank_choice=[("", _("Select value"))])
        return super().formfield_for_choice_field(db_field, request, **kwargs)


@admin.register(PayrollLayout)
class PayrollLayoutAdmin(ModelAdmin):
    list_display = ("name", "shape", "column_count")
    search_fields = ("name",)
    fields = (
        "name",
        ("shape", "code_title"),
        ("separator", "decimal"),
        ("encoding", "date_format"),
        "rounding",
        "heading",
    )
    inlines = (ColumnInline,)
    actions_list = ("preset_hours", "preset_codes", "preset_days", "preset_spreadsheet")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PayrollLayout]:
        rows: QuerySet[PayrollLayout] = super().get_queryset(request)
        return rows.annotate(column_total=Count("columns"))

    def has_preset_permission(self, request: HttpRequest) -> bool:
        """HR alone."""
        return is_hr(request.user)

    @display(description=_("columns"))
    def column_count(self, obj: Any) -> int:
        return int(obj.column_total)

    @action(description=_("New: hours by person"), url_path="preset-hours", permissions=["preset"])
    def preset_hours(self, request: HttpRequest) -> HttpResponse:
        """A line for each person."""
        return self._preset(request, "hours")

    @action(description=_("New: lines by pay code"), url_path="preset-codes", permissions=["preset"])
    def preset_codes(self, request: HttpRequest) -> HttpResponse:
        """A line for each person and pay code."""
        return self._preset(request, "codes")

    @action(description=_("New: lines by day"), url_path="preset-days", permissions=["preset"])
    def preset_days(self, request: HttpRequest) -> HttpResponse:
        """A line for each person and day."""
        return self._preset(request, "days")

    @action(description=_("New: spreadsheet"), url_path="preset-spreadsheet", permissions=["preset"])
    def preset_spreadsheet(self, request: HttpRequest) -> HttpResponse:
        """For people rather than programs."""
        return self._preset(request, "spreadsheet")

    def _preset(self, request: HttpRequest, preset: str) -> HttpResponse:
        if request.method == "POST":
            made = payroll_layout_from_preset(preset=preset)
            messages.success(request, gettext("Created: %(name)s. Adapt it to your payroll program.") % {"name": made})
            return redirect("admin:reporting_payrolllayout_change", made.pk)
        return confirm(
            request,
            back=reverse("admin:reporting_payrolllayout_changelist"),
            button=gettext("Create the layout"),
            title=gettext("Create a layout from a preset?"),
            text=gettext("You can change every column, heading and pay code afterwards."),
        )
