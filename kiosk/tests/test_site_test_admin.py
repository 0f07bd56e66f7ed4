"""HR tests a kiosk: from the button to the report, and what it proposes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import Kiosk
from employees.models import Employee, User
from kiosk.models import KioskSettings, KioskTest, KioskTestLook
from kiosk.services.site_test import site_test_start
from recognition.models import OperatingPoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def test(door: tuple[Kiosk, Client], enrolled_ana: Employee, hr: User) -> KioskTest:
    """A test that is over: prints and a stranger were let in, Ana was missed once with glasses."""
    test = site_test_start(kiosk=door[0], employees=[enrolled_ana], by=hr)
    ana = {"employee": enrolled_ana, "outcome": "identified", "named": "right", "confidence": 0.999}
    for _time in range(3):
        _look(test, 0, "live", condition="plain", liveness="live", **ana)
        _look(test, 4, "print", liveness="suspect", **ana)
    _look(test, 1, "live", condition="glasses", liveness="live", employee=enrolled_ana, outcome="unknown")
    _look(test, 7, "stranger", liveness="live", outcome="identified", named="other", confidence=0.9)
    for _time in range(11):
        _look(test, 7, "stranger", liveness="live", outcome="unknown")
    _look(test, 7, "stranger", outcome="no_face")
    test.conditions["stricter"] = [[0.0005, 0.95], [0.0001, 0.99]]
    test.ended_at, test.ending = timezone.now(), KioskTest.Ending.DONE
    test.save()
    return test


def _look(test: KioskTest, step: int, kind: str, **values: object) -> None:
    KioskTestLook.objects.create(test=test, step=step, kind=kind, **values)


def report(test: KioskTest) -> str:
    return reverse("admin:kiosk_kiosktest_change", args=[test.pk])


def test_the_button_starts_the_test_and_leads_to_its_report(
    hr_client: Client, hr: User, door: tuple[Kiosk, Client], enrolled_ana: Employee, ben: Employee
) -> None:
    kiosk, _device = door
    address = reverse("admin:attendance_kiosk_test", args=[kiosk.pk])
    assert address in hr_client.get(reverse("admin:attendance_kiosk_change", args=[kiosk.pk])).content.decode()
    page = hr_client.get(address).content.decode()
    assert "Ana Demo" in page
    assert "Ben Demo" not in page
    assert "field is required" in hr_client.post(address).content.decode()
    started = hr_client.post(address, {"employees": [enrolled_ana.pk]})
    test = KioskTest.objects.get()
    assert (started["Location"], test.started_by) == (report(test), hr)
    assert "its screen shows the test within 20 seconds" in hr_client.get(report(test)).content.decode()
    assert hr_client.get(address)["Location"] == report(test)
    hr_client.post(report(test), {"end": "1"})
    test.refresh_from_db()
    assert test.ending == KioskTest.Ending.STOPPED


def test_a_kiosk_that_cannot_be_tested_says_why(hr_client: Client, enrolled_ana: Employee) -> None:
    kiosk = Kiosk.objects.create(name="Gate", token_hash="x")
    Kiosk.objects.filter(pk=kiosk.pk).update(revoked_at=timezone.now())
    address = reverse("admin:attendance_kiosk_test", args=[kiosk.pk])
    assert "Pair a device" in hr_client.post(address, {"employees": [enrolled_ana.pk]}).content.decode()


def test_the_report_says_it_in_words_with_intervals(hr_client: Client, test: KioskTest) -> None:
    page = hr_client.get(report(test)).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert "Of 4 attempts by employees 1 were not recognised; in truth it may be 4.6 % to 69.9 %." in page
    assert "Of 12 attempts by strangers 1 were taken for an employee; in truth it may be 1.5 % to 35.4 %." in page
    assert "As the kiosk is set, 3 of 3 attempts were let in" in page
    assert "125.0 %" in page
    assert "Somebody who is not enrolled: 1" in page
    assert "It happened here: with glasses." in page
    assert test.started_at.strftime("%Y") in hr_client.get(reverse("admin:kiosk_kiosktest_changelist")).content.decode()


def test_what_it_proposes_is_chosen_with_a_button(hr_client: Client, hr: User, test: KioskTest) -> None:
    hr_client.post(report(test), {"apply": "liveness"})
    assert KioskSettings.of(test.kiosk).liveness == KioskSettings.Liveness.SUSPECT
    hr_client.post(report(test), {"apply": "strictness"})
    point = OperatingPoint.objects.get()
    assert (point.use, point.target, point.chosen_by) == ("clocking", 0.0005, hr)
    assert "Front door" in point.reason
    page = hr_client.get(report(test)).content.decode()
    assert page.count("Chosen.") == 2
    assert 'name="apply"' not in page


def test_what_is_stricter_already_is_left_alone(hr_client: Client, test: KioskTest) -> None:
    KioskSettings.objects.create(kiosk=test.kiosk, liveness=KioskSettings.Liveness.ALWAYS)
    hr_client.post(report(test), {"apply": "liveness"})
    assert KioskSettings.of(test.kiosk).liveness == KioskSettings.Liveness.ALWAYS


def test_the_pin_comes_first_where_no_strictness_helps(hr_client: Client, test: KioskTest) -> None:
    test.conditions["stricter"] = []
    test.save()
    hr_client.post(report(test), {"apply": "mode"})
    assert KioskSettings.of(test.kiosk).mode == KioskSettings.Mode.VERIFY


@pytest.mark.parametrize("setting", ["", "photos", "mode", "x"])
def test_nothing_else_can_be_chosen_by_it(hr_client: Client, test: KioskTest, setting: str) -> None:
    answer = hr_client.post(report(test), {"apply": setting}, follow=True)
    assert "proposes to leave that as it is" in answer.content.decode()
    assert not KioskSettings.objects.exists()


def test_the_others_neither_start_a_test_nor_read_one(
    client: Client, manager_client: Client, colleague_client: Client, outsider_client: Client, test: KioskTest
) -> None:
    addresses = [
        reverse("admin:attendance_kiosk_test", args=[test.kiosk_id]),
        reverse("admin:kiosk_kiosktest_changelist"),
        report(test),
    ]
    for address in addresses:
        assert client.get(address).status_code == 302
        for other in (manager_client, colleague_client, outsider_client):
            assert other.get(address, follow=True).status_code == 403
            assert other.post(address, {"apply": "liveness"}, follow=True).status_code == 403
    assert not KioskSettings.objects.exists()


def test_it_is_not_offered_a_test_whose_report_it_may_not_read(
    technician: User, client_of: Callable[[User], Client], test: KioskTest
) -> None:
    client = client_of(technician)
    start = reverse("admin:attendance_kiosk_test", args=[test.kiosk_id])
    page = client.get(reverse("admin:attendance_kiosk_change", args=[test.kiosk_id]))

    assert page.status_code == 200
    assert start not in page.content.decode()
    assert client.get(start).status_code == 403
    assert client.get(report(test), follow=True).status_code == 403


def test_the_report_outlives_who_was_tested(hr_client: Client, test: KioskTest) -> None:
    KioskTestLook.objects.update(employee=None)
    assert "Of 4 attempts by employees 1 were not recognised" in hr_client.get(report(test)).content.decode()


def test_in_spanish(hr_client: Client, test: KioskTest) -> None:
    page = hr_client.get(report(test), headers={"Accept-Language": "es"}).content.decode()
    assert "De 4 intentos de empleados, 1 no se reconocieron" in page
    assert "in truth" not in page
