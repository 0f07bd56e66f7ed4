"""``POST /api/v1/identify``: name the person in a picture."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from common.admission import image_work
from common.api_schema import example, refusals
from common.endpoints import Endpoint, StrictSerializer
from employees.authentication import KeyThrottle, caller
from employees.models import ApiKey
from recognition.engine.images import MAX_BYTES
from recognition.models import Decision
from recognition.services import Answer, identify

# What a form adds to its file: boundaries, headers and the acceptance.
FORM_OVERHEAD = 64 * 1024


def _finite(value: float) -> None:
    if not math.isfinite(value):
        raise serializers.ValidationError(_("This is not a number."), "invalid")


class QuestionSerializer(StrictSerializer):
    file = serializers.FileField(
        allow_empty_file=True, max_length=None,
        help_text=(
            "One photo: JPEG, PNG, WebP, HEIC, GIF, BMP or TIFF, at most 20 MiB, 50 million pixels, 12,000 on a side."
        ),
    )  # fmt: skip
    acceptance = serializers.FloatField(
        required=False, min_value=0, max_value=1, validators=[_finite],
        help_text="The confidence from which a person counts as identified; the server's own where it is left out.",
    )  # fmt: skip


class PersonSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    name = serializers.CharField()


class AnswerSerializer(serializers.Serializer[Any]):
    person = PersonSerializer(allow_null=True, help_text="Null unless the outcome is `identified`.")
    confidence = serializers.FloatField(min_value=0, max_value=1, help_text="A calibrated probability.")
    outcome = serializers.ChoiceField(Decision.Outcome.choices)
    reason = serializers.CharField(allow_blank=True, help_text="Why, for programs; may be empty.")
    advice = serializers.CharField(allow_blank=True, help_text="What to do about it, for people.")
    box = serializers.ListField(
        child=serializers.IntegerField(), min_length=4, max_length=4, allow_null=True,
        help_text="The face's [x, y, width, height] in pixels of the upright picture.",
    )  # fmt: skip
    milliseconds = serializers.DictField(child=serializers.FloatField(), help_text="By stage.")
    model_version = serializers.CharField()
    decision = serializers.UUIDField(help_text="The stored evidence of this answer.")


IDENTIFIED = {
    "person": {"number": "1001", "name": "Ana Demo"}, "confidence": 0.993, "outcome": "identified", "reason": "",
    "advice": "", "box": [212, 96, 180, 241], "milliseconds": {"detect": 9.1, "embed": 11.8, "match": 0.4},
    "model_version": "sface-1", "decision": "0b2f0d0e-7d0c-4f0e-9d0b-6f6f3f1f2a11",
}  # fmt: skip
UNKNOWN = IDENTIFIED | {"person": None, "confidence": 0.04, "outcome": "unknown"}


class IdentifyView(Endpoint):
    """Recognise the person in one picture."""

    required_scopes: ClassVar = {"POST": ApiKey.Scope.IDENTIFY.value}
    body_limit = MAX_BYTES + FORM_OVERHEAD
    parser_classes = [MultiPartParser]
    throttle_classes = [KeyThrottle]
    throttle_scope = "identify"

    @extend_schema(
        operation_id="identify",
        tags=["recognition"],
        summary="Whose face is this?",
        description=(
            "Send one picture as the form field `file`. The answer is stored as a decision; the picture is not, unless "
            "the company chose to keep it. A picture in which nobody can be identified is an answer too (200): read "
            "`outcome`. Scope: `identify`."
        ),
        request={"multipart/form-data": QuestionSerializer},
        responses={
            200: OpenApiResponse(
                AnswerSerializer,
                description="The answer.",
                examples=[OpenApiExample("identified", IDENTIFIED), OpenApiExample("unknown", UNKNOWN)],
            ),
            **refusals(
                example(
                    400, "invalid", "Correct these fields: file.",
                    [{"field": "file", "code": "required", "message": "No file was submitted.",
                      "remedy": "Send this field."}],
                ),
                example(413, "too_large", "The file has 31.0 MiB; the limit is 20 MiB. Save the photo smaller."),
                example(415, "unsupported_media_type", "Unsupported media type \"image/jpeg\" in request."),
                example(422, "truncated", "The picture is cut short or damaged. Copy or upload the photo again."),
                example(503, "busy", "Many pictures are being looked at in this moment. Send it again."),
            ),
        },
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Decode, ask the service, answer."""
        question = QuestionSerializer(data=request.data)
        question.is_valid(raise_exception=True)
        if len(request.FILES.getlist("file")) > 1:
            raise serializers.ValidationError(
                {"file": [serializers.ErrorDetail(_("Send one picture at a time."), "several_files")]}
            )
        asked = question.validated_data
        kind, who = caller(request)
        with image_work():
            answer = identify(
                images=[asked["file"].read()],
                asker=Decision.Asker(kind),
                asker_id=who,
                acceptance=asked.get("acceptance"),
            )
        return Response(_content(answer))


def _content(answer: Answer) -> dict[str, Any]:
    identified = answer.outcome == Decision.Outcome.IDENTIFIED and answer.employee is not None
    return {
        "person": {"number": answer.employee.number, "name": answer.employee.name}
        if identified and answer.employee is not None
        else None,
        "confidence": answer.confidence,
        "outcome": str(answer.outcome),
        "reason": answer.reason,
        "advice": str(answer.advice),
        "box": answer.box,
        "milliseconds": answer.milliseconds,
        "model_version": answer.version,
        "decision": str(answer.decision.pk),
    }
