"""HR's pages about how time is counted: policies, holidays, kinds of absence, where people belonged."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
)

from attendance.admin.forms import WEEKDAYS, UsualNumbers
from attendance.admin.rows import FlagField, HoursField, RowsField
from attendance.models import AbsenceType, CompanyHoliday, WorkPolicy
from attendance.models.policies import rest_days, weekend_days
from attendance.refusals import AttendanceRefused
from attendance.rules.holiday_calendar import HolidayRegionError, public_holidays
from attendance.rules.packs import packs
from attendance.rules.policy import Counted, Over, Scope
from attendance.services.policies import policy_from_pack
from common.company import company
from common.places import Ruled, by_country
from employees.admin.base import SaysWhatChanges
from employees.models import Department, Site

SCOPES = [
    ("", "–"),
    (Scope.DAY, _("of a day")),
    (Scope.WEEK, _("of a week")),
    (Scope.PERIOD, _("of a payroll period")),
    (Scope.WEEKEND, _("on a weekend")),
    (Scope.SUNDAY, _("on a Sunday")),
    (Scope.REST_DAY, _("on a day of rest")),
    (Scope.HOLIDAY, _("on a holiday")),
    (Scope.NIGHT, _("of the night")),
    (Scope.SEVENTH_DAY, _("on the seventh day in a row")),
]
OVER = [("", "–"), (Over.DAY, _("a day")), (Over.WEEK, _("a week")), (Over.YEAR, _("a year"))]
COUNTED = [
    ("", "–"),
    (Counted.WORKED, _("Worked")),
    (Counted.NIGHT, _("Night")),
    (Counted.HOLIDAY, _("On holidays")),
    (Counted.SUNDAY, _("On Sundays")),
    (Counted.ON_CALL, _("On call")),
    (Counted.CALL_OUT, _("Called out")),
]


class Weekdays(forms.TypedMultipleChoiceField):
    """Some days of the week, none as well."""

    def __init__(self, **given: Any) -> None:
        super().__init__(
            choices=WEEKDAYS, coerce=int, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget, **given
        )


class WorkPolicyForm(UsualNumbers):
    usual = (
        "short_break_minutes",
        "longest_break_minutes",
        "tolerance_punch_minutes",
        "tolerance_day_minutes",
        "night_hour_seconds",
        "weekly_rest_minutes",
        "longest_day_minutes",
        "longest_week_minutes",
        "average_weeks",
        "average_minutes",
        "longest_minutes",
        "longest_planned_minutes",
    )
    breaks = RowsField(
        label=_("Automatic breaks"),
        help_text=_("Who works longer than this is taken to have had a break so long. An empty line is left out."),
        cells={
            "after": HoursField(label=_("After hours of work")),
            "length": HoursField(label=_("Break")),
            "minimum": HoursField(label=_("Only breaks of at least"), required=False),
            "deadline": HoursField(label=_("To begin within"), required=False),
            "deducts": FlagField(label=_("What lacks"), usual=_("is deducted"), other=_("is only shown"), value=False),
        },
    )
    overtime = RowsField(
        label=_("Overtime"),
        help_text=_(
            "Work beyond these hours is paid at so many per cent of the wage. A tier may hold for the first hours of a "
            "week only, and what is paid beside is added to whatever else the hours are paid."
        ),
        cells={
            "scope": forms.ChoiceField(label=_("Work"), choices=SCOPES),
            "after": HoursField(label=_("Beyond hours")),
            "contract": FlagField(label=_("Counted from"), usual=_("nothing"), other=_("the contract")),
            "tier": forms.IntegerField(label=_("Per cent"), min_value=1, max_value=1000),
            "beside": FlagField(label=_("Paid"), usual=_("as a tier"), other=_("beside")),
            "limit": HoursField(label=_("First hours of a week"), required=False),
            "beyond": forms.IntegerField(label=_("Then per cent"), min_value=100, max_value=1000, required=False),
        },
    )
    caps = RowsField(
        label=_("Caps on overtime"),
        help_text=_("More is counted all the same, and shown."),
        cells={
            "over": forms.ChoiceField(label=_("In"), choices=OVER),
            "most": HoursField(label=_("Hours at most")),
        },
    )
    allowances = RowsField(
        label=_("Allowances"),
        help_text=_("One for each day with at least so many hours, or one for each full so many hours."),
        cells={
            "code": forms.CharField(label=_("Code"), max_length=40),
            "figure": forms.ChoiceField(label=_("Hours"), choices=COUNTED),
            "least": HoursField(label=_("At least"), required=False),
            "per": HoursField(label=_("For each"), required=False),
        },
    )
    week_start = forms.TypedChoiceField(
        label=_("Week begins on"), choices=WEEKDAYS, coerce=int, initial=0, widget=UnfoldAdminSelectWidget
    )
    weekend = Weekdays(label=_("Weekend"), initial=weekend_days)
    rest_days = Weekdays(label=_("Days of rest"), initial=rest_days)

    class Meta:
        model = WorkPolicy
        fields = (
            "name",
            "department",
            "contract",
            "employee",
            "valid_from",
            "breaks",
            "paid_break_minutes",
            "short_break_minutes",
            "longest_break_minutes",
            "round_in_minutes",
            "round_in",
            "round_out_minutes",
            "round_out",
            "tolerance_punch_minutes",
            "tolerance_day_minutes",
            "count_before",
            "count_after",
            "overtime",
            "approve_overtime",
            "week_start",
            "weekend",
            "rest_days",
            "rest_by_pattern",
            "night_from",
            "night_to",
            "night_hour_seconds",
            "rest_minutes",
            "weekly_rest_minutes",
            "longest_day_minutes",
            "longest_week_minutes",
            "caps",
            "average_weeks",
            "average_minutes",
            "allowances",
            "holiday_country",
            "holiday_region",
            "day_ends_at",
            "undirected",
            "longest_minutes",
            "longest_planned_minutes",
            "missing_out_mail",
        )


def usual_pack(found: Iterable[Ruled]) -> dict[str, Any]:
    """What a choice of a country's rules begins with: those of the company's country, from this year on."""
    own = [one for one in found if one.country == company().country]
    first = next((one.code for one in own if not getattr(one, "region", "")), None)
    return {"code": first, "valid_from": timezone.localdate().replace(month=1, day=1)}


class FromPackForm(forms.Form):
    """Which country's rules, from when, for whom."""

    code = forms.ChoiceField(
        label=_("Rules of"),
        widget=UnfoldAdminSelectWidget,
        choices=lambda: [(one.code, name) for name, one in by_country(packs().values())],
    )
    valid_from = forms.DateField(label=_("From"), widget=UnfoldAdminSingleDateWidget)
    department = forms.ModelChoiceField(
        label=_("Department"),
        queryset=Department.objects.all(),
        required=False,
        widget=UnfoldAdminSelectWidget,
        empty_label=_("Every department without a policy of its own"),
    )


@admin.register(WorkPolicy)
class WorkPolicyAdmin(SaysWhatChanges):
    """A change is a new policy from a date, so that what was counted before stays as it was."""

    form = WorkPolicyForm
    list_display = ("name", "department", "contract", "employee", "valid_from", "holiday_country", "holiday_region")
    list_filter = ("department", "contract")
    autocomplete_fields = ("employee",)
    search_fields = ("name",)
    actions_list = ("from_pack",)
    fieldsets = (
        (
            None,
            {
                "fields": (("name", "valid_from"), ("department", "contract", "employee")),
                "description": _(
                    "To change the rules, add a policy from the day of the change: earlier days stay as they are."
                ),
            },
        ),
        (
            _("Breaks and rounding"),
            {
                "fields": (
                    "breaks",
                    ("paid_break_minutes", "short_break_minutes", "longest_break_minutes"),
                    ("round_in_minutes", "round_in"),
                    ("round_out_minutes", "round_out"),
                    ("tolerance_punch_minutes", "tolerance_day_minutes"),
                    ("count_before", "count_after"),
                ),
            },
        ),
        (
            _("Overtime and night"),
            {
                "fields": (
                    "overtime",
                    "approve_overtime",
                    ("night_from", "night_to", "night_hour_seconds"),
                    "week_start",
                    "weekend",
                    "rest_days",
                    "rest_by_pattern",
                ),
            },
        ),
        (
            _("Limits and allowances"),
            {
                "fields": (
                    ("rest_minutes", "weekly_rest_minutes"),
                    ("longest_day_minutes", "longest_week_minutes"),
                    "caps",
                    ("average_weeks", "average_minutes"),
                    "allowances",
                ),
            },
        ),
        (
            _("Days"),
            {
                "fields": (
                    ("holiday_country", "holiday_region"),
                    "day_ends_at",
                    "undirected",
                    ("longest_minutes", "longest_planned_minutes"),
                    "missing_out_mail",
                ),
            },
        ),
    )

    def has_from_pack_permission(self, request: HttpRequest) -> bool:
        """Whoever may add a policy."""
        return bool(self.has_add_permission(request))

    @action(description=_("New: from a country's rules"), url_path="from-pack", permissions=["from_pack"])
    def from_pack(self, request: HttpRequest) -> HttpResponse:
        """Show what the packs say and where it is written, and make a policy of one."""
        form = FromPackForm(request.POST or None, initial=usual_pack(packs().values()))
        if form.is_valid():
            try:
                made = policy_from_pack(**form.cleaned_data)
            except AttendanceRefused as refused:
                form.add_error(None, refused.message)
            else:
                messages.success(
                    request,
                    gettext("Made: %(name)s. Check each line, and change what your contracts say.") % {"name": made},
                )
                return redirect("admin:attendance_workpolicy_change", made.pk)
        context = {
            **admin.site.each_context(request),
            "title": gettext("A policy from a country's rules"),
            "form": form,
            "packs": by_country(packs().values()),
            "back": reverse("admin:attendance_workpolicy_changelist"),
        }
        return TemplateResponse(request, "admin/policy_packs.html", context)


@admin.register(CompanyHoliday)
class CompanyHolidayAdmin(SaysWhatChanges):
    list_display = ("day", "name", "half", "department", "site", "premium", "worked")
    list_filter = ("department", "site")
    search_fields = ("name",)
    date_hierarchy = "day"


@admin.register(AbsenceType)
class AbsenceTypeAdmin(ModelAdmin):
    list_display = ("name", "code", "paid", "interrupts")
    search_fields = ("name", "code")
    prepopulated_fields = {"code": ("name",)}


class SiteForm(forms.ModelForm[Site]):
    class Meta:
        model = Site
        fields = ("name", "holiday_country", "holiday_region")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        try:
            public_holidays(data.get("holiday_country", ""), data.get("holiday_region", ""), 2026)
        except HolidayRegionError:
            self.add_error("holiday_region", gettext("These public holidays are not known."))
        return data


@admin.register(Site)
class SiteAdmin(ModelAdmin):
    form = SiteForm
    list_display = ("name", "holiday_country", "holiday_region")
    search_fields = ("name",)
