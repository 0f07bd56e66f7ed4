"""HR's pages about phones: who may clock in with them and where, and the punches that came from them."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextareaWidget

from common.moments import moment_text
from employees.access import is_hr
from employees.admin import KeptAdmin, ReadOnlyAdmin, confirm
from phone.drawing import drawing
from phone.geo import Point
from phone.judging import Verdict
from phone.models import PhoneEvidence, PhoneKey, PhonePunch, PhoneRule
from phone.services import key_retire
from phone.wording import SIGNS, refused_because, verdict_text

LAST_PUNCHES = 100
MOST_CORNERS = 60
NUMBERS = re.compile(r"[\s,;]+")


class PhoneRuleForm(forms.ModelForm[PhoneRule]):
    """A rule, its corners typed as lines of latitude and longitude."""

    outline = forms.CharField(
        label=_("Corners of the area"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        help_text=_("One corner a line, latitude and longitude in degrees, such as -16.50010, -68.13420."),
    )

    class Meta:
        model = PhoneRule
        fields = (
            "site",
            "employee",
            "allowed",
            "selfie",
            "shape",
            "latitude",
            "longitude",
            "radius",
            "accuracy",
            "outside",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("outline", self.instance.outline)

    def clean_outline(self) -> list[list[float]]:
        """The corners as pairs."""
        corners = []
        for number, line in enumerate(self.cleaned_data["outline"].splitlines(), 1):
            if not line.strip():
                continue
            try:
                latitude, longitude = (float(one) for one in NUMBERS.split(line.strip()))
                Point(latitude, longitude)
            except ValueError as error:
                text = gettext("Line %(number)d is no latitude and longitude.") % {"number": number}
                raise forms.ValidationError(text, code="corner") from error
            corners.append([latitude, longitude])
        if len(corners) > MOST_CORNERS:
            raise forms.ValidationError(gettext("An area may have %(most)d corners.") % {"most": MOST_CORNERS})
        return corners

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("shape") == PhoneRule.Shape.POLYGON and "outline" in data and len(data["outline"]) < 3:
            self.add_error("outline", forms.ValidationError(_("An area needs three corners or more."), code="corners"))
        return data

    def save(self, commit: bool = True) -> PhoneRule:
        """Keep the corners; those of an area that is not used now stay for later."""
        self.instance.corners = self.cleaned_data["outline"]
        return super().save(commit)


@admin.register(PhoneRule)
class PhoneRuleAdmin(KeptAdmin):
    form = PhoneRuleForm
    list_display = ("whose", "allowed", "shape", "outside", "selfie", "open_person")
    list_filter = ("allowed", "shape", "selfie")
    list_select_related = ("site", "employee")
    search_fields = ("site__name", "employee__searched")
    autocomplete_fields = ("employee",)
    readonly_fields = ("preview",)
    fieldsets = (
        (None, {"fields": (("site", "employee"), ("allowed", "selfie"))}),
        (
            _("Where"),
            {
                "fields": (
                    "shape",
                    ("latitude", "longitude", "radius"),
                    "outline",
                    ("accuracy", "outside"),
                    "preview",
                )
            },
        ),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A rule is no evidence: without it the site's holds, or none."""
        return bool(request.user.has_perm("phone.delete_phonerule"))

    @display(description=_("for"))
    def whose(self, obj: PhoneRule) -> str:
        return str(obj)

    @display(description=_("Area"))
    def preview(self, obj: PhoneRule) -> SafeString | str:
        """The saved area; green dots were inside, red ones outside."""
        fence = obj.fence if obj.pk else None
        if fence is None:
            return gettext("It is drawn here once it is saved.")
        about = {"event__employee": obj.employee} if obj.employee_id else {"event__employee__site": obj.site}
        rows = PhoneEvidence.objects.filter(**about).exclude(latitude=None)[:LAST_PUNCHES]
        return drawing(fence, [(one.point, one.verdict == Verdict.INSIDE) for one in rows if one.point is not None])


@admin.register(PhoneEvidence)
class PhoneEvidenceAdmin(ReadOnlyAdmin):
    list_display = ("local_time", "employee", "direction", "where", "look", "offline", "open_person")
    list_filter = ("flagged", "verdict", "offline")
    list_select_related = ("event__employee",)
    search_fields = ("event__employee__searched",)
    fields = (
        "employee",
        "local_time",
        "direction",
        "where",
        "coordinates",
        "altitude",
        "age",
        "said_signs",
        "offline",
        "clock",
        "browser",
    )
    readonly_fields = fields

    @display(description=_("local time"), ordering="event__at")
    def local_time(self, obj: PhoneEvidence) -> str:
        return moment_text(obj.event.local_at)

    @display(description=_("person"), ordering="event__employee")
    def employee(self, obj: PhoneEvidence) -> str:
        return str(obj.employee)

    @display(description=_("direction"))
    def direction(self, obj: PhoneEvidence) -> str:
        return str(obj.event.get_direction_display())

    @display(description=_("place"), ordering="verdict")
    def where(self, obj: PhoneEvidence) -> str:
        return verdict_text(obj)

    @display(description=_("to be looked at"), ordering="flagged", label={"yes": "warning", "no": "success"})
    def look(self, obj: PhoneEvidence) -> tuple[str, str]:
        return ("yes", gettext("Yes")) if obj.flagged else ("no", gettext("No"))

    @display(description=_("coordinates"))
    def coordinates(self, obj: PhoneEvidence) -> str:
        return "–" if obj.latitude is None else f"{obj.latitude:.5f}, {obj.longitude:.5f}"

    @display(description=_("signs"))
    def said_signs(self, obj: PhoneEvidence) -> str:
        return " ".join(str(SIGNS[one]) for one in obj.sign_codes) or "–"


@admin.register(PhonePunch)
class PhonePunchAdmin(ReadOnlyAdmin):
    list_display = ("local_time", "employee", "direction", "result", "received_at", "open_person")
    list_filter = ("clock", "direction")
    list_select_related = ("employee", "event")
    search_fields = ("employee__searched",)
    fields = ("employee", "key", "local_time", "device_at", "clock", "direction", "result", "received_at", "missing")
    readonly_fields = fields

    @display(description=_("local time"), ordering="at")
    def local_time(self, obj: PhonePunch) -> str:
        return moment_text(obj.at.astimezone(obj.employee.zone))

    @display(description=_("result"), ordering="reason")
    def result(self, obj: PhonePunch) -> str:
        if obj.event is not None:
            return gettext("Recorded")
        return gettext("Not recorded: %(why)s") % {"why": refused_because(obj.reason)}


@admin.register(PhoneKey)
class PhoneKeyAdmin(ReadOnlyAdmin):
    actions_detail = ("retire",)
    list_display = ("employee", "browser", "created_at", "retired_at", "open_person")
    list_select_related = ("employee",)
    search_fields = ("employee__searched", "browser")
    fields = ("employee", "browser", "created_at", "retired_at")
    readonly_fields = fields

    def has_retire_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Only what is not removed yet can be."""
        return is_hr(request.user) and PhoneKey.objects.filter(pk=object_id, retired_at=None).exists()

    @action(
        description=_("Remove this phone"),
        url_path="retire",
        icon="phonelink_erase",
        permissions=["retire"],
        variant=ActionVariant.DANGER,
    )
    def retire(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then take no more punches that it signed."""
        key = get_object_or_404(PhoneKey, pk=object_id)
        back = reverse("admin:phone_phonekey_change", args=[key.pk])
        if request.method == "POST":
            key_retire(key=key)
            messages.success(request, gettext("The phone is removed."))
            return redirect(back)
        return confirm(
            request,
            back=back,
            ends=True,
            button=gettext("Remove this phone"),
            title=gettext("Remove %(name)s?") % {"name": str(key)},
            text=gettext(
                "What it kept without a connection is not recorded any more. Who is logged in on it stays logged in."
            ),
        )
