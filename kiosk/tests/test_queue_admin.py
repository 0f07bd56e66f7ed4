"""HR says who it was, or that nothing is to be recorded; nobody else sees what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import ClockEvent
from employees.models import Employee, User
from employees.tests.employment_kit import employ
from kiosk.models import QueuedPunch
from kiosk.tests.queue_kit import OfflineKiosk, ana_since_last_year
from recognition.tests.fake_engine import fake_photo

__all__ = ["ana_since_last_year"]

pytestmark = pytest.mark.django_db

STRANGER = fake_photo(7, kind="JPEG")


@pytest.fixture
def waiting(ana: Employee) -> QueuedPunch:
    """A face that nobody recognised, three hours ago."""
    door = OfflineKiosk.make()
    door.send(door.face(STRANGER, ago=timedelta(hours=3)))
    door.settle()
    return QueuedPunch.objects.get()


def change(punch: QueuedPunch) -> str:
    return reverse("admin:kiosk_queuedpunch_change", args=[punch.pk])


def answer(punch: QueuedPunch, employee: Employee, /, **changes: str) -> dict[str, str]:
    local = punch.local_at
    form = {"employee": str(employee.pk), "direction": "in", "day": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M:%S}"}
    return form | {"note": "I know her, and she was there."} | changes


def test_hr_sees_what_waits_and_why(hr_client: Client, waiting: QueuedPunch) -> None:
    listed = hr_client.get(reverse("admin:kiosk_queuedpunch_changelist")).text
    assert "The face was not recognised." in listed
    page = hr_client.get(change(waiting)).text
    address = reverse("admin:kiosk_queuedpunch_picture", args=[waiting.pk])
    assert address in page
    picture = hr_client.get(address)
    assert picture.content == STRANGER
    assert "no-store" in picture["Cache-Control"]
    assert "1 offline punch to review" in hr_client.get(reverse("admin:index")).text


def test_hr_records_it_at_its_own_time(hr_client: Client, hr: User, waiting: QueuedPunch, ana: Employee) -> None:
    assert hr_client.post(change(waiting), answer(waiting, ana)).status_code == 302
    event = ClockEvent.objects.get()
    assert (event.employee, event.at, event.method, event.author) == (ana, waiting.at, "manual", hr)
    assert (event.reason, event.kiosk) == ("I know her, and she was there.", waiting.kiosk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.event, waiting.picture, waiting.settled_by) == ("confirmed", event, None, hr)
    assert "Record it for" not in hr_client.get(change(waiting)).text


def test_hr_may_correct_the_time(hr_client: Client, waiting: QueuedPunch, ana: Employee) -> None:
    earlier = waiting.local_at - timedelta(hours=1)
    form = answer(waiting, ana, day=f"{earlier:%Y-%m-%d}", time=f"{earlier:%H:%M:%S}")
    assert hr_client.post(change(waiting), form).status_code == 302
    assert ClockEvent.objects.get().at == earlier.replace(microsecond=0)


def test_without_a_reason_or_a_person_nothing_is_recorded(
    hr_client: Client, waiting: QueuedPunch, ana: Employee
) -> None:
    for changes in ({"note": ""}, {"employee": ""}, {"direction": "up"}, {"time": "noon"}):
        assert hr_client.post(change(waiting), answer(waiting, ana, **changes)).status_code == 200
    employ(Employee.objects.all(), hired_on=timezone.localdate() + timedelta(days=1))
    refused = hr_client.post(change(waiting), answer(waiting, ana))
    assert "not employed on that day" in refused.text
    waiting.refresh_from_db()
    assert waiting.state == "waiting"
    assert not ClockEvent.objects.exists()


def test_hr_dismisses_with_a_reason(hr_client: Client, hr: User, waiting: QueuedPunch) -> None:
    dismiss = reverse("admin:kiosk_queuedpunch_dismiss", args=[waiting.pk])
    assert hr_client.get(dismiss).status_code == 200
    assert hr_client.post(dismiss, {"reason": ""}).status_code == 200
    assert hr_client.post(dismiss, {"reason": "A visitor."}).status_code == 302
    waiting.refresh_from_db()
    assert (waiting.state, waiting.note, waiting.picture, waiting.settled_by) == ("dismissed", "A visitor.", None, hr)
    again = hr_client.post(dismiss, {"reason": "Twice."})
    assert again.status_code in {302, 403}
    waiting.refresh_from_db()
    assert waiting.note == "A visitor."
    assert not ClockEvent.objects.exists()


@pytest.mark.parametrize("role", ["manager_client", "colleague_client", "client"])
def test_nobody_else_sees_or_settles_it(
    request: pytest.FixtureRequest, role: str, waiting: QueuedPunch, ana: Employee
) -> None:
    outsider: Client = request.getfixturevalue(role)
    pages = [
        reverse("admin:kiosk_queuedpunch_changelist"),
        change(waiting),
        reverse("admin:kiosk_queuedpunch_picture", args=[waiting.pk]),
        reverse("admin:kiosk_queuedpunch_dismiss", args=[waiting.pk]),
    ]
    for page in pages:
        assert outsider.get(page).status_code in {302, 403}
        assert outsider.post(page, answer(waiting, ana) | {"reason": "x"}).status_code in {302, 403}
    waiting.refresh_from_db()
    assert waiting.state == "waiting"
    assert not ClockEvent.objects.exists()


def test_a_bad_id_is_not_found(hr_client: Client, waiting: QueuedPunch) -> None:
    address = reverse("admin:kiosk_queuedpunch_picture", args=["00000000-0000-0000-0000-000000000000"])
    assert hr_client.get(address).status_code == 404
