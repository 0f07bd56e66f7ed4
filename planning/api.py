"""``/api/v1/plan``: the plan read page by page, and days of it written by programs and by HR."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from attendance.api.events import unknown_employee
from attendance.api.shared import (
    ETAG_NOTE,
    PERIOD,
    WHO,
    OfPersonSerializer,
    PeoplePages,
    ReadView,
    answers,
    period_of,
)
from attendance.api.signing import content_of
from attendance.models import PlannedShift, Shift
from attendance.services.planned import people_lock
from common.api_schema import example, refusals
from common.endpoints import SafeJSONParser, StrictSerializer
from employees.authentication import callers_people, calling_user
from employees.employment import employed_between
from employees.models import ApiKey, Employee
from planning.access import PlanRefused
from planning.selectors import Cell, PlanView
from planning.services.drafts import Wish, drafts_set
from planning.services.publishing import days_publish

LONGEST = 62
"""Days of a plan that are read at once."""
DAY = {
    "day": "2026-11-23",
    "shifts": ["Early"],
    "origin": "published",
    "note": "",
    "away": "",
    "warnings": [],
}
PLAN = {"employee": {"number": "1001", "name": "Ana Demo", "department": "Workshop"}, "days": [DAY]}
REFUSED = refusals(
    example(403, "not_allowed", "Only the manager or HR plans shifts, and nobody their own."),
    example(422, "period_locked", "2 March 2026 is in a closed period. HR can add an adjustment."),
    example(422, "not_employed", "Ana Demo does not work here on that day."),
)


class PlanDaySerializer(serializers.Serializer[Any]):
    """A day of a person's plan."""

    day = serializers.DateField()
    shifts = serializers.ListField(child=serializers.CharField(), help_text="Names; none where the day is free.")
    origin = serializers.ChoiceField(
        ["assigned", "published", "draft"],
        help_text="Whether the shifts are those of the assignments, published for the day, or a draft.",
    )
    note = serializers.CharField(allow_blank=True)
    away = serializers.CharField(allow_blank=True, help_text="Approved time off and holidays.")
    warnings = serializers.ListField(child=serializers.CharField(), help_text="Sentences for people.")


class PersonPlanSerializer(serializers.Serializer[Any]):
    """A person's plan."""

    employee = OfPersonSerializer()
    days = PlanDaySerializer(many=True)


class NewPlanDaySerializer(StrictSerializer):
    """A person's day as it is to be."""

    employee = serializers.CharField(max_length=40, help_text="The employee's number.")
    day = serializers.DateField()
    shifts = serializers.ListField(
        child=serializers.CharField(max_length=80), max_length=4, help_text="Names; an empty list means a free day."
    )
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    publish = serializers.BooleanField(default=False, help_text="Publish the day at once; else it is a draft.")


class PlanEndpoint(ReadView):
    """The plan."""

    required_scopes: ClassVar = {
        "GET": ApiKey.Scope.READ.value,
        "POST": ApiKey.Scope.PLAN.value,
        "DELETE": ApiKey.Scope.PLAN.value,
    }
    parser_classes = [SafeJSONParser]
    serializer_class = PersonPlanSerializer
    pagination_class = PeoplePages
    queryset = Employee.objects.none()
    parameters = frozenset({"employee", "department", "from", "to"})

    @extend_schema(
        operation_id="plan_list",
        tags=["plan"],
        summary="The plan of each person",
        description=f"Drafts are in it. At most {LONGEST} days at once; a page has as many people as `page_size` says. "
        f"{ETAG_NOTE} Scope: `attendance:read`.",
        parameters=[*PERIOD, *WHO],
        responses=answers(PersonPlanSerializer),
        examples=[OpenApiExample("a page", [PLAN], response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> Response:
        """One page."""
        self.check(request)
        first, last = period_of(request)
        if (last - first).days >= LONGEST:
            message = _("The plan is read for at most %(most)d days at once.") % {"most": LONGEST}
            raise serializers.ValidationError({"to": [serializers.ErrorDetail(message, "period")]})
        people = employed_between(self.people(request, first, last), first, last)
        view = PlanView(self.paginate_queryset(people) or [], first, last)
        rows = [{"employee": row.employee, "days": [_day(cell) for cell in row.cells]} for row in view.rows([])]
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(
        operation_id="plan_set",
        tags=["plan"],
        summary="Set a person's day",
        description="In place of what the day has. Scope: `plan:write`.",
        request=NewPlanDaySerializer,
        responses={200: PlanDaySerializer, **REFUSED},
        examples=[
            OpenApiExample(
                "early", request_only=True, value={"employee": "1001", "day": "2026-11-23", "shifts": ["Early"]}
            ),
            OpenApiExample("set", {**DAY, "origin": "draft"}, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Set it."""
        content = content_of(NewPlanDaySerializer, request)
        person = _person(request, content["employee"])
        shifts = _shifts(content["shifts"])
        return Response(
            _set(request, Wish(person, content["day"], shifts, content["note"]), publish=content["publish"])
        )

    @extend_schema(
        operation_id="plan_remove",
        tags=["plan"],
        summary="Give a person's day back to the assignments",
        description="A draft, or published at once with `publish=true`. Scope: `plan:write`.",
        parameters=[
            OpenApiParameter("employee", str, required=True, description="The employee's number."),
            OpenApiParameter("day", date, required=True),
            OpenApiParameter("publish", bool, description="Publish it at once."),
        ],
        responses={200: PlanDaySerializer, **REFUSED},
        examples=[OpenApiExample("removed", {**DAY, "origin": "assigned"}, response_only=True, status_codes=["200"])],
    )
    def delete(self, request: Request) -> Response:
        """Remove it."""
        form = _Which(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        person = _person(request, form.validated_data["employee"])
        wish = Wish(person, form.validated_data["day"], None)
        return Response(_set(request, wish, publish=form.validated_data["publish"]))


class _Which(StrictSerializer):
    employee = serializers.CharField(max_length=40)
    day = serializers.DateField()
    publish = serializers.BooleanField(default=False)


def _set(request: Request, wish: Wish, *, publish: bool) -> Any:
    """Set the day, and say how it stands then."""
    user = calling_user(request)
    with transaction.atomic():
        people_lock([wish.employee.pk])
        drafts_set(wishes=[wish], by=user)
        if publish:
            drafts = PlannedShift.objects.filter(
                employee=wish.employee, day=wish.day, state=PlannedShift.State.DRAFT
            ).order_by("pk")
            if found := list(drafts):
                rows = [one for one in found if one.kind != PlannedShift.Kind.PATTERN]
                drafts.delete()
                days_publish(days={(wish.employee.pk, wish.day): rows}, by=user)
    (cell,) = PlanView([wish.employee], wish.day, wish.day).row(wish.employee).cells
    return PlanDaySerializer(_day(cell)).data


def _day(cell: Cell) -> dict[str, Any]:
    return {
        "day": cell.day,
        "shifts": [one.name for one in cell.shifts],
        "origin": "assigned" if cell.source == "pattern" else cell.source,
        "note": cell.note,
        "away": cell.away,
        "warnings": list(cell.warnings),
    }


def _person(request: Request, number: str) -> Employee:
    """The person, if the caller may know of them."""
    found = callers_people(request).filter(number=number).first()
    if found is None:
        raise unknown_employee(number)
    return found


def _shifts(names: list[str]) -> tuple[int, ...]:
    known = dict(Shift.objects.filter(name__in=names).values_list("name", "pk"))
    for name in names:
        if name not in known:
            message = _("There is no shift %(name)s.") % {"name": name}
            raise PlanRefused("shift_unknown", message, field="shifts")
    return tuple(known[name] for name in names)
