"""The clock service: what it stores, in which order it refuses, and what it answers to a repeated request."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendance.models import ClockEvent, Kiosk
from attendance.refusals import AttendanceRefused
from attendance.services import ClockResult, clock, next_direction, recent_event
from common.places import zone_names
from employees.models import Employee, User
from employees.tests.employment_kit import employ
from recognition.models import Decision

pytestmark = pytest.mark.django_db


def punch(employee: Employee, **changes: Any) -> ClockResult:
    request: dict[str, Any] = {
        "employee": employee,
        "direction": None,
        "zone": "Europe/Madrid",
        "method": "pin",
        "idempotency_key": "key-1",
    }
    return clock(**{**request, **changes})


@pytest.fixture
def veteran(ana: Employee) -> Employee:
    """Ana, hired long ago, so that past instants are within her employment."""
    employ(ana, hired_on=timezone.localdate() - timedelta(days=900))
    return ana


def test_no_punch_reads_the_folder_of_time_zones(ana: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    zone_names()

    def read_again() -> set[str]:
        raise AssertionError("Hundreds of files were looked at for one punch.")

    monkeypatch.setattr(zoneinfo, "available_timezones", read_again)

    assert punch(ana).created


def test_the_first_punch_is_a_check_in_now(ana: Employee) -> None:
    before = timezone.now()
    kiosk = Kiosk.objects.create(name="Door")
    result = punch(ana, kiosk=kiosk)
    event = ClockEvent.objects.get()
    assert result.created
    assert not result.already
    assert not result.replayed
    assert result.event == event
    assert (event.employee, event.direction, event.method, event.kiosk) == (ana, "in", "pin", kiosk)
    assert before <= event.at <= timezone.now()
    assert event.zone == "Europe/Madrid"
    assert len(event.request_digest) == 64


def test_the_direction_follows_from_the_last_event(veteran: Employee) -> None:
    start = timezone.now() - timedelta(hours=8)
    assert next_direction(employee=veteran) == "in"
    assert punch(veteran, at=start, idempotency_key="a").event.direction == "in"
    assert next_direction(employee=veteran) == "out"
    assert punch(veteran, at=start + timedelta(hours=4), idempotency_key="b").event.direction == "out"
    assert punch(veteran, at=start + timedelta(hours=5), idempotency_key="c").event.direction == "in"


def test_a_check_in_of_more_than_sixteen_hours_ago_was_a_forgotten_check_out(veteran: Employee) -> None:
    start = timezone.now() - timedelta(hours=17)
    punch(veteran, at=start)
    assert next_direction(employee=veteran, at=start + timedelta(hours=16)) == "out"
    assert next_direction(employee=veteran, at=start + timedelta(hours=16, seconds=1)) == "in"
    assert punch(veteran, idempotency_key="next-day").event.direction == "in"


def test_a_replaced_event_no_longer_counts(veteran: Employee, hr: User) -> None:
    start = timezone.now() - timedelta(hours=2)
    wrong = punch(veteran, at=start).event
    ClockEvent.objects.create(
        employee=veteran,
        direction="out",
        at=start + timedelta(minutes=5),
        zone="UTC",
        method="manual",
        author=hr,
        reason="Wrong button",
        replaces=wrong,
        idempotency_key="correction",
    )
    assert next_direction(employee=veteran) == "in"
    assert recent_event(employee=veteran, at=start) is None


def test_the_person_may_choose_the_same_direction_again(veteran: Employee) -> None:
    punch(veteran, at=timezone.now() - timedelta(hours=3), direction="in")
    assert punch(veteran, direction="in", idempotency_key="again").event.direction == "in"


@pytest.mark.parametrize("direction", [None, "in"])
@pytest.mark.parametrize("seconds", [0, 30, 59])
def test_a_second_look_within_a_minute_stores_nothing(veteran: Employee, seconds: int, direction: str | None) -> None:
    start = timezone.now() - timedelta(minutes=10)
    first = punch(veteran, at=start).event
    assert recent_event(employee=veteran, at=start + timedelta(seconds=seconds)) == first
    second = punch(veteran, at=start + timedelta(seconds=seconds), direction=direction, idempotency_key="second-door")
    assert second.already
    assert not second.created
    assert second.event == first
    assert ClockEvent.objects.count() == 1


@pytest.mark.parametrize("seconds", [1, 45])
def test_the_other_direction_counts_however_soon_it_comes(veteran: Employee, seconds: int) -> None:
    start = timezone.now() - timedelta(hours=5)
    moments = [("in", start), ("out", start + timedelta(hours=3)), ("in", start + timedelta(hours=3, seconds=seconds))]
    for number, (direction, at) in enumerate(moments):
        assert punch(veteran, at=at, direction=direction, idempotency_key=f"key-{number}").created
    again = punch(veteran, at=moments[2][1] + timedelta(seconds=10), direction="in", idempotency_key="again")

    assert again.already
    assert list(ClockEvent.objects.order_by("at").values_list("direction", flat=True)) == ["in", "out", "in"]


def test_a_punch_between_two_of_the_other_direction_is_kept(veteran: Employee) -> None:
    start = timezone.now() - timedelta(hours=1)
    for number, (direction, seconds) in enumerate([("in", 0), ("in", 90), ("out", 45)]):
        at = start + timedelta(seconds=seconds)
        assert punch(veteran, at=at, direction=direction, idempotency_key=f"key-{number}").created


@pytest.mark.parametrize("direction", [None, "in"])
def test_a_late_arrival_from_another_device_within_the_minute_is_the_same_visit(
    veteran: Employee, direction: str | None
) -> None:
    start = timezone.now() - timedelta(minutes=10)
    first = punch(veteran, at=start).event
    late = punch(veteran, at=start - timedelta(seconds=20), direction=direction, idempotency_key="offline")
    assert late.event == first


def test_after_a_minute_it_is_a_new_event(veteran: Employee) -> None:
    start = timezone.now() - timedelta(minutes=10)
    punch(veteran, at=start)
    assert recent_event(employee=veteran, at=start + timedelta(seconds=60)) is None
    assert punch(veteran, at=start + timedelta(seconds=60), idempotency_key="b").event.direction == "out"


def test_another_persons_punch_does_not_count(ana: Employee, ben: Employee) -> None:
    punch(ana)
    assert punch(ben, idempotency_key="b").created


@pytest.mark.parametrize("at", [None, datetime.now(UTC) - timedelta(minutes=5)])
def test_the_same_request_again_gets_the_same_answer_and_one_row(veteran: Employee, at: datetime | None) -> None:
    first = punch(veteran, at=at)
    again = punch(veteran, at=at)
    assert again.replayed
    assert not again.created
    assert again.event == first.event
    assert ClockEvent.objects.count() == 1


def test_a_replay_in_another_zones_notation_is_the_same_request(veteran: Employee) -> None:
    from zoneinfo import ZoneInfo

    at = timezone.now() - timedelta(minutes=5)
    first = punch(veteran, at=at).event
    assert punch(veteran, at=at.astimezone(ZoneInfo("Asia/Kolkata"))).event == first


@pytest.mark.parametrize(
    "change", [{"direction": "out"}, {"zone": "UTC"}, {"method": "api"}, {"at": datetime(2026, 1, 1, tzinfo=UTC)}]
)
def test_a_key_used_for_something_else_is_refused(veteran: Employee, change: dict[str, Any]) -> None:
    punch(veteran)
    with pytest.raises(AttendanceRefused) as refused:
        punch(veteran, **change)
    assert refused.value.code == "key_reused"
    assert ClockEvent.objects.count() == 1


def test_a_key_of_another_person_is_refused(ana: Employee, ben: Employee) -> None:
    punch(ana)
    with pytest.raises(AttendanceRefused) as refused:
        punch(ben)
    assert refused.value.code == "key_reused"


def test_not_before_the_first_day_nor_after_the_last(veteran: Employee) -> None:
    now = timezone.now()
    employ(veteran, hired_on=now.date() - timedelta(days=5), left_on=now.date() - timedelta(days=2))
    for days in (7, 0):
        with pytest.raises(AttendanceRefused) as refused:
            punch(veteran, at=now - timedelta(days=days), zone="UTC")
        assert refused.value.code == "not_employed"
    assert punch(veteran, at=now - timedelta(days=2), zone="UTC").created


def test_the_row_in_the_database_decides_not_the_object_in_hand(ana: Employee) -> None:
    employ(ana, hired_on=timezone.localdate() - timedelta(days=9), left_on=timezone.localdate() - timedelta(days=3))
    with pytest.raises(AttendanceRefused) as refused:
        punch(ana)
    assert refused.value.code == "not_employed"


@pytest.mark.parametrize(
    ("shift", "method", "code"),
    [
        (timedelta(seconds=121), "pin", "in_the_future"),
        (timedelta(seconds=120), "pin", ""),
        (timedelta(days=-40, seconds=-1), "pin", "too_old"),
        (timedelta(days=-40), "api", ""),
    ],
)
def test_the_instant_has_limits(veteran: Employee, shift: timedelta, method: str, code: str) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        at = timezone.now() + shift
        if not code:
            assert punch(veteran, at=at, method=method).created
            return
        with pytest.raises(AttendanceRefused) as refused:
            punch(veteran, at=at, method=method)
    assert refused.value.code == code
    assert refused.value.message
    assert refused.value.field == "at"


def test_somebody_who_signs_may_go_further_back(veteran: Employee, hr: User) -> None:
    at = timezone.now() - timedelta(days=90)
    assert punch(veteran, at=at, method="manual", author=hr, reason="Terminal was broken").created
    at = timezone.now() - timedelta(days=366, seconds=1)
    with pytest.raises(AttendanceRefused) as refused:
        punch(veteran, at=at, method="manual", author=hr, reason="x", idempotency_key="b")
    assert refused.value.code == "too_old"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"idempotency_key": ""}, "key_missing"),
        ({"idempotency_key": "k" * 121}, "key_missing"),
        ({"direction": "sideways"}, "direction_unknown"),
        ({"method": "telepathy"}, "method_unknown"),
        ({"zone": "Mars/Olympus"}, "zone_unknown"),
        ({"at": datetime(2026, 11, 24, 9)}, "instant_without_zone"),
        ({"method": "manual"}, "unsigned"),
        ({"method": "manual", "reason": "Forgot"}, "unsigned"),
        ({"method": "void"}, "method_unknown"),
        ({"reason": "x" * 301}, "reason_too_long"),
    ],
)
def test_a_malformed_request_is_refused_and_stores_nothing(ana: Employee, change: dict[str, Any], code: str) -> None:
    with pytest.raises(AttendanceRefused) as refused:
        punch(ana, **change)
    assert refused.value.code == code
    assert refused.value.message
    assert not ClockEvent.objects.exists()


def test_a_decision_belongs_to_one_person_and_one_event(ana: Employee, ben: Employee) -> None:
    decision = Decision.objects.create(asker="kiosk", outcome="identified", employee=ana, confidence=0.99)
    with pytest.raises(AttendanceRefused) as another:
        punch(ben, method="face", decision=decision)
    assert another.value.code == "decision_of_another"
    assert punch(ana, method="face", decision=decision).event.decision == decision
    with pytest.raises(AttendanceRefused) as used:
        punch(ana, method="face", decision=decision, idempotency_key="b")
    assert used.value.code == "decision_used"


def test_a_punch_takes_at_most_eleven_statements(ana: Employee) -> None:
    decision = Decision.objects.create(asker="kiosk", outcome="identified", employee=ana, confidence=0.99)
    with CaptureQueriesContext(connection) as queries:
        punch(ana, method="face", decision=decision)
    assert len(queries) <= 11, [query["sql"] for query in queries]


def test_a_repeated_request_gets_its_first_answer_even_after_the_person_has_left(veteran: Employee) -> None:
    first = punch(veteran)
    employ(veteran, left_on=timezone.localdate() - timedelta(days=1))

    again = punch(veteran)

    assert again.replayed
    assert again.event == first.event


def test_a_repeated_look_stores_nothing_however_late_it_is_asked_again(
    veteran: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = punch(veteran)
    assert punch(veteran, idempotency_key="key-2").already
    later = timezone.now() + timedelta(minutes=5)
    monkeypatch.setattr(timezone, "now", lambda: later)

    again = punch(veteran, idempotency_key="key-2")

    assert (again.already, again.replayed, again.event) == (True, True, first.event)
    assert ClockEvent.objects.count() == 1


def test_the_key_of_a_repeated_look_serves_no_other_request(veteran: Employee) -> None:
    punch(veteran)
    punch(veteran, idempotency_key="key-2")

    with pytest.raises(AttendanceRefused) as refused:
        punch(veteran, idempotency_key="key-2", direction="out")

    assert refused.value.code == "key_reused"


def test_a_key_and_a_reason_may_be_as_long_as_they_may_be(veteran: Employee) -> None:
    event = punch(veteran, idempotency_key="k" * 120, reason=" " + "x" * 300).event

    assert (len(event.idempotency_key), event.reason) == (120, "x" * 300)


def test_a_manual_punch_needs_a_reason_and_nobody_enters_their_own(veteran: Employee, hr: User) -> None:
    with pytest.raises(AttendanceRefused, check=lambda error: error.code == "unsigned"):
        punch(veteran, method="manual", author=hr, reason=" ")
    veteran.user = hr
    veteran.save()
    with pytest.raises(AttendanceRefused, check=lambda error: error.code == "own_punch"):
        punch(veteran, method="manual", author=User.objects.get(pk=hr.pk), reason="Forgot")


def test_whoever_calls_may_say_how_long_ago_a_punch_may_have_been(veteran: Employee) -> None:
    at = timezone.now() - timedelta(days=50)
    with pytest.raises(AttendanceRefused, check=lambda error: error.code == "too_old"):
        punch(veteran, at=at)

    assert punch(veteran, at=at, oldest=timedelta(days=60)).created


def test_the_answer_to_a_repeated_request_holds_the_person_at_hand(veteran: Employee) -> None:
    punch(veteran)

    for key in ("key-1", "key-2"):
        assert punch(veteran, idempotency_key=key).event.employee is veteran
