"""HR's page of erasures."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from employees.admin import ReadOnlyAdmin
from privacy.models import Erasure


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    list_display = ("requested_at", "number", "cause", "requested_by", "finished_at")
    search_fields = ("number",)
    list_filter = ("cause",)
    list_select_related = ("requested_by",)
    fields = ("number", "cause", "reason", ("requested_by", "requested_at"), "finished_at", "document")
    readonly_fields = ("document",)

    @display(description=_("receipt"))
    def document(self, obj: Erasure) -> SafeString | str:
        if not obj.receipt:
            return "–"
        return format_html("<pre>{}</pre>", json.dumps(obj.receipt, indent=1, ensure_ascii=False))
