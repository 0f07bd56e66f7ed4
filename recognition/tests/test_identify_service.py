"""identify: one question, one answer, one Decision row."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.utils import timezone

from employees import gallery_revision, key_store, vault
from employees.models import Consent, Employee, User
from employees.services import consent_withdraw
from employees.tests.employment_kit import employ
from recognition import gallery
from recognition.engine.embedder import unit
from recognition.engine.types import ImageRejected, Vector
from recognition.models import Decision
from recognition.services import Answer, can_verify, identify, photo_add, photo_override, photo_process, verify
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
    employ(
        enrolled_ana,
        hired_on=timezone.localdate() - timedelta(days=30),
        left_on=timezone.localdate() - timedelta(days=1),
    )

    assert ask(fake_photo(1)).employee is None


def test_an_unchanged_gallery_costs_three_statements(
    enrolled_ana: Employee, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    ask(fake_photo(1))

    with django_assert_max_num_queries(3):  # type: ignore[operator]
        ask(fake_photo(1))


def test_kept_pictures_are_encrypted(enrolled_ana: Employee, settings: pytest.FixtureRequest) -> None:
    settings.KEEP_IMAGES = True  # type: ignore[attr-defined]
    picture = fake_photo(1)
    assert ask(picture).decision.image_path == "", "the person did not agree to that"
    enrolled_ana.consents.update(pictures=True)

    answer = ask(picture)

    stored = storages["faces"].open(answer.decision.image_path).read()
    assert picture not in stored
    assert len(stored) > len(picture)


def enrol(employee: Employee, person: int, *, mixed: Vector | None = None) -> None:
    """Two photos of ``person``; the templates lie at ``mixed`` instead where it is given."""
    for variation in (1, 2):
        photo_process(
            photo_add(
                employee=employee, content=fake_photo(person, variation=variation), source="upload", queue=False
            ).pk
        )
    if mixed is not None:
        for template in employee.templates.all():
            template.sealed_vector = gallery.seal_vector(
                mixed, employee.biometric_key(), photo_id=template.photo_id, version_id=template.version_id
            )
            template.save()
        gallery.reset()
        gallery_revision.advance()


def test_a_face_that_could_as_well_be_a_colleagues_is_sent_to_the_pin_and_both_are_in_the_evidence(
    enrolled_ana: Employee, ben: Employee
) -> None:
    own = gallery.current().gallery.rows().vectors[0]
    other = np.random.default_rng(7).standard_normal(128).astype(np.float32)
    enrol(ben, 9, mixed=unit(own + 0.25 * unit(other)))

    answer = ask(fake_photo(1, variation=4))

    assert (answer.outcome, answer.employee, answer.reason) == ("unknown", None, "look_alike")
    assert "PIN" in answer.advice
    row = Decision.objects.get()
    assert {row.employee, row.runner_up} == {enrolled_ana, ben}
    assert ask(fake_photo(30)).reason == "unknown"
    assert verify(images=[fake_photo(1, variation=4)], employee=enrolled_ana, asker="api").outcome == "identified"


def test_whoever_hr_confirmed_to_look_like_somebody_else_is_never_named_by_the_face_alone(
    enrolled_ana: Employee, ben: Employee, hr: User
) -> None:
    photo = photo_process(photo_add(employee=ben, content=fake_photo(1, variation=5), source="upload", queue=False).pk)
    photo_override(photo=photo, reason="They are twins.", by=hr)
    photo_process(photo.pk)
    enrol(ben, 9, mixed=unit(np.random.default_rng(7).standard_normal(128).astype(np.float32)))

    assert gallery.current().look_alikes == {enrolled_ana.pk, ben.pk}
    assert ask(fake_photo(1, variation=4)).reason == "look_alike"

    consent_withdraw(employee=ben, by=hr)
    assert gallery.current().look_alikes == frozenset()
    assert ask(fake_photo(1, variation=4)).employee == enrolled_ana


def test_the_command_takes_the_threshold_that_hr_chose_for_a_use(enrolled_ana: Employee, tmp_path: Path) -> None:
    (tmp_path / "ana.png").write_bytes(fake_photo(1, variation=4))

    def said(*options: str) -> dict[str, Any]:
        out = StringIO()
        call_command("identify", str(tmp_path / "ana.png"), *options, "--json", stdout=out)
        return dict(json.loads(out.getvalue())["faces"][0])

    for use in ("clocking", "door"):
        assert said("--use", use)["person"] == enrolled_ana.number
        row = Decision.objects.latest("at")
        assert (row.use, row.acceptance) == (use, gallery.current().acceptances[use])
    assert said()["outcome"] == "identified"
    assert Decision.objects.latest("at").acceptance == 0.85
    with pytest.raises(CommandError, match="not both"):
        said("--use", "door", "--threshold", "0.9")


def test_a_decision_holds_all_that_was_compared(enrolled_ana: Employee, ben: Employee) -> None:
    enrol(ben, 9)

    answer = identify(images=[fake_photo(1, variation=4)] * 2, asker="api", asker_id="x" * 81)

    row = Decision.objects.get()
    assert (row.runner_up, row.gallery_people, row.reason, row.asker_id) == (ben, 2, "", "x" * 80)
    assert row.distance is not None
    assert row.runner_up_distance is not None
    assert 0 <= row.distance < 0.5 < row.runner_up_distance
    assert (row.confidence, row.acceptance, row.box) == (answer.confidence, 0.85, answer.box)
    assert answer.box is not None
    assert min(answer.box) >= 0
    stages = dict(answer.milliseconds)
    assert stages.pop("total") == pytest.approx(sum(stages.values()), abs=0.02)
    assert set(stages) == {"gallery", "detect", "quality", "embed", "match", "liveness"}
    assert min(stages.values()) >= 0


def test_where_nobody_is_enrolled_there_is_nothing_to_compare_with(ana: Employee) -> None:
    ask(fake_photo(1))

    row = Decision.objects.get()
    assert (row.distance, row.runner_up, row.runner_up_distance, row.gallery_people) == (None, None, None, 0)
    assert row.reason == "unknown"


def test_a_picture_without_a_face_has_no_box_and_a_poor_face_has_one(enrolled_ana: Employee) -> None:
    assert ask(fake_nobody()).box is None
    poor = ask(fake_photo(1, size=20))
    assert poor.box is not None
    assert poor.reason == "too_small"


def test_one_good_frame_among_poor_ones_is_enough(enrolled_ana: Employee) -> None:
    poor, good = fake_photo(1, size=20), fake_photo(1, variation=4)
    for frames in ([poor, good], [good, poor], [poor, good, poor]):
        answer = ask(*frames)
        assert (answer.employee, answer.reason) == (enrolled_ana, "")


def test_a_claim_is_verified_against_that_person_alone(enrolled_ana: Employee, ben: Employee) -> None:
    assert can_verify(enrolled_ana)
    assert not can_verify(ben)
    enrol(ben, 9)

    wrong = verify(images=[fake_photo(9, variation=4)], employee=enrolled_ana, asker="api", asker_id="door")

    assert (wrong.outcome, wrong.employee) == ("unknown", None)
    assert (wrong.decision.asker_id, wrong.decision.runner_up) == ("door", None)
    assert verify(images=[fake_photo(9, variation=4)], employee=ben, asker="api").employee == ben
    assert verify(images=[fake_photo(9)], employee=ben, asker="api", acceptance=1.1).employee is None


def test_without_a_model_nobody_can_be_verified(ana: Employee, no_version: None) -> None:
    assert not can_verify(ana)


def test_a_kept_picture_is_opened_with_its_persons_key_alone(enrolled_ana: Employee, settings: Any) -> None:
    settings.KEEP_IMAGES = True
    agreed = Consent.objects.get(employee=enrolled_ana)
    agreed.pictures = True
    agreed.save()
    known, stranger = ask(fake_photo(1)).decision, ask(fake_photo(9)).decision

    def sealed(decision: Decision) -> bytes:
        return bytes(storages["faces"].open(decision.image_path).read())

    context = f"decision:{known.pk}"
    assert vault.decrypt(enrolled_ana.biometric_key(), sealed(known), context=context) == fake_photo(1)
    day = key_store.day(stranger.at)
    assert vault.unwrap(sealed(stranger), context=f"decision:{stranger.pk}", key=day) == fake_photo(9)
