"""identify: one question, one answer, one Decision row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from employees.models import Employee
from employees.services import consent_withdraw
from recognition.engine.types import ImageRejected
from recognition.models import Decision
from recognition.services import Answer, identify
from recognition.tests.fake_engine import fake_nobody, fake_pair, fake_photo

pytestmark = pytest.mark.django_db


def ask(*images: bytes, acceptance: float | None = None) -> Answer:
    return identify(images=images, asker=Decision.Asker.API, asker_id="test", acceptance=acceptance)


def test_an_enrolled_face_is_named_and_the_evidence_kept(enrolled_ana: Employee) -> None:
    answer = ask(fake_photo(1, variation=4))

    assert answer.outcome == "identified"
    assert answer.employee == enrolled_ana
    assert answer.confidence >= 0.85
    row = Decision.objects.get()
    assert (row.employee, row.asker_id, row.version, row.outcome) == (enrolled_ana, "test", "fake-1", "identified")
    assert row.milliseconds["total"] > 0
    assert row.image_path == ""


def test_a_burst_of_frames_is_one_decision(enrolled_ana: Employee) -> None:
    answer = ask(fake_photo(1, variation=4), fake_photo(1, variation=5), fake_photo(1, variation=3))

    assert answer.employee == enrolled_ana
    assert Decision.objects.count() == 1


def test_a_stranger_is_unknown_and_nobody_is_named(enrolled_ana: Employee) -> None:
    answer = ask(fake_photo(9))

    assert (answer.outcome, answer.employee) == ("unknown", None)
    assert answer.confidence < 0.5
    assert Decision.objects.get().employee is None


def test_an_empty_gallery_knows_nobody(ana: Employee) -> None:
    answer = ask(fake_photo(1))

    assert (answer.outcome, answer.employee, answer.confidence) == ("unknown", None, 0.0)


@pytest.mark.parametrize(
    ("image", "outcome"),
    [
        (fake_nobody(), "no_face"),
        (fake_pair(1, 9), "several_faces"),
        (fake_photo(1, size=20), "poor_quality"),
    ],
)
def test_a_picture_without_one_good_face_says_so(enrolled_ana: Employee, image: bytes, outcome: str) -> None:
    answer = ask(image)

    assert (answer.outcome, answer.employee) == (outcome, None)
    assert answer.advice
    assert Decision.objects.get().outcome == outcome


def test_bytes_that_are_no_picture_are_refused(enrolled_ana: Employee) -> None:
    with pytest.raises(ImageRejected) as refused:
        ask(b"hello")

    assert refused.value.code == "not_an_image"


def test_a_withdrawn_consent_ends_recognition_at_once(enrolled_ana: Employee) -> None:
    assert ask(fake_photo(1)).outcome == "identified"

    consent_withdraw(employee=enrolled_ana, by=None)

    assert ask(fake_photo(1)).employee is None


def test_somebody_who_left_is_a_stranger(enrolled_ana: Employee) -> None:
    assert ask(fake_photo(1)).outcome == "identified"
    Employee.objects.filter(pk=enrolled_ana.pk).update(
        hired_on=timezone.localdate() - timedelta(days=30), left_on=timezone.localdate() - timedelta(days=1)
    )

    assert ask(fake_photo(1)).employee is None


def test_an_unchanged_gallery_costs_three_statements(
    enrolled_ana: Employee, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    ask(fake_photo(1))

    with django_assert_max_num_queries(3):  # type: ignore[operator]
        ask(fake_photo(1))


def test_kept_pictures_are_encrypted(enrolled_ana: Employee, settings: pytest.FixtureRequest) -> None:
    from django.core.files.storage import storages

    settings.KEEP_IMAGES = True  # type: ignore[attr-defined]
    picture = fake_photo(1)

    answer = ask(picture)

    stored = storages["faces"].open(answer.decision.image_path).read()
    assert picture not in stored
    assert len(stored) > len(picture)
