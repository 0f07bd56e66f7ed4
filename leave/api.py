"""``/api/v1/leave``: balances and ledgers, read by programs, and entries, made by HR."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from attendance.api.adjustments import SignedByHr
from attendance.api.events import idempotency_key
from attendance.api.shared import ETAG_NOTE, WHO, OfPersonSerializer, PeoplePages, ReadView, answers
from attendance.api.signing import BY_HEADER, LOGIN, SIGNED, SigningEndpoint, content_of, kept, once, person_of, signer
from attendance.api.submission_forms import KeyedSerializer
from attendance.models import AbsenceType
from attendance.report_filters import FIRST_DAY, LAST_DAY
from common.endpoints import InstantField
from employees.models import Employee
from leave.models import LedgerEntry
from leave.selectors import Balance, balances, kinds_with_rules, ledger_of, unit_of
from leave.services import encash, entry_add, overtime_move
from leave.wording import plain_number, reason_text

ON = OpenApiParameter("on", date, description="The day, that of today where it is left out.")
AMOUNT = "A decimal number in the unit, with at most four digits behind the point; it is counted exactly."
WITHIN = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
Entered = LedgerEntry.Entered
BALANCE = {
    "employee": {"number": "1001", "name": "Ana Demo", "department": "Workshop"},
    "type": "vacation",
    "unit": "days",
    "on": "2026-03-02",
    "balance": "12.5",
    "planned": "5",
    "requested": "0",
    "free": "7.5",
    "year_from": "2026-01-01",
    "year_to": "2026-12-31",
    "granted": "22",
    "taken": "9.5",
    "expires_on": None,
    "expires": None,
}
LINE = {
    "day": "2026-01-01",
    "kind": "granted",
    "amount": "22",
    "balance": "22",
    "reason": "For the year 2026",
}
ENTRY = {
    "id": 7,
    "employee": {"number": "1001", "name": "Ana Demo", "department": "Workshop"},
    "type": "vacation",
    "entered": "opening",
    "day": "2026-01-01",
    "unit": "days",
    "amount": "12.5",
    "minutes": None,
    "first": None,
    "last": None,
    "reason": "Balance of the program before",
    "author": "hr",
    "at": "2026-01-02T08:05:12Z",
}


@extend_schema_field(OpenApiTypes.DECIMAL)
class AmountField(serializers.Field[Fraction, Any, str, Any]):
    """An exact amount as text."""

    def to_representation(self, value: Fraction) -> str:
        """As a decimal number."""
        return plain_number(value)

    def to_internal_value(self, data: Any) -> Fraction:
        """Raises ValidationError for anything but a decimal number of at most two digits behind the point."""
        number = serializers.DecimalField(max_digits=7, decimal_places=2).run_validation(data)
        return Fraction(number)


class BalanceSerializer(serializers.Serializer[Any]):
    """One type's balance of one person."""

    employee = OfPersonSerializer()
    type = serializers.CharField(help_text="The code of the type of absence.")
    unit = serializers.ChoiceField(choices=["days", "hours"])
    on = serializers.DateField()
    balance = serializers.CharField(help_text=AMOUNT)
    planned = serializers.CharField(help_text="Approved for later days.")
    requested = serializers.CharField(help_text="Requested, and not decided.")
    free = serializers.CharField(help_text="What of it can still be asked for: less both, unless a later grant pays.")
    year_from = serializers.DateField(help_text="The first day of the leave year.")
    year_to = serializers.DateField()
    granted = serializers.CharField(help_text="In the leave year, up to the day.")
    taken = serializers.CharField(help_text="The same.")
    expires_on = serializers.DateField(allow_null=True, help_text="The day from which a part no longer counts.")
    expires = serializers.CharField(allow_null=True, help_text="How much that is.")


class LineSerializer(serializers.Serializer[Any]):
    """A line of a ledger."""

    day = serializers.DateField()
    kind = serializers.CharField(help_text="Such as granted, taken, expired, opening.")
    amount = serializers.CharField(help_text=AMOUNT)
    balance = serializers.CharField(help_text="After the line.")
    reason = serializers.CharField(help_text="Why, for people.")


class EntrySerializer(serializers.Serializer[LedgerEntry]):
    """An entry by hand."""

    id = serializers.IntegerField()
    employee = OfPersonSerializer()
    type = serializers.CharField(source="kind.code")
    entered = serializers.ChoiceField(choices=Entered.choices)
    day = serializers.DateField()
    unit = serializers.CharField()
    amount = serializers.SerializerMethodField(help_text=AMOUNT)
    minutes = serializers.IntegerField(allow_null=True, help_text="Of overtime.")
    first = serializers.DateField(allow_null=True)
    last = serializers.DateField(allow_null=True)
    reason = serializers.CharField()
    author = serializers.CharField(source="author.username")
    at = InstantField()

    def get_amount(self, entry: LedgerEntry) -> str:
        """As text."""
        return plain_number(entry.value)


class NewEntrySerializer(KeyedSerializer):
    """An entry to make: ``amount`` of an opening balance, an adjustment or leave paid out; of overtime its minutes."""

    employee = serializers.CharField(max_length=40, help_text="The employee's number.")
    type = serializers.SlugRelatedField(slug_field="code", queryset=AbsenceType.objects.all())
    entered = serializers.ChoiceField(choices=Entered.choices)
    day = serializers.DateField(validators=WITHIN)
    amount = AmountField(required=False, help_text="A decimal number; of leave paid out how much, without a minus.")
    minutes = serializers.IntegerField(
        required=False,
        min_value=-600_000,
        max_value=600_000,
        help_text="Of overtime to move; a minus gives back what was moved, to be paid.",
    )
    first = serializers.DateField(required=False, validators=WITHIN, help_text="Of the overtime.")
    last = serializers.DateField(required=False, validators=WITHIN)
    reason = serializers.CharField(max_length=300)

    def validate(self, attrs: Any) -> Any:
        """Raises ValidationError where what the entry needs is missing, or something else is given."""
        attrs = super().validate(attrs)
        moves = attrs["entered"] == Entered.TIME_BANK
        needed = {"minutes", "first", "last"} if moves else {"amount"}
        other = {"minutes", "first", "last", "amount"} - needed
        wrong: dict[str, Any] = {
            name: [serializers.ErrorDetail(_("This field is required."), "required")] for name in needed - attrs.keys()
        }
        wrong |= {
            name: [serializers.ErrorDetail(_("This entry has no such field."), "unknown_field")]
            for name in other & attrs.keys()
        }
        if wrong:
            raise serializers.ValidationError(wrong)
        return attrs


class BalancesView(ReadView):
    """Balances on a day."""

    serializer_class = BalanceSerializer
    pagination_class = PeoplePages
    queryset = Employee.objects.none()
    parameters: ClassVar = frozenset({"employee", "department", "on"})

    @extend_schema(
        operation_id="leave_balances_list",
        tags=["leave"],
        summary="Balances of leave on a day",
        description=f"Pages of people; each type of a person is a row. {ETAG_NOTE} Scope: `attendance:read`.",
        parameters=[ON, *WHO],
        responses=answers(BalanceSerializer),
        examples=[OpenApiExample("a page", [BALANCE], response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> Response:
        """One page."""
        self.check(request)
        day = _day(request)
        people = self.paginate_queryset(self.people(request, day, day).select_related("department").order_by("number"))
        assert people is not None
        found = balances(people, day)
        rows = [_row(person, one) for person in people for one in found[person.pk]]
        return self.get_paginated_response(BalanceSerializer(rows, many=True).data)


class LedgerView(SigningEndpoint, ReadView):
    """The ledger of one person's leave of one type."""

    signer_permission = SignedByHr

    serializer_class = LineSerializer
    pagination_class = None
    queryset = LedgerEntry.objects.none()
    parameters: ClassVar = frozenset({"employee", "type", "on"})

    @extend_schema(
        operation_id="leave_ledger_list",
        tags=["leave"],
        summary="The ledger of a person's leave up to a day",
        description=f"Every line with its reason; they sum to the balance. {ETAG_NOTE} Scope: `attendance:read`.",
        parameters=[
            OpenApiParameter("employee", str, required=True, description="The employee's number."),
            OpenApiParameter("type", str, required=True, description="The code of the type of absence."),
            ON,
        ],
        responses=answers(LineSerializer),
        examples=[OpenApiExample("a ledger", [LINE], response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> Response:
        """All of it."""
        self.check(request)
        day = _day(request)
        for name in ("employee", "type"):
            if not request.query_params.get(name):
                raise serializers.ValidationError(
                    {name: [serializers.ErrorDetail(_("This field is required."), "required")]}
                )
        person = self.people(request).first()
        kind = kinds_with_rules().filter(code=request.query_params["type"]).first()
        if person is None or kind is None:
            raise NotFound(_("There is no such person, or no rule counts this type of absence."))
        unit, running = unit_of(kind), Fraction(0)
        found = []
        for one in ledger_of(person, kind, day).entries:
            running += one.amount
            found.append(
                {
                    "day": one.day,
                    "kind": one.kind.value,
                    "amount": plain_number(one.amount),
                    "balance": plain_number(running),
                    "reason": reason_text(one, unit),
                }
            )
        return Response(LineSerializer(found, many=True).data)

    @extend_schema(
        operation_id="leave_ledger_create",
        tags=["leave"],
        auth=LOGIN,
        summary="Enter an opening balance, an adjustment, leave paid out, or overtime moved into leave",
        description=f"HR alone. An entry is never changed; another one corrects it. {SIGNED}",
        parameters=[BY_HEADER],
        request=NewEntrySerializer,
        responses=kept(EntrySerializer, ENTRY),
        examples=[
            OpenApiExample(
                "opening",
                request_only=True,
                value={
                    "employee": "1001",
                    "type": "vacation",
                    "entered": "opening",
                    "day": "2026-01-01",
                    "amount": "12.5",
                    "reason": "Balance of the program before",
                },
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Make it."""
        content: dict[str, Any] = content_of(NewEntrySerializer, request)
        key = idempotency_key(request, content.pop("idempotency_key", None))
        person = person_of(request, content.pop("employee"))
        entered, fields = content.pop("entered"), {"kind": content.pop("type"), **content}
        fields["reason"] = fields["reason"].strip()
        shared = {"employee": person, "author": signer(request), "idempotency_key": key, **fields}

        def store() -> LedgerEntry:
            if entered == Entered.TIME_BANK:
                return overtime_move(**shared)
            return encash(**shared) if entered == Entered.ENCASHMENT else entry_add(entered=entered, **shared)

        def same(row: LedgerEntry) -> bool:
            amount = -row.value if entered == Entered.ENCASHMENT else row.value
            stored = {name: getattr(row, name) for name in fields if name != "amount"}
            asked = {name: value for name, value in fields.items() if name != "amount"}
            return (
                row.employee == person
                and row.entered == entered
                and stored == asked
                and (entered == Entered.TIME_BANK or amount == fields["amount"])
            )

        return once(key, LedgerEntry, EntrySerializer, store, same)


def _day(request: Request) -> date:
    """``on``; raises ValidationError for what is no day of the years that are counted."""
    text = request.query_params.get("on")
    if not text:
        return timezone.localdate()
    try:
        day = serializers.DateField().run_validation(text)
    except serializers.ValidationError as error:
        raise serializers.ValidationError({"on": error.detail}) from error
    if not FIRST_DAY <= day <= LAST_DAY:
        message = _("Give a day between 2000 and 2099.")
        raise serializers.ValidationError({"on": [serializers.ErrorDetail(message, "invalid")]})
    found: date = day
    return found


def _row(person: Employee, one: Balance) -> dict[str, Any]:
    said = {name: plain_number(getattr(one, name)) for name in ("planned", "free", "granted", "taken")}
    return {
        "employee": person,
        "type": one.kind.code,
        "unit": one.unit,
        "on": one.day,
        "balance": plain_number(one.amount),
        "requested": plain_number(one.waiting),
        "year_from": one.year[0],
        "year_to": one.year[1],
        "expires_on": one.lapses.expires if one.lapses else None,
        "expires": plain_number(one.lapses.amount) if one.lapses else None,
        **said,
    }
