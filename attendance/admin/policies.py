"""HR's pages about how time is counted: policies, holidays, kinds of absence, where people belonged."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget

from attendance.admin.forms import WEEKDAYS
from attendance.admin.rows import HoursField, RowsField
from attendance.models import AbsenceType, CompanyHoliday, Posting, WorkPolicy
from attendance.rules.policy import Scope

SCOPES = [
    ("", "–"), (Scope.DAY, _("of a day")), (Scope.WEEK, _("of a week")), (Scope.PERIOD, _("of a payroll period")),
    (Scope.WEEKEND, _("on a weekend")), (Scope.HOLIDAY, _("on a holiday")),
    (Scope.SEVENTH_DAY, _("on the seventh day in a row")),
]  # fmt: skip


class WorkPolicyForm(forms.ModelForm[WorkPolicy]):
    breaks = RowsField(
        label=_("Automatic breaks"),
        help_text=_("Who works longer than this is taken to have had a break so long. An empty line is left out."),
        cells={"after": HoursField(label=_("After hours of work")), "length": HoursField(label=_("Break"))},
    )
    overtime = RowsField(
        label=_("Overtime"),
        help_text=_("Work beyond these hours is paid at so many per cent of the wage."),
        cells={
            "scope": forms.ChoiceField(label=_("Work"), choices=SCOPES),
            "after": HoursField(label=_("Beyond hours")),
            "tier": forms.IntegerField(label=_("Per cent"), min_value=100, max_value=1000),
        },
    )
    week_start = forms.TypedChoiceField(
        label=_("Week begins on"), choices=WEEKDAYS, coerce=int, initial=0, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = WorkPolicy
        fields = (
            "name", "department", "valid_from", "breaks", "paid_break_minutes", "round_in_minutes", "round_in",
            "round_out_minutes", "round_out", "count_before", "count_after", "overtime", "approve_overtime",
            "week_start", "night_from", "night_to", "rest_minutes", "holiday_country", "holiday_region",
            "day_ends_at", "undirected", "missing_out_mail",
        )  # fmt: skip


@admin.register(WorkPolicy)
class WorkPolicyAdmin(ModelAdmin):
    """A change is a new policy from a date, so that what was counted before stays as it was."""

    form = WorkPolicyForm
    list_display = ("name", "department", "valid_from", "holiday_country", "holiday_region")
    list_filter = ("department",)
    search_fields = ("name",)
    fieldsets = (
        (None, {
            "fields": (("name", "department"), "valid_from"),
            "description": _(
                "To change the rules, add a policy from the day of the change: earlier days stay as they are."
            ),
        }),
        (_("Breaks and rounding"), {
            "fields": (
                "breaks", "paid_break_minutes", ("round_in_minutes", "round_in"), ("round_out_minutes", "round_out"),
                ("count_before", "count_after"),
            ),
        }),
        (_("Overtime, night, rest"), {
            "fields": ("overtime", "approve_overtime", "week_start", ("night_from", "night_to"), "rest_minutes"),
        }),
        (_("Days"), {
            "fields": (("holiday_country", "holiday_region"), "day_ends_at", "undirected", "missing_out_mail"),
        }),
    )  # fmt: skip


@admin.register(CompanyHoliday)
class CompanyHolidayAdmin(ModelAdmin):
    list_display = ("day", "name", "department", "worked")
    list_filter = ("department",)
    search_fields = ("name",)
    date_hierarchy = "day"


@admin.register(AbsenceType)
class AbsenceTypeAdmin(ModelAdmin):
    list_display = ("name", "code", "paid")
    search_fields = ("name", "code")
    prepopulated_fields = {"code": ("name",)}


@admin.register(Posting)
class PostingAdmin(ModelAdmin):
    """Kept by itself when a person's department or zone changes; here for a change whose date was another."""

    list_display = ("employee", "valid_from", "department", "time_zone")
    search_fields = ("employee__number", "employee__first_name", "employee__last_name")
    autocomplete_fields = ("employee",)
    list_select_related = ("employee", "department")
