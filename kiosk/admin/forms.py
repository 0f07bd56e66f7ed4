"""The forms of a kiosk and of its settings."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelect2Widget, UnfoldAdminSelectWidget

from attendance.admin.forms import WEEKDAYS
from attendance.models import Kiosk
from employees.forms import default_zone, time_zones
from kiosk.models import KioskSettings, every_day
from recognition.models import SearchChoice

GREETING_PLACES = re.compile(r"\{(\w*)\}")


class KioskForm(forms.ModelForm[Kiosk]):
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zones, initial=default_zone, widget=UnfoldAdminSelect2Widget
    )

    class Meta:
        model = Kiosk
        fields = ("name", "location", "time_zone")


class KioskSettingsForm(forms.ModelForm[KioskSettings]):
    camera = forms.ChoiceField(label=_("Camera"), required=False, widget=UnfoldAdminSelectWidget)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"),
        choices=WEEKDAYS,
        coerce=int,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=every_day,
    )

    class Meta:
        model = KioskSettings
        fields = (
            "mode",
            "start",
            "pin",
            "badge",
            "language",
            "greeting",
            "sound",
            "voice",
            "theme",
            "brightness",
            "lamp",
            "camera",
            "mirrored",
            "liveness",
            "liveness_picture",
            "liveness_motion",
            "liveness_repeats",
            "opens_at",
            "closes_at",
            "weekdays",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "camera" not in self.fields:  # whoever may only read has a form without fields
            return
        if not SearchChoice.in_force():
            for name in ("mode", "pin"):
                self.fields[name].disabled = True
            self.fields["mode"].help_text = _(
                "The company compares one to one at every kiosk (see Privacy): number and PIN, or a badge, come first. "
                "What stands here counts again when that ends."
            )
        stored = self.instance.camera
        named = Kiosk.objects.filter(pk=self.instance.pk).values_list("cameras", flat=True).first() or []
        names = dict.fromkeys([*named, *([stored] if stored not in ("", "environment") else [])])
        choices = [("", _("Front camera")), ("environment", _("Rear camera")), *((name, name) for name in names)]
        field = self.fields["camera"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_greeting(self) -> str:
        text: str = self.cleaned_data["greeting"]
        if set(GREETING_PLACES.findall(text)) - {"name"} or "{" in GREETING_PLACES.sub("", text):
            raise forms.ValidationError(_("Use {name} for the first name, and no other braces."), code="places")
        return text
