"""Asking and deciding over HTTP: corrections, absences and overtime, signed by the person who is logged in.

An API key is no person: nobody would know who asked, or who approved whose hours. So a key reads these and files none.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from attendance.api import read_views
from attendance.api.events import EventSerializer, idempotency_key
from attendance.api.examples import ABSENCE, CORRECTION, ENTERED, OVERTIME
from attendance.api.read_views import AbsenceSerializer, CorrectionSerializer
from attendance.api.signing import (
    BY_HEADER,
    LOGIN,
    REFUSED,
    SIGNED,
    SigningEndpoint,
    content_of,
    decided,
    event_of,
    is_same,
    kept,
    once,
    own_person,
    person_of,
    signer,
    visible_row,
)
from attendance.api.submission_forms import (
    AbsenceDecisionSerializer,
    DecisionSerializer,
    EnteredCorrectionSerializer,
    NewAbsenceSerializer,
    NewCorrectionSerializer,
    NewOvertimeSerializer,
    OvertimeSerializer,
)
from attendance.models import Absence, ClockEvent, CorrectionRequest
from attendance.refusals import AttendanceRefused
from attendance.selectors.requests import of_second_approval
from attendance.services.absences import absence_approve_late, absence_decide, absence_enter, absence_request
from attendance.services.corrections import (
    punch_add,
    punch_change,
    punch_remove,
    request_approve,
    request_file,
    request_refuse,
    zone_meant,
)
from attendance.services.overtime import Wish, overtime_decide
from common.endpoints import Endpoint
from employees.models import Employee, User

Kind = CorrectionRequest.Kind


class CorrectionsView(SigningEndpoint, read_views.CorrectionsView):
    """Corrections: read, and asked for."""

    @extend_schema(
        operation_id="corrections_create",
        tags=["attendance"],
        auth=LOGIN,
        summary="Ask for a correction of one's own punches",
        description=SIGNED,
        parameters=[BY_HEADER],
        request=NewCorrectionSerializer,
        responses=kept(CorrectionSerializer, CORRECTION),
        examples=[
            OpenApiExample(
                "forgotten",
                request_only=True,
                value={
                    "kind": "add",
                    "direction": "out",
                    "at": "2026-03-02T17:00:00+01:00",
                    "reason": "The kiosk was dark",
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """File it."""
        own = own_person(request)
        content = content_of(NewCorrectionSerializer, request)
        key = idempotency_key(request, content.pop("idempotency_key", None))
        event = event_of(content.pop("event", None), Employee.objects.filter(pk=own.pk))
        zone = content.get("zone") or zone_meant(own, content.get("at"), event)
        fields = {**content, "zone": zone, "reason": content["reason"].strip()}
        return once(
            key,
            CorrectionRequest,
            CorrectionSerializer,
            lambda: request_file(employee=own, by=signer(request), event=event, idempotency_key=key, **fields),
            lambda row: row.event == event and (fields["kind"] == Kind.REMOVE or is_same(row, fields)),
        )


class EnteredCorrectionsView(SigningEndpoint, Endpoint):
    """Corrections that count at once."""

    @extend_schema(
        operation_id="corrections_enter",
        tags=["attendance"],
        auth=LOGIN,
        summary="Correct a punch of somebody else, as a manager",
        description=f"A new punch, which names the one it replaces, its author and why. {SIGNED}",
        parameters=[BY_HEADER],
        request=EnteredCorrectionSerializer,
        responses=kept(EventSerializer, ENTERED),
        examples=[
            OpenApiExample(
                "forgotten",
                request_only=True,
                value={
                    "employee": "1001",
                    "kind": "add",
                    "direction": "out",
                    "at": "2026-03-02T17:00:00+01:00",
                    "reason": "Forgotten check-out",
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Store it."""
        content = content_of(EnteredCorrectionSerializer, request)
        key = "correction:" + idempotency_key(request, content.get("idempotency_key"))
        person = person_of(request, content["employee"])
        event = event_of(content.get("event"), Employee.objects.filter(pk=person.pk))
        fields = {
            "direction": content.get("direction", ""),
            "at": content.get("at"),
            "zone": content.get("zone") or zone_meant(person, content.get("at"), event),
            "reason": content["reason"].strip(),
        }
        return once(
            key,
            ClockEvent,
            EventSerializer,
            lambda: _enter(person, event, content["kind"], fields, signer(request), key),
            lambda row: (
                row.employee == person
                and row.replaces == event
                and row.reason == fields["reason"]
                and (content["kind"] == Kind.REMOVE or is_same(row, fields))
            ),
        )


class CorrectionDecisionView(SigningEndpoint, Endpoint):
    """Approve or refuse."""

    @extend_schema(
        operation_id="corrections_decide",
        tags=["attendance"],
        auth=LOGIN,
        summary="Approve or refuse a correction",
        description=SIGNED,
        request=DecisionSerializer,
        responses=decided(CorrectionSerializer, CORRECTION),
        examples=[OpenApiExample("approve", {"decision": "approve", "answer": "I saw it"}, request_only=True)],
    )
    def post(self, request: Request, key: UUID) -> Response:
        """Decide."""
        content = content_of(DecisionSerializer, request)
        row = visible_row(request, CorrectionRequest, key)
        if content["decision"] == "approve":
            request_approve(request=row, by=signer(request), answer=content["answer"])
        else:
            request_refuse(request=row, by=signer(request), answer=content["answer"])
        row.refresh_from_db()
        return Response(CorrectionSerializer(row).data)


class AbsencesView(SigningEndpoint, read_views.AbsencesView):
    """Days away: read, asked for, entered."""

    @extend_schema(
        operation_id="absences_create",
        tags=["attendance"],
        auth=LOGIN,
        summary="Request time off, or enter somebody's",
        description=f"One's own wait for a decision; those that a manager enters count at once. {SIGNED}",
        parameters=[BY_HEADER],
        request=NewAbsenceSerializer,
        responses=kept(AbsenceSerializer, ABSENCE),
        examples=[
            OpenApiExample(
                "vacation",
                request_only=True,
                value={
                    "type": "vacation",
                    "first": "2026-03-09",
                    "last": "2026-03-13",
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """File it."""
        content = content_of(NewAbsenceSerializer, request)
        key = idempotency_key(request, content.pop("idempotency_key", None))
        number, user = content.pop("employee", None), signer(request)
        own: Employee | None = getattr(user, "employee", None)
        person = own_person(request) if number is None else person_of(request, number)
        fields = {"kind": content.pop("type"), **content, "reason": content["reason"].strip()}
        file = absence_request if person == own else absence_enter
        return once(
            key,
            Absence,
            AbsenceSerializer,
            lambda: file(employee=person, by=user, idempotency_key=key, **fields),
            lambda row: row.employee == person and is_same(row, fields),
        )


class AbsenceDecisionView(SigningEndpoint, Endpoint):
    """Approve or refuse."""

    @extend_schema(
        operation_id="absences_decide",
        tags=["attendance"],
        auth=LOGIN,
        summary="Approve or refuse time off",
        description="A locked period stays as it is: HR says `adjust` to approve time off there. Where a rule asks for "
        f"a second approval, the first leaves it `requested`. {SIGNED}",
        request=AbsenceDecisionSerializer,
        responses=decided(AbsenceSerializer, ABSENCE),
        examples=[OpenApiExample("refuse", {"decision": "refuse", "answer": "Stocktaking"}, request_only=True)],
    )
    def post(self, request: Request, key: int) -> Response:
        """Decide."""
        content = content_of(AbsenceDecisionSerializer, request)
        row, approve = visible_row(request, Absence, key), content["decision"] == "approve"
        if approve and content["adjust"]:
            absence_approve_late(absence=row, by=signer(request), reason=content["answer"])
            row.refresh_from_db()
        else:
            row = absence_decide(absence=row, by=signer(request), approve=approve, answer=content["answer"])
        return Response(AbsenceSerializer(row).data)


class OvertimeView(SigningEndpoint, Endpoint):
    """Overtime that needs an approval."""

    @extend_schema(
        operation_id="overtime_decide",
        tags=["attendance"],
        auth=LOGIN,
        summary="Approve overtime, all of it or a part",
        description="All days or none. `found` is what you saw: another overtime meanwhile is refused. Days that wait "
        f"for a second approval are not in the answer. {SIGNED}",
        request=NewOvertimeSerializer,
        responses={200: OvertimeSerializer(many=True), **REFUSED},
        examples=[
            OpenApiExample(
                "a part",
                request_only=True,
                value={
                    "employee": "1001",
                    "reason": "Only the delivery",
                    "days": [{"day": "2026-03-02", "found": {"150": 5400}, "approved": 3600}],
                },
            ),
            OpenApiExample("decided", [OVERTIME], response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Decide."""
        content = content_of(NewOvertimeSerializer, request)
        number = content["employee"]
        person = of_second_approval(signer(request), number) or person_of(request, number)
        wishes = {one["day"]: Wish(_tiers(one["found"]), one["approved"]) for one in content["days"]}
        rows: Any = overtime_decide(employee=person, wishes=wishes, by=signer(request), reason=content["reason"])
        return Response(OvertimeSerializer(rows, many=True).data)


def _enter(
    person: Employee, event: ClockEvent | None, kind: str, fields: dict[str, Any], by: User, key: str
) -> ClockEvent:
    if (kind == Kind.ADD) != (event is None):
        raise AttendanceRefused("kind_unknown", _("Say which punch is wrong, or which one is missing."))
    if kind != Kind.REMOVE and not fields["direction"]:
        raise AttendanceRefused("direction_unknown", _("The direction must be “in” or “out”."))
    if event is None:
        return punch_add(employee=person, author=by, idempotency_key=key, **fields)
    if kind == Kind.REMOVE:
        return punch_remove(event=event, reason=fields["reason"], author=by, idempotency_key=key)
    return punch_change(event=event, author=by, idempotency_key=key, **fields)


def _tiers(found: dict[str, int]) -> dict[int, int]:
    """By number; raises ValidationError for a tier that is none."""
    try:
        return {int(tier): seconds for tier, seconds in found.items()}
    except ValueError as error:
        raise serializers.ValidationError({"found": [_("Write tiers as numbers, such as 150.")]}) from error
