"""What people type about their notifications."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.kinds import COMPANY_KINDS
from notifications.models import Channel, Kind, NotificationChoices


def hours() -> list[tuple[int, str]]:
    """The hours of a day, as a clock shows them."""
    return [(hour, f"{hour:02d}:00") for hour in range(24)]


class ChoicesForm(forms.Form):
    """When messages come; the table of kinds and channels stands beside it."""

    digest = forms.ChoiceField(
        label=_("Messages come"),
        choices=NotificationChoices.Digest.choices,
        required=False,
        help_text=_("In Presente everything is shown at once."),
    )
    digest_hour = forms.TypedChoiceField(label=_("Hour of the daily message"), choices=hours, coerce=int)
    quiet_from = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_to = forms.TimeField(
        label=_("Quiet until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("What would come between these times comes after them. Leave both empty for none."),
    )


class ChannelsForm(forms.Form):
    """The boxes of the table that are ticked, each as ``kind:channel``."""

    wanted = forms.MultipleChoiceField(
        choices=[(f"{kind}:{channel}", "") for kind in Kind.values for channel in Channel.values], required=False
    )

    def channels(self) -> dict[str, list[str]]:
        """By kind."""
        found: dict[str, list[str]] = {}
        for one in self.cleaned_data["wanted"]:
            kind, _colon, channel = one.partition(":")
            found.setdefault(kind, []).append(channel)
        return found


class ChatForm(forms.Form):
    """Where chat messages go."""

    url = forms.CharField(
        label=_("Chat address"),
        max_length=1000,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("As Apprise writes it: tgram://token/chat, slack://…, matrixs://…, workflows://… (Teams)."),
    )


class CompanyChatForm(ChatForm):
    """The same for the company, with what is sent there: nothing that names somebody."""

    kinds = forms.MultipleChoiceField(
        label=_("What is sent there"),
        choices=[(kind, Kind(kind).label) for kind in COMPANY_KINDS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, known: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # An address that is kept is not shown, and need not be typed again.
        self.fields["url"].required = not known
