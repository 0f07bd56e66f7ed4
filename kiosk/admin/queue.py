"""HR's page about punches that kiosks made without a network and that nobody could confirm."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextareaWidget,
)

from attendance.models import ClockEvent
from attendance.refusals import AttendanceRefused
from attendance.request_forms import nearest_to, wall_instant
from common import audit
from common.moments import moment_text
from common.places import zone_text
from employees.access import is_hr
from employees.admin import ReadOnlyAdmin
from employees.models import User
from employees.vault import VaultError
from kiosk.errors import KioskError
from kiosk.models import QueuedPunch
from kiosk.queue import picture_read, punch_accept, punch_dismiss

REASONS = {
    "unknown": _("The face was not recognised."),
    "no_face": _("No face is to be seen."),
    "no_picture": _("There is no picture that can be read."),
    "several_faces": _("Several people are to be seen."),
    "poor_quality": _("The picture is too dark, too small or blurred."),
    "pin_wrong": _("The PIN was wrong."),
    "pin_locked": _("The PIN was locked after too many wrong ones."),
    "pin_throttled": _("Too many wrong PINs came from this kiosk: this one was not checked."),
    "server_clock": _("The server's clock was wrong when it arrived."),
    "not_employed": _("The person was not employed on that day."),
    "too_old": _("It is older than a device's punch may be."),
    "challenge": _("It is not certain that this is a real person, and no liveness challenge was possible."),
    "device_revoked": _("The device was unpaired before it came back."),
    "clock_unsure": _("The device's clock was changed: its time cannot be told."),
    "unreadable": _("It cannot be decrypted."),
    "proposal_expired": _("It was sent too long after the greeting."),
    "not_live": _("It looked like a photo or a screen."),
    "verify_only": _("Here a face only confirms a number, and none was typed."),
    "failed": _("A fault of the program: see the worker's log."),
}
OTHER = _("It could not be recorded by itself.")


class QueuedPunchForm(forms.ModelForm[QueuedPunch]):
    """Record the punch for somebody. The service stores it; what it refuses is shown here."""

    author: User

    direction = forms.ChoiceField(
        label=_("Direction"), choices=ClockEvent.Direction.choices, widget=UnfoldAdminSelectWidget
    )
    day = forms.DateField(label=_("Day"), widget=UnfoldAdminSingleDateWidget)
    time = forms.TimeField(
        label=_("Time"), widget=UnfoldAdminSingleTimeWidget, help_text=_("On the kiosk's wall clock.")
    )
    note = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("How you know who it was. Recorded under your name; it cannot be changed."),
    )

    class Meta:
        model = QueuedPunch
        fields = ("employee", "direction", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["employee"].required = True
        local = self.instance.local_at
        self.initial.update(day=local.date(), time=local.time().replace(microsecond=0))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        local = self.instance.local_at.replace(microsecond=0)
        at = None
        if (data["day"], data["time"]) != (local.date(), local.time()):
            choose = nearest_to(self.instance.at)
            at = wall_instant(data["day"], data["time"], self.instance.kiosk.zone, choose=choose)
        try:
            punch_accept(
                punch=self.instance,
                employee=data["employee"],
                direction=data["direction"],
                reason=data["note"],
                by=self.author,
                at=at,
            )
        except (AttendanceRefused, KioskError) as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from refused
        return data


class DismissForm(forms.Form):
    """Why nothing is recorded."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Recorded under your name."),
    )


@admin.register(QueuedPunch)
class QueuedPunchAdmin(ReadOnlyAdmin):
    form = QueuedPunchForm
    list_display = ("local_time", "kiosk", "kind", "claimed", "state_label", "why", "open_person")
    list_filter = ("state", "kiosk", "kind")
    list_select_related = ("kiosk", "employee")
    search_fields = ("number", "employee__searched")
    autocomplete_fields = ("employee",)
    actions_detail = ("dismiss",)
    facts = ("picture_tag", "why", "claimed", "local_time", "clock_words", "kiosk", "kind", "missing_words")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_hr(request.user) and (obj is None or obj.state == QueuedPunch.State.WAITING)

    def has_dismiss_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Only what waits can be dismissed."""
        waiting = QueuedPunch.objects.filter(pk=object_id, state=QueuedPunch.State.WAITING)
        return is_hr(request.user) and waiting.exists()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.facts

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        facts = (None, {"fields": self.facts})
        if obj is not None and self.has_change_permission(request, obj):
            return [facts, (_("Record it for"), {"fields": ("employee", "direction", ("day", "time"), "note")})]
        settled = ("employee", "direction", "event", "settled_at", "settled_by", "note")
        return [facts, (_("Result"), {"fields": settled})]

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None or not self.has_change_permission(request, obj):
            # Looked at only: without the form whose fields are not the row's.
            return super().get_form(request, obj, change=change, form=forms.ModelForm, **kwargs)
        kwargs["fields"] = self.form.Meta.fields
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"author": request.user})

    def save_model(self, request: HttpRequest, obj: QueuedPunch, form: Any, change: bool) -> None:
        """Nothing: the form's service has stored it."""

    def get_urls(self) -> list[URLPattern]:
        picture = self.admin_site.admin_view(self.picture)
        urls: list[URLPattern] = super().get_urls()
        return [path("<uuid:object_id>/picture", picture, name="kiosk_queuedpunch_picture"), *urls]

    def picture(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The picture that waits; HR alone, and no cache keeps it."""
        punch = get_object_or_404(QueuedPunch, pk=object_id)
        if not is_hr(request.user):
            raise Http404
        try:
            content = picture_read(punch)
        except VaultError as error:
            raise Http404 from error
        if content is None:
            raise Http404
        number = punch.employee.number if punch.employee else ""
        audit.record("face.read", subject=number, object=f"queuedpunch {punch.pk}")
        return HttpResponse(content, content_type="image/jpeg", headers={"Cache-Control": "no-store, private"})

    @action(
        description=_("Record nothing"),
        url_path="dismiss",
        icon="delete",
        permissions=["dismiss"],
        variant=ActionVariant.DANGER,
    )
    def dismiss(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the reason, then settle the punch without recording anything."""
        punch = get_object_or_404(QueuedPunch, pk=object_id)
        back = reverse("admin:kiosk_queuedpunch_change", args=[punch.pk])
        form = DismissForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and isinstance(request.user, User):
            try:
                punch_dismiss(punch=punch, reason=form.cleaned_data["reason"], by=request.user)
                messages.success(request, gettext("Nothing was recorded, and the picture is erased."))
            except KioskError as error:
                messages.error(request, error.message)
            return redirect("admin:kiosk_queuedpunch_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Record nothing?"),
            "form": form,
            "back": back,
            "text": gettext("The person is not clocked. The picture is erased; the time and your reason are kept."),
            "button": gettext("Record nothing"),
        }
        return TemplateResponse(request, "admin/confirm_reason.html", context)

    @display(description=_("local time"), ordering="at")
    def local_time(self, obj: QueuedPunch) -> str:
        return f"{moment_text(obj.local_at, seconds=True)} ({zone_text(obj.kiosk.time_zone)})"

    @display(description=_("person"))
    def claimed(self, obj: QueuedPunch) -> str:
        if obj.employee is not None:
            return str(obj.employee)
        return gettext("Number %(number)s") % {"number": obj.number} if obj.number else "–"

    @display(
        description=_("state"),
        ordering="state",
        label={"received": "info", "confirmed": "success", "waiting": "warning", "dismissed": "default"},
    )
    def state_label(self, obj: QueuedPunch) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @display(description=_("why it waits"))
    def why(self, obj: QueuedPunch) -> str:
        return str(REASONS.get(obj.reason, OTHER)) if obj.reason else "–"

    @display(description=_("clock"))
    def clock_words(self, obj: QueuedPunch) -> str:
        if obj.clock == QueuedPunch.Clock.OK:
            return str(obj.get_clock_display())
        shown = obj.device_at.astimezone(obj.kiosk.zone)
        return gettext("%(state)s. The device showed %(time)s.") % {
            "state": obj.get_clock_display(),
            "time": moment_text(shown, seconds=True),
        }

    @display(description=_("missing before it"))
    def missing_words(self, obj: QueuedPunch) -> str:
        return str(obj.missing) if obj.missing else gettext("None")

    @display(description=_("picture"))
    def picture_tag(self, obj: QueuedPunch) -> SafeString | str:
        if obj.picture is None:
            return gettext("None")
        address = reverse("admin:kiosk_queuedpunch_picture", args=[obj.pk])
        return format_html('<img class="admin-evidence" src="{}" alt="{}">', address, gettext("What the kiosk saw"))
