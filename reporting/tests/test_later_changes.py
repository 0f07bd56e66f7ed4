"""A later change of a locked period says what it would have done, and becomes a proposed adjustment."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.urls import reverse

from attendance.models import Period, WorkPolicy
from attendance.refusals import AttendanceRefused
from attendance.selectors.late import late_changes
from attendance.services.adjustments import adjustment_add, difference_adjust, seen_as
from attendance.services.late import change_preview, late_leave
from attendance.services.results import results_refresh
from employees.models import Employee
from employees.tests.employment_kit import employ
from reporting.files.build import Spec, lines
from reporting.tests.locked_world import (
    CHANGES,
    DAY,
    TOUCH_NOTHING,
    World,
    late_punch,
    locked,
    policy_edited,
    world,
)

__all__ = ["world"]

pytestmark = pytest.mark.django_db


def test_each_change_says_before_it_is_made_what_it_would_have_done(world: World, subtests: Any) -> None:
    locked(world)
    for change in CHANGES[:-1]:
        with subtests.test(change.__name__):
            assert bool(change_preview(partial(change, world)).found) is (change not in TOUCH_NOTHING)
    assert WorkPolicy.objects.get().overtime == [{"scope": "week", "after": 2400, "tier": 150}]
    assert change_preview(lambda: None).found == []


def test_a_policy_says_what_its_edit_would_have_changed(world: World) -> None:
    locked(world)
    preview = change_preview(lambda: policy_edited(world))
    (mine,) = (one for _period, one in preview.found if one.employee == world.ana)
    assert mine.figures == {"150": (15 * 3600, 0), "200": (0, 31 * 3600)}


def test_a_late_punch_is_proposed_as_an_adjustment_and_adjusted_once(world: World) -> None:
    locked(world)
    late_punch(world)
    results_refresh()
    (late,) = late_changes(employees=Employee.objects.all())
    day = world.working[-1]
    assert (late.employee, late.days, late.figures["worked"][1] - late.figures["worked"][0]) == (
        world.ana,
        {day: {0: 3 * 3600}},
        3 * 3600,
    )
    period = Period.objects.get()
    seen = seen_as(late.days)
    with pytest.raises(AttendanceRefused, check=lambda error: error.code == "changed"):
        difference_adjust(employee=world.ana, period=period, seen="x", reason="Offline kiosk", author=world.hr)
    (made,) = difference_adjust(employee=world.ana, period=period, seen=seen, reason="Offline kiosk", author=world.hr)
    assert (made.day, made.about_day, made.seconds, made.tier) == (world.last + DAY, day, 3 * 3600, 0)
    assert late_changes(employees=Employee.objects.all()) == []
    with pytest.raises(AttendanceRefused, check=lambda error: error.code == "changed"):
        difference_adjust(employee=world.ana, period=period, seen=seen, reason="Offline kiosk", author=world.hr)
    spec = Spec(report="period", form="csv", first=made.day, last=made.day + 6 * DAY)
    assert "3:00:00" in b"".join(lines(spec, world.hr)).decode()


def test_what_hr_leaves_as_it_is_is_shown_again_when_it_changes(world: World) -> None:
    locked(world)
    late_punch(world)
    results_refresh()
    late_leave(employee=world.ana, period=Period.objects.get(), by=world.hr, reason="Not her face")
    assert late_changes(employees=Employee.objects.all()) == []
    policy_edited(world)
    results_refresh()
    assert {one.employee for one in late_changes(employees=Employee.objects.all())} == {world.ana, world.ben}


def test_an_adjustment_of_somebody_who_left_is_in_the_next_file(world: World) -> None:
    locked(world)
    employ(world.ana, left_on=world.last)
    adjustment_add(
        employee=world.ana, about_day=world.working[0], seconds=3600, tier=150, reason="Delivery", author=world.hr
    )
    spec = Spec(report="period", form="csv", first=world.last + DAY, last=world.last + 7 * DAY)
    (row,) = (line for line in b"".join(lines(spec, world.hr)).decode().splitlines() if line.startswith("1001,"))
    assert "150 %: 1:00" in row


def test_the_admin_says_what_a_policy_would_have_changed_before_it_is_saved(world: World) -> None:
    locked(world)
    address = reverse("admin:attendance_workpolicy_change", args=[WorkPolicy.objects.get().pk])
    form = world.client.get(address).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    sent = {name: value for name, value in sent.items() if value is not False and name not in ROWS}
    sent |= {f"{name}-lines": "0" for name in ROWS} | {
        "overtime-lines": "1",
        "overtime-0-scope": "week",
        "overtime-0-after": "35:00",
        "overtime-0-tier": "200",
    }
    asked = world.client.post(address, sent).content.decode()
    assert "Ana Demo: 150 %: 15 h 00 min → 0 min, 200 %: 0 min → 31 h 00 min" in asked
    assert WorkPolicy.objects.get().overtime[0]["tier"] == 150
    assert world.client.post(address, {**sent, "locked_seen": "yes"}).status_code == 302
    assert WorkPolicy.objects.get().overtime[0]["tier"] == 200
    assert "150 %: 15:00" in world.file("period", "csv").decode()


ROWS = ("breaks", "overtime", "caps", "allowances")
