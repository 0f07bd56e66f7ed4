"""Whom an event concerns: who decides about somebody, who looks after kiosks, periods and the installation."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from django.db.models import Q
from django.utils import timezone

from employees.access import acting_users, user_today
from employees.models import Delegation, Department, Employee, User

Role = User.Role


class Deciders:
    """Who decides what people ask for, read once for many of them: a few statements."""

    def of(self, employee: Employee) -> list[User]:
        """The person's managers and branch HR, with their delegates; HR where nobody else has an account.

        Never the person.
        """
        found = {one.pk: one for one in self.near(employee)}
        if not found:
            found = {one.pk: one for one in self._hr if one.pk != employee.user_id}
        return list(found.values())

    @property
    def anybody(self) -> bool:
        """Whether anybody but HR of the whole company may decide about anybody."""
        return bool(self._by_employee or self._branch)

    def near(self, employee: Employee) -> list[User]:
        """The same without HR of the whole company."""
        found = [one for one in self._near(employee) if one.pk != employee.user_id]
        delegates = [stands for one in found for stands in self._delegates.get(one.pk, ())]
        return found + [one for one in delegates if one.pk != employee.user_id and one not in found]

    def _near(self, employee: Employee) -> list[User]:
        keys = [*self._managers.get(employee.department_id or 0, ()), employee.manager_id or 0]
        found = [self._by_employee[key] for key in keys if key in self._by_employee]
        return found + self._branch.get(employee.department_id or 0, [])

    @cached_property
    def _by_employee(self) -> dict[int, User]:
        users = acting_users().filter(role__in=[Role.MANAGER, Role.HR], employee__isnull=False)
        return {one.employee.pk: one for one in users.select_related("employee")}

    @cached_property
    def _managers(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for department, employee in Department.managers.through._default_manager.values_list(
            "department_id", "employee_id"
        ):
            found[department].append(employee)
        return found

    @cached_property
    def _branch(self) -> dict[int, list[User]]:
        found: dict[int, list[User]] = defaultdict(list)
        users = acting_users().filter(role=Role.BRANCH).select_related("employee")
        for user in users.prefetch_related("branch_departments"):
            for department in user.branch_departments.all():
                found[department.pk].append(user)
        return found

    @cached_property
    def _delegates(self) -> dict[int, list[User]]:
        """Who stands in today, by whom they stand in for."""
        found: dict[int, list[User]] = defaultdict(list)
        rows = Delegation.objects.around(timezone.now()).select_related("principal__employee")
        for one in rows:
            if one.holds(user_today(one.principal)):
                found[one.principal_id].extend(acting_users().filter(pk=one.delegate_id).select_related("employee"))
        return found

    @cached_property
    def _hr(self) -> list[User]:
        return in_roles(Role.HR)


def in_roles(*roles: str) -> list[User]:
    """Everybody of these roles whose login counts; a superuser is HR."""
    wanted = Q(role__in=roles) | (Q(is_superuser=True) if Role.HR in roles else Q(pk=None))
    return list(acting_users().filter(wanted).select_related("employee"))


def technicians() -> list[User]:
    """IT; HR as long as nobody is IT."""
    return in_roles(Role.IT) or in_roles(Role.HR)
