"""Naming who acts for a manager from a day to a day, and ending that early."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common import audit
from common.refusals import Refusal
from employees.access import (
    acting_for,
    acting_users,
    decides_for,
    is_hr,
    may_act,
    names_delegate,
    user_today,
    visible_employees,
)
from employees.models import Delegation, Employee, User
from employees.signals import delegate_named

LONGEST = timedelta(days=366)
_DECIDING = (User.Role.HR, User.Role.BRANCH, User.Role.MANAGER)


class DelegationRefused(Refusal):
    """A delegate who is not named, or not taken back."""


def delegation_add(*, principal: User, delegate: User, first: date, last: date, by: User) -> Delegation:
    """Let ``delegate`` decide what ``principal`` would, from the first day to the last.

    Managers name their own, HR anybody's. Raises ``DelegationRefused``.
    """
    _check_may(principal, by)
    made = Delegation(principal=principal, delegate=delegate, first=first, last=last, set_by=by)
    with transaction.atomic():
        # One row of each principal at a time, so that two at once do not overlap.
        User.objects.select_for_update(no_key=True).only("pk").get(pk=principal.pk)
        delegation_check(made)
        made.save()
        delegate_named.send(Delegation, delegation=made)
    return made


def delegation_end(*, delegation: Delegation, by: User) -> Delegation:
    """The delegate acts no more from now on; one that never began is gone. Raises ``DelegationRefused``."""
    _check_may(delegation.principal, by)
    with transaction.atomic():
        found = Delegation.objects.select_for_update(of=("self",)).select_related("principal").get(pk=delegation.pk)
        if found.ended_at is None:
            found.ended_at = timezone.now()
            found.save(update_fields=["ended_at"])
    return found


def delegation_check(wanted: Delegation) -> None:
    """Raise ``DelegationRefused`` with the field where this cannot be stored."""
    principal, delegate = wanted.principal, wanted.delegate
    if not names_delegate(principal):
        message = _("%(name)s decides about nobody, and needs no delegate.") % {"name": name_of(principal)}
        raise DelegationRefused("decides_nothing", message, field="principal", remedy=_("Choose a manager."))
    if delegate == principal:
        message = _("Nobody is their own delegate. Choose a colleague.")
        raise DelegationRefused("own_delegate", message, field="delegate")
    if not may_act(delegate):
        message = _("%(name)s has left, or the account is closed. Choose somebody else.")
        raise DelegationRefused("cannot_log_in", message % {"name": name_of(delegate)}, field="delegate")
    if wanted.last < wanted.first:
        raise DelegationRefused("ends_before", _("The last day cannot be before the first."), field="last")
    if wanted.last - wanted.first > LONGEST:
        message = _("Choose at most a year; name the delegate again after it.")
        raise DelegationRefused("too_long", message, field="last")
    if wanted.last < user_today(principal):
        raise DelegationRefused("past", _("This is over. Choose a last day from today on."), field="last")
    others = Delegation.objects.filter(
        principal=principal, ended_at=None, first__lte=wanted.last, last__gte=wanted.first
    ).exclude(pk=wanted.pk)
    if (other := others.select_related("delegate__employee").first()) is not None:
        message = _("%(name)s acts from %(first)s to %(last)s already. End that first, or choose other days.")
        words = {"name": name_of(other.delegate), "first": _said(other.first), "last": _said(other.last)}
        raise DelegationRefused("overlaps", message % words, field="first")


def delegates_for(principal: User) -> QuerySet[User]:
    """Whom the page offers: whoever decides about somebody, and the people of the principal who have an account."""
    own = getattr(principal, "employee", None)
    near = Q(employee__in=visible_employees(principal).order_by().values("pk"))
    if own is not None and own.department_id is not None:
        near |= Q(employee__department=own.department_id)
    rows = acting_users().filter(near | Q(role__in=_DECIDING)).exclude(pk=principal.pk)
    return rows.select_related("employee").order_by("sort_key", "username").distinct()


def delegate_note(*, by: User, employee: Employee, act: str) -> None:
    """Record in the audit trail for whom a delegate did what nobody had asked for."""
    if acting_for(by) and (principal := decides_for(by, employee)) is not None:
        said = {"for": principal.get_username(), "what": act}
        audit.record("delegate.acted", subject=employee.number, object=f"user {by.pk}", details=said)


def name_of(user: User) -> str:
    """The person's name, else the account's."""
    own = getattr(user, "employee", None)
    return own.name if own is not None else user.get_full_name() or user.get_username()


def _check_may(principal: User, by: User) -> None:
    if not is_hr(by) and not (by == principal and names_delegate(by)):
        message = _("Managers name their own delegate, and HR anybody's.")
        raise DelegationRefused("not_allowed", message, status=403)


def _said(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
