"""Which way the kiosk proposes, and when it records nothing without a touch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from attendance.models import ClockEvent, CompanyHoliday, Kiosk, Shift, ShiftAssignment
from attendance.services.clock import clock
from doors.models import Door
from employees.models import Employee
from employees.services import badge_issue
from employees.tests.employment_kit import employ
from kiosk.models import KioskSettings
from kiosk.services import Frames, Offer, Pin, Recorded, attempt
from kiosk.services.direction import direction_propose
from kiosk.tests.kiosk_kit import identify, post_json
from recognition.tests.fake_engine import fake_photo

pytestmark = pytest.mark.django_db

MADRID = ZoneInfo("Europe/Madrid")
ANA = [fake_photo(1, variation=variation, kind="JPEG") for variation in (4, 5, 6)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MADRID)


def came_in(employee: Employee, *, ago: timedelta) -> ClockEvent:
    employ(employee, hired_on=timezone.localdate() - timedelta(days=9))
    return clock(
        employee=employee,
        direction="in",
        at=timezone.now() - ago,
        zone="Europe/Madrid",
        method="api",
        idempotency_key=f"in-{ago}",
    ).event


def test_63_seconds_after_coming_in_nothing_is_recorded_without_a_touch(
    ana: Employee, punched: Callable[..., ClockEvent]
) -> None:
    event = punched(ana, "in", "2026-03-02 13:26:01")

    proposed = direction_propose(employee=ana, at=at("2026-03-02 13:27:04"), deliberate=False)

    assert (proposed.direction, proposed.touch, proposed.recent) == ("out", True, event)


@pytest.mark.parametrize(("later", "touch"), [("13:35:59", True), ("13:36:02", False)])
def test_ten_minutes_later_it_is_no_passing_by(
    ana: Employee, punched: Callable[..., ClockEvent], later: str, touch: bool
) -> None:
    punched(ana, "in", "2026-03-02 13:26:01")

    assert direction_propose(employee=ana, at=at(f"2026-03-02 {later}"), deliberate=False).touch is touch


def test_whoever_types_a_pin_is_not_passing_by(ana: Employee, punched: Callable[..., ClockEvent]) -> None:
    punched(ana, "in", "2026-03-02 13:26:01")

    proposed = direction_propose(employee=ana, at=at("2026-03-02 13:27:04"), deliberate=True)

    assert (proposed.direction, proposed.touch) == ("out", False)


def test_the_page_is_told_to_wait_and_what_stands(door: tuple[Kiosk, Client], enrolled_ana: Employee) -> None:
    kiosk, client = door
    event = came_in(enrolled_ana, ago=timedelta(seconds=63))

    offer = identify(client, *ANA).json()

    assert (offer["outcome"], offer["direction"], offer["already"], offer["touch"]) == (
        "identified",
        "out",
        False,
        True,
    )
    assert offer["standing"] == f"Already in, {event.at.astimezone(kiosk.zone):%H:%M}"
    assert ClockEvent.objects.get() == event
    assert (
        post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="out").json()["outcome"] == "recorded"
    )


def test_an_offer_that_may_count_down_says_nothing_of_a_touch(
    door: tuple[Kiosk, Client], enrolled_ana: Employee
) -> None:
    came_in(enrolled_ana, ago=timedelta(hours=4))

    assert not {"touch", "standing"} & set(identify(door[1], *ANA).json())


def test_a_badge_round_the_neck_needs_a_touch_too(door: tuple[Kiosk, Client], ana: Employee) -> None:
    KioskSettings.objects.create(kiosk=door[0], badge="alone")
    came_in(ana, ago=timedelta(minutes=5))

    assert post_json(door[1], "kiosk_badge", code=badge_issue(employee=ana)).json()["touch"] is True


def test_a_door_that_clocks_waits_for_the_touch_unless_its_side_says_the_way(
    door: tuple[Kiosk, Client], enrolled_ana: Employee
) -> None:
    kiosk = door[0]
    lock = Door.objects.create(name="Lobby", kiosk=kiosk, leads="both", clocks=True, time_zone="Europe/Madrid")
    came_in(enrolled_ana, ago=timedelta(seconds=90))

    waiting = attempt(kiosk, Frames(ANA))
    Door.objects.filter(pk=lock.pk).update(leads="out")
    outside = attempt(kiosk, Frames(ANA))

    assert isinstance(waiting, Offer)
    assert waiting.door is not None
    assert waiting.door.opened
    assert waiting.proposal.touch
    assert isinstance(outside, Recorded)
    assert outside.result.event.direction == "out"


def test_a_pin_at_a_door_that_clocks_is_recorded(door: tuple[Kiosk, Client], ana: Employee) -> None:
    Door.objects.create(name="Lobby", kiosk=door[0], leads="both", clocks=True, time_zone="Europe/Madrid")
    came_in(ana, ago=timedelta(minutes=2))

    outcome = attempt(door[0], Pin(number="1001", pin="246813"))

    assert isinstance(outcome, Recorded)
    assert (outcome.result.event.direction, outcome.result.event.method) == ("out", "pin")


MONDAY = [
    # last punch, now, proposed, touch
    ("out 2026-02-27 17:01", "2026-03-02 08:50", "in", False),
    ("out 2026-02-27 17:01", "2026-03-02 16:58", "out", True),
    ("out 2026-02-27 17:01", "2026-03-02 17:30", "out", True),
    ("out 2026-02-27 17:01", "2026-03-02 13:00", "in", False),
    ("in 2026-02-27 09:00", "2026-03-02 16:58", "out", True),
    ("out 2026-03-02 12:00", "2026-03-02 16:40", "in", False),
    ("in 2026-03-02 09:00", "2026-03-02 16:58", "out", False),
    ("in 2026-03-02 08:20", "2026-03-02 09:10", "out", False),
]


@pytest.mark.parametrize(("last", "now", "direction", "touch"), MONDAY)
def test_the_shift_of_9_to_17_shows_a_forgotten_check_in(
    ana: Employee,
    on_early_shift: Callable[[Employee], Employee],
    punched: Callable[..., ClockEvent],
    last: str,
    now: str,
    direction: str,
    touch: bool,
) -> None:
    person = on_early_shift(ana)
    way, _, when = last.partition(" ")
    punched(person, way, when)

    proposed = direction_propose(employee=person, at=at(now), deliberate=True)

    assert (proposed.direction, proposed.touch) == (direction, touch)


def test_a_holiday_has_no_shift_to_go_by(
    ana: Employee, on_early_shift: Callable[[Employee], Employee], punched: Callable[..., ClockEvent]
) -> None:
    person = on_early_shift(ana)
    punched(person, "out", "2026-02-27 17:01")
    CompanyHoliday.objects.create(day=date(2026, 3, 2), name="Company day")

    assert direction_propose(employee=person, at=at("2026-03-02 16:58"), deliberate=True).direction == "in"


def test_the_next_shift_shows_a_forgotten_check_out(
    ana: Employee, on_early_shift: Callable[[Employee], Employee], punched: Callable[..., ClockEvent]
) -> None:
    person = on_early_shift(ana)
    ShiftAssignment.objects.all().delete()
    for number, (starts, ends) in enumerate(((6, 10), (14, 18))):
        shift = Shift.objects.create(name=f"Part {number}", starts_at=time(starts), ends_at=time(ends), weekdays=[0])
        ShiftAssignment.objects.create(employee=person, shift=shift, valid_from=date(2026, 1, 1), pattern="FREQ=DAILY")
    punched(person, "in", "2026-03-02 06:00")

    assert direction_propose(employee=person, at=at("2026-03-02 10:05"), deliberate=True).direction == "out"
    proposed = direction_propose(employee=person, at=at("2026-03-02 13:55"), deliberate=True)
    assert (proposed.direction, proposed.touch) == ("in", True)
