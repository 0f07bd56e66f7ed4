"""What lies ahead of the demo's people: leave that they have and have asked for, and next week's plan.

Made by the same services as the pages use, so that *My leave*, the calendar, the board and *My shifts* are not empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from fractions import Fraction

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from attendance.models import AbsenceType, Shift
from attendance.services.absences import absence_enter, absence_request
from employees.models import Department, Employee, User
from leave.models import LeaveRule, LedgerEntry
from leave.services import entry_add
from planning.offers import offered_to_plan
from planning.services.drafts import Wish, drafts_set
from planning.services.open_shifts import open_shift_add, shift_ask
from planning.services.publishing import plan_publish
from planning.services.swaps import swap_answer, swap_ask
from presente.demo.story import ASKS

DAY = timedelta(days=1)
WEEK = 7 * DAY
ON_HOLIDAY = "D006"
LATE_TURN, ROUND_TURN = "D005", "D007"
"""Of the workshop, as the employee who logs in."""


def tell(people: Mapping[str, Employee], workshop: Department, *, hr: User, employee: User, hired: date) -> None:
    """Give everybody a balance, ask for some days, publish next week and leave it with something to decide."""
    today = timezone.localdate()
    monday = today + (7 - today.weekday()) * DAY
    _leave(people, monday, hr=hr, employee=employee, hired=hired)
    _plan(people, workshop, monday, hr=hr, today=today)


def _leave(people: Mapping[str, Employee], monday: date, *, hr: User, employee: User, hired: date) -> None:
    vacation = AbsenceType.objects.get(code="vacation")
    bank = AbsenceType.objects.create(code="time-bank", name=_("Time off for overtime"))
    _rule(vacation, hired, grant=LeaveRule.Grant.MONTH, steps=[{"after": 0, "amount": "24"}])
    _rule(bank, hired, unit=LeaveRule.Unit.HOURS, grant=LeaveRule.Grant.NONE, steps=[], time_bank=True)
    opening = [(person, vacation, 6 + number * 5 % 13) for number, person in enumerate(people.values())]
    opening += [(people[ASKS], bank, 6), (people[LATE_TURN], bank, 3)]
    for person, kind, amount in opening:
        entry_add(
            employee=person,
            kind=kind,
            entered=LedgerEntry.Entered.OPENING,
            day=hired,
            amount=Fraction(amount),
            reason=_("From the list before (demo)"),
            author=hr,
        )
    absence_enter(
        employee=people[ON_HOLIDAY],
        by=hr,
        kind=vacation,
        first=monday + 2 * DAY,
        last=monday + 4 * DAY,
        reason=_("Family"),
    )
    late = monday + 3 * WEEK
    absence_request(
        employee=people[ASKS], by=employee, kind=bank, first=late, last=late, half="second", reason=_("A visit (demo)")
    )


def _rule(kind: AbsenceType, since: date, **values: object) -> None:
    rule = LeaveRule(kind=kind, valid_from=since, **values)
    rule.full_clean()
    rule.save()


def _plan(people: Mapping[str, Employee], workshop: Department, monday: date, *, hr: User, today: date) -> None:
    """Early and late turns in the workshop; a swap, and somebody who asks for the open shift on Saturday."""
    early, late = (
        Shift.objects.create(name=name, starts_at=time(begins), ends_at=time(begins + 8))
        for name, begins in ((pgettext("shift", "Early"), 6), (pgettext("shift", "Late"), 14))
    )
    asks, turned, rounds = people[ASKS], people[LATE_TURN], people[ROUND_TURN]
    week = [monday + number * DAY for number in range(7)]
    wishes = [Wish(asks, day, (early.pk,)) for day in week[:5]]
    wishes += [Wish(turned, day, (late.pk,)) for day in week[:5]]
    wishes += [Wish(rounds, day, (early.pk,)) for day in week[1:6]]
    wishes.append(Wish(rounds, week[0], (), note=_("Free for Saturday")))
    drafts_set(wishes=wishes, by=hr)
    offer = open_shift_add(day=week[5], shift=late, department=workshop, wanted=2, by=hr, note=_("Stocktaking (demo)"))
    plan_publish(people=list(people.values()), first=week[0], last=week[6], by=hr, offered=offered_to_plan(hr))
    offer.refresh_from_db()
    shift_ask(open_shift=offer, employee=turned, today=today)
    swap = swap_ask(
        employee=asks,
        day=week[1],
        shift=early,
        colleague=turned,
        colleague_day=week[1],
        colleague_shift=late,
        today=today,
        note=_("A parents' evening (demo)"),
    )
    swap_answer(swap=swap, employee=turned, accept=True)
    # The week after is begun and not published yet.
    drafts_set(wishes=[Wish(turned, day + WEEK, (early.pk,)) for day in week[:5]], by=hr)
