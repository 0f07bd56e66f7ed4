"""Who gives the second yes, who stands above somebody's manager, and for whom a user decides about a request."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext as _

from approvals.models import ApprovalRule, Case, Escalation, Step
from employees.access import acting_for, acting_users, decided_employees, decides_for, is_hr
from employees.models import Employee, User
from employees.services.delegations import name_of

Second = ApprovalRule.Second
_MANAGING = (User.Role.MANAGER, User.Role.HR)


class NotTheirs(Exception):
    """The user may not decide about this request now."""


class Approvers:
    """Reads each person, group and manager once, for many requests."""

    def __init__(self) -> None:
        self._chosen: dict[tuple[str, int | None], list[User]] = {}
        self._above: dict[int, list[User]] = {}

    @cached_property
    def hr(self) -> list[User]:
        """Everybody of HR whose login counts."""
        return _users(Q(role=User.Role.HR) | Q(is_superuser=True))

    def second(self, case: Case) -> list[User]:
        """Who may give the second yes: as the rule says, HR where that is nobody; never who gave the first one."""
        return self.named(case) or _able(case, self.hr)

    def escalated(self, case: Case) -> list[User]:
        """Who decides as well since it was escalated."""
        found = self.above(case.employee) if case.escalated_to == Escalation.ABOVE else []
        return _able(case, found) or _able(case, self.hr)

    def named(self, case: Case) -> list[User]:
        """Those that the rule names, beside HR."""
        rule = case.rule
        if rule is None or rule.second in (Second.HR, Second.NOBODY):
            return []
        if rule.second == Second.ABOVE:
            return _able(case, self.above(case.employee))
        key = (rule.second, rule.person_id if rule.second == Second.PERSON else rule.group_id)
        if key not in self._chosen:
            self._chosen[key] = _users(Q(pk=key[1]) if rule.second == Second.PERSON else Q(groups=key[1]))
        return _able(case, self._chosen[key])

    def above(self, employee: Employee) -> list[User]:
        """Who manages the person's managers."""
        if employee.pk not in self._above:
            self._above[employee.pk] = _users_above(employee)
        return self._above[employee.pk]

    def waits_for(self, case: Case) -> str:
        """In words, who has to decide now."""
        if case.state != Case.State.SECOND:
            return _("the manager")
        named = self.named(case)
        if not named:
            return _("HR")
        if case.rule is not None and case.rule.second == Second.GROUP:
            return str(case.rule.group)
        return ", ".join(name_of(one) for one in named)

    def capacity(self, user: User, case: Case, decided: set[int] | None = None) -> User | None:
        """For whom the user decides: None for themselves. Raises ``NotTheirs`` where they may not decide now.

        ``decided``: about whom the user decides otherwise, where that has been read for many requests.
        """
        people = {one.pk for one in case.people}
        if _own(user) in people:
            raise NotTheirs
        if case.state != Case.State.SECOND:
            mine = decided_of(user, people) if decided is None else decided
            if people <= mine:
                return next((one for one in (decides_for(user, who) for who in case.people) if one), None)
        able = self.second(case) if case.state == Case.State.SECOND else []
        if case.escalated_at is not None:
            able = able + self.escalated(case)
        keys = {one.pk for one in able}
        if user.pk in keys:
            return None
        if user.pk not in givers(case):
            for one in acting_for(user):
                # HR passes on the own team alone, never what is asked of it as HR.
                if one.principal_id in keys and not is_hr(one.principal):
                    return one.principal
        raise NotTheirs


def decided_of(user: User, people: Iterable[int]) -> set[int]:
    """About whom of these people the user decides, by the own role or as a delegate."""
    return set(decided_employees(user).filter(pk__in=people).order_by().values_list("pk", flat=True))


def givers(case: Case) -> set[int]:
    """Who has given the first yes that holds, and for whom; their accounts' keys."""
    if case.state != Case.State.SECOND:
        return set()
    steps: list[Step] = sorted(case.steps.all(), key=lambda one: one.pk)
    return {key for key in (steps[-1].by_id, steps[-1].acting_for_id) if key} if steps else set()


def _users(wanted: Q) -> list[User]:
    return list(acting_users().filter(wanted).select_related("employee").distinct())


def _users_above(employee: Employee) -> list[User]:
    near = Employee.objects.filter(Q(pk=employee.manager_id) | Q(managed_departments=employee.department_id))
    managers = {one.pk: one for one in near.exclude(pk=employee.pk)}
    departments = {one.department_id for one in managers.values()} - {None}
    above = Q(employee__reports__in=managers) | Q(employee__managed_departments__in=departments)
    return [
        one for one in _users(above & Q(role__in=_MANAGING)) if _own(one) not in managers and _own(one) != employee.pk
    ]


def _able(case: Case, users: Iterable[User]) -> list[User]:
    gave, people = givers(case), {one.pk for one in case.people}
    return [one for one in users if one.pk not in gave and _own(one) not in people]


def _own(user: User) -> int | None:
    own: Employee | None = getattr(user, "employee", None)
    return own.pk if own is not None else None
