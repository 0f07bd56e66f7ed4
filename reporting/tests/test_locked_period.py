"""A locked period stays byte for byte what it was, whatever is changed afterwards."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from attendance.models import Period
from attendance.selectors.timesheets import timesheet
from attendance.services.periods import period_lock, period_reopen
from attendance.services.results import results_refresh
from reporting.tests.locked_world import (
    CHANGES,
    DAY,
    World,
    late_punch,
    locked,
    policy_edited,
    sheet_of,
    world,
    zone_changed,
)

__all__ = ["world"]

pytestmark = pytest.mark.django_db


def test_what_a_locked_period_gives_stays_byte_for_byte(world: World, subtests: Any) -> None:
    locked(world)
    before = world.outputs()
    for change in CHANGES:
        with subtests.test(change.__name__), transaction.atomic():
            change(world)
            results_refresh()
            after = world.outputs()
            transaction.set_rollback(True)
            assert {name for name, content in before.items() if after[name] != content} == set()


def test_locking_itself_changes_no_file(world: World) -> None:
    spec = {report: world.file(report, "csv") for report in ("period", "days")}
    locked(world)
    assert {report: world.file(report, "csv") for report in spec} == spec


def test_a_file_over_a_locked_and_an_open_period_takes_each_from_where_it_belongs(world: World) -> None:
    locked(world)
    policy_edited(world)
    (found,) = (
        one.overtime.pending for one in [timesheet(employee=world.ana, first=world.first, last=world.last + 7 * DAY)]
    )
    assert found[150] == 3 * 5 * 3600
    assert 200 not in found


def test_the_time_is_shown_on_the_clock_of_the_place_then(world: World) -> None:
    locked(world)
    zone_changed(world)
    day = world.working[0]
    content = world.file("days", "csv").decode("utf-8-sig")
    assert f"{day} 09:00:00,{day} 18:00:00" in content
    assert str(ZoneInfo("America/Mexico_City")) not in content


def test_reopened_and_locked_again_it_is_kept_anew(world: World) -> None:
    locked(world)
    late_punch(world)
    period = Period.objects.get()
    period_reopen(period=period, by=world.hr, reason="A punch came late")
    results_refresh()
    period_lock(period=period, by=world.hr, reason="Payday")
    assert next(one for one in sheet_of(world).days if one.figures.day == world.working[-1]).figures.worked == 3 * 3600
