"""The requests that one user decides now, and those that have gone on to somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from approvals.models import Case
from approvals.selectors import courses, turns
from attendance.models import Absence, CorrectionRequest, RequestState
from attendance.selectors.waiting import WaitingWeek, overtime_waiting
from attendance.subjects import overtime_key
from employees.models import Employee, User

APPROVED = gettext_lazy("The request of %(name)s is approved.")
APPROVED_ONCE = gettext_lazy("The request of %(name)s is approved. It waits for a second approval now.")
REFUSED = gettext_lazy("The request of %(name)s is refused.")


def corrections_to_decide(user: User, people: QuerySet[Employee]) -> QuerySet[CorrectionRequest]:
    """Of these people, and whoever's second approval is the user's to give."""
    rows = CorrectionRequest.objects.filter(state=RequestState.REQUESTED)
    return rows.filter(turns(user).waiting(people.order_by().values("pk"), "correction"))


def absences_to_decide(user: User, people: QuerySet[Employee]) -> QuerySet[Absence]:
    """The same for time off."""
    rows = Absence.objects.filter(state=RequestState.REQUESTED)
    return rows.filter(turns(user).waiting(people.order_by().values("pk"), "absence"))


def overtime_to_decide(
    user: User, people: QuerySet[Employee], first: date, last: date, most: int
) -> tuple[list[WaitingWeek], bool]:
    """The same for overtime; of what was approved once, those hours are proposed."""
    mine, others = turns(user).mine, turns(user).others
    weeks, more = overtime_waiting(employees=people, first=first, last=last, most=most)
    keys = {case.employee_id for key, case in mine.items() if key.startswith("overtime-day:")}
    strangers = Employee.objects.filter(pk__in=keys - set(people.order_by().values_list("pk", flat=True)))
    found = [_without(week, mine, others, alone=False) for week in weeks]
    if keys and strangers.exists():
        beside, _more = overtime_waiting(employees=strangers, first=first, last=last, most=most)
        found += [_without(week, mine, others, alone=True) for week in beside]
    return [week for week in found if week.days], more


def of_second_approval(user: User, number: str) -> Employee | None:
    """Somebody of whose overtime this user has the second approval to give, by their number."""
    cases = [one for key, one in turns(user).mine.items() if key.startswith("overtime-day:")]
    return next((one.employee for one in cases if one.employee.number == number), None)


def _without(week: WaitingWeek, mine: dict[str, Case], others: dict[str, Case], *, alone: bool) -> WaitingWeek:
    """The days of a week that the user decides; ``alone``: only those whose second approval is theirs to give."""
    days = []
    for one in week.days:
        key = overtime_key(week.employee.pk, one.day)
        case = mine.get(key) or others.get(key)
        if case is not None and case.state == Case.State.SECOND and case.wish.get("found") != _stored(one.split.found):
            # Another overtime than the one that was approved: it begins anew.
            case = None
        if (key in others and case is not None) or (alone and case is None):
            continue
        days.append(one if case is None else replace(one, wished=case.wish.get("seconds")))
    return replace(week, days=days)


def _stored(tiers: Any) -> dict[str, int]:
    return {str(tier): seconds for tier, seconds in tiers.items()}


@dataclass(frozen=True, slots=True)
class Passed:
    """A request about one of the viewer's people that waits for somebody else."""

    employee: Employee
    what: str
    first: date
    last: date
    words: str


def passed_on(user: User, people: QuerySet[Employee]) -> Sequence[Passed]:
    """What of these people was approved once, or waits for whom it was escalated to, in words."""
    others = turns(user).others
    if not others:
        return []
    seen = set(people.order_by().values_list("pk", flat=True))
    said = courses(others)
    return [
        Passed(case.employee, case.get_kind_display(), case.first_day, case.last_day, said[key].words)
        for key, case in others.items()
        if case.employee_id in seen and key in said
    ]


def not_yet(row: Absence | CorrectionRequest) -> str:
    """Whose request was approved, and whether that was the last word."""
    said = APPROVED_ONCE if row.state == RequestState.REQUESTED else APPROVED
    return said % {"name": row.employee.name}
