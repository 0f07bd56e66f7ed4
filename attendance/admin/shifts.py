"""HR's pages about shifts and who works them."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from attendance.admin.forms import WEEKDAYS, AssignmentForm, ShiftForm
from attendance.models import Shift, ShiftAssignment
from attendance.services.assigning import standing_end
from employees.admin.base import FindingAdmin, ImportsFiles, OpenWhereWrong, SaysWhatChanges


@admin.register(Shift)
class ShiftAdmin(OpenWhereWrong, ImportsFiles, SaysWhatChanges, ModelAdmin):
    class Media:
        js = ("js/shift_form.js",)

    import_kind = "shifts"
    form = ShiftForm
    list_display = ("name", "hours", "days", "grace_minutes", "people")
    search_fields = ("name",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "kind",
                    ("starts_at", "ends_at"),
                    ("resumes_at", "finishes_at"),
                    "weekdays",
                    ("grace_minutes", "grace_out_minutes"),
                ),
            },
        ),
        (
            _("Flexible, open, on call"),
            {
                "classes": ["collapse"],
                "fields": (
                    ("core_starts_at", "core_ends_at"),
                    ("target_minutes", "pause_minutes"),
                    ("bounds", "call_out_minutes"),
                ),
            },
        ),
        (
            _("Limits"),
            {
                "classes": ["collapse"],
                "fields": (("earliest_minutes", "latest_minutes"), "works_holidays"),
            },
        ),
    )

    def needs(self, form: Any) -> set[str]:
        """What fixed and split hours leave empty."""
        kind = form.data.get("kind") or form.initial.get("kind") or Shift.Kind.FIXED
        return set() if kind in (Shift.Kind.FIXED, Shift.Kind.SPLIT) else {"target_minutes"}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shift]:
        rows: QuerySet[Shift] = super().get_queryset(request)
        return rows.annotate(people_count=Count("assignments__employee", distinct=True))

    @display(description=_("hours"), ordering="starts_at")
    def hours(self, obj: Shift) -> str:
        return obj.hours or "–"

    @display(description=_("weekdays"))
    def days(self, obj: Shift) -> str:
        return ", ".join(str(name)[:3] for number, name in WEEKDAYS if number in obj.weekdays) or "–"

    @display(description=_("people"), ordering="people_count")
    def people(self, obj: Any) -> int:
        return int(obj.people_count)


@admin.register(ShiftAssignment)
class ShiftAssignmentAdmin(OpenWhereWrong, ImportsFiles, SaysWhatChanges, FindingAdmin):
    form = AssignmentForm
    import_kind = "assignments"
    list_display = ("employee", "shift", "valid_from", "valid_to", "open_person")
    list_filter = ("shift", "employee__department")
    search_fields = ("employee__searched", "shift__name")
    autocomplete_fields = ("employee", "shift")
    list_select_related = ("employee", "shift")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What somebody is asked for who assigns a shift; rotations folded away."""
        asked: list[Any] = [("employee", "shift"), ("valid_from", "valid_to")]
        return (
            (None, {"fields": asked if obj else [*asked, "how", "sure"]}),
            (_("Advanced"), {"fields": ("pattern", ("anchor", "run_days")), "classes": ["collapse"]}),
        )

    def needs(self, form: Any) -> set[str]:
        """A pattern that there is."""
        return {"pattern"} if form.initial.get("pattern") else set()

    def save_model(self, request: HttpRequest, obj: ShiftAssignment, form: Any, change: bool) -> None:
        """End what the new one takes the place of."""
        if not change and form.cleaned_data.get("how") == "instead":
            standing_end(obj.employee, obj.valid_from, obj.valid_to)
        super().save_model(request, obj, form, change)
