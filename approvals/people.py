"""Who gives the second yes, and who stands above somebody's manager."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from approvals.models import ApprovalRule, Case, Escalation
from employees.access import acting_for, acting_users, decides_for, is_hr, may_decide
from employees.models import Employee, User
from employees.services.delegations import name_of

Second = ApprovalRule.Second
_MANAGING = (User.Role.MANAGER, User.Role.HR)


def hr_users() -> list[User]:
    """Everybody of HR whose login counts."""
    return list(acting_users().filter(Q(role=User.Role.HR) | Q(is_superuser=True)).select_related("employee"))


def users_above(employee: Employee) -> list[User]:
    """Who manages the person's managers."""
    near = Employee.objects.filter(Q(pk=employee.manager_id) | Q(managed_departments=employee.department_id))
    managers = {one.pk: one for one in near.exclude(pk=employee.pk)}
    departments = {one.department_id for one in managers.values()} - {None}
    above = Q(employee__reports__in=managers) | Q(employee__managed_departments__in=departments)
    found = acting_users().filter(above, role__in=_MANAGING).exclude(employee__in=[*managers, employee.pk])
    return list(found.select_related("employee").distinct())


def second_users(case: Case) -> list[User]:
    """Who may give the second yes: as the rule says, HR where that is nobody; never who gave the first one."""
    return _named(case) or _able(case, hr_users())


def _named(case: Case) -> list[User]:
    """Those that the rule names, beside HR."""
    rule = case.rule
    if rule is None or rule.second in (Second.HR, Second.NOBODY):
        return []
    if rule.second == Second.ABOVE:
        return _able(case, users_above(case.employee))
    chosen = Q(pk=rule.person_id) if rule.second == Second.PERSON else Q(groups=rule.group_id)
    return _able(case, acting_users().filter(chosen).select_related("employee"))


def escalated_users(case: Case) -> list[User]:
    """Who decides as well since it was escalated."""
    found = users_above(case.employee) if case.escalated_to == Escalation.ABOVE else []
    return _able(case, found) or _able(case, hr_users())


def givers(case: Case) -> set[int]:
    """Who has said yes to it in this course, and for whom; their accounts' keys."""
    if case.state != Case.State.SECOND:
        return set()
    last = case.steps.order_by("pk").last()
    return {key for key in (last.by_id, last.acting_for_id) if key} if last is not None else set()


def _able(case: Case, users: Iterable[User]) -> list[User]:
    gave, people = givers(case), {one.pk for one in case.people}
    return [one for one in users if one.pk not in gave and _own(one) not in people]


def _own(user: User) -> int | None:
    own: Employee | None = getattr(user, "employee", None)
    return own.pk if own is not None else None


class NotTheirs(Exception):
    """The user may not decide about this request now."""


def capacity(user: User, case: Case) -> User | None:
    """For whom the user decides: None for themselves. Raises ``NotTheirs`` where they may not decide now."""
    if _own(user) in {one.pk for one in case.people}:
        raise NotTheirs
    if case.state != Case.State.SECOND and all(may_decide(user, one) for one in case.people):
        return next((one for one in (decides_for(user, person) for person in case.people) if one), None)
    able = second_users(case) if case.state == Case.State.SECOND else []
    if case.escalated_at is not None:
        able = able + escalated_users(case)
    keys = {one.pk for one in able}
    if user.pk in keys:
        return None
    if user.pk not in givers(case):
        for one in acting_for(user):
            # HR passes on the own team alone, never what is asked of it as HR.
            if one.principal_id in keys and not is_hr(one.principal):
                return one.principal
    raise NotTheirs


def waits_for(case: Case) -> str:
    """In words, who has to decide now."""
    if case.state != Case.State.SECOND:
        return _("the manager")
    named = _named(case)
    if not named:
        return _("HR")
    if case.rule is not None and case.rule.second == Second.GROUP:
        return str(case.rule.group)
    return ", ".join(name_of(one) for one in named)
