"""HR's pages about how requests are approved, and where each stands."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from approvals.models import ApprovalRule, Case
from approvals.selectors import course_of
from employees.admin.base import ReadOnlyAdmin


@admin.register(ApprovalRule)
class ApprovalRuleAdmin(ModelAdmin):
    list_display = ("kind", "department", "leave_type", "more_than", "second", "remind_days", "escalate_days")
    list_filter = ("kind", "department")
    autocomplete_fields = ("person", "group")
    search_fields = ("department__name", "leave_type__name")
    fieldsets = (
        (
            None,
            {
                "fields": ("kind", ("department", "leave_type"), "more_than"),
                "description": _(
                    "Of several rules that fit, the one for a type of absence comes first, then the one for a"
                    " department, then the one with the highest limit. Without a rule one approval is enough; the"
                    " approver is reminded after 3 days, and HR after 7."
                ),
            },
        ),
        (_("Second approval"), {"fields": ("second", ("person", "group"))}),
        (_("When nobody decides"), {"fields": (("remind_days", "escalate_days"), "escalate_to")}),
    )


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    """Each request that was decided, or waits for long."""

    list_display = ("employee", "kind", "first_day", "last_day", "state", "words", "turn_at")
    list_filter = ("state", "kind")
    search_fields = ("employee__number", "employee__searched")
    list_select_related = ("employee",)
    fields = (
        "employee",
        "other",
        "kind",
        "first_day",
        "last_day",
        "state",
        "words",
        "turn_at",
        "reminded_at",
        "escalated_at",
    )
    readonly_fields = ("words",)

    @display(description=_("course"))
    def words(self, obj: Any) -> str:
        """Who has said what."""
        return course_of(obj).words or "–"
