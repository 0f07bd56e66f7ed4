"""HR's pages about how leave is counted, and what was entered by hand."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget

from attendance.admin.forms import UsualNumbers
from attendance.admin.policies import usual_pack
from attendance.admin.rows import HoursField, RowsField
from common.places import by_country
from employees.admin.base import ReadOnlyAdmin
from employees.models import Department
from leave.models import LeaveRule, LedgerEntry
from leave.models.rules import MOST_AMOUNT, MOST_YEARS
from leave.refusals import LeaveRefused
from leave.rules.packs import packs
from leave.rules.shapes import Unit
from leave.services import rules_from_pack
from leave.wording import amount_text, number_text


class ExactField(forms.DecimalField):
    """An amount, kept as it is written: ``20`` or ``2.5``."""

    def prepare_value(self, value: Any) -> Any:
        """The stored text as it is."""
        return value

    def clean(self, value: Any) -> Any:
        """Text without zeros behind the point."""
        found = super().clean(value)
        return format(found.normalize() + Decimal(0), "f") if isinstance(found, Decimal) else found


class LeaveRuleForm(UsualNumbers):
    usual = ("week_minutes", "day_minutes", "time_bank_percent", "year_month")
    steps = RowsField(
        label=_("Amount a year"),
        help_text=_("So much a year from so many completed years of service on, in the unit above; 0: from the start."),
        cells={
            "after": forms.IntegerField(label=_("After years"), min_value=0, max_value=MOST_YEARS),
            "amount": ExactField(label=_("A year"), min_value=0, max_value=MOST_AMOUNT, decimal_places=2),
        },
    )
    week_minutes = HoursField(label=_("A full week, hours"), required=False, help_text=_("Of who works full time."))
    day_minutes = HoursField(
        label=_("A day of leave, hours"),
        required=False,
        help_text=_("How much overtime makes a day, and how long a day is for who has no shifts."),
    )

    class Meta:
        model = LeaveRule
        fields = (
            "kind",
            "valid_from",
            "department",
            "employee",
            "unit",
            "grant",
            "steps",
            "year_month",
            "seniority",
            "prorata",
            "first_year",
            "rounding",
            "part_time",
            "week_minutes",
            "carry_most",
            "carry_months",
            "expires_months",
            "below",
            "leaving",
            "counts",
            "holidays_free",
            "gives_back",
            "encash_most",
            "time_bank",
            "time_bank_percent",
            "day_minutes",
        )

    def clean(self) -> dict[str, Any]:
        """Hours that were left empty are the usual ones."""
        for name in ("week_minutes", "day_minutes"):
            if self.cleaned_data.get(name) == "":
                self.cleaned_data[name] = None
        return super().clean()


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
        empty_label=_("Every department without a rule of its own"),
    )


@admin.register(LeaveRule)
class LeaveRuleAdmin(ModelAdmin):
    """A change is a new rule from a date, so that what was granted before stays as it was."""

    form = LeaveRuleForm
    list_display = ("kind", "valid_from", "department", "employee", "grant", "unit")
    list_filter = ("kind", "department")
    autocomplete_fields = ("employee",)
    search_fields = ("kind__name", "employee__number")
    actions_list = ("from_pack",)
    list_before_template = "admin/leave_rules_none.html"
    fieldsets = (
        (
            None,
            {
                "fields": (("kind", "valid_from"), ("department", "employee")),
                "description": _(
                    "To change a rule, add one from the day of the change: what was granted before stays as it is."
                ),
            },
        ),
        (
            _("Granted"),
            {
                "fields": (
                    ("unit", "grant"),
                    "steps",
                    ("year_month", "seniority"),
                    ("prorata", "first_year", "rounding"),
                    ("part_time", "week_minutes"),
                ),
            },
        ),
        (
            _("Kept"),
            {"fields": (("carry_most", "carry_months"), "expires_months", ("below", "leaving"))},
        ),
        (
            _("Taken"),
            {"fields": (("counts", "holidays_free", "gives_back"), "encash_most")},
        ),
        (
            _("From overtime"),
            {"fields": (("time_bank", "time_bank_percent"), "day_minutes")},
        ),
    )

    def has_from_pack_permission(self, request: HttpRequest) -> bool:
        """Whoever may add a rule."""
        return bool(self.has_add_permission(request))

    @action(description=_("New: from a country's rules"), url_path="from-pack", permissions=["from_pack"])
    def from_pack(self, request: HttpRequest) -> HttpResponse:
        """Show what the packs say and where it is written, and make rules of one."""
        form = FromPackForm(request.POST or None, initial=usual_pack(packs().values()))
        if form.is_valid():
            try:
                made = rules_from_pack(**form.cleaned_data)
            except LeaveRefused as refused:
                form.add_error(None, refused.message)
            else:
                said = gettext("Made: %(name)s. Check each line, and change what your contracts say.")
                messages.success(request, said % {"name": ", ".join(str(one) for one in made)})
                return redirect("admin:leave_leaverule_changelist")
        context = {
            **admin.site.each_context(request),
            "title": gettext("Leave rules of a country"),
            "form": form,
            "packs": by_country(packs().values()),
            "back": reverse("admin:leave_leaverule_changelist"),
        }
        return TemplateResponse(request, "admin/leave_packs.html", context)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    """What was entered; entering is on the person's page, where the balance is seen."""

    list_display = ("employee", "kind", "day", "entered", "amount_said", "reason", "author", "at", "open_person")
    list_filter = ("entered", "kind")
    search_fields = ("employee__number", "employee__searched", "reason")
    date_hierarchy = "day"
    fields = (
        "employee",
        "kind",
        "day",
        "entered",
        "amount_said",
        "overtime_said",
        ("first", "last"),
        "reason",
        "author",
        "at",
    )
    readonly_fields = ("amount_said", "overtime_said")

    @display(description=_("amount"))
    def amount_said(self, obj: LedgerEntry) -> str:
        """With its unit."""
        return amount_text(obj.value, obj.unit)

    @display(description=_("overtime moved"))
    def overtime_said(self, obj: LedgerEntry) -> str:
        """In hours; a minus gave it back, to be paid."""
        return "–" if obj.minutes is None else number_text(Fraction(obj.minutes, 60), Unit.HOURS)
