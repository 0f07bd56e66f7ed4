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
from common.refusals import Refusal
from employees.authentication import KeyThrottle, caller, callers_people
from employees.models import ApiKey, Employee
from recognition.engine.images import MAX_BYTES
from recognition.models import Decision
from recognition.services import Answer, identify
from recognition.wording import remedy

# What a form adds to its file: boundaries, headers and the acceptance.
FORM_OVERHEAD = 64 * 1024


def _finite(value: float) -> None:
    if not math.isfinite(value):
        raise serializers.ValidationError(_("This is not a number."), "invalid")


class QuestionSerializer(StrictSerializer):
    file = serializers.FileField(
        allow_empty_file=True,
        max_length=None,
        help_text=(
            "One photo: JPEG, PNG, WebP, HEIC, GIF, BMP or TIFF, at most 20 MiB, 50 million pixels, 12,000 on a side."
        ),
    )
    number = serializers.CharField(
        required=False,
        max_length=40,
        help_text=(
            "Whose face it should be: that person alone is compared, and the answer is `identified` or `unknown`. "
            "Needed where the company chose 1:1."
        ),
    )
    acceptance = serializers.FloatField(
        required=False,
        min_value=0,
        max_value=1,
        validators=[_finite],
        help_text="The confidence from which a person counts as identified; the server's own where it is left out.",
    )


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
        child=serializers.IntegerField(),
        min_length=4,
        max_length=4,
        allow_null=True,
        help_text="The face's [x, y, width, height] in pixels of the upright picture.",
    )
    turned = serializers.ChoiceField(
        (0, 90, 180, 270),
        help_text="By how many degrees, clockwise, the picture had to be turned for the face to stand upright.",
    )
    milliseconds = serializers.DictField(child=serializers.FloatField(), help_text="By stage.")
    model_version = serializers.CharField()
    decision = serializers.UUIDField(help_text="The stored evidence of this answer.")


IDENTIFIED = {
    "person": {"number": "1001", "name": "Ana Demo"},
    "confidence": 0.993,
    "outcome": "identified",
    "reason": "",
    "advice": "",
    "box": [212, 96, 180, 241],
    "turned": 0,
    "milliseconds": {"detect": 9.1, "embed": 11.8, "match": 0.4},
    "model_version": "sface-1",
    "decision": "0b2f0d0e-7d0c-4f0e-9d0b-6f6f3f1f2a11",
}
UNKNOWN = IDENTIFIED | {"person": None, "confidence": 0.04, "outcome": "unknown"}


class IdentifyView(Endpoint):
    """Recognise the person in one picture."""

    required_scopes: ClassVar = {"POST": ApiKey.Scope.IDENTIFY.value}
    body_limit = MAX_BYTES + FORM_OVERHEAD
    reads = frozenset({"POST"})
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
            "`outcome`. With `number` the face is compared with that person alone (1:1). Scope: `identify`."
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
                    400,
                    "invalid",
                    "Correct these fields: file.",
                    [
                        {
                            "field": "file",
                            "code": "required",
                            "message": "No file was submitted.",
                            "remedy": "Send this field.",
                        }
                    ],
                ),
                example(413, "too_large", "The file has 31.0 MiB; the limit is 20 MiB. Save the photo smaller."),
                example(415, "unsupported_media_type", 'Unsupported media type "image/jpeg" in request.'),
                example(
                    422,
                    "search_off",
                    "This company compares a face with one person only (1:1), and nobody was named.",
                    [
                        {
                            "field": "number",
                            "code": "search_off",
                            "message": "This company compares a face with one person only (1:1), and nobody was named.",
                            "remedy": "Send the employee’s number as “number”.",
                        }
                    ],
                ),
                example(422, "truncated", "The picture is cut short or damaged. Copy or upload the photo again."),
                example(503, "busy", "Many pictures are being looked at in this moment. Send it again."),
            ),
        },
    )
    def post(self, request: Request) -> Response:
        """Decode, ask the service, answer."""
        question = QuestionSerializer(data=request.data)
        question.is_valid(raise_exception=True)
        if len(request.FILES.getlist("file")) > 1:
            raise serializers.ValidationError(
                {"file": [serializers.ErrorDetail(_("Send one picture at a time."), "several_files")]}
            )
        asked = question.validated_data
        claimed = _claimed(request, asked["number"]) if "number" in asked else None
        kind, who = caller(request)
        with image_work():
            answer = identify(
                images=[asked["file"].read()],
                asker=Decision.Asker(kind),
                asker_id=who,
                acceptance=asked.get("acceptance"),
                claimed=claimed,
            )
        told = _content(answer)
        return Response(told if claimed is not None or _may_know(request, answer) else told | _of_another_department())


def _claimed(request: Request, number: str) -> Employee:
    """Who is said to be in the picture, among those whom the caller may ask about; raises ``Refusal``."""
    found = callers_people(request).filter(number=number).first()
    if found is None:
        message = _("Nobody has the number %(number)s.") % {"number": number}
        raise Refusal("employee_unknown", message, field="number", remedy=_("Check the number."))
    return found


def _may_know(request: Request, answer: Answer) -> bool:
    """Whether the answer is about nobody, or about somebody whose data the caller may read.

    How near a face is to somebody who is not named would tell a key of one department who works in the others.
    """
    if answer.employee is not None:
        return callers_people(request).filter(pk=answer.employee.pk).exists()
    limited = isinstance(request.auth, ApiKey) and request.auth.is_limited
    return not limited or answer.outcome != Decision.Outcome.UNKNOWN


def _of_another_department() -> dict[str, Any]:
    """What a key that is limited to departments learns of anybody else: nothing."""
    reason, advice = "unknown", remedy("unknown")
    outcome = str(Decision.Outcome.UNKNOWN)
    return {"person": None, "confidence": 0.0, "outcome": outcome, "reason": reason, "advice": advice}


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
        "turned": answer.turned,
        "milliseconds": answer.milliseconds,
        "model_version": answer.version,
        "decision": str(answer.decision.pk),
    }
