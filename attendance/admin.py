"""HR's pages about attendance: kiosks, shifts and clock events."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from attendance.admin_forms import WEEKDAYS, KioskForm, ManualEventForm, ShiftForm
from attendance.models import ClockEvent, Kiosk, Shift, ShiftAssignment
from attendance.services.kiosk import kiosk_pairing_link, kiosk_qr_svg, kiosk_revoke
from employees.access import is_hr
from employees.admin import ReadOnlyAdmin, confirm
from employees.models import User


@admin.register(Kiosk)
class KioskAdmin(ModelAdmin):
    form = KioskForm
    list_display = ("name", "location", "state", "last_seen", "time_zone")
    search_fields = ("name", "location")
    readonly_fields = ("state_text", "paired_at", "last_seen_at")
    actions_row = ("pair",)
    actions_detail = ("pair", "revoke")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[Any, ...]:
        described = ("name", "location", "time_zone")
        return described if obj is None else (*described, "state_text", ("paired_at", "last_seen_at"))

    def save_model(self, request: HttpRequest, obj: Kiosk, form: Any, change: bool) -> None:
        if not change and isinstance(request.user, User):
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    def response_post_save_add(self, request: HttpRequest, obj: Kiosk) -> HttpResponse:
        """The next step with a new kiosk is the device."""
        return redirect("admin:attendance_kiosk_pair", obj.pk)

    def has_revoke_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Only a paired kiosk can be revoked."""
        return is_hr(request.user) and Kiosk.objects.filter(pk=object_id).exclude(token_hash="").exists()

    @display(description=_("state"), label={"paired": "success", "revoked": "danger", "new": "warning"})
    def state(self, obj: Kiosk) -> tuple[str, str]:
        if obj.token_hash and obj.revoked_at is None:
            return "paired", gettext("Paired")
        return ("revoked", gettext("Revoked")) if obj.revoked_at else ("new", gettext("No device yet"))

    @display(description=_("state"))
    def state_text(self, obj: Kiosk) -> str:
        return str(self.state(obj)[1])

    @display(description=_("last seen"), ordering="last_seen_at", empty_value="–")
    def last_seen(self, obj: Kiosk) -> str | None:
        if obj.last_seen_at is None:
            return None
        return gettext("%(time)s ago") % {"time": timesince(obj.last_seen_at, depth=1)}

    @action(description=_("Pair a device"), url_path="pair", icon="qr_code_2", variant=ActionVariant.PRIMARY)
    def pair(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A page with a button that makes a link and a QR code, each good for one device and 15 minutes."""
        kiosk = get_object_or_404(Kiosk, pk=object_id)
        context = {
            **self.admin_site.each_context(request), "title": gettext("Pair %(name)s") % {"name": kiosk.name},
            "kiosk": kiosk, "paired": bool(kiosk.token_hash) and kiosk.revoked_at is None,
        }  # fmt: skip
        if request.method == "POST" and isinstance(request.user, User):
            link = request.build_absolute_uri(kiosk_pairing_link(kiosk=kiosk, by=request.user))
            context.update(pairing_link=link, qr=kiosk_qr_svg(link))
        response = TemplateResponse(request, "admin/kiosk_pair.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @action(
        description=_("Revoke the device"), url_path="revoke", icon="phonelink_erase", permissions=["revoke"],
        variant=ActionVariant.DANGER,
    )  # fmt: skip
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then make the device's token worthless."""
        kiosk = get_object_or_404(Kiosk, pk=object_id)
        back = reverse("admin:attendance_kiosk_change", args=[kiosk.pk])
        if request.method == "POST":
            kiosk_revoke(kiosk=kiosk)
            messages.success(request, gettext("%(name)s is revoked.") % {"name": kiosk.name})
            return redirect(back)
        return confirm(
            request, back=back, button=gettext("Revoke the device"),
            title=gettext("Revoke %(name)s?") % {"name": kiosk.name},
            text=gettext("The device stops clocking people in at once. It can be paired again."),
        )  # fmt: skip


@admin.register(Shift)
class ShiftAdmin(ModelAdmin):
    form = ShiftForm
    list_display = ("name", "hours", "days", "grace_minutes", "people")
    search_fields = ("name",)
    fields = ("name", ("starts_at", "ends_at"), "weekdays", "grace_minutes")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shift]:
        rows: QuerySet[Shift] = super().get_queryset(request)
        return rows.annotate(people_count=Count("assignments__employee", distinct=True))

    @display(description=_("hours"), ordering="starts_at")
    def hours(self, obj: Shift) -> str:
        return f"{obj.starts_at:%H:%M}–{obj.ends_at:%H:%M}"

    @display(description=_("weekdays"))
    def days(self, obj: Shift) -> str:
        return ", ".join(str(name)[:3] for number, name in WEEKDAYS if number in obj.weekdays) or "–"

    @display(description=_("people"), ordering="people_count")
    def people(self, obj: Any) -> int:
        return int(obj.people_count)


@admin.register(ShiftAssignment)
class ShiftAssignmentAdmin(ModelAdmin):
    list_display = ("employee", "shift", "valid_from", "valid_to")
    list_filter = ("shift", "employee__department")
    search_fields = ("employee__number", "employee__first_name", "employee__last_name", "shift__name")
    autocomplete_fields = ("employee", "shift")
    list_select_related = ("employee", "shift")
    fields = (("employee", "shift"), ("valid_from", "valid_to"))


@admin.register(ClockEvent)
class ClockEventAdmin(ReadOnlyAdmin):
    form = ManualEventForm
    list_display = ("person", "direction_label", "local_time", "method_label", "kiosk", "note")
    list_filter = ("direction", "method", "kiosk", "employee__department")
    search_fields = ("employee__number", "employee__first_name", "employee__last_name", "reason")
    list_select_related = ("employee", "kiosk", "author", "replaced_by")
    ordering = ("-at",)
    date_hierarchy = "at"
    autocomplete_fields = ("employee",)
    show_full_result_count = False
    readonly_fields = ("local_time",)
    fields = (
        "employee", "direction", "local_time", "zone", "received_at", "method", "kiosk", "decision",
        "author", "reason", "replaces", "idempotency_key",
    )  # fmt: skip
    add_fieldsets = ((None, {
        "fields": (("employee", "direction"), ("day", "time"), "zone", "reason", "token"),
        "description": _("For a forgotten punch. Clock events are evidence: they are never changed or deleted."),
    }),)  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_hr(request.user)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else self.readonly_fields

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"author": request.user})

    def save_model(self, request: HttpRequest, obj: ClockEvent, form: Any, change: bool) -> None:
        """Nothing: the form's service has stored it."""

    @display(description=_("person"), ordering="employee__last_name", header=True)
    def person(self, obj: ClockEvent) -> list[str]:
        return [obj.employee.name, obj.employee.number]

    @display(description=_("direction"), ordering="direction", label={"in": "success", "out": "info"})
    def direction_label(self, obj: ClockEvent) -> tuple[str, str]:
        return obj.direction, obj.get_direction_display()

    @display(description=_("local time"), ordering="at")
    def local_time(self, obj: ClockEvent) -> str:
        return f"{obj.local_at:%Y-%m-%d %H:%M:%S} ({obj.zone})"

    @display(description=_("method"), ordering="method", label={
        "face": "primary", "pin": "default", "manual": "warning", "api": "info",
    })  # fmt: skip
    def method_label(self, obj: ClockEvent) -> tuple[str, str]:
        return obj.method, obj.get_method_display()

    @display(description=_("note"))
    def note(self, obj: ClockEvent) -> str:
        if getattr(obj, "replaced_by", None) is not None:
            return gettext("Replaced by a correction")
        return f"{obj.author}: {obj.reason}" if obj.author else ""
