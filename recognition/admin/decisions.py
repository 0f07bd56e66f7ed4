"""What was recognised, to read."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from recognition import wording
from recognition.admin.evidence import EvidenceAdmin
from recognition.models import Decision


@admin.register(Decision)
class DecisionAdmin(EvidenceAdmin):
    list_display = ("at", "outcome_label", "employee", "certainty", "liveness_label", "asker", "total", "version")
    list_filter = ("outcome", "liveness", "asker", "version")
    search_fields = ("employee__number", "employee__first_name", "employee__last_name", "asker_id", "id")
    list_select_related = ("employee",)
    date_hierarchy = "at"
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("at", "outcome", "employee", "reason", "version")}),
        (_("Evidence"), {"fields": (
            ("certainty", "acceptance", "use"), ("distance", "gallery_people"), ("runner_up", "runner_up_distance"),
            "box", "milliseconds",
        )}),
        (_("A living face"), {"fields": ("liveness", "liveness_figures")}),
        (_("Who asked"), {"fields": (("asker", "asker_id"), "id")}),
    )  # fmt: skip
    readonly_fields = ("certainty", "id")

    @display(description=_("outcome"), ordering="outcome", label={
        "identified": "success", "unknown": "warning", "no_face": "default", "several_faces": "default",
        "poor_quality": "info", "challenge": "info", "not_live": "danger",
    })  # fmt: skip
    def outcome_label(self, obj: Decision) -> tuple[str, str]:
        return obj.outcome, obj.get_outcome_display()

    @display(description=_("liveness"), ordering="liveness", label={
        "live": "success", "passed": "success", "unsure": "default", "suspect": "warning", "failed": "danger",
    })  # fmt: skip
    def liveness_label(self, obj: Decision) -> tuple[str, str] | str:
        return (obj.liveness, obj.get_liveness_display()) if obj.liveness else "–"

    @display(description=_("confidence"), ordering="confidence")
    def certainty(self, obj: Decision) -> str:
        return f"{wording.figure(100 * obj.confidence, 1)}%"

    @display(description=_("milliseconds"))
    def total(self, obj: Decision) -> str:
        spent = obj.milliseconds
        figure = spent.get("total", sum(spent.values()))
        return f"{figure:.0f}" if spent else "–"
