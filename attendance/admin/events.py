"""HR's pages about clock events."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from attendance.admin.forms import ManualEventForm
from attendance.models import ClockEvent
from common.moments import moment_text
from common.places import zone_text
from employees.access import is_hr
from employees.admin import ReadOnlyAdmin
from employees.admin.base import ImportsFiles


@admin.register(ClockEvent)
class ClockEventAdmin(ImportsFiles, ReadOnlyAdmin):
    import_kind = "punches"
    form = ManualEventForm
    list_display = ("person", "direction_label", "local_time", "method_label", "kiosk", "note", "open_day")
    list_filter = ("at", "direction", "method", "kiosk", "employee__department")
    search_fields = ("employee__searched", "reason")
    list_select_related = ("employee", "kiosk", "author", "replaced_by")
    ordering = ("-at",)
    autocomplete_fields = ("employee",)
    show_full_result_count = False
    list_before_template = "admin/punches_note.html"
    readonly_fields = ("where_to_correct", "local_time")
    fields = (
        "where_to_correct",
        "employee",
        "direction",
        "local_time",
        "zone",
        "received_at",
        "method",
        "kiosk",
        "decision",
        "author",
        "reason",
        "replaces",
        "idempotency_key",
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (("employee", "direction"), ("day", "time"), "zone", "reason", "token"),
                "description": _("For a forgotten punch. Punches are evidence: they are never changed or deleted."),
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_hr(request.user)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else self.readonly_fields

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"author": request.user})

    def save_model(self, request: HttpRequest, obj: ClockEvent, form: Any, change: bool) -> None:
        """Nothing: the form's service has stored it."""

    @display(description=_("person"), ordering="employee__sort_key", header=True)
    def person(self, obj: ClockEvent) -> list[str]:
        return [obj.employee.name, obj.employee.number]

    @display(description=_("direction"), ordering="direction", label={"in": "success", "out": "info"})
    def direction_label(self, obj: ClockEvent) -> tuple[str, str]:
        return obj.direction, obj.get_direction_display()

    @display(description=_("local time"), ordering="at")
    def local_time(self, obj: ClockEvent) -> str:
        return f"{moment_text(obj.local_at, seconds=True)} ({zone_text(obj.zone)})"

    @display(
        description=_("method"),
        ordering="method",
        label={
            "face": "primary",
            "pin": "default",
            "badge": "default",
            "phone": "default",
            "manual": "warning",
            "api": "info",
            "void": "warning",
            "import": "default",
        },
    )
    def method_label(self, obj: ClockEvent) -> tuple[str, str]:
        return "import" if obj.imported else obj.method, obj.method_text

    @display(description=_("note"))
    def note(self, obj: ClockEvent) -> str:
        if getattr(obj, "replaced_by", None) is not None:
            return gettext("Replaced by a correction")
        return f"{obj.author}: {obj.reason}" if obj.author else ""

    @display(description=_("to correct it"))
    def open_day(self, obj: ClockEvent) -> str:
        """A link to the day on the person's month, where HR corrects it."""
        day = obj.local_at.date()
        where = reverse("attendance_month", args=[obj.employee.number, day])
        return format_html('<a href="{}?day={}#d{}">{}</a>', where, day, day, gettext("Open the day"))

    @display(description=_("to correct it"))
    def where_to_correct(self, obj: ClockEvent) -> str:
        """The same with a sentence, for the page of one punch."""
        said = gettext("Punches are kept as they are. Correct this one on the person’s month, at its day:")
        return format_html("{} {}", said, self.open_day(obj))
