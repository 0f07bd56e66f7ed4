"""HR's page of erasures."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from employees.admin import ReadOnlyAdmin
from privacy.models import Erasure
from privacy.receipts import receipt_counts


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
        rows = [*receipt_counts(obj.receipt), ("SHA-256", obj.receipt["sha256"])]
        return format_html("<div>{}</div>", format_html_join("", "<div>{}: {}</div>", rows))
