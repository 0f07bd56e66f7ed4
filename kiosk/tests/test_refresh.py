"""From the kiosk to the template: only a punch by a living face that stood for a day teaches anything."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from attendance.models import ClockEvent, Kiosk
from attendance.services.undo import clock_undo
from employees.models import Consent, Employee, EnrolmentPhoto, User
from employees.services import consent_refresh
from kiosk.models import KioskSettings, QueuedPunch
from kiosk.services.upkeep import refresh_settle
from kiosk.tests.kiosk_kit import post_json
from kiosk.tests.queue_kit import OfflineKiosk
from kiosk.tests.test_liveness import asked, film, look, send
from recognition import gallery
from recognition.models import Decision, Refreshment
from recognition.services import photo_process
from recognition.services.refresh import refresh_choose

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(door: tuple[Kiosk, Client], enrolled_ana: Employee, hr: User) -> Client:
    """A kiosk that asks everybody to move, in a company that refreshes, before which stands Ana, who agreed to it."""
    KioskSettings.objects.update_or_create(kiosk=door[0], defaults={"liveness": "always"})
    consent_refresh(employee=enrolled_ana, agreed=True, method=Consent.Method.PAPER, by=hr)
    refresh_choose(on=True, by=hr)
    return door[1]


def recognised(client: Client) -> Any:
    """Ana does what the kiosk asks; its offer."""
    request = asked(client)
    frames, times = film(request["steps"])
    return send(client, frames, times, challenge=request["id"]).json()


def clocked(client: Client) -> Any:
    offer = recognised(client)
    return post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="in").json()


def a_day_later() -> int:
    Refreshment.objects.update(at=timezone.now() - timedelta(days=1, minutes=1))
    done = refresh_settle()
    for photo in EnrolmentPhoto.objects.filter(state="queued"):
        photo_process(photo.pk)
    return done


def added() -> int:
    return int(gallery.current().gallery.added.sum())


def test_a_punch_that_stood_for_a_day_refreshes_the_template(client: Client, enrolled_ana: Employee) -> None:
    clocked(client)
    held = EnrolmentPhoto.objects.get(source="refresh")
    assert (held.state, held.employee, refresh_settle()) == ("held", enrolled_ana, 0)

    assert a_day_later() == 1
    assert added() == 1
    assert a_day_later() == 0
    assert added() == 1


def test_who_was_greeted_but_did_not_clock_teaches_nothing(client: Client) -> None:
    assert recognised(client)["outcome"] == "identified"
    assert a_day_later() == 0
    assert not EnrolmentPhoto.objects.filter(source="refresh").exists()
    assert not Refreshment.objects.exists()


def test_that_is_not_me_deletes_the_picture_at_once(client: Client) -> None:
    told = clocked(client)
    post_json(client, "kiosk_undo", undo=told["undo"])
    assert not EnrolmentPhoto.objects.filter(source="refresh").exists()


def test_a_punch_undone_weeks_later_takes_back_what_it_taught(client: Client, hr: User) -> None:
    clocked(client)
    a_day_later()
    assert added() == 1
    clock_undo(event=ClockEvent.objects.get(), reason="it was her sister", author=hr)
    assert added() == 0


def test_a_burst_in_which_nobody_moved_is_not_kept(client: Client) -> None:
    KioskSettings.objects.update(liveness="flag")
    answer = send(client, look()).json()
    assert (answer["outcome"], Decision.objects.get().liveness) == ("identified", "unsure")
    assert not Refreshment.objects.exists()


def test_an_offer_taken_up_without_a_network_teaches_nothing(client: Client) -> None:
    clocked(client)
    away, now = OfflineKiosk.make("Back door"), timezone.now()
    QueuedPunch.objects.create(
        key=away.key,
        kiosk=away.kiosk,
        counter=1,
        kind="offer",
        at=now,
        device_at=now,
        clock="ok",
        state="confirmed",
        event=ClockEvent.objects.get(),
        digest="0",
        head="",
        signature=b"",
    )
    assert a_day_later() == 0
    assert not EnrolmentPhoto.objects.filter(source="refresh").exists()
