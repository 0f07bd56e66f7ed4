"""What is sent to ask and to decide over HTTP, field by field."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from attendance.api.events import KEY_HEADER, LONGEST_KEY
from attendance.models import Absence, AbsenceType, ClockEvent, CorrectionRequest, OvertimeDecision
from common.endpoints import InstantField, StrictSerializer, check_zone

Kind = CorrectionRequest.Kind


class KeyedSerializer(StrictSerializer):
    idempotency_key = serializers.CharField(
        required=False, max_length=LONGEST_KEY, help_text=f"In place of the header {KEY_HEADER}."
    )


class NewCorrectionSerializer(KeyedSerializer):
    """A punch of one's own that is missing (``add``) or wrong."""

    kind = serializers.ChoiceField(Kind.choices)
    event = serializers.UUIDField(required=False, allow_null=True, help_text="The punch that is wrong.")
    direction = serializers.ChoiceField(ClockEvent.Direction.choices, required=False, help_text="Not for `remove`.")
    at = InstantField(required=False, allow_null=True, help_text="ISO 8601 with an offset. Not for `remove`.")
    zone = serializers.CharField(
        required=False,
        max_length=64,
        validators=[check_zone],
        help_text="An IANA name; else the person's own on that day.",
    )
    reason = serializers.CharField(max_length=300)


class EnteredCorrectionSerializer(NewCorrectionSerializer):
    """The same by a manager or HR: it counts at once."""

    employee = serializers.CharField(max_length=40, help_text="The employee's number.")


class NewAbsenceSerializer(KeyedSerializer):
    """Days away. One's own are asked for; those that a manager enters for somebody else count at once."""

    employee = serializers.CharField(max_length=40, required=False, help_text="A number; oneself where it is left out.")
    type = serializers.SlugRelatedField("code", queryset=AbsenceType.objects.all())
    first = serializers.DateField()
    last = serializers.DateField()
    half = serializers.ChoiceField(Absence.Half.choices, default=Absence.Half.WHOLE.value)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class DecisionSerializer(StrictSerializer):
    """Yes or no."""

    decision = serializers.ChoiceField(["approve", "refuse"])
    answer = serializers.CharField(
        max_length=300, required=False, allow_blank=True, default="", help_text="Needed to refuse."
    )


class AbsenceDecisionSerializer(DecisionSerializer):
    """The same about time off; HR may approve it in a locked period as an adjustment of the next open one."""

    adjust = serializers.BooleanField(
        default=False,
        help_text="Approve although days are in a closed period; what changes becomes an adjustment, by HR.",
    )


class OvertimeDaySerializer(serializers.Serializer[Any]):
    """One day, as it was seen."""

    day = serializers.DateField()
    found = serializers.DictField(
        child=serializers.IntegerField(min_value=0), help_text="Seconds by tier, as `overtime` of the day says."
    )
    approved = serializers.IntegerField(min_value=0, help_text="Seconds; the rest is refused.")


class NewOvertimeSerializer(StrictSerializer):
    """How much of the overtime of some days counts."""

    employee = serializers.CharField(max_length=40, help_text="The employee's number.")
    days = OvertimeDaySerializer(many=True, allow_empty=False)
    reason = serializers.CharField(
        max_length=300, required=False, allow_blank=True, default="", help_text="Needed for less than all."
    )


class OvertimeSerializer(serializers.Serializer[OvertimeDecision]):
    """What was decided about a day."""

    day = serializers.DateField()
    found = serializers.DictField(child=serializers.IntegerField(), help_text="Seconds by tier.")
    approved = serializers.DictField(child=serializers.IntegerField(), help_text="Seconds by tier.")
    at = InstantField()
    reason = serializers.CharField(allow_blank=True)
