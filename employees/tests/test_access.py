"""Who sees whom: HR everybody, a manager the own departments and who reports to them, anybody else themselves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from employees.access import may_decide, may_decide_about_some, visible_employees
from employees.models import Employee, User

pytestmark = pytest.mark.django_db


def seen(user: User) -> set[str]:
    return set(visible_employees(user).values_list("number", flat=True))


def test_a_manager_sees_the_department_and_themselves(manager: User, ana: Employee, ben: Employee) -> None:
    assert seen(manager) == {"2001", "1001"}
    assert may_decide(manager, ana)
    assert not may_decide(manager, ben)
    assert not may_decide(manager, manager.employee)


def test_a_manager_sees_who_reports_to_them_whatever_the_department(
    manager: User, outsider_manager: User, ana: Employee, ben: Employee
) -> None:
    Employee.objects.filter(pk=ben.pk).update(manager=manager.employee)

    assert seen(manager) == {"2001", "1001", "1002"}
    assert may_decide(manager, ben)
    assert seen(outsider_manager) == {"2002", "1002"}
    assert not may_decide(outsider_manager, ana)


def test_to_be_named_as_manager_opens_nothing_without_the_role(colleague: User, ben: Employee) -> None:
    Employee.objects.filter(pk=ben.pk).update(manager=colleague.employee)

    assert seen(colleague) == {"2003"}
    assert not may_decide(colleague, ben)


def test_a_manager_who_may_not_log_in_sees_nobody(manager: User, ana: Employee) -> None:
    manager.is_active = False
    manager.save()

    assert seen(manager) == set()
    assert not may_decide(manager, ana)


def test_hr_sees_everybody_and_decides_nothing_of_their_own(hr: User, ana: Employee, ben: Employee) -> None:
    assert seen(hr) == {"1001", "1002"}
    Employee.objects.filter(pk=ana.pk).update(user=hr)
    hr.refresh_from_db()

    assert may_decide(hr, ben)
    assert not may_decide(hr, Employee.objects.get(pk=ana.pk))


def test_who_decides_about_many_is_asked_once(
    manager: User,
    ana: Employee,
    ben: Employee,
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[Any]],
) -> None:
    assert manager.employee is not None
    may_decide(manager, ana)
    people = [ana.pk, ben.pk, manager.employee.pk]

    with django_assert_max_num_queries(2):
        assert may_decide_about_some(manager, people) == {ana.pk}
    with django_assert_max_num_queries(0):
        assert may_decide_about_some(manager, []) == set()
