"""HR's pages about kiosks."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from attendance.models import Kiosk
from common.own_address import address_trouble, shared_uri
from common.places import zone_text
from common.qr import qr_svg
from employees.access import may_act_in_admin
from employees.admin import confirm
from employees.models import User
from kiosk.admin.forms import KioskForm, KioskSettingsForm
from kiosk.admin.site_test import test_page
from kiosk.models import KioskSettings
from kiosk.selectors import kiosk_trouble
from kiosk.services.devices import device_key_active
from kiosk.services.pairing import kiosk_name_show, kiosk_pairing_link, kiosk_revoke
from kiosk.services.pin import FAILURES, kiosk_pin_allow


class SettingsInline(StackedInline):
    """What HR chooses for one kiosk."""

    model = KioskSettings
    form = KioskSettingsForm
    can_delete = False
    verbose_name_plural = _("settings")
    fieldsets = (
        (_("How people clock"), {"fields": ("mode", "start", ("pin", "badge"))}),
        (_("What it says"), {"fields": (("language", "greeting"), ("sound", "voice"))}),
        (_("What it looks like"), {"fields": (("theme", "brightness"), "lamp")}),
        (_("Camera"), {"fields": (("camera", "mirrored"),)}),
        (
            _("Liveness check"),
            {
                "fields": (
                    "liveness",
                    ("liveness_picture", "liveness_motion"),
                    "liveness_repeats",
                )
            },
        ),
        (_("Working hours"), {"fields": (("opens_at", "closes_at"), "weekdays")}),
    )


@admin.register(Kiosk)
class KioskAdmin(ModelAdmin):
    form = KioskForm
    inlines = (SettingsInline,)
    list_display = ("name", "location", "state", "health", "last_seen", "clock")
    search_fields = ("name", "location")
    readonly_fields = ("state_text", "health_text", "page_version", "binding", "paired_at", "last_seen_at")
    list_select_related = ("settings",)
    actions_row = ("pair",)
    actions_detail = ("pair", "test", "identify", "allow_pins", "revoke")

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """What only whoever looks after the server asks for is folded."""
        described: tuple[Any, ...] = ("name", "location", "time_zone")
        if obj is None:
            return [(None, {"fields": described})]
        shown = (*described, ("state_text", "health_text"), "binding", ("paired_at", "last_seen_at"))
        return [
            (None, {"fields": shown}),
            (_("Technical details"), {"fields": ("page_version",), "classes": ("collapse",)}),
        ]

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> tuple[Any, ...]:
        """A new kiosk is described first; it works with the defaults."""
        return self.inlines if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Kiosk, form: Any, change: bool) -> None:
        if not change and isinstance(request.user, User):
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    def response_post_save_add(self, request: HttpRequest, obj: Kiosk) -> HttpResponse:
        """The next step with a new kiosk is the device."""
        return redirect("admin:attendance_kiosk_pair", obj.pk)

    def has_revoke_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Only a paired kiosk can be revoked."""
        return (
            request.user.has_perm("attendance.change_kiosk")
            and Kiosk.objects.filter(pk=object_id).exclude(token_hash="").exists()
        )

    def has_allow_pins_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Only a kiosk that takes no PINs now has to be opened again."""
        return (
            request.user.has_perm("attendance.change_kiosk")
            and Kiosk.objects.filter(pk=object_id, pin_failures__gte=FAILURES).exists()
        )

    @display(description=_("device"), label={"paired": "success", "revoked": "danger", "new": "warning"})
    def state(self, obj: Kiosk) -> tuple[str, str]:
        if obj.token_hash and obj.revoked_at is None:
            return "paired", gettext("Paired")
        return ("revoked", gettext("Revoked")) if obj.revoked_at else ("new", gettext("No device yet"))

    @display(
        description=_("status"), label={"ok": "success", "silent": "danger", "trouble": "warning", "new": "default"}
    )
    def health(self, obj: Kiosk) -> tuple[str, str]:
        trouble = kiosk_trouble(obj, timezone.now())
        if trouble is not None:
            silent = trouble.code == "silent"
            return ("silent", gettext("Offline")) if silent else ("trouble", gettext("No picture"))
        paired = obj.token_hash and obj.revoked_at is None
        return ("ok", gettext("Works")) if paired else ("new", "–")

    @display(description=_("status"))
    def health_text(self, obj: Kiosk) -> str:
        trouble = kiosk_trouble(obj, timezone.now())
        return trouble.text if trouble is not None else self.health(obj)[1]

    @display(description=_("device"))
    def state_text(self, obj: Kiosk) -> str:
        return str(self.state(obj)[1])

    @display(description=_("device's key"))
    def binding(self, obj: Kiosk) -> str:
        if device_key_active(kiosk=obj) is not None:
            return gettext("Its requests are signed with a key that cannot leave the device.")
        return gettext("None. Secured the next time the page opens over HTTPS or on localhost.")

    @display(description=_("time zone"), ordering="time_zone")
    def clock(self, obj: Kiosk) -> str:
        return zone_text(obj.time_zone)

    @display(description=_("last seen"), ordering="last_seen_at", empty_value="–")
    def last_seen(self, obj: Kiosk) -> str | None:
        if obj.last_seen_at is None:
            return None
        return gettext("%(time)s ago") % {"time": timesince(obj.last_seen_at, depth=1)}

    def has_pair_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Whoever looks after the devices."""
        return request.user.has_perm("attendance.change_kiosk")

    @action(
        description=_("Pair a device"),
        url_path="pair",
        icon="qr_code_2",
        permissions=["pair"],
        variant=ActionVariant.PRIMARY,
    )
    def pair(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A page with a button that makes a link and a QR code, each good for one device and 15 minutes."""
        kiosk = get_object_or_404(Kiosk, pk=object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Pair %(name)s") % {"name": kiosk.name},
            "kiosk": kiosk,
            "paired": bool(kiosk.token_hash) and kiosk.revoked_at is None,
            "trouble": address_trouble(request),
        }
        if request.method == "POST" and isinstance(request.user, User):
            link = shared_uri(request, kiosk_pairing_link(kiosk=kiosk, by=request.user))
            context.update(pairing_link=link, qr=qr_svg(link))
        response = TemplateResponse(request, "admin/kiosk_pair.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def has_test_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Whoever may read its report, which names those who stood before it: not IT."""
        reads = request.user.has_perm("kiosk.view_kiosktest")
        return reads and may_act_in_admin(request.user, "test") and self.has_revoke_permission(request, object_id)

    @action(description=_("Test this kiosk"), url_path="test", icon="fact_check", permissions=["test"])
    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Choose who stands before it, then start the test on its screen."""
        return test_page(self.admin_site, request, get_object_or_404(Kiosk, pk=object_id))

    @action(description=_("Which one is it?"), url_path="identify", icon="lightbulb", permissions=["revoke"])
    def identify(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then let the device's screen flash its name for half a minute."""
        kiosk = get_object_or_404(Kiosk, pk=object_id)
        back = reverse("admin:attendance_kiosk_change", args=[kiosk.pk])
        if request.method == "POST":
            kiosk_name_show(kiosk=kiosk)
            told = gettext("%(name)s shows its name within 20 seconds, for half a minute.") % {"name": kiosk.name}
            messages.success(request, told)
            return redirect(back)
        return confirm(
            request,
            back=back,
            button=gettext("Show its name"),
            title=gettext("Which device is %(name)s?") % {"name": kiosk.name},
            text=gettext("Its screen flashes and shows the kiosk's name in large letters; clocking goes on meanwhile."),
        )

    @action(
        description=_("Revoke the device"),
        url_path="revoke",
        icon="phonelink_erase",
        permissions=["revoke"],
        variant=ActionVariant.DANGER,
    )
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then make the device's token worthless."""
        kiosk = get_object_or_404(Kiosk, pk=object_id)
        back = reverse("admin:attendance_kiosk_change", args=[kiosk.pk])
        if request.method == "POST":
            kiosk_revoke(kiosk=kiosk)
            messages.success(request, gettext("%(name)s is revoked.") % {"name": kiosk.name})
            return redirect(back)
        return confirm(
            request,
            back=back,
            ends=True,
            button=gettext("Revoke the device"),
            title=gettext("Revoke %(name)s?") % {"name": kiosk.name},
            text=gettext("The device stops clocking people in at once. It can be paired again."),
        )

    @action(
        description=_("Take PINs again"),
        url_path="allow-pins",
        icon="lock_open",
        permissions=["allow_pins"],
        variant=ActionVariant.PRIMARY,
    )
    def allow_pins(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then forget the wrong PINs of the last minutes."""
        kiosk = get_object_or_404(Kiosk, pk=object_id)
        back = reverse("admin:attendance_kiosk_change", args=[kiosk.pk])
        if request.method == "POST":
            kiosk_pin_allow(kiosk=kiosk)
            messages.success(request, gettext("%(name)s takes PINs again.") % {"name": kiosk.name})
            return redirect(back)
        return confirm(
            request,
            back=back,
            button=gettext("Take PINs again"),
            title=gettext("Take PINs at %(name)s again?") % {"name": kiosk.name},
            text=gettext("Many wrong PINs were typed here in the last minutes. Find out first who did."),
        )
