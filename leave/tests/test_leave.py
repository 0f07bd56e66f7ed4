"""Balances of people: whose rule holds, what absences cost by their shifts, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from attendance.models import AbsenceType, ClockEvent, CompanyHoliday, WorkPolicy
from attendance.services.absences import absence_decide, absence_enter, absence_request
from common import company
from common.append_only import AppendOnlyError
from common.models import Company
from employees.models import Contract, Department, Employee, User
from employees.services import employee_create, employee_move
from employees.tests.employment_kit import employ
from leave.models import LeaveRule, LedgerEntry
from leave.selectors import Balance, balances, forecast, ledger_of, own_balances
from leave.services import encash, entry_add, overtime_free, overtime_move, rules_from_pack
from leave.tests.leave_kit import FRIDAY, MONDAY, TODAY, refused, rule_of

pytestmark = pytest.mark.django_db
Punched = Callable[..., ClockEvent]
Entered = LedgerEntry.Entered


def balance(person: Employee, kind: AbsenceType, on: date = TODAY) -> Balance:
    return next(one for one in own_balances(person, on) if one.kind == kind)


def amount(person: Employee, kind: AbsenceType, on: date = TODAY) -> Fraction:
    return balance(person, kind, on).amount


def test_without_a_rule_nobody_has_a_balance_and_nothing_is_refused(
    cleo: Employee, colleague: User, vacation: AbsenceType
) -> None:
    assert own_balances(cleo, TODAY) == []
    assert absence_request(employee=cleo, by=colleague, kind=vacation, first=MONDAY, last=FRIDAY).pk


def test_what_is_approved_requested_and_taken_is_told_apart(
    cleo: Employee, colleague: User, manager: User, rule: LeaveRule
) -> None:
    kind = rule.kind
    absence_enter(employee=cleo, by=manager, kind=kind, first=date(2026, 3, 2), last=date(2026, 3, 3))
    absence_enter(employee=cleo, by=manager, kind=kind, first=MONDAY, last=MONDAY, half="first")
    absence_request(employee=cleo, by=colleague, kind=kind, first=MONDAY + timedelta(days=1), last=FRIDAY)

    found = balance(cleo, kind)
    assert [found.amount, found.granted, found.taken] == [20, 22, 2]
    assert [found.planned, found.waiting, found.free] == [Fraction(1, 2), 4, Fraction(31, 2)]


def test_leave_approved_for_next_year_is_not_taken_from_what_is_left_of_this_one(
    cleo: Employee, colleague: User, manager: User, vacation: AbsenceType
) -> None:
    """In December what lapses at the year's end can be asked for, though all of next summer is planned."""
    rule_of(vacation, carry_most="2")
    absence_enter(employee=cleo, by=manager, kind=vacation, first=date(2026, 3, 2), last=date(2026, 3, 20))
    absence_enter(employee=cleo, by=manager, kind=vacation, first=date(2027, 7, 5), last=date(2027, 7, 23))

    december = balance(cleo, vacation, date(2026, 12, 14))
    assert [december.amount, december.planned, december.free] == [7, 15, 7]
    assert balance(cleo, vacation, date(2026, 12, 31)).free == 7
    assert balance(cleo, vacation, date(2027, 1, 1)).free == 9
    # Before the next grant it comes out of what is left; after it, out of what is carried over besides.
    absence_request(employee=cleo, by=colleague, kind=vacation, first=date(2026, 12, 21), last=date(2026, 12, 23))
    found = balance(cleo, vacation, date(2026, 12, 14))
    assert [found.waiting, found.free] == [3, 4]
    absence_request(employee=cleo, by=colleague, kind=vacation, first=date(2027, 8, 2), last=date(2027, 8, 12))
    found = balance(cleo, vacation, date(2026, 12, 14))
    assert [found.waiting, found.free] == [12, 2]


def test_a_weekend_a_holiday_and_half_a_holiday_cost_nothing_or_half(
    cleo: Employee, manager: User, rule: LeaveRule
) -> None:
    CompanyHoliday.objects.create(day=MONDAY + timedelta(days=1), name="Fair")
    CompanyHoliday.objects.create(day=MONDAY + timedelta(days=2), name="Fair's eve", half="second")
    absence_enter(employee=cleo, by=manager, kind=rule.kind, first=MONDAY, last=MONDAY + timedelta(days=6))

    assert amount(cleo, rule.kind, MONDAY + timedelta(days=6)) == 22 - Fraction(7, 2)


def test_who_has_no_shifts_pays_for_the_days_that_are_no_weekend(ana: Employee, manager: User, rule: LeaveRule) -> None:
    employ(ana, hired_on=date(2020, 1, 1))
    absence_enter(employee=ana, by=manager, kind=rule.kind, first=MONDAY, last=MONDAY + timedelta(days=6))

    assert amount(ana, rule.kind, FRIDAY) == 17


def test_in_hours_a_day_costs_what_the_shift_asks_for(cleo: Employee, manager: User, vacation: AbsenceType) -> None:
    rule_of(vacation, unit="hours", steps=[{"after": 0, "amount": "160"}])
    absence_enter(employee=cleo, by=manager, kind=vacation, first=MONDAY, last=MONDAY, half="first")

    assert amount(cleo, vacation, MONDAY) == 156


def test_sick_leave_within_leave_gives_its_days_back(
    cleo: Employee, manager: User, vacation: AbsenceType, sick: AbsenceType
) -> None:
    rule_of(vacation, gives_back=True)
    absence_enter(employee=cleo, by=manager, kind=vacation, first=MONDAY, last=FRIDAY)
    absence_enter(employee=cleo, by=manager, kind=sick, first=MONDAY, last=MONDAY + timedelta(days=1))

    assert amount(cleo, vacation, FRIDAY) == 19
    kinds = [one.kind.value for one in ledger_of(cleo, vacation, MONDAY).entries]
    assert kinds == ["granted", "taken", "given_back"]


def test_the_persons_rule_comes_before_the_departments_and_that_before_everybodys(
    cleo: Employee, ana: Employee, ben: Employee, department: Department, rule: LeaveRule
) -> None:
    rule_of(rule.kind, department=department, steps=[{"after": 0, "amount": "25"}])
    rule_of(rule.kind, employee=ana, steps=[{"after": 0, "amount": "30"}])
    for one in (ana, ben):
        employ(one, hired_on=date(2020, 1, 1))

    found = balances([cleo, ana, ben], TODAY)
    assert [found[one.pk][0].amount for one in (cleo, ana, ben)] == [25, 30, 22]


def test_who_moves_gets_the_next_year_by_the_rule_of_the_new_department(
    cleo: Employee, other_department: Department, hr: User, rule: LeaveRule
) -> None:
    rule_of(rule.kind, department=other_department, steps=[{"after": 0, "amount": "30"}])
    employee_move(employee=cleo, valid_from=date(2026, 6, 1), department=other_department)

    assert amount(cleo, rule.kind) == 22
    assert amount(cleo, rule.kind, date(2027, 1, 1)) == 52


def test_part_time_is_by_the_contract(cleo: Employee, vacation: AbsenceType) -> None:
    half = Contract.objects.create(name="Half", weekly_minutes=1200)
    Employee.objects.filter(pk=cleo.pk).update(contract=half)
    rule_of(vacation, part_time=True)

    assert amount(Employee.objects.get(pk=cleo.pk), vacation) == 11


def test_a_request_beyond_the_balance_is_refused_and_says_by_how_much(
    cleo: Employee, colleague: User, rule: LeaveRule
) -> None:
    absence_request(employee=cleo, by=colleague, kind=rule.kind, first=date(2026, 11, 2), last=date(2026, 11, 27))

    with refused("balance_too_low") as raised:
        absence_request(employee=cleo, by=colleague, kind=rule.kind, first=date(2026, 12, 1), last=date(2026, 12, 4))
    assert "2 days short" in raised.value.message
    assert "needs 4 days" in raised.value.message
    assert absence_request(
        employee=cleo, by=colleague, kind=rule.kind, first=date(2026, 12, 1), last=date(2026, 12, 2)
    ).pk


def test_leave_that_is_approved_for_later_is_not_taken_away(cleo: Employee, manager: User, rule: LeaveRule) -> None:
    absence_enter(employee=cleo, by=manager, kind=rule.kind, first=date(2026, 12, 1), last=date(2026, 12, 28))

    with refused("balance_too_low"):
        absence_enter(employee=cleo, by=manager, kind=rule.kind, first=MONDAY, last=FRIDAY)


def test_an_approval_is_refused_where_the_balance_has_gone_meanwhile(
    cleo: Employee, colleague: User, manager: User, hr: User, rule: LeaveRule
) -> None:
    asked = absence_request(employee=cleo, by=colleague, kind=rule.kind, first=MONDAY, last=FRIDAY)
    entry_add(
        employee=cleo,
        kind=rule.kind,
        entered=Entered.ADJUSTMENT,
        day=TODAY,
        amount=Fraction(-20),
        reason="Taken before",
        author=hr,
    )

    with refused("balance_too_low"):
        absence_decide(absence=asked, by=manager, approve=True)
    asked.refresh_from_db()
    assert asked.state == "requested"


@pytest.mark.parametrize(("below", "fits"), [("0", False), ("2", False), ("3", True), (None, True)])
def test_how_far_below_nothing_is_the_rules(
    below: str | None, fits: bool, cleo: Employee, manager: User, vacation: AbsenceType
) -> None:
    rule_of(vacation, steps=[{"after": 0, "amount": "2"}], below=below)

    def enter() -> Any:
        return absence_enter(employee=cleo, by=manager, kind=vacation, first=MONDAY, last=FRIDAY)

    if fits:
        assert enter().pk
    else:
        with refused("balance_too_low"):
            enter()


def test_a_forecast_says_what_would_be_left(cleo: Employee, colleague: User, rule: LeaveRule) -> None:
    asked = absence_request(employee=cleo, by=colleague, kind=rule.kind, first=MONDAY, last=FRIDAY)

    found = forecast(asked)
    assert found is not None
    assert [found.cost, found.before, found.after, found.lacking] == [5, 22, 17, 0]


def test_an_opening_balance_begins_the_ledger(cleo: Employee, hr: User, rule: LeaveRule) -> None:
    given: dict[str, Any] = {"employee": cleo, "kind": rule.kind, "author": hr, "reason": " From the old program "}
    entry_add(entered=Entered.OPENING, day=date(2026, 6, 1), amount=Fraction("7.5"), **given)

    assert amount(cleo, rule.kind, date(2026, 5, 31)) == 0
    assert amount(cleo, rule.kind) == Fraction(15, 2)
    (line,) = ledger_of(cleo, rule.kind, TODAY).entries
    assert line.why["note"] == "From the old program"


def test_an_entry_is_never_changed(cleo: Employee, hr: User, rule: LeaveRule) -> None:
    entry = entry_add(
        employee=cleo,
        kind=rule.kind,
        entered=Entered.ADJUSTMENT,
        day=TODAY,
        amount=Fraction(1),
        reason="Moved house",
        author=hr,
    )

    with pytest.raises(AppendOnlyError):
        entry.save()
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("UPDATE leave_ledgerentry SET amount = 9900")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"amount": Fraction(0)}, "nothing"),
        ({"amount": Fraction(1, 3)}, "invalid"),
        ({"amount": Fraction(20_000)}, "invalid"),
        ({"reason": "  "}, "reason_missing"),
        ({"day": date(2025, 12, 31)}, "no_rule"),
        ({"entered": Entered.ENCASHMENT}, "invalid"),
    ],
)
def test_entries_that_make_no_sense_are_refused(
    given: dict[str, Any], code: str, cleo: Employee, hr: User, rule: LeaveRule
) -> None:
    usual = {"entered": Entered.ADJUSTMENT, "day": TODAY, "amount": Fraction(1), "reason": "Moved house"}

    with refused(code):
        entry_add(employee=cleo, kind=rule.kind, author=hr, **{**usual, **given})
    assert not LedgerEntry.objects.exists()


def test_hr_alone_enters_and_nobody_their_own(
    cleo: Employee, manager: User, hr: User, department: Department, rule: LeaveRule
) -> None:
    own = employee_create(number="2010", first_name="Hana", last_name="Demo", department=department, user=hr)
    given: dict[str, Any] = {"kind": rule.kind, "entered": Entered.ADJUSTMENT, "day": TODAY, "amount": Fraction(1)}

    with refused("not_allowed"):
        entry_add(employee=cleo, author=manager, reason="So", **given)
    with refused("own_leave"):
        entry_add(employee=own, author=hr, reason="So", **given)


def test_leave_is_paid_out_up_to_the_rules_limit_once_a_year(cleo: Employee, hr: User, vacation: AbsenceType) -> None:
    rule_of(vacation, encash_most="10")
    given: dict[str, Any] = {"employee": cleo, "kind": vacation, "author": hr, "reason": "Asked for in writing"}
    with refused("too_much"):
        encash(day=TODAY, amount=Fraction(11), **given)
    encash(day=TODAY, amount=Fraction(10), **given)

    assert amount(cleo, vacation) == 12
    with refused("too_much"):
        encash(day=TODAY, amount=Fraction("0.5"), **given)


def test_what_later_leave_needs_is_not_paid_out(cleo: Employee, hr: User, manager: User, vacation: AbsenceType) -> None:
    rule_of(vacation, encash_most=None)
    absence_enter(employee=cleo, by=manager, kind=vacation, first=date(2026, 12, 1), last=date(2026, 12, 28))

    with refused("balance_too_low"):
        encash(employee=cleo, kind=vacation, day=TODAY, amount=Fraction(5), reason="Asked for", author=hr)


def test_approved_overtime_is_moved_into_leave_once(
    cleo: Employee, hr: User, bank: AbsenceType, punched: Punched
) -> None:
    policy = WorkPolicy(
        name="Over eight", valid_from=date(2020, 1, 1), overtime=[{"scope": "day", "after": 480, "tier": 150}]
    )
    policy.full_clean()
    policy.save()
    punched(cleo, "in", datetime(2026, 11, 9, 9).isoformat())
    punched(cleo, "out", datetime(2026, 11, 9, 19).isoformat())
    rule_of(bank, unit="hours", grant="none", steps=[], time_bank=True, time_bank_percent=150)
    days = {"first": date(2026, 11, 9), "last": date(2026, 11, 12)}
    given: dict[str, Any] = {"employee": cleo, "kind": bank, "day": TODAY, "author": hr, "reason": "Agreed", **days}

    assert overtime_free(employee=cleo, **days) == 120
    with refused("too_much"):
        overtime_move(minutes=121, **given)
    overtime_move(minutes=80, **given)
    assert amount(cleo, bank) == 2
    assert overtime_free(employee=cleo, **days) == 40
    with refused("too_much"):
        overtime_move(minutes=41, **given)


def test_overtime_goes_into_leave_that_takes_it_alone(cleo: Employee, hr: User, rule: LeaveRule) -> None:
    with refused("no_time_bank"):
        overtime_move(
            employee=cleo,
            kind=rule.kind,
            day=TODAY,
            first=TODAY,
            last=TODAY,
            minutes=60,
            reason="Agreed",
            author=hr,
        )


@pytest.mark.parametrize(
    ("code", "types"),
    [
        ("bolivia", ["vacation"]),
        ("mexico", ["vacation"]),
        ("spain", ["vacation", "time-bank"]),
        ("brazil", ["vacation", "time-bank"]),
    ],
)
def test_a_pack_makes_rules_and_the_types_that_lack(code: str, types: list[str], db: None) -> None:
    made = rules_from_pack(code=code, valid_from=date(2026, 1, 1))

    assert [one.kind.code for one in made] == types
    assert all(one.pack == code and one.plan() for one in made)
    with refused("invalid"):
        rules_from_pack(code=code, valid_from=date(2026, 1, 1))


def test_bolivias_days_by_years_of_service(cleo: Employee) -> None:
    (rule,) = rules_from_pack(code="bolivia", valid_from=date(2026, 1, 1))
    for hired, days in ((date(2023, 11, 1), 15), (date(2020, 11, 1), 20), (date(2014, 11, 1), 30)):
        employ(cleo, hired_on=hired)
        assert amount(cleo, rule.kind) == days


def test_all_rules_of_a_type_count_in_one_unit(rule: LeaveRule) -> None:
    with pytest.raises(ValidationError, match="another unit"):
        rule_of(rule.kind, unit="hours", valid_from=date(2027, 1, 1))


@pytest.mark.parametrize("steps", [[{"after": 0}], [{"after": -1, "amount": "5"}], [{"after": 0, "amount": 2.5}], "22"])
def test_steps_that_cannot_be_read_are_refused(steps: Any, vacation: AbsenceType) -> None:
    with pytest.raises(ValidationError, match="steps"):
        rule_of(vacation, steps=steps)


def test_the_balances_of_many_need_no_more_queries(
    cleo: Employee, ana: Employee, ben: Employee, manager: User, rule: LeaveRule
) -> None:
    for one in (ana, ben):
        employ(one, hired_on=date(2020, 1, 1))
    absence_enter(employee=cleo, by=manager, kind=rule.kind, first=MONDAY, last=FRIDAY)
    absence_enter(employee=ana, by=manager, kind=rule.kind, first=MONDAY, last=FRIDAY)
    with CaptureQueriesContext(connection) as few:
        balances([cleo], TODAY)
    with CaptureQueriesContext(connection) as many:
        balances([cleo, ana, ben], TODAY)

    assert len(many) <= len(few) + 1


def test_the_choice_of_a_country_is_led_to_and_begins_with_ones_own(hr_client: Client) -> None:
    company.company_change(Company(time_zone="America/La_Paz", country="BO"))
    address = reverse("admin:leave_leaverule_from_pack")

    empty = hr_client.get(reverse("admin:leave_leaverule_changelist"))
    form = hr_client.get(address, headers={"accept-language": "es"}).context["form"]

    assert "No leave is counted yet" in empty.text
    assert form["code"].value() == "bolivia"
    with override("es"):
        assert [name for _code, name in form.fields["code"].choices] == ["Bolivia", "Brasil", "España", "México"]
    rules_from_pack(code="bolivia", valid_from=date(2026, 1, 1))
    assert "No leave is counted yet" not in hr_client.get(reverse("admin:leave_leaverule_changelist")).text
