"""HR's page about the operating point, for every role and every kind of bad input."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from employees.models import Employee, User
from recognition import gallery, operating
from recognition.engine.calibrate import logit, sigmoid
from recognition.models import Decision, ModelVersion, OperatingPoint, ThresholdCurve
from recognition.selectors.operating_point import STEPS
from recognition.services.operating import curve_measure

pytestmark = pytest.mark.django_db

URL = "/admin/recognition/operatingpoint/"
IN_A_MILLION = len(STEPS) - 1


def choose(client: Client, **fields: object) -> int:
    return client.post(URL, {"use": "clocking", "step": IN_A_MILLION, **fields}).status_code


def test_the_page_says_what_each_step_means(hr_client: Client, enrolled_ana: Employee) -> None:
    page = hr_client.get(URL)

    assert page.status_code == 200
    text = page.content.decode()
    found = re.search(r'<script id="steps-clocking" type="application/json">(.*?)</script>', text)
    assert found is not None
    steps = json.loads(found[1])
    assert [step["share"] for step in steps][:6] == [
        "1 in 20",
        "1 in 50",
        "1 in 100",
        "1 in 200",
        "1 in 500",
        "1 in 1,000",
    ]
    assert steps[5]["strangers"].startswith("Of 1,000 strangers who try, about ")
    assert re.match(r"About [\d.]+ of 1,000 honest attempts will be sent to the PIN", steps[5]["honest"])
    across = [step["x"] for step in steps]
    assert across == sorted(across)
    assert "Not measured on your gallery yet" in text
    assert "Nobody has changed anything yet" in text


def test_hr_chooses_and_the_history_says_who(hr_client: Client, hr: User, enrolled_ana: Employee) -> None:
    assert choose(hr_client, reason="a break-in") == 302

    point = OperatingPoint.objects.get()
    assert (point.use, point.target, point.chosen_by, point.reason) == ("clocking", 1e-6, hr, "a break-in")
    page = hr_client.get(URL).content.decode()
    assert "a break-in" in page
    assert str(hr) in page
    assert "1 in 1,000,000</td>" in page
    assert 'value="12" aria-valuetext="1 in 1,000,000"' in " ".join(page.split())


@pytest.mark.parametrize(
    "fields",
    [{"step": "99"}, {"step": "-1"}, {"step": "x"}, {"step": "²"}, {"step": ""}, {"use": "window"}, {"use": ""}],
)
def test_what_cannot_be_chosen_is_refused_in_words(
    hr_client: Client, enrolled_ana: Employee, fields: dict[str, str]
) -> None:
    answer = hr_client.post(URL, {"use": "door", "step": "3", **fields}, follow=True)
    assert "Choose" in str(next(iter(answer.context["messages"])))
    assert not OperatingPoint.objects.exists()


def test_a_measurement_is_shown_with_what_it_rests_on(hr_client: Client, enrolled_ana: Employee) -> None:
    gallery.current()
    curve_measure(version=ModelVersion.objects.get())
    text = hr_client.get(URL).content.decode()
    assert "on one person with 3 photos" in text
    assert "With so few people the rest is taken from public photos" in text
    assert "Last checked against real attempts" in text


def seen_at_the_kiosk(log_odds: float, *, visits: int) -> None:
    """So many visits, an hour apart, in which nobody was recognised."""
    version, now = gallery.current().engine.version, timezone.now()
    Decision.objects.bulk_create(
        Decision(
            asker=Decision.Asker.KIOSK,
            asker_id="gate",
            outcome=Decision.Outcome.UNKNOWN,
            confidence=sigmoid(log_odds),
            version=version,
            at=now - timedelta(hours=hours + 1),
        )
        for hours in range(visits)
    )
    curve_measure(version=ModelVersion.objects.get())


def test_unknown_faces_that_come_nearer_than_was_measured_are_told_with_what_to_do(
    hr_client: Client, enrolled_ana: Employee
) -> None:
    seen_at_the_kiosk(logit(gallery.current().acceptances["clocking"]) - 0.2, visits=30)

    text = " ".join(hr_client.get(URL).content.decode().split())
    spanish = hr_client.get(URL, headers={"accept-language": "es"}).content.decode()

    assert "30 of 30 visits that nobody was recognised in came near the threshold" in text
    assert "choose a stricter step below" in text
    assert "Rostros desconocidos se parecen" in spanish


def test_unknown_faces_as_they_were_measured_are_no_notice(hr_client: Client, enrolled_ana: Employee) -> None:
    seen_at_the_kiosk(-9.0, visits=30)

    assert "came near the threshold" not in hr_client.get(URL).content.decode()


def test_a_measurement_can_be_asked_for(hr_client: Client, enrolled_ana: Employee) -> None:
    gallery.current()
    assert hr_client.post(URL, {"measure": "1"}).status_code == 302
    assert ThresholdCurve.objects.get().requested_at is not None
    assert "Being measured…" in hr_client.get(URL).content.decode()


def test_the_page_is_spanish_for_who_reads_spanish(hr_client: Client, enrolled_ana: Employee) -> None:
    text = hr_client.get(URL, headers={"accept-language": "es"}).content.decode()
    assert "1 de cada 1\N{NO-BREAK SPACE}000<" in text
    assert "se enviarán al PIN" in text


def test_nobody_but_hr_sees_it_or_chooses(
    manager_client: Client, colleague_client: Client, outsider_client: Client, enrolled_ana: Employee
) -> None:
    for client in (manager_client, colleague_client, outsider_client):
        assert client.get(URL)["Location"].startswith(reverse("admin:login"))
        assert choose(client) == 302
        assert client.post(URL, {"measure": "1"}).status_code == 302
    stranger = Client()
    assert stranger.get(URL)["Location"].startswith(reverse("admin:login"))
    assert stranger.post(URL, {"use": "door", "step": "3"}).status_code == 302
    assert not OperatingPoint.objects.exists()
    assert not ThresholdCurve.objects.exists()
    assert operating.target("clocking") == 0.001


def test_choices_are_neither_edited_nor_deleted(hr_client: Client, hr: User, enrolled_ana: Employee) -> None:
    choose(hr_client)
    point = OperatingPoint.objects.get()
    for page in ("change", "delete"):
        hr_client.post(
            reverse(f"admin:recognition_operatingpoint_{page}", args=[point.pk]), {"post": "yes", "target": 0.1}
        )
    assert hr_client.get(reverse("admin:recognition_operatingpoint_add")).status_code == 403
    assert OperatingPoint.objects.get().target == 1e-6


def test_a_step_that_nobody_can_read_is_refused(hr_client: Client, enrolled_ana: Employee) -> None:
    assert [choose(hr_client, step=step, reason="x") for step in ("9" * 5000, "²", "-1", "999", "")] == [302] * 5
    assert not OperatingPoint.objects.exists()
