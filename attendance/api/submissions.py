"""Asking and deciding over HTTP: corrections, absences and overtime, signed by the person who is logged in.

An API key is no person: nobody would know who asked, or who approved whose hours. So a key reads these and files none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, models
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from attendance.api import read_views
from attendance.api.events import KEY_HEADER, LONGEST_KEY, EventSerializer, idempotency_key, unknown_employee
from attendance.api.examples import ABSENCE, CORRECTION, ENTERED, OVERTIME
from attendance.api.read_views import AbsenceSerializer, CorrectionSerializer
from attendance.api.submission_forms import (
    DecisionSerializer,
    EnteredCorrectionSerializer,
    NewAbsenceSerializer,
    NewCorrectionSerializer,
    NewOvertimeSerializer,
    OvertimeSerializer,
)
from attendance.models import Absence, ClockEvent, CorrectionRequest
from attendance.refusals import AttendanceRefused
from attendance.services.absences import absence_decide, absence_enter, absence_request
from attendance.services.corrections import (
    punch_add,
    punch_change,
    punch_remove,
    request_approve,
    request_file,
    request_refuse,
)
from attendance.services.overtime import Wish, overtime_decide
from common.api_schema import example, refusals
from common.endpoints import Endpoint, SafeJSONParser, StrictSerializer
from employees.access import may_act, visible_employees
from employees.authentication import has_key
from employees.models import Employee, User

T = TypeVar("T", bound=models.Model)
Kind = CorrectionRequest.Kind
BY_HEADER = OpenApiParameter(
    KEY_HEADER, str, OpenApiParameter.HEADER, description=f"1 to {LONGEST_KEY} printable ASCII characters.",
    examples=[OpenApiExample("uuid", "f3a1d6f4-5a6f-4a7e-9a55-0c8f2f1f2b7d")],
)  # fmt: skip
SIGNED = (
    "Signed by whoever is logged in (session and CSRF token); an API key is refused. The answer is the same when the "
    f"request is repeated with the same `{KEY_HEADER}`."
)
REFUSED = refusals(
    example(400, "invalid", "Correct these fields: reason.", [
        {"field": "reason", "code": "required", "message": "This field is required.", "remedy": "Send this field."},
    ]),
    example(403, "key_cannot_sign", "A person signs this, and an API key is none. Log in instead."),
    example(403, "not_allowed", "Only the manager or HR decides, and nobody about themselves."),
    example(404, "not_found", "Not found."),
    example(422, "period_locked", "2 March 2026 is in a closed period. HR can reopen it."),
)  # fmt: skip


class Signed(BasePermission):
    """A person who is logged in; what they may do about whom, the services ask."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True, False for a visitor (401), or PermissionDenied for a key."""
        if has_key(request):
            message = _("A person signs this, and an API key is none. Log in instead.")
            raise PermissionDenied(message, "key_cannot_sign")
        return may_act(request.user)


class _Signing(GenericAPIView[Any]):
    """A POST that a person signs; GET, where there is one, is opened as before."""

    parser_classes = [SafeJSONParser]

    def get_permissions(self) -> Any:
        """Who may call."""
        return [Signed()] if self.request is not None and self.request.method == "POST" else super().get_permissions()


LOGIN: Any = [{"cookieAuth": []}]
"""What opens these, for the schema."""


def _decided(serializer: Any, value: dict[str, Any]) -> Any:
    """The answers of a decision, for the schema."""
    return {200: OpenApiResponse(serializer, examples=[OpenApiExample("decided", value)]), **REFUSED}


def _kept(serializer: Any, value: dict[str, Any]) -> Any:
    """The answers of a submission, for the schema."""
    return {
        201: OpenApiResponse(serializer, description="Stored.", examples=[OpenApiExample("stored", value)]),
        200: OpenApiResponse(
            serializer, description="The request was repeated: `Idempotency-Replayed: true`.",
            examples=[OpenApiExample("again", value)],
        ),
        **REFUSED,
    }  # fmt: skip


class CorrectionsView(_Signing, read_views.CorrectionsView):
    """Corrections: read, and asked for."""

    @extend_schema(
        operation_id="corrections_create", tags=["attendance"], auth=LOGIN,
        summary="Ask for a correction of one's own punches",
        description=SIGNED, parameters=[BY_HEADER], request=NewCorrectionSerializer,
        responses=_kept(CorrectionSerializer, CORRECTION),
        examples=[OpenApiExample("forgotten", request_only=True, value={
            "kind": "add", "direction": "out", "at": "2026-03-02T17:00:00+01:00", "reason": "The kiosk was dark",
        })],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """File it."""
        own = _own(request)
        content = _read(NewCorrectionSerializer, request)
        key = idempotency_key(request, content.pop("idempotency_key", None))
        event = _event(content.pop("event", None), Employee.objects.filter(pk=own.pk))
        fields = {**content, "zone": content.get("zone") or own.time_zone, "reason": content["reason"].strip()}
        return _once(
            key, CorrectionRequest, CorrectionSerializer,
            lambda: request_file(employee=own, by=_user(request), event=event, idempotency_key=key, **fields),
            lambda row: row.event == event and (fields["kind"] == Kind.REMOVE or _same(row, fields)),
        )  # fmt: skip


class EnteredCorrectionsView(_Signing, Endpoint):
    """Corrections that count at once."""

    @extend_schema(
        operation_id="corrections_enter", tags=["attendance"], auth=LOGIN,
        summary="Correct a punch of somebody else, as a manager",
        description=f"A new clock event, which names the one it replaces, its author and why. {SIGNED}",
        parameters=[BY_HEADER], request=EnteredCorrectionSerializer, responses=_kept(EventSerializer, ENTERED),
        examples=[OpenApiExample("forgotten", request_only=True, value={
            "employee": "1001", "kind": "add", "direction": "out", "at": "2026-03-02T17:00:00+01:00",
            "reason": "Forgotten check-out",
        })],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Store it."""
        content = _read(EnteredCorrectionSerializer, request)
        key = "correction:" + idempotency_key(request, content.get("idempotency_key"))
        person = _person(request, content["employee"])
        event = _event(content.get("event"), Employee.objects.filter(pk=person.pk))
        fields = {
            "direction": content.get("direction", ""), "at": content.get("at"),
            "zone": content.get("zone") or person.time_zone, "reason": content["reason"].strip(),
        }  # fmt: skip
        return _once(
            key, ClockEvent, EventSerializer,
            lambda: _enter(person, event, content["kind"], fields, _user(request), key),
            lambda row: row.employee == person and row.replaces == event and row.reason == fields["reason"]
            and (content["kind"] == Kind.REMOVE or _same(row, fields)),
        )  # fmt: skip


class CorrectionDecisionView(_Signing, Endpoint):
    """Approve or refuse."""

    @extend_schema(
        operation_id="corrections_decide", tags=["attendance"], auth=LOGIN,
        summary="Approve or refuse a correction",
        description=SIGNED, request=DecisionSerializer, responses=_decided(CorrectionSerializer, CORRECTION),
        examples=[OpenApiExample("approve", {"decision": "approve", "answer": "I saw it"}, request_only=True)],
    )  # fmt: skip
    def post(self, request: Request, key: UUID) -> Response:
        """Decide."""
        content = _read(DecisionSerializer, request)
        row = _visible_row(request, CorrectionRequest, key)
        if content["decision"] == "approve":
            request_approve(request=row, by=_user(request), answer=content["answer"])
        else:
            request_refuse(request=row, by=_user(request), answer=content["answer"])
        row.refresh_from_db()
        return Response(CorrectionSerializer(row).data)


class AbsencesView(_Signing, read_views.AbsencesView):
    """Days away: read, asked for, entered."""

    @extend_schema(
        operation_id="absences_create", tags=["attendance"], auth=LOGIN,
        summary="Request time off, or enter somebody's",
        description=f"One's own wait for a decision; those that a manager enters count at once. {SIGNED}",
        parameters=[BY_HEADER], request=NewAbsenceSerializer, responses=_kept(AbsenceSerializer, ABSENCE),
        examples=[OpenApiExample("vacation", request_only=True, value={
            "type": "vacation", "first": "2026-03-09", "last": "2026-03-13",
        })],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """File it."""
        content = _read(NewAbsenceSerializer, request)
        key = idempotency_key(request, content.pop("idempotency_key", None))
        number, user = content.pop("employee", None), _user(request)
        own: Employee | None = getattr(user, "employee", None)
        person = _own(request) if number is None else _person(request, number)
        fields = {"kind": content.pop("type"), **content, "reason": content["reason"].strip()}
        file = absence_request if person == own else absence_enter
        return _once(
            key, Absence, AbsenceSerializer,
            lambda: file(employee=person, by=user, idempotency_key=key, **fields),
            lambda row: row.employee == person and _same(row, fields),
        )  # fmt: skip


class AbsenceDecisionView(_Signing, Endpoint):
    """Approve or refuse."""

    @extend_schema(
        operation_id="absences_decide", tags=["attendance"], auth=LOGIN,
        summary="Approve or refuse time off",
        description=SIGNED, request=DecisionSerializer, responses=_decided(AbsenceSerializer, ABSENCE),
        examples=[OpenApiExample("refuse", {"decision": "refuse", "answer": "Stocktaking"}, request_only=True)],
    )  # fmt: skip
    def post(self, request: Request, key: int) -> Response:
        """Decide."""
        content = _read(DecisionSerializer, request)
        row, approve = _visible_row(request, Absence, key), content["decision"] == "approve"
        done = absence_decide(absence=row, by=_user(request), approve=approve, answer=content["answer"])
        return Response(AbsenceSerializer(done).data)


class OvertimeView(_Signing, Endpoint):
    """Overtime that needs an approval."""

    @extend_schema(
        operation_id="overtime_decide", tags=["attendance"], auth=LOGIN,
        summary="Approve overtime, all of it or a part",
        description=f"All days or none. `found` is what you saw: another overtime meanwhile is refused. {SIGNED}",
        request=NewOvertimeSerializer, responses={200: OvertimeSerializer(many=True), **REFUSED},
        examples=[
            OpenApiExample("a part", request_only=True, value={
                "employee": "1001", "reason": "Only the delivery",
                "days": [{"day": "2026-03-02", "found": {"150": 5400}, "approved": 3600}],
            }),
            OpenApiExample("decided", [OVERTIME], response_only=True, status_codes=["200"]),
        ],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Decide."""
        content = _read(NewOvertimeSerializer, request)
        person = _person(request, content["employee"])
        wishes = {one["day"]: Wish(_tiers(one["found"]), one["approved"]) for one in content["days"]}
        rows: Any = overtime_decide(employee=person, wishes=wishes, by=_user(request), reason=content["reason"])
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


def _once(key: str, model: type[T], serializer: Any, store: Callable[[], T], same: Callable[[T], bool]) -> Response:
    """Store and answer 201; answer a repeated request with what it stored. Another request under the key is refused."""

    def find() -> T | None:
        return model._default_manager.filter(idempotency_key=key).first()

    stored = find()
    if stored is None:
        try:
            return Response(serializer(store()).data, status=201)
        except (AttendanceRefused, IntegrityError):
            # The same request in another thread may have been faster.
            stored = find()
            if stored is None:
                raise
    if not same(stored):
        raise AttendanceRefused("key_reused", _("This key was used for another request."), field=KEY_HEADER)
    return Response(serializer(stored).data, headers={"Idempotency-Replayed": "true"})


def _same(row: Any, fields: dict[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in fields.items())


def _read(serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
    form = serializer(data=request.data)
    form.is_valid(raise_exception=True)
    content: dict[str, Any] = form.validated_data
    return content


def _user(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user


def _own(request: Request) -> Employee:
    own: Employee | None = getattr(request.user, "employee", None)
    if own is None:
        raise PermissionDenied(_("This account is no employee's."), "not_an_employee")
    return own


def _person(request: Request, number: str) -> Employee:
    """The person, if the caller may know of them; for anybody else there is nobody of that number."""
    found: Employee | None = visible_employees(request.user).filter(number=number).first()
    if found is None:
        raise unknown_employee(number)
    return found


def _event(key: UUID | None, people: Any) -> ClockEvent | None:
    if key is None:
        return None
    found = ClockEvent.objects.filter(pk=key, employee__in=people).first()
    if found is None:
        raise AttendanceRefused("event_unknown", _("This person has no such clock event."), field="event")
    return found


def _visible_row(request: Request, model: type[T], key: Any) -> T:
    rows = model._default_manager.filter(pk=key, employee__in=visible_employees(request.user).order_by().values("pk"))
    row = rows.select_related("employee__department").first()
    if row is None:
        raise Http404
    return row


def _tiers(found: dict[str, int]) -> dict[int, int]:
    """By number; raises ValidationError for a tier that is none."""
    try:
        return {int(tier): seconds for tier, seconds in found.items()}
    except ValueError as error:
        raise serializers.ValidationError({"found": [_("Write tiers as numbers, such as 150.")]}) from error
