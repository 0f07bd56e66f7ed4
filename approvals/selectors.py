"""What waits for whom, and where requests stand in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from approvals.models import Case, Step
from approvals.people import Approvers, NotTheirs, decided_of
from employees.access import View, guarded_by, is_manager, may_act, may_decide
from employees.models import Employee, User
from employees.services.delegations import name_of

State = Case.State


@dataclass(frozen=True, slots=True)
class Turns:
    """The requests that take another way than to the person's manager, as one user meets them.

    ``mine``: those that wait for this user, whoever's the person is. ``others``: those that wait for somebody else,
    though the user decides about the person otherwise.
    """

    mine: dict[str, Case] = field(default_factory=dict)
    others: dict[str, Case] = field(default_factory=dict)

    def waiting(self, people: Any, prefix: str) -> Q:
        """The rows of one table that wait for this user: those of ``people`` and others that are theirs to decide."""
        gone, given = self.keys(self.others, prefix), self.keys(self.mine, prefix)
        return (Q(employee__in=people) & ~Q(pk__in=gone)) | Q(pk__in=given)

    @staticmethod
    def keys(cases: Iterable[str], prefix: str) -> list[str]:
        """The rows' own keys, of one table's requests."""
        return [key.partition(":")[2] for key in cases if key.startswith(f"{prefix}:")]


def turns(user: User | AnonymousUser) -> Turns:
    """Read once for each request; a statement where nothing is in its second step, or escalated."""
    if not isinstance(user, User) or not may_act(user):
        return Turns()
    known: Turns | None = user.__dict__.get("_turns")
    if known is None:
        known = user.__dict__["_turns"] = Turns()
        cases, approvers = list(_special()), Approvers()
        decided = decided_of(user, {one.pk for case in cases for one in case.people}) if cases else set()
        for case in cases:
            (known.mine if _can(approvers, user, case, decided) else known.others)[case.key] = case
    return known


def may_approve(user: User | AnonymousUser) -> bool:
    """Whoever decides about somebody, or has the second yes of a request to give."""
    return is_manager(user) or bool(turns(user).mine)


def approver_required(view: View) -> View:
    """Send a visitor to the login and refuse (403) whoever has nothing to decide."""
    return guarded_by(view, may_approve)


def may_decide_about(user: User, employee: Employee) -> bool:
    """Whether the user decides about the person, or about one request of theirs."""
    return may_decide(user, employee) or any(employee in case.people for case in turns(user).mine.values())


def may_meet(rows: QuerySet[Any], user: User, people: Any, prefix: str) -> QuerySet[Any]:
    """Of one table's rows those whose person the user may see, and those that wait for the user."""
    return rows.filter(Q(employee__in=people) | Q(pk__in=Turns.keys(turns(user).mine, prefix)))


@dataclass(frozen=True, slots=True)
class Course:
    """What was said about a request so far, and who has to decide now (empty: nobody)."""

    steps: list[Step]
    waits_for: str

    @property
    def words(self) -> str:
        """``Approved by Mara Demo, 3 March; waits for HR``."""
        said = [_step(one) for one in self.steps]
        return "; ".join([*said, *([_("waits for %(who)s") % {"who": self.waits_for}] if self.waits_for else [])])


def courses(keys: Iterable[str]) -> dict[str, Course]:
    """By key; without those about which nobody has said anything yet."""
    cases = Case.objects.filter(key__in=list(keys)).select_related("employee", "other", "rule__group")
    found: dict[str, Course] = {}
    approvers = Approvers()
    for case in cases.prefetch_related("steps__by__employee", "steps__acting_for__employee"):
        steps = list(case.steps.all())
        if steps and case.state != State.FIRST:
            found[case.key] = Course(
                _last_course(steps), approvers.waits_for(case) if case.state == State.SECOND else ""
            )
    return found


def courses_of(rows: Iterable[Any], key_of: Callable[[Any], str]) -> dict[Any, Course]:
    """Those of some rows, by the rows' own keys."""
    keys = {key_of(row.pk): row.pk for row in rows}
    return {keys[key]: course for key, course in courses(keys).items()} if keys else {}


def course_of(case: Case) -> Course:
    """Of one that is read already."""
    return courses([case.key]).get(case.key, Course([], Approvers().waits_for(case)))


def _last_course(steps: list[Step]) -> list[Step]:
    """Overtime may be decided again: the steps since the last first one."""
    begin = max((place for place, one in enumerate(steps) if one.number == 1), default=0)
    return steps[begin:]


def _step(one: Step) -> str:
    words = {
        "who": name_of(one.by) if one.by else "–",
        "whom": name_of(one.acting_for) if one.acting_for else "",
        "day": date_format(one.at, "SHORT_DATE_FORMAT"),
    }
    if one.acting_for:
        text = (
            _("Approved by %(who)s for %(whom)s, %(day)s")
            if one.approved
            else _("Refused by %(who)s for %(whom)s, %(day)s")
        )
    else:
        text = _("Approved by %(who)s, %(day)s") if one.approved else _("Refused by %(who)s, %(day)s")
    return text % words


def _special() -> QuerySet[Case]:
    """What waits for a second yes, or was escalated."""
    rows = Case.objects.filter(Q(state=State.SECOND) | Q(state=State.FIRST, escalated_at__isnull=False))
    return rows.select_related("employee__department", "other", "rule__group").prefetch_related("steps")


def _can(approvers: Approvers, user: User, case: Case, decided: set[int]) -> bool:
    try:
        approvers.capacity(user, case, decided)
    except NotTheirs:
        return False
    return True
