"""A delegate decides what a manager would: in those days alone, never about themselves, and never by proxy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.models import AuditEntry
from common.refusals import Refusal
from employees.access import (
    decided_employees,
    decides_for,
    is_manager,
    may_decide,
    may_enrol,
    may_manage,
    visible_employees,
)
from employees.models import Delegation, Employee, User
from employees.services.delegations import delegates_for, delegation_add, delegation_end
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def today(db: None) -> date:
    return timezone.now().date()


@pytest.fixture
def acting(manager: User, colleague: User, today: date) -> Delegation:
    """The colleague acts for the manager of the workshop today and tomorrow."""
    return delegation_add(principal=manager, delegate=colleague, first=today, last=today + DAY, by=manager)


def fresh(user: User) -> User:
    """As the next request reads the account."""
    return User.objects.get(pk=user.pk)


def decided(user: User) -> set[str]:
    return set(decided_employees(fresh(user)).values_list("number", flat=True))


def test_a_delegate_sees_and_decides_about_the_managers_people(
    acting: Delegation, colleague: User, manager: User, ana: Employee, ben: Employee
) -> None:
    user = fresh(colleague)

    assert decided(user) == {"1001"}
    assert set(visible_employees(user).values_list("number", flat=True)) == {"1001", "2003"}
    assert may_decide(user, ana)
    assert decides_for(user, ana) == manager
    assert decides_for(manager, ana) is None
    assert not may_decide(user, ben)


def test_nobody_decides_about_themselves_nor_a_manager_by_proxy(
    acting: Delegation, colleague: User, manager: User
) -> None:
    assert not may_decide(fresh(colleague), colleague.employee)
    assert not may_decide(fresh(colleague), manager.employee)


@pytest.mark.parametrize(("first", "last"), [(1, 3), (-3, -1)])
def test_before_and_after_those_days_the_delegate_decides_nothing(
    manager: User, colleague: User, ana: Employee, today: date, first: int, last: int
) -> None:
    Delegation.objects.create(principal=manager, delegate=colleague, first=today + first * DAY, last=today + last * DAY)
    # Wherever on earth the manager is: the days lie clear of today.
    Delegation.objects.update(first=today + 2 * first * DAY, last=today + 2 * last * DAY)

    assert not is_manager(fresh(colleague))
    assert not may_decide(fresh(colleague), ana)


def test_ended_early_it_holds_no_longer(acting: Delegation, manager: User, colleague: User, ana: Employee) -> None:
    delegation_end(delegation=acting, by=manager)

    assert not may_decide(fresh(colleague), ana)


@pytest.mark.parametrize("who", ["manager", "colleague"])
def test_a_leaver_or_a_closed_account_neither_acts_nor_passes_on(
    acting: Delegation, manager: User, colleague: User, ana: Employee, today: date, who: str
) -> None:
    user = manager if who == "manager" else colleague
    employ(user.employee, hired_on=date(2020, 1, 1), left_on=today - 3 * DAY)
    assert not may_decide(fresh(colleague), ana)

    employ(user.employee, left_on=None)
    assert may_decide(fresh(colleague), ana)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert not may_decide(fresh(colleague), ana)


def test_a_delegate_passes_nothing_on_and_gets_no_photos_and_no_pins(
    acting: Delegation, branch_hr: User, outsider_manager: User, colleague: User, ana: Employee, today: date
) -> None:
    Delegation.objects.create(principal=colleague, delegate=outsider_manager, first=today, last=today)
    assert not may_decide(fresh(outsider_manager), ana)

    delegation_add(principal=branch_hr, delegate=outsider_manager, first=today, last=today, by=branch_hr)
    assert may_decide(fresh(outsider_manager), ana)
    assert not may_enrol(fresh(outsider_manager))


def test_branch_hr_that_stands_in_elsewhere_manages_no_photos_there(
    branch_hr: User, outsider_manager: User, ben: Employee, today: date
) -> None:
    delegation_add(principal=outsider_manager, delegate=branch_hr, first=today, last=today + DAY, by=outsider_manager)

    assert may_decide(fresh(branch_hr), ben)
    assert not may_manage(fresh(branch_hr), ben)


def test_payroll_that_stands_in_decides_about_those_people_alone(
    manager: User, payroll: User, ana: Employee, ben: Employee, today: date
) -> None:
    delegation_add(principal=manager, delegate=payroll, first=today, last=today, by=manager)

    assert may_decide(fresh(payroll), ana)
    assert not may_decide(fresh(payroll), ben)
    assert set(visible_employees(fresh(payroll)).values_list("number", flat=True)) >= {"1001", "1002"}


def test_of_hr_a_delegate_gets_the_own_team_and_not_the_company(
    hr: User, colleague: User, ana: Employee, ben: Employee, today: date
) -> None:
    Employee.objects.filter(pk=ben.pk).update(manager=colleague.employee)
    head = Employee.objects.create(number="9001", first_name="Hana", user=hr)
    Employee.objects.filter(pk=ana.pk).update(manager=head)
    delegation_add(principal=fresh(hr), delegate=colleague, first=today, last=today, by=hr)

    assert decided(colleague) == {"1001"}


@pytest.mark.parametrize(
    ("delegate", "first", "last", "code", "field"),
    [
        ("manager", 0, 1, "own_delegate", "delegate"),
        ("colleague", 3, 2, "ends_before", "last"),
        ("colleague", -9, -8, "past", "last"),
        ("colleague", 0, 400, "too_long", "last"),
        ("outsider_manager", 1, 5, "overlaps", "first"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    request: pytest.FixtureRequest,
    acting: Delegation,
    manager: User,
    today: date,
    delegate: str,
    first: int,
    last: int,
    code: str,
    field: str,
) -> None:
    user: User = request.getfixturevalue(delegate)
    if code != "overlaps":
        delegation_end(delegation=acting, by=manager)

    with pytest.raises(Refusal) as refused:
        delegation_add(principal=manager, delegate=user, first=today + first * DAY, last=today + last * DAY, by=manager)

    assert (refused.value.code, refused.value.field) == (code, field)


def test_only_who_decides_names_one_and_only_hr_anybodys(
    manager: User, outsider_manager: User, colleague: User, hr: User, today: date
) -> None:
    for principal, by, code in (
        (colleague, colleague, "not_allowed"),
        (manager, outsider_manager, "not_allowed"),
        (colleague, hr, "decides_nothing"),
    ):
        with pytest.raises(Refusal) as refused:
            delegation_add(principal=principal, delegate=hr, first=today, last=today, by=by)
        assert refused.value.code == code

    made = delegation_add(principal=manager, delegate=colleague, first=today, last=today, by=hr)
    with pytest.raises(Refusal):
        delegation_end(delegation=made, by=outsider_manager)
    assert made.set_by == hr


def test_a_closed_account_is_not_named(manager: User, colleague: User, today: date) -> None:
    User.objects.filter(pk=colleague.pk).update(is_active=False)

    with pytest.raises(Refusal, match="closed"):
        delegation_add(principal=manager, delegate=fresh(colleague), first=today, last=today, by=manager)
    assert fresh(colleague) not in delegates_for(manager)


def test_the_page_names_and_ends_one_and_the_audit_trail_has_both(
    manager_client: Client, manager: User, colleague: User, client_of: Callable[[User], Client], today: date
) -> None:
    sent = {"delegate": colleague.pk, "first": today.isoformat(), "last": (today + DAY).isoformat()}
    answer = manager_client.post(reverse("delegates"), sent, follow=True)
    assert "Cleo Demo" in answer.content.decode()
    made = Delegation.objects.get()
    assert "Mara Demo" in client_of(colleague).get(reverse("delegates")).content.decode()

    again = manager_client.post(reverse("delegates"), sent)
    assert "End that first" in again.content.decode()
    assert client_of(colleague).post(reverse("delegates"), sent).status_code == 403
    assert client_of(colleague).post(reverse("delegate_end", args=[made.pk])).status_code == 404
    manager_client.post(reverse("delegate_end", args=[made.pk]))

    assert Delegation.objects.get().ended_at is not None
    assert set(AuditEntry.objects.filter(act__startswith="delegation.").values_list("act", "actor")) == {
        ("delegation.added", "user manager"),
        ("delegation.changed", "user manager"),
    }


def test_hr_names_one_for_anybody_in_the_admin(hr_client: Client, manager: User, colleague: User, today: date) -> None:
    address = reverse("admin:employees_delegation_add")
    sent = {"principal": manager.pk, "delegate": manager.pk, "first": today, "last": today + DAY}
    assert "own delegate" in hr_client.post(address, sent).content.decode()
    assert not Delegation.objects.exists()

    hr_client.post(address, {**sent, "delegate": colleague.pk})
    made = Delegation.objects.get()
    hr_client.post(reverse("admin:employees_delegation_end", args=[made.pk]))

    made.refresh_from_db()
    assert made.set_by is not None
    assert made.ended_at is not None
