"""What the read views of the API share: whose data a caller reads, pages, ETags, strict parameters."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from attendance.report_filters import FIRST_DAY, LAST_DAY
from attendance.selectors.locked import people_between
from common.api_schema import example, refusals
from common.endpoints import Endpoint
from employees.authentication import callers_people
from employees.employment import belonging
from employees.models import ApiKey, Department, Employee

LONGEST_DAYS = 366
ETAG_NOTE = "The answer has an `ETag`: send it as `If-None-Match` and an unchanged page answers 304 without a body."
PERIOD = [
    OpenApiParameter("from", date, required=True, description="The first day."),
    OpenApiParameter("to", date, required=True, description=f"The last day, at most {LONGEST_DAYS} days later."),
]
WHO = [
    OpenApiParameter("employee", str, description="The employee's number."),
    OpenApiParameter("department", str, description="The department's name, on the days that are asked about."),
]
BAD = (
    example(
        400,
        "invalid",
        "Correct these fields: from.",
        [
            {"field": "from", "code": "invalid", "message": "Date has wrong format.", "remedy": "Write 2026-03-01."},
        ],
    ),
    example(404, "not_found", "Invalid cursor"),
)


class Pages(CursorPagination):
    """Pages by a fixed order; ``page_size`` from 1 to ``max_page_size``."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"

    def get_page_size(self, request: Request) -> int | None:
        """The wished size; raises ValidationError instead of taking another silently."""
        raw = request.query_params.get("page_size")
        if raw is None:
            return self.page_size
        field = serializers.IntegerField(min_value=1, max_value=self.max_page_size)
        try:
            return int(field.run_validation(raw))
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"page_size": error.detail}) from error


class PeoplePages(Pages):
    """By number: people who come or go meanwhile move nobody to another page."""

    ordering = ("number",)


class OfPersonSerializer(serializers.Serializer[Employee]):
    """Whom a row is about."""

    number = serializers.CharField()
    name = serializers.CharField()
    department = serializers.CharField(source="department.name", default=None, allow_null=True)


@method_decorator(conditional_page, name="dispatch")
class ReadView(Endpoint, GenericAPIView[Any]):
    """A GET that knows its parameters and answers 304 to who has the page already."""

    required_scopes: ClassVar = {"GET": ApiKey.Scope.READ.value}
    parameters: ClassVar[frozenset[str]] = frozenset()

    def check(self, request: Request) -> None:
        """A misspelt parameter must not answer with everybody's data; raises ValidationError."""
        known = {*self.parameters, "cursor", "page_size"}
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            message = _("There is no such parameter.")
            raise serializers.ValidationError(
                {name: [serializers.ErrorDetail(message, "unknown_parameter")] for name in unknown}
            )

    def people(self, request: Request, first: date | None = None, last: date | None = None) -> QuerySet[Employee]:
        """Whose data the caller reads: a program everybody's, a person that of whom they see; then the filters.

        The department is that of the days from ``first`` to ``last``, without any that of today.
        """
        found = self._readable(request)
        if department := request.query_params.get("department"):
            today = timezone.localdate()
            found = belonging(found, first or today, last or today, department__name__iexact=department)
        return found

    def people_between(self, request: Request, first: date, last: date) -> QuerySet[Employee]:
        """The same for a period: of a locked one those who were in it, by their departments of then."""
        found, department = self._readable(request), None
        if name := request.query_params.get("department"):
            department = Department.objects.filter(name__iexact=name).first()
            if department is None:
                return Employee.objects.none()
        return people_between(found, first, last, department=department)

    def _readable(self, request: Request) -> QuerySet[Employee]:
        found = callers_people(request)
        if number := request.query_params.get("employee"):
            found = found.filter(number=number)
        return found

    def paged(self, rows: Any) -> Response:
        """One page of the rows."""
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


def period_of(request: Request) -> tuple[date, date]:
    """``from`` and ``to``; raises ValidationError where one is missing, no day, or too far from the other."""
    found = {}
    for name in ("from", "to"):
        try:
            found[name] = serializers.DateField().run_validation(request.query_params.get(name) or None)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({name: error.detail}) from error
    first, last = found["from"], found["to"]
    if not (FIRST_DAY <= first <= last <= LAST_DAY and (last - first).days < LONGEST_DAYS):
        message = _("The last day lies from the first one to a year later.")
        raise serializers.ValidationError({"to": [serializers.ErrorDetail(message, "period")]})
    return first, last


def answers(serializer: Any) -> Any:
    """The responses of a read view, for the schema."""
    return {(200, "application/json"): serializer(many=True), **refusals(*BAD)}
