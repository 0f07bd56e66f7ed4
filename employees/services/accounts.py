"""Logins for people: each gets an account without a password, which they choose by a link that works once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from common import audit
from employees.access import has_left
from employees.models import Department, Employee, User
from employees.second_factors import sessions_end

LIFETIME = 14 * 24 * 3600
"""Seconds for which an invitation stands: paper is handed out, and read after the weekend."""


class InvitationTokens(PasswordResetTokenGenerator):
    """As the links for a new password, but for two weeks, and of no use as one of those."""

    key_salt = "employees.invitation"

    def make_token(self, user: User) -> str:
        """A token that is as if made later, so that the short time of the other links ends when ``LIFETIME`` does."""
        later = LIFETIME - settings.PASSWORD_RESET_TIMEOUT
        return self._make_token_with_timestamp(user, self._num_seconds(self._now()) + later, self.secret)


invitations = InvitationTokens()


@dataclass(slots=True)
class Invited:
    """What became of an invitation of many."""

    people: list[Employee] = field(default_factory=list)
    have_one: list[Employee] = field(default_factory=list)


def to_invite(people: Iterable[Employee]) -> Invited:
    """Who of these people has no password yet, and who logs in already; leavers are neither."""
    found = Invited()
    for person in people:
        if person.has_left:
            continue
        ready = person.user is not None and (person.user.has_usable_password() or not person.user.is_active)
        (found.have_one if ready else found.people).append(person)
    return found


def accounts_invite(*, people: Iterable[Employee]) -> list[User]:
    """An account without a password for each, in their order, made where there is none: earlier invitations stop
    working. Who has a password keeps it.

    Who manages somebody gets the role of a manager, everybody else that of an employee; the user name is the number.
    """
    wanted = list(people)
    keys = [one.pk for one in wanted]
    managing: set[int | None] = set(Department.objects.filter(managers__in=keys).values_list("managers", flat=True))
    managing |= set(Employee.objects.filter(manager__in=keys).values_list("manager", flat=True))
    taken = set(User.objects.values_list("username", flat=True))
    found = []
    for one in wanted:
        role = User.Role.MANAGER if one.pk in managing else User.Role.EMPLOYEE
        name = _free_name(one.number, taken)
        found.append(_account(one.pk, role=role, name=name))
        taken.add(found[-1].username)
    return found


def roles_raise(people: Iterable[int]) -> list[User]:
    """Give an employee's account the role of a manager where the person, by key, manages somebody. Never lowers a role.

    Without it nobody sees whom they manage. It is in the audit trail under the name of who is at work, a task as well.
    """
    managing = Q(Exists(Department.objects.filter(managers__user=OuterRef("pk"))))
    managing |= Q(Exists(Employee.objects.filter(manager__user=OuterRef("pk"))))
    found = list(User.objects.filter(managing, role=User.Role.EMPLOYEE, employee__in=list(people)))
    with audit.acting(audit.actor()):
        for one in found:
            one.role = User.Role.MANAGER
            one.save(update_fields=["role"])
    return found


def leavers_log_out(people: QuerySet[Employee]) -> int:
    """End the logins of those who do not work here any more, which open nothing already; how many ended."""
    users = User.objects.filter(employee__in=people.order_by(), login_sessions__isnull=False).distinct()
    return sum(sessions_end(user=one) for one in users.select_related("employee") if has_left(one))


def raised_text(raised: Iterable[User]) -> str:
    """What is said of accounts whose role was raised; empty where there are none."""
    names = ", ".join(one.get_full_name() or one.username for one in raised)
    role = User.Role.MANAGER.label
    said = _("These accounts now have the role “%(role)s”, and see the people they manage: %(names)s.")
    return said % {"role": role, "names": names} if names else ""


def _account(key: int, *, role: str, name: str) -> User:
    with transaction.atomic():
        row = Employee.objects.select_for_update(of=("self",)).select_related("user").get(pk=key)
        user = row.user
        if user is not None and user.has_usable_password():
            return user
        user = user or User(
            username=name, first_name=row.first_name, last_name=row.last_name, email=row.email, role=role
        )
        # Another unusable one each time: a token is bound to it.
        user.set_unusable_password()
        user.save()
        if row.user_id is None:
            Employee.objects.filter(pk=key).update(user=user)
    return user


def _free_name(number: str, taken: set[str]) -> str:
    names = (f"{number}.{count}" for count in range(2, len(taken) + 3))
    return number if number not in taken else next(name for name in names if name not in taken)
