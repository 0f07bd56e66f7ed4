"""Model versions, to read."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from recognition.admin.evidence import EvidenceAdmin
from recognition.models import ModelVersion


@admin.register(ModelVersion)
class ModelVersionAdmin(EvidenceAdmin):
    list_display = ("name", "state_label", "parent", "created_at", "activated_at")
    list_filter = ("state",)
    list_select_related = ("parent",)
    fields = ("name", "state", "parent", "created_at", "activated_at", "manifest")

    @display(description=_("state"), ordering="state", label={
        "active": "success", "candidate": "info", "refused": "danger", "retired": "default",
    })  # fmt: skip
    def state_label(self, obj: ModelVersion) -> tuple[str, str]:
        return obj.state, obj.get_state_display()
