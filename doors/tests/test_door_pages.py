"""The doors' pages: who may see and open what, and what each click leaves behind."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from doors.models import AccessEvent, Door
from doors.relays import wiring
from employees.models import Employee, User

pytestmark = pytest.mark.django_db
PAGES = ("doors", "doors_live", "roll_call")
ACTIONS = ("doors_release", "doors_secure")


@pytest.fixture
def front(db: None) -> Door:
    return Door.objects.create(name="Front")


@pytest.fixture
def opener_client(front: Door, colleague: User, colleague_client: Client) -> Client:
    """A plain employee who may open the front door."""
    front.openers.add(colleague)
    return colleague_client


def test_hr_sees_every_door_and_opens_one(hr_client: Client, front: Door) -> None:
    page = hr_client.get(reverse("doors"))
    assert page.status_code == 200
    assert "Front" in page.content.decode()

    answer = hr_client.post(reverse("door_open", args=[front.pk]), {"note": "parcel"}, follow=True)

    assert "Front is open." in answer.content.decode()
    event = AccessEvent.objects.get()
    assert (event.method, event.note, event.pulse.state) == ("hand", "parcel", "sent")


def test_an_opener_sees_and_opens_only_what_was_given(opener_client: Client, front: Door) -> None:
    other = Door.objects.create(name="Strongroom")

    page = opener_client.get(reverse("doors")).content.decode()

    assert "Front" in page
    assert "Strongroom" not in page
    assert opener_client.post(reverse("door_open", args=[other.pk])).status_code == 404
    assert opener_client.post(reverse("door_open", args=[front.pk])).status_code == 302
    assert [event.door for event in AccessEvent.objects.all()] == [front]


@pytest.mark.parametrize("name", PAGES)
def test_somebody_without_a_door_is_refused_and_a_visitor_sent_to_the_login(
    name: str, front: Door, manager_client: Client, client: Client
) -> None:
    assert manager_client.get(reverse(name)).status_code == 403
    assert reverse("login") in client.get(reverse(name)).headers["Location"]


@pytest.mark.parametrize("name", ACTIONS)
def test_the_emergency_is_for_openers_by_post_alone(
    name: str, front: Door, manager_client: Client, hr_client: Client, client: Client
) -> None:
    assert manager_client.post(reverse(name)).status_code == 403
    assert reverse("login") in client.post(reverse(name)).headers["Location"]
    assert hr_client.get(reverse(name)).status_code == 405
    assert not AccessEvent.objects.exists()


def test_releasing_leads_to_the_roll_call_and_securing_ends_it(opener_client: Client, front: Door) -> None:
    answer = opener_client.post(reverse("doors_release"), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("roll_call")
    assert "Every door is held open." in answer.content.decode()
    assert "Held open" in opener_client.get(reverse("doors")).content.decode()

    opener_client.post(reverse("doors_secure"))

    front.refresh_from_db()
    assert front.released_at is None


def test_a_door_that_does_not_answer_is_named(hr_client: Client, front: Door) -> None:
    Door.objects.update(driver="webhook", wiring={"url": "http://127.0.0.1:9/"}, enabled=True)
    wiring.reset()

    answer = hr_client.post(reverse("doors_release"), follow=True)

    assert "Front did not answer" in answer.content.decode()


def test_the_roll_call_joins_the_clock_and_the_doors(
    hr_client: Client, front: Door, ana: Employee, ben: Employee
) -> None:
    from attendance.services import clock
    from doors.services import access_request

    Door.objects.update(leads="in")
    front.refresh_from_db()
    way_out = Door.objects.create(name="Way out", leads="out")
    clock(employee=ana, direction="in", zone="UTC", method="pin", idempotency_key="ana-in")
    access_request(door=front, employee=ben, method="face", key="ben-in")

    page = hr_client.get(reverse("roll_call")).content.decode()
    assert ana.name in page
    assert ben.name in page

    access_request(door=way_out, employee=ben, method="face", key="ben-out")
    page = hr_client.get(reverse("roll_call")).content.decode()
    assert ana.name in page
    assert ben.name not in page


def test_the_list_takes_as_many_statements_for_many_doors_as_for_one(hr_client: Client, front: Door) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for number in range(3):
        Door.objects.create(name=f"Door {number}")
        with CaptureQueriesContext(connection) as captured:
            hr_client.get(reverse("doors_live"))
        counts.append(len(captured))
    assert len(set(counts)) == 1, counts


def test_hr_wires_a_door_in_the_admin_and_its_secret_is_sealed(hr_client: Client) -> None:
    add = reverse("admin:doors_door_add")
    form = {
        "name": "Gate",
        "time_zone": "Europe/Madrid",
        "leads": "both",
        "area": "",
        "enabled": "on",
        "driver": "webhook",
        "pulse_seconds": "3",
        "fail_mode": "secure",
        "anti_passback": "off",
        "port": "1883",
        "schedule-TOTAL_FORMS": "0",
        "schedule-INITIAL_FORMS": "0",
        "schedule-MIN_NUM_FORMS": "0",
        "schedule-MAX_NUM_FORMS": "1000",
    }
    refused = hr_client.post(add, form)
    assert refused.status_code == 200
    assert set(refused.context["adminform"].form.errors) == {"url", "secret"}

    answer = hr_client.post(add, form | {"url": "https://lock.example/open", "secret": "s3cret"})

    assert answer.status_code == 302
    door = Door.objects.get()
    assert door.wiring["url"] == "https://lock.example/open"
    assert b"s3cret" not in bytes(door.sealed_secret or b"")
    assert wiring.open_secret(door) == "s3cret"
    assert "s3cret" not in hr_client.get(reverse("admin:doors_door_change", args=[door.pk])).content.decode()
