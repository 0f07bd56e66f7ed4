"""``/api/v1/attendance/events``: read the clock events, and add one."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import Cursor
from rest_framework.request import Request
from rest_framework.response import Response

from attendance.api.shared import Pages
from attendance.filters import EventFilter
from attendance.models import ClockEvent
from attendance.selectors.events import events_for
from attendance.services.clock import clock
from common.api_schema import example, refusals
from common.endpoints import Endpoint, InstantField, SafeJSONParser, StrictSerializer, check_zone
from common.refusals import Refusal
from employees.authentication import caller, callers_people, calling_user
from employees.employment import zone_at
from employees.models import ApiKey

KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 100
_KEY = re.compile(rf"[\x21-\x7e]{{1,{LONGEST_KEY}}}")


class EmployeeSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    name = serializers.CharField()


class EventSerializer(serializers.Serializer[ClockEvent]):
    """A clock event. It never changes; a correction is another event that names it."""

    id = serializers.UUIDField()
    employee = EmployeeSerializer()
    direction = serializers.ChoiceField(ClockEvent.Direction.choices)
    at = InstantField(help_text="When it happened, in UTC.")
    zone = serializers.CharField(help_text="The IANA time zone of the place where it happened.")
    local_at = serializers.SerializerMethodField(help_text="The same instant on that place's wall clock.")
    received_at = InstantField(help_text="When it reached the server; the order of the pages.")
    method = serializers.ChoiceField(ClockEvent.Method.choices)
    kiosk = serializers.SerializerMethodField(help_text="The kiosk's name.")
    decision = serializers.UUIDField(source="decision_id", allow_null=True, help_text="The recognition it rests on.")
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True, help_text="The event it corrects.")
    replaced_by = serializers.SerializerMethodField(help_text="The event that corrects this one: count that instead.")

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_local_at(self, event: ClockEvent) -> str:
        """ISO 8601 with the offset of the place."""
        return event.local_at.isoformat()

    @extend_schema_field({"type": "string", "nullable": True})
    def get_kiosk(self, event: ClockEvent) -> str | None:
        """Its name, None without one."""
        return event.kiosk.name if event.kiosk else None

    @extend_schema_field({"type": "string", "format": "uuid", "nullable": True})
    def get_replaced_by(self, event: ClockEvent) -> str | None:
        """The id that the query has annotated; an event that was just clocked has none."""
        found = getattr(event, "replacement_id", None)
        return str(found) if found else None


class ClockedSerializer(EventSerializer):
    """A clock event as the answer to a request to clock."""

    already = serializers.BooleanField(
        default=False,
        read_only=True,
        help_text="True: the person had clocked less than a minute before. Nothing was stored; that event is returned.",
    )


class NewEventSerializer(StrictSerializer):
    employee = serializers.CharField(max_length=40, help_text="The employee's number.")
    direction = serializers.ChoiceField(
        ClockEvent.Direction.choices,
        required=False,
        allow_null=True,
        help_text="Follows from the person's last event where it is left out.",
    )
    at = InstantField(required=False, allow_null=True, help_text="ISO 8601 with an offset; now where it is left out.")
    zone = serializers.CharField(
        required=False,
        max_length=64,
        validators=[check_zone],
        help_text="An IANA name; that of the employee on that day where it is left out.",
    )
    idempotency_key = serializers.CharField(
        required=False, max_length=LONGEST_KEY, help_text=f"In place of the header {KEY_HEADER}."
    )


class EventPages(Pages):
    """Pages by arrival: events that arrive meanwhile appear on later pages, and none is shown twice."""

    ordering = ("received_at", "id")
    page_size = 100
    max_page_size = 500

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The cursor; NotFound, too, where its position is no instant."""
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None:
            try:
                aware = datetime.fromisoformat(str(cursor.position)).tzinfo is not None
            except ValueError:
                aware = False
            if not aware:
                raise NotFound(self.invalid_cursor_message)
        return cursor


EVENT = {
    "id": "5c0e6dc7-0a57-4f1c-8b7e-3a0c3f8a1d10",
    "employee": {"number": "1001", "name": "Ana Demo"},
    "direction": "in",
    "at": "2026-03-02T07:59:12Z",
    "zone": "Europe/Madrid",
    "local_at": "2026-03-02T08:59:12+01:00",
    "received_at": "2026-03-02T07:59:12.481000Z",
    "method": "api",
    "kiosk": None,
    "decision": None,
    "replaces": None,
    "replaced_by": None,
}
NO_EMPLOYEE = {
    "field": "employee",
    "code": "employee_unknown",
    "message": "Nobody has the number 9999.",
    "remedy": "Check the number.",
}
NAIVE = {
    "field": "at",
    "code": "no_offset",
    "message": "This instant has no offset from UTC.",
    "remedy": "Add the offset, as in 2026-03-02T08:59:00+01:00.",
}


class EventsView(Endpoint, GenericAPIView[ClockEvent]):
    """Read the clock events, and add one."""

    required_scopes: ClassVar = {"GET": ApiKey.Scope.READ.value, "POST": ApiKey.Scope.WRITE.value}
    parser_classes = [SafeJSONParser]
    pagination_class = EventPages
    filterset_class = EventFilter
    serializer_class = EventSerializer
    queryset = ClockEvent.objects.none()

    def get_queryset(self) -> QuerySet[ClockEvent]:
        """What this caller may read."""
        return events_for(people=callers_people(self.request))

    @extend_schema(
        operation_id="events_list",
        tags=["attendance"],
        summary="Punches, in the order of their arrival",
        description=(
            "Follow `next` until it is null. Events are never changed: a correction is a new event whose `replaces` "
            "names the old one, and the old one's `replaced_by` names it. Managers who are logged in read the people "
            "they see. Scope: `attendance:read`."
        ),
        examples=[OpenApiExample("event", EVENT, response_only=True, status_codes=["200"])],
        responses={
            # The media type is said so that the key sorts before the refusals': the first one makes this a list.
            (200, "application/json"): EventSerializer(many=True),
            **refusals(
                example(400, "invalid", "Correct these fields: from.", [NAIVE | {"field": "from"}]),
                example(404, "not_found", "Invalid cursor"),
            ),
        },
    )
    def get(self, request: Request) -> Response:
        """One page."""
        self._refuse_unknown_parameters(request)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="events_create",
        tags=["attendance"],
        summary="Clock a person in or out",
        description=(
            f"Send a fresh `{KEY_HEADER}` (a UUID, say) with each punch and the same one when you repeat a request: "
            "the answer is then the same and one event is stored. Keys belong to the API key that sent them. "
            "Scope: `attendance:write`."
        ),
        parameters=[
            OpenApiParameter(
                KEY_HEADER,
                str,
                OpenApiParameter.HEADER,
                description=f"1 to {LONGEST_KEY} printable ASCII characters.",
                examples=[OpenApiExample("uuid", "f3a1d6f4-5a6f-4a7e-9a55-0c8f2f1f2b7d")],
            )
        ],
        request=NewEventSerializer,
        examples=[
            OpenApiExample("now", {"employee": "1001"}, request_only=True),
            OpenApiExample(
                "in the past",
                {"employee": "1001", "direction": "out", "at": "2026-03-02T17:02:00+01:00", "zone": "Europe/Madrid"},
                request_only=True,
            ),
        ],
        responses={
            201: OpenApiResponse(
                ClockedSerializer,
                description="Stored.",
                examples=[OpenApiExample("stored", EVENT | {"already": False})],
            ),
            200: OpenApiResponse(
                ClockedSerializer,
                description="Nothing new was stored: the request was repeated (then with the header "
                "`Idempotency-Replayed: true`), or the person had clocked less than a minute before (`already`).",
                examples=[OpenApiExample("already", EVENT | {"already": True})],
            ),
            **refusals(
                example(400, "invalid", "Correct these fields: at.", [NAIVE]),
                example(400, "parse_error", "JSON parse error - Expecting value: line 1 column 1 (char 0)"),
                example(415, "unsupported_media_type", 'Unsupported media type "text/plain" in request.'),
                example(422, "employee_unknown", "Nobody has the number 9999. Check the number.", [NO_EMPLOYEE]),
                example(422, "key_reused", "This key was used for another request."),
            ),
        },
    )
    def post(self, request: Request) -> Response:
        """Clock and answer with the event."""
        asked = NewEventSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wished = asked.validated_data
        key = idempotency_key(request, wished.get("idempotency_key"))
        employee = callers_people(request).filter(number=wished["employee"]).first()
        if employee is None:
            raise unknown_employee(wished["employee"])
        at = wished.get("at")
        result = clock(
            employee=employee,
            direction=wished.get("direction"),
            at=at,
            zone=wished.get("zone") or (zone_at(employee, at) if at else employee.time_zone),
            method=ClockEvent.Method.API,
            idempotency_key=key,
            author=calling_user(request),
        )
        result.event.employee = employee
        content = EventSerializer(result.event).data | {"already": result.already}
        headers = {"Idempotency-Replayed": "true"} if result.replayed else {}
        return Response(content, status=201 if result.created else 200, headers=headers)

    def _refuse_unknown_parameters(self, request: Request) -> None:
        """A misspelt filter must not answer with everybody's events."""
        known = {*EventFilter.base_filters, EventPages.cursor_query_param, EventPages.page_size_query_param}
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            message = _("There is no such parameter.")
            raise serializers.ValidationError(
                {name: [serializers.ErrorDetail(message, "unknown_parameter")] for name in unknown}
            )


def idempotency_key(request: Request, in_body: str | None) -> str:
    """The caller's key within a space of the caller's own, so that two programs never meet."""
    in_header = request.headers.get(KEY_HEADER)
    if in_header is not None and in_body is not None and in_header != in_body:
        raise _bad_key("key_ambiguous", _("The header and the body name two different keys."), _("Send one of them."))
    key = in_body if in_header is None else in_header
    if not key:
        raise _bad_key("key_missing", _("The request has no idempotency key."), _("Send a fresh UUID with each punch."))
    if not _KEY.fullmatch(key):
        message = _("The idempotency key has more than %(limit)s characters, or some that are not printable ASCII.")
        raise _bad_key("key_malformed", message % {"limit": LONGEST_KEY}, _("Send a fresh UUID with each punch."))
    return ":".join([*caller(request), key])


def _bad_key(code: str, message: str, remedy: str) -> Refusal:
    return Refusal(code, message, field=KEY_HEADER, remedy=remedy, status=400)


def unknown_employee(number: str) -> Refusal:
    """Nobody of that number whom the caller may know of."""
    message = _("Nobody has the number %(number)s.") % {"number": number}
    return Refusal("employee_unknown", message, field="employee", remedy=_("Check the number."))
