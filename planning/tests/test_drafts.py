"""Drafts: set, moved, copied, undone, published; who may, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from attendance.models import DirtySpan, PlannedShift, Shift, ShiftAssignment
from attendance.refusals import PeriodLocked
from attendance.services.periods import period_create, period_lock
from attendance.services.results import results_refresh
from common.models import AuditEntry
from employees.models import Department, Employee, User
from employees.tests.employment_kit import employ
from planning.access import NotPlanned, PlanRefused
from planning.services.drafts import Wish, change_undo, drafts_set, shift_move, week_copy
from planning.services.publishing import plan_publish
from planning.signals import plan_published
from planning.tests.plan_kit import DAY, MONDAY, WEEK, counted, hired, names, shift, shown

pytestmark = pytest.mark.django_db
SUNDAY = MONDAY + 6 * DAY
TUESDAY = MONDAY + DAY


@pytest.fixture
def early(db: None) -> Shift:
    return shift("Early", 6, 14, [0, 1, 2, 3, 4])


@pytest.fixture
def late(db: None) -> Shift:
    return shift("Late", 14, 22)


@pytest.fixture
def one(department: Department, early: Shift) -> Employee:
    """Works early from Monday to Friday."""
    person = hired("W1", department=department)
    ShiftAssignment.objects.create(employee=person, shift=early, valid_from=date(2020, 1, 1))
    return person


@pytest.fixture
def other(department: Department) -> Employee:
    """Has no shift."""
    return hired("W2", department=department)


def put(person: Employee, day: date, by: User, *shifts: Shift) -> int:
    return drafts_set(wishes=[Wish(person, day, tuple(one.pk for one in shifts))], by=by)


def publish(people: list[Employee], by: User, first: date = MONDAY, last: date = SUNDAY) -> int:
    return plan_publish(people=people, first=first, last=last, by=by)


def test_a_draft_is_shown_and_does_not_count_until_it_is_published(one: Employee, late: Shift, hr: User) -> None:
    put(one, MONDAY, hr, late)
    assert (names(shown(one, MONDAY)), shown(one, MONDAY).is_draft) == (["Late"], True)
    assert counted(one, MONDAY) == ["Early"]

    assert publish([one], hr) == 1

    assert counted(one, MONDAY) == ["Late"]
    assert not shown(one, MONDAY).is_draft
    assert counted(one, TUESDAY) == ["Early"]


def test_a_free_day_and_a_day_given_back_to_the_assignments(one: Employee, hr: User) -> None:
    put(one, MONDAY, hr)
    publish([one], hr)
    assert counted(one, MONDAY) == []

    drafts_set(wishes=[Wish(one, MONDAY, None)], by=hr)
    assert counted(one, MONDAY) == []
    publish([one], hr)

    assert counted(one, MONDAY) == ["Early"]
    assert not PlannedShift.objects.exists()


def test_a_published_day_comes_before_a_rotation(one: Employee, early: Shift, late: Shift, hr: User) -> None:
    ShiftAssignment.objects.create(employee=one, shift=late, valid_from=date(2026, 1, 1), pattern="FREQ=DAILY")
    assert counted(one, MONDAY) == ["Late"]

    put(one, MONDAY, hr, early)
    publish([one], hr)

    assert counted(one, MONDAY) == ["Early"]


def test_what_is_as_it_is_published_keeps_no_draft(one: Employee, late: Shift, hr: User) -> None:
    put(one, MONDAY, hr, late)
    publish([one], hr)
    put(one, MONDAY, hr)
    put(one, MONDAY, hr, late)
    assert not PlannedShift.objects.filter(state="draft").exists()

    assert drafts_set(wishes=[Wish(one, TUESDAY, None)], by=hr) == 0


def test_a_moved_shift_leaves_its_day_free_and_a_copied_one_stays(one: Employee, other: Employee, hr: User) -> None:
    early = Shift.objects.get(name="Early")

    shift_move(employee=one, day=MONDAY, shift=early, to_employee=other, to_day=TUESDAY, by=hr)
    assert shown(one, MONDAY).is_free
    assert names(shown(other, TUESDAY)) == ["Early"]

    shift_move(employee=one, day=TUESDAY, shift=early, to_employee=other, to_day=MONDAY, by=hr, copy=True)
    assert names(shown(one, TUESDAY)) == ["Early"]
    assert names(shown(other, MONDAY)) == ["Early"]


def test_a_shift_that_is_no_longer_there_is_not_moved(one: Employee, other: Employee, late: Shift, hr: User) -> None:
    with pytest.raises(PlanRefused) as refused:
        shift_move(employee=one, day=MONDAY, shift=late, to_employee=other, to_day=MONDAY, by=hr)
    assert refused.value.code == "plan_changed"
    assert not PlannedShift.objects.exists()


def test_undo_gives_back_what_was_before_once(one: Employee, other: Employee, late: Shift, hr: User) -> None:
    put(one, MONDAY, hr, late)
    shift_move(employee=one, day=MONDAY, shift=late, to_employee=other, to_day=MONDAY, by=hr)

    assert change_undo(by=hr) == 2

    assert names(shown(one, MONDAY)) == ["Late"]
    assert names(shown(other, MONDAY)) == []
    with pytest.raises(PlanRefused, match="nothing to undo"):
        change_undo(by=hr)


def test_undo_leaves_what_somebody_else_has_changed_since(one: Employee, late: Shift, hr: User, manager: User) -> None:
    put(one, MONDAY, hr, late)
    put(one, MONDAY, manager)

    assert change_undo(by=hr) == 0
    assert shown(one, MONDAY).is_free


def test_a_week_is_copied_as_it_is_shown(one: Employee, other: Employee, late: Shift, hr: User) -> None:
    put(one, MONDAY, hr, late)
    put(other, TUESDAY, hr, late)

    assert week_copy(people=[one, other], monday=MONDAY, weeks=2, by=hr) == 4

    for number in (1, 2):
        assert names(shown(one, MONDAY + number * WEEK)) == ["Late"]
        assert names(shown(other, TUESDAY + number * WEEK)) == ["Late"]
        # As the assignments say it already: no draft is needed.
        assert not shown(one, TUESDAY + number * WEEK).is_draft
    assert change_undo(by=hr) == 4
    assert names(shown(one, MONDAY + WEEK)) == ["Early"]


def test_managers_plan_their_own_people_and_nobody_themselves(
    one: Employee, late: Shift, manager: User, outsider_manager: User, colleague: User
) -> None:
    employ(manager.employee, hired_on=date(2020, 1, 1))
    assert put(one, MONDAY, manager, late) == 1
    for by, person in ((outsider_manager, one), (colleague, one), (manager, manager.employee)):
        with pytest.raises(NotPlanned):
            put(person, TUESDAY, by, late)
        with pytest.raises(NotPlanned):
            publish([person], by)
    assert PlannedShift.objects.count() == 1


def test_nobody_is_planned_before_they_work_here(one: Employee, late: Shift, hr: User) -> None:
    with pytest.raises(PlanRefused) as refused:
        put(one, date(2019, 12, 31), hr, late)
    assert refused.value.code == "not_employed"


def test_a_locked_period_refuses_drafts_and_publishing(one: Employee, late: Shift, hr: User) -> None:
    first = timezone.now().date() - timedelta(days=40)
    day = first + DAY
    PlannedShift.objects.create(employee=one, day=day, shift=late, state="draft")
    period_lock(period=period_create(first=first, last=first + 6 * DAY, by=hr), by=hr, reason="Payday")

    with pytest.raises(PeriodLocked):
        put(one, day, hr)
    with pytest.raises(PeriodLocked):
        publish([one], hr, first, first + 6 * DAY)
    assert shown(one, day).locked
    assert PlannedShift.objects.get().state == "draft"


def test_publishing_marks_the_days_and_a_changed_shift_marks_them_again(
    one: Employee, other: Employee, late: Shift, hr: User
) -> None:
    day = timezone.now().date() - 10 * DAY
    results_refresh()
    put(other, day, hr, late)
    assert not DirtySpan.objects.exists()

    publish([other], hr, day, day)
    assert DirtySpan.objects.filter(employee=other, first__lte=day, last__gte=day).exists()

    results_refresh()
    late.target_minutes = 1
    late.save()
    assert DirtySpan.objects.filter(employee=other, first__lte=day, last__gte=day).exists()
    assert not DirtySpan.objects.filter(employee=one).exists()


def test_publishing_tells_who_listens_and_is_recorded_for_each_person(
    one: Employee, other: Employee, late: Shift, hr: User
) -> None:
    heard: list[dict[str, Any]] = []

    def listen(sender: object, **given: Any) -> None:
        heard.append(given)

    plan_published.connect(listen)
    try:
        put(one, MONDAY, hr, late)
        put(other, TUESDAY, hr)
        publish([one, other], hr)
    finally:
        plan_published.disconnect(listen)

    assert heard[0]["days"] == {one.pk: [MONDAY], other.pk: [TUESDAY]}
    assert heard[0]["by"] == hr
    entries = {entry.subject: entry.details for entry in AuditEntry.objects.filter(act="plan.published")}
    assert entries == {"W1": {"days": {f"{MONDAY}": "Late"}}, "W2": {"days": {f"{TUESDAY}": "free"}}}


def test_the_database_keeps_a_day_free_or_with_a_shift_once(one: Employee, late: Shift) -> None:
    PlannedShift.objects.create(employee=one, day=MONDAY, shift=late)
    PlannedShift.objects.create(employee=one, day=TUESDAY, kind="free")
    for wrong in (
        {"day": MONDAY, "shift": late},
        {"day": TUESDAY, "kind": "free"},
        {"day": MONDAY, "kind": "shift"},
        {"day": MONDAY, "kind": "free", "shift": late},
        {"day": SUNDAY, "kind": "pattern", "state": "published"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            PlannedShift.objects.create(employee=one, **wrong)
