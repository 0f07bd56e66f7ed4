"""``/api/v1/people``, ``days``, ``timesheets``, ``absences`` and ``corrections``: read, page by page."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from attendance.api.courses import WithCourse
from attendance.api.examples import ABSENCE, CORRECTION, DAYS, PERSON, TIMESHEET, shown
from attendance.api.shared import (
    ETAG_NOTE,
    PERIOD,
    WHO,
    OfPersonSerializer,
    Pages,
    PeoplePages,
    ReadView,
    answers,
    period_of,
)
from attendance.models import Absence, CorrectionRequest, RequestState
from attendance.rules.shapes import PeriodDay, Status
from attendance.selectors.timesheets import Sums, timesheets
from common.endpoints import InstantField
from employees.employment import Placement, employed_between
from employees.models import Department, Employee, EmploymentPeriod

SPAN = "Seconds."


class EmploymentSerializer(serializers.Serializer[EmploymentPeriod]):
    """From the day of hiring to the last day at work."""

    hired_on = serializers.DateField()
    left_on = serializers.DateField(allow_null=True)


class PersonRecordSerializer(serializers.Serializer[Employee]):
    """A person, without anything biometric."""

    number = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    department = serializers.CharField(source="department.name", default=None, allow_null=True)
    manager = serializers.CharField(source="manager.number", default=None, allow_null=True, help_text="A number.")
    time_zone = serializers.CharField()
    hired_on = serializers.DateField(help_text="Of the employment of today, else of the next, else of the last.")
    left_on = serializers.DateField(allow_null=True, help_text="The last day of that employment.")
    employment = EmploymentSerializer(source="employment.all", many=True, help_text="All periods, oldest first.")


class FiguresSerializer(serializers.Serializer[Any]):
    """The figures of a day, or their sums."""

    planned = serializers.IntegerField(help_text=SPAN)
    required = serializers.IntegerField(  # type: ignore[assignment]
        help_text="Planned without leave and holidays. " + SPAN
    )
    worked = serializers.IntegerField(help_text=SPAN)
    balance = serializers.IntegerField(
        help_text="Worked less required; of a day that is not over, what is not worked yet is not in it. " + SPAN
    )
    taken_break = serializers.IntegerField(help_text=SPAN)
    auto_break = serializers.IntegerField(help_text="Deducted because a rule asks for it. " + SPAN)
    night = serializers.IntegerField(help_text=SPAN)
    on_holiday = serializers.IntegerField(help_text=SPAN)
    sunday = serializers.IntegerField(help_text="Worked between the midnights of a Sunday. " + SPAN)
    on_call = serializers.IntegerField(help_text="On call without being called out. " + SPAN)
    leave = serializers.IntegerField(help_text=SPAN)
    unpaid_leave = serializers.IntegerField(help_text="What of the leave is of a type that is not paid. " + SPAN)
    late = serializers.IntegerField(help_text=SPAN)
    early = serializers.IntegerField(help_text=SPAN)
    absent = serializers.IntegerField(help_text=SPAN)
    missing_in = serializers.IntegerField(help_text="Forgotten check-ins.")
    missing_out = serializers.IntegerField(help_text="Forgotten check-outs.")
    ordinary = serializers.IntegerField(help_text="Worked without any tier. " + SPAN)
    surcharges = serializers.DictField(
        child=serializers.IntegerField(), help_text="Seconds that are paid so many per cent more, beside their tier."
    )
    allowances = serializers.DictField(child=serializers.IntegerField(), help_text="Units by code.")
    flags = serializers.DictField(child=serializers.IntegerField(), help_text="Seconds beyond each limit.")
    overtime = serializers.DictField(
        child=serializers.IntegerField(), help_text="Seconds by tier: 150 is time and a half."
    )
    overtime_approved = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="What of it is to be paid: all of it where the policy asks for no approval and none was moved.",
    )
    overtime_pending = serializers.DictField(
        child=serializers.IntegerField(), help_text="What of it waits for an approval."
    )
    overtime_moved = serializers.DictField(
        child=serializers.IntegerField(), help_text="What of it was moved into leave: it is not to be paid."
    )


FIGURES: tuple[str, ...] = tuple(
    name
    for name in map(str, FiguresSerializer().fields)
    if not name.startswith("overtime") and name not in ("ordinary", "surcharges", "allowances", "flags")
)


class DaySerializer(FiguresSerializer):
    """One day of one person."""

    day = serializers.DateField()
    status = serializers.ChoiceField([one.value for one in Status])
    department = serializers.CharField(allow_null=True, help_text="On that day.")
    time_zone = serializers.CharField(help_text="On whose wall clock the day was counted.")
    first = InstantField(allow_null=True, help_text="The first punch, in UTC.")
    last = InstantField(allow_null=True, help_text="The last punch, in UTC.")


class PersonDaysSerializer(serializers.Serializer[Any]):
    """A person's days, up to today."""

    employee = OfPersonSerializer()
    days = DaySerializer(many=True)


class TimesheetSerializer(FiguresSerializer):
    """The sums of a person's days."""

    employee = OfPersonSerializer()
    days_worked = serializers.IntegerField()
    adjusted = serializers.IntegerField(help_text="Adjustments of work on days of closed periods. " + SPAN)
    adjusted_overtime = serializers.DictField(
        child=serializers.IntegerField(), help_text="Adjustments of overtime on such days: seconds by tier."
    )


class AbsenceSerializer(WithCourse):
    """Days away; they count once they are approved."""

    PREFIX = "absence"

    id = serializers.IntegerField()
    employee = OfPersonSerializer()
    type = serializers.CharField(source="kind.code")
    first = serializers.DateField()
    last = serializers.DateField()
    half = serializers.ChoiceField(Absence.Half.choices)
    state = serializers.ChoiceField(RequestState.choices)
    requested_at = InstantField()
    decided_at = InstantField(allow_null=True)


class CorrectionSerializer(WithCourse):
    """A correction that was asked for, and what became of it."""

    PREFIX = "correction"

    id = serializers.UUIDField()
    employee = OfPersonSerializer()
    kind = serializers.ChoiceField(CorrectionRequest.Kind.choices)
    event = serializers.UUIDField(source="event_id", allow_null=True, help_text="The punch it is about.")
    direction = serializers.CharField(allow_blank=True)
    at = InstantField(allow_null=True)
    zone = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()
    state = serializers.ChoiceField(RequestState.choices)
    answer = serializers.CharField(allow_blank=True)
    requested_at = InstantField()
    decided_at = InstantField(allow_null=True)
    result = serializers.UUIDField(source="result_id", allow_null=True, help_text="The punch that was stored.")


class PeopleView(ReadView):
    """People."""

    serializer_class = PersonRecordSerializer
    pagination_class = PeoplePages
    queryset = Employee.objects.none()
    parameters = frozenset({"employee", "department", "employed"})

    @extend_schema(
        operation_id="people_list",
        tags=["people"],
        summary="People, by number",
        description=f"Nothing biometric is in it. {ETAG_NOTE} Scope: `attendance:read`.",
        parameters=[*WHO, OpenApiParameter("employed", date, description="Only those employed on this day.")],
        responses=answers(PersonRecordSerializer),
        examples=shown(PERSON),
    )
    def get(self, request: Request) -> Response:
        """One page."""
        self.check(request)
        people = self.people(request)
        if "employed" in request.query_params:
            try:
                day = serializers.DateField().run_validation(request.query_params["employed"])
            except serializers.ValidationError as error:
                raise serializers.ValidationError({"employed": error.detail}) from error
            people = employed_between(self.people(request, day, day), day, day)
        return self.paged(people.select_related("department", "manager").prefetch_related("employment"))


class _Figures(ReadView):
    """Readings that count a period of each person of a page."""

    pagination_class = PeoplePages
    queryset = Employee.objects.none()
    parameters = frozenset({"employee", "department", "from", "to"})

    def counted(self, request: Request) -> list[Sums]:
        """The page's people with their period, by number."""
        self.check(request)
        first, last = period_of(request)
        page = self.paginate_queryset(self.people_between(request, first, last)) or []
        keys = [one.pk for one in page]
        name = request.query_params.get("department")
        department = Department.objects.filter(name__iexact=name).first() if name else None
        found = timesheets(
            employees=Employee.objects.filter(pk__in=keys), first=first, last=last, department=department
        )
        return sorted(found, key=lambda one: one.employee.number)


class DaysView(_Figures):
    """Days."""

    serializer_class = PersonDaysSerializer

    @extend_schema(
        operation_id="days_list",
        tags=["attendance"],
        summary="The days of each person, in figures",
        description=f"A page has as many people as `page_size` says, each with all days. {ETAG_NOTE} "
        "Scope: `attendance:read`.",
        parameters=[*PERIOD, *WHO],
        responses=answers(PersonDaysSerializer),
        examples=shown(DAYS),
    )
    def get(self, request: Request) -> Response:
        """One page."""
        rows = [
            {"employee": _who(one.employee, one.place), "days": [_day(day, one) for day in one.result.days]}
            for one in self.counted(request)
        ]
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class TimesheetsView(_Figures):
    """Sums."""

    serializer_class = TimesheetSerializer

    @extend_schema(
        operation_id="timesheets_list",
        tags=["attendance"],
        summary="The sums of each person's days",
        description=f"For payroll: a row for each person employed between the two days. {ETAG_NOTE} "
        "Scope: `attendance:read`.",
        parameters=[*PERIOD, *WHO],
        responses=answers(TimesheetSerializer),
        examples=shown(TIMESHEET),
    )
    def get(self, request: Request) -> Response:
        """One page."""
        rows = [
            {
                "employee": _who(one.employee, one.place),
                "days_worked": sum(day.figures.worked > 0 for day in one.result.days),
                "adjusted": one.adjusted,
                "adjusted_overtime": _tiers(one.adjusted_overtime),
                "ordinary": one.result.ordinary,
                "surcharges": _tiers(one.result.surcharges),
                "allowances": one.result.allowances,
                "flags": one.result.flags,
                "overtime": _tiers(one.result.overtime),
                "overtime_approved": _tiers(one.overtime.approved),
                "overtime_pending": _tiers(one.overtime.pending),
                "overtime_moved": _tiers(one.overtime.moved),
                **{name: one.result.total(name) for name in FIGURES},
            }
            for one in self.counted(request)
        ]
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class _NewestFirst(Pages):
    ordering = ("-requested_at", "-pk")


class _Requests(ReadView):
    """Readings of what was asked for."""

    pagination_class = _NewestFirst
    parameters = frozenset({"employee", "department", "state"})

    def rows(self, request: Request, model: Any, *related: str) -> Any:
        """Those that the caller reads; raises ValidationError for a state that there is not."""
        self.check(request)
        found = model.objects.filter(employee__in=self.people(request).order_by().values("pk"))
        if state := request.query_params.get("state"):
            try:
                found = found.filter(state=serializers.ChoiceField(RequestState.choices).run_validation(state))
            except serializers.ValidationError as error:
                raise serializers.ValidationError({"state": error.detail}) from error
        return found.select_related("employee__department", *related)


STATE = OpenApiParameter("state", str, enum=list(RequestState.values))


class AbsencesView(_Requests):
    """Days away."""

    serializer_class = AbsenceSerializer
    queryset = Absence.objects.none()
    parameters: ClassVar = frozenset({"employee", "department", "state", "from", "to"})

    @extend_schema(
        operation_id="absences_list",
        tags=["attendance"],
        summary="Days away, the newest request first",
        description=f"With `from` and `to`, those that touch these days. {ETAG_NOTE} Scope: `attendance:read`.",
        parameters=[
            OpenApiParameter("from", date),
            OpenApiParameter("to", date),
            *WHO,
            STATE,
        ],
        responses=answers(AbsenceSerializer),
        examples=shown(ABSENCE),
    )
    def get(self, request: Request) -> Response:
        """One page."""
        rows = self.rows(request, Absence, "kind")
        if {"from", "to"} & set(request.query_params):
            first, last = period_of(request)
            rows = rows.filter(Q(first__lte=last) & Q(last__gte=first))
        return self.paged(rows)


class CorrectionsView(_Requests):
    """Corrections."""

    serializer_class = CorrectionSerializer
    queryset = CorrectionRequest.objects.none()

    @extend_schema(
        operation_id="corrections_list",
        tags=["attendance"],
        summary="Corrections asked for, the newest first",
        description=f"Corrections that HR entered directly are punches with `replaces`. {ETAG_NOTE} "
        "Scope: `attendance:read`.",
        parameters=[*WHO, STATE],
        responses=answers(CorrectionSerializer),
        examples=shown(CORRECTION),
    )
    def get(self, request: Request) -> Response:
        """One page."""
        return self.paged(self.rows(request, CorrectionRequest))


def _who(employee: Employee, place: Placement) -> dict[str, Any]:
    """The person, in the department of those days."""
    return {
        "number": employee.number,
        "name": employee.name,
        "department": {"name": place.department_name} if place.department else None,
    }


def _day(day: PeriodDay, one: Sums) -> dict[str, Any]:
    figures, place = day.figures, one.history.place(day.figures.day)
    split = one.overtime.days.get(figures.day)
    row: dict[str, Any] = {name: getattr(figures, name) for name in FIGURES}
    return row | {
        "day": figures.day,
        "status": figures.status.value,
        "department": place.department_name or None,
        "time_zone": place.time_zone,
        "first": figures.first,
        "last": figures.last,
        "ordinary": day.ordinary,
        "surcharges": _tiers(figures.surcharges),
        "allowances": dict(figures.allowances),
        "flags": dict(day.flags),
        "overtime": _tiers(day.overtime),
        "overtime_approved": _tiers(split.approved if split else {}),
        "overtime_pending": _tiers(split.pending if split else {}),
        "overtime_moved": _tiers(split.moved if split else {}),
    }


def _tiers(overtime: Any) -> dict[str, int]:
    return {str(tier): seconds for tier, seconds in overtime.items()}
