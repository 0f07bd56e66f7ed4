"""The admin page of decisions, to read only."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from recognition import wording
from recognition.admin.evidence import EvidenceAdmin
from recognition.models import Decision

STAGES = {
    "gallery": _("who can be recognised"),
    "detect": _("finding the face"),
    "quality": _("the picture's quality"),
    "embed": _("the face's template"),
    "match": _("comparing"),
    "liveness": _("liveness"),
    "total": _("in all"),
}
CUES = {
    "moire": _("a screen's grid"),
    "border": _("an outline around the face"),
    "glare": _("a reflected lamp"),
    "network": _("the network’s evidence for a face (log-odds)"),
    "around": _("what surrounds the face moves"),
    "face_moved": _("the face moves"),
    "squeeze": _("turned as a plane"),
    "residual": _("what no plane explains"),
    "apart": _("distance between its faces"),
    "score": _("doubt, 0 to 1"),
}


@admin.register(Decision)
class DecisionAdmin(EvidenceAdmin):
    list_display = (
        "at",
        "outcome_label",
        "employee",
        "certainty",
        "liveness_label",
        "asker",
        "total",
        "version",
        "open_person",
    )
    list_filter = ("outcome", "liveness", "asker", "version")
    search_fields = ("employee__searched", "asker_id", "id")
    list_select_related = ("employee",)
    date_hierarchy = "at"
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("at", "outcome", "employee", "why", "version")}),
        (
            _("Evidence"),
            {
                "fields": (
                    ("certainty", "needed"),
                    "use",
                    ("far", "gallery_people"),
                    ("runner_up", "runner_up_far"),
                    "place",
                    "spent",
                )
            },
        ),
        (_("Liveness check"), {"fields": ("liveness", "cues")}),
        (_("Who asked"), {"fields": (("asker", "asker_id"), "id")}),
    )
    readonly_fields = ("certainty", "id", "why", "needed", "far", "runner_up_far", "place", "spent", "cues")

    @display(
        description=_("outcome"),
        ordering="outcome",
        label={
            "identified": "success",
            "unknown": "warning",
            "no_face": "default",
            "several_faces": "default",
            "poor_quality": "info",
            "challenge": "info",
            "not_live": "danger",
        },
    )
    def outcome_label(self, obj: Decision) -> tuple[str, str]:
        return obj.outcome, obj.get_outcome_display()

    @display(
        description=_("liveness"),
        ordering="liveness",
        label={"live": "success", "passed": "success", "unsure": "default", "suspect": "warning", "failed": "danger"},
    )
    def liveness_label(self, obj: Decision) -> tuple[str, str] | str:
        return (obj.liveness, obj.get_liveness_display()) if obj.liveness else "–"

    @display(description=_("confidence"), ordering="confidence")
    def certainty(self, obj: Decision) -> str:
        return _percent(obj.confidence, 1)

    @display(description=_("acceptance"))
    def needed(self, obj: Decision) -> str:
        return _percent(obj.acceptance, 2)

    @display(description=_("reason"))
    def why(self, obj: Decision) -> str:
        return wording.message(obj.reason) if obj.reason else "–"

    @display(description=_("distance"))
    def far(self, obj: Decision) -> str:
        return "–" if obj.distance is None else wording.figure(obj.distance, 3)

    @display(description=_("runner-up's distance"))
    def runner_up_far(self, obj: Decision) -> str:
        return "–" if obj.runner_up_distance is None else wording.figure(obj.runner_up_distance, 3)

    @display(description=_("face in the picture"))
    def place(self, obj: Decision) -> str:
        if obj.box is None:
            return "–"
        left, top, width, height = obj.box
        return _("%(width)d × %(height)d pixels, %(left)d from the left and %(top)d from the top") % {
            "width": width,
            "height": height,
            "left": left,
            "top": top,
        }

    @display(description=_("milliseconds"))
    def spent(self, obj: Decision) -> str:
        return _listed(STAGES, obj.milliseconds, 0)

    @display(description=_("liveness figures"))
    def cues(self, obj: Decision) -> str:
        return _listed(CUES, obj.liveness_figures, 2)

    @display(description=_("milliseconds"))
    def total(self, obj: Decision) -> str:
        spent = obj.milliseconds
        figure = spent.get("total", sum(spent.values()))
        return f"{figure:.0f}" if spent else "–"


def _percent(share: float, places: int) -> str:
    return f"{wording.figure(100 * share, places)}%"


def _listed(names: Mapping[str, Any], figures: Mapping[str, Any], places: int) -> str | SafeString:
    """Those of the figures that have a name, each with it."""
    rows = [(names[name], wording.figure(figures[name], places)) for name in names if name in figures]
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}</li>", rows)) if rows else "–"
