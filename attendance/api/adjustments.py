"""``/api/v1/attendance/adjustments``: read by programs, made by HR."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from attendance.api.shared import ETAG_NOTE, PERIOD, WHO, OfPersonSerializer, Pages, ReadView, answers, period_of
from attendance.api.signing import LOGIN, REFUSED, SIGNED, Signed, SigningEndpoint, content_of, person_of, signer
from attendance.models import Adjustment
from attendance.services.adjustments import adjustment_add
from common.endpoints import InstantField, StrictSerializer
from employees.access import is_hr

ADJUSTMENT = {
    "id": 7,
    "employee": {"number": "1001", "name": "Ana Demo", "department": "Workshop"},
    "day": "2026-04-01",
    "about_day": "2026-03-30",
    "seconds": 10980,
    "tier": 0,
    "reason": "The kiosk was offline",
    "author": "hr",
    "created_at": "2026-04-02T08:05:12Z",
}


class AdjustmentSerializer(serializers.Serializer[Adjustment]):
    """Time paid, or taken back, for a day of a closed period."""

    id = serializers.IntegerField()
    employee = OfPersonSerializer()
    day = serializers.DateField(help_text="The day it counts on, in the next open period.")
    about_day = serializers.DateField(help_text="The day of the closed period.")
    seconds = serializers.IntegerField(help_text="Negative where it is taken back.")
    tier = serializers.IntegerField(help_text="Overtime at so many per cent; 0 is work without a tier.")
    reason = serializers.CharField()
    author = serializers.CharField(source="author.username")
    created_at = InstantField()


class NewAdjustmentSerializer(StrictSerializer):
    """An adjustment to make."""

    employee = serializers.CharField(max_length=40, help_text="The employee's number.")
    about_day = serializers.DateField(help_text="A day of a closed period.")
    seconds = serializers.IntegerField(help_text="Negative to take back.")
    tier = serializers.IntegerField(required=False, default=0, min_value=0, max_value=1000)
    reason = serializers.CharField(max_length=300)


class _InOrder(Pages):
    ordering = ("day", "pk")


class SignedByHr(Signed):
    """HR alone, asked before the body is read."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """As ``Signed``; False for everybody else who is logged in."""
        return super().has_permission(request, view) and is_hr(request.user)


class AdjustmentsView(SigningEndpoint, ReadView):
    """Adjustments."""

    signer_permission = SignedByHr

    serializer_class = AdjustmentSerializer
    pagination_class = _InOrder
    queryset = Adjustment.objects.none()
    parameters: ClassVar = frozenset({"employee", "department", "from", "to"})

    @extend_schema(
        operation_id="adjustments_list",
        tags=["attendance"],
        summary="Adjustments that count between two days",
        description=f"{ETAG_NOTE} Scope: `attendance:read`.",
        parameters=[*PERIOD, *WHO],
        responses=answers(AdjustmentSerializer),
        examples=[OpenApiExample("a page", [ADJUSTMENT], response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> Response:
        """One page."""
        self.check(request)
        first, last = period_of(request)
        rows = Adjustment.objects.filter(day__gte=first, day__lte=last)
        rows = rows.filter(employee__in=self.people(request).order_by().values("pk"))
        return self.paged(rows.select_related("employee__department", "author"))

    @extend_schema(
        operation_id="adjustments_create",
        tags=["attendance"],
        auth=LOGIN,
        summary="Adjust a day of a closed period",
        description=f"HR alone. It counts on the first open day after it. {SIGNED}",
        request=NewAdjustmentSerializer,
        responses={201: AdjustmentSerializer, **REFUSED},
        examples=[
            OpenApiExample(
                "an hour more",
                request_only=True,
                value={"employee": "1001", "about_day": "2026-03-30", "seconds": 3600, "reason": "Delivery"},
            ),
            OpenApiExample("made", ADJUSTMENT, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Make it."""
        content: dict[str, Any] = content_of(NewAdjustmentSerializer, request)
        person = person_of(request, content.pop("employee"))
        made = adjustment_add(employee=person, author=signer(request), **content)
        return Response(AdjustmentSerializer(made).data, status=201)
