"""HR's pages about enrolment photos: what was measured and why one was refused, in words."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from employees.access import may_enrol, narrow_to
from employees.admin import ReadOnlyAdmin
from employees.models import Employee, EnrolmentPhoto
from recognition import wording

PICTURES = {"chip", "enrol_link"}
MEASURED = {
    "score": _("Overall quality"),
    "eyes": _("Distance between the eyes in pixels"),
    "sharpness": _("Sharpness"),
    "exposure": _("Brightness"),
    "occlusion": _("Share that is covered"),
    "yaw": _("Turned to the side"),
    "pitch": _("Looking up or down"),
    "roll": _("Tilted"),
    "turned": _("Picture turned by"),
    "smile": _("Smile"),
}
SHARES = {"score", "exposure", "occlusion", "smile"}
DEGREES = {"yaw", "pitch", "roll", "turned"}


@admin.register(EnrolmentPhoto)
class EnrolmentPhotoAdmin(ReadOnlyAdmin):
    list_display = (
        "chip",
        "employee",
        "state_label",
        "why",
        "source",
        "created_at",
        "enrol_link",
        "open_person",
    )
    list_filter = ("state", "source", "employee__department")
    search_fields = ("employee__searched", "file_name")
    list_select_related = ("employee", "resembles")
    ordering = ("-created_at",)
    fields = (
        "chip",
        "employee",
        "state",
        "why",
        "file_name",
        "source",
        "uploaded_by",
        "created_at",
        "finished_at",
        "resembles",
        "resembles_distance",
        "override_reason",
        "override_by",
        "measured",
    )
    readonly_fields = ("chip", "why", "measured")

    def get_list_display(self, request: HttpRequest) -> Any:
        """Whoever may not see faces has neither the pictures nor the way to them."""
        columns = super().get_list_display(request)
        return columns if may_enrol(request.user) else [one for one in columns if one not in PICTURES]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """As in the list."""
        fields = super().get_fields(request, obj)
        hidden = set() if may_enrol(request.user) else set(PICTURES)
        alike = None if obj is None else obj.resembles_id
        if alike is not None and not narrow_to(Employee.objects.filter(pk=alike), request.user).exists():
            # Whom the face looks like is nobody whom this reader may know of.
            hidden.add("resembles")
        return [one for one in fields if one not in hidden]

    @display(description=_("face"))
    def chip(self, obj: EnrolmentPhoto) -> SafeString | str:
        if obj.box is None:
            return "–"
        picture = '<img class="admin-chip" src="{}" alt="{}" width="40" height="40" loading="lazy">'
        return format_html(picture, reverse("photo_chip", args=[obj.pk]), obj.employee)

    @display(
        description=_("state"),
        ordering="state",
        label={
            "accepted": "success",
            "rejected": "danger",
            "queued": "warning",
            "processing": "info",
            "held": "warning",
        },
    )
    def state_label(self, obj: EnrolmentPhoto) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @display(description=_("reasons"))
    def why(self, obj: EnrolmentPhoto) -> str:
        return " ".join(wording.message(str(reason.get("code", ""))) for reason in obj.reasons) or "–"

    @display(description=_("quality"))
    def measured(self, obj: EnrolmentPhoto) -> SafeString | str:
        rows = [(words, _measured(obj.quality[name], name)) for name, words in MEASURED.items() if name in obj.quality]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}</li>", rows)) if rows else "–"

    @display(description="")
    def enrol_link(self, obj: EnrolmentPhoto) -> SafeString:
        link = '<a class="text-link font-medium" href="{}">{}</a>'
        return format_html(link, reverse("enrol", args=[obj.employee.number]), gettext("Open"))


def _measured(value: float, name: str) -> str:
    """A figure with its unit: of the whole in percent, an angle in degrees."""
    if name in SHARES:
        return f"{wording.figure(100 * value, 0)}%"
    return f"{wording.figure(value, 0)}{'°' if name in DEGREES else ''}"
