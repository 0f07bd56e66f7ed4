"""A run from the hire that asks for it to the version that serves, or to the reason why none does."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from common.leases import LeaseLost
from employees.models import Employee, EnrolmentPhoto, User
from employees.services import consent_give, employee_create, photo_delete
from recognition.models import Decision, FaceTemplate, ModelVersion, TrainingRun, VersionPerson
from recognition.services import identify, photo_add, photo_process
from recognition.services.promotion import promotion_missing, promotion_step
from recognition.services.templates import templates_embed, templates_missing
from recognition.services.training import (
    RunRefused,
    release_request,
    training_beat,
    training_cancel,
    training_claim,
    training_request,
    training_requeue_stale,
)
from recognition.services.versions import version_promote, version_rollback
from recognition.tests.fake_engine import fake_photo
from recognition.training import job
from recognition.training.job import run_training

pytestmark = pytest.mark.django_db
State = TrainingRun.State
PHOTOS = 6


@pytest.fixture(autouse=True)
def _folders(settings: Settings, tmp_path: Path) -> None:
    settings.MODELS_DIR = tmp_path / "models"
    settings.TRAINING_DELAY = 600


def enrol(number: int, photos: int = PHOTOS) -> Employee:
    """Hire the fake engine's person ``number``, and enrol so many photos."""
    employee = employee_create(number=f"T{number:03}", first_name=f"Person {number}")
    # The draw of who is held out goes by this: the same one at every test run.
    employee.public_id = UUID(int=number + 1)
    employee.save(update_fields=["public_id"])
    consent_give(employee=employee, method="paper")
    for variation in range(photos):
        photo = photo_add(
            employee=employee,
            content=fake_photo(number, variation=variation),
            source=EnrolmentPhoto.Source.UPLOAD,
            queue=False,
        )
        photo_process(photo.pk)
    return employee


@pytest.fixture
def dull(db: None) -> ModelVersion:
    """A version that sees badly: any other is better."""
    return ModelVersion.objects.create(name="fake-dull")


@pytest.fixture
def sharp(db: None) -> ModelVersion:
    return ModelVersion.objects.get(name="fake-1")


@pytest.fixture
def company(dull: ModelVersion) -> list[Employee]:
    """Ten people, three more with one photo each, and a version serves that sees them badly."""
    found = people(10)
    for number in (40, 41, 42):
        # They take no part in learning or examination, but need a template under a new version.
        enrol(number, photos=1)
    templates_embed(version=dull, photo_ids=templates_missing(dull).values_list("pk", flat=True))
    version_promote(version=dull)
    return found


def people(count: int) -> list[Employee]:
    return [enrol(number) for number in range(1, count + 1)]


def work(run: TrainingRun) -> TrainingRun:
    done = run_training(run.pk, here=True)
    assert done is not None
    return done


def who(content: bytes) -> tuple[Employee | None, str]:
    answer = identify(images=[content], asker=Decision.Asker.API)
    return answer.employee, answer.version


def end_lease(run: TrainingRun) -> None:
    """The worker was killed, and the time it was given has passed."""
    TrainingRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_better_candidate_is_promoted_and_recognises_everybody(company: list[Employee], hr: User) -> None:
    run = work(training_request(at_once=True, by=hr))

    assert run.state == State.PROMOTED, run.report
    assert run.candidate is not None
    assert run.report["groups"]["new"]["candidate"]["value"] > run.report["groups"]["new"]["parent"]["value"]
    assert {reason["code"] for reason in run.report["reasons"]} == {"better"}
    for number, employee in enumerate(company, start=1):
        assert who(fake_photo(number, variation=6)) == (employee, run.candidate.name)
    assert version_rollback().version.name == "fake-dull"


def test_the_manifest_names_parent_people_and_figures(company: list[Employee]) -> None:
    run = work(training_request(at_once=True))

    assert run.candidate is not None
    manifest = run.candidate.manifest
    assert (manifest["parent"], manifest["metrics"]["passed"]) == ("fake-dull", True)
    sides = manifest["people"]
    everybody = {str(employee.public_id) for employee in company}
    assert set(sides["learnt"]) | set(sides["held_out"]) == everybody
    assert not set(sides["learnt"]) & set(sides["held_out"])
    assert len(sides["held_out"]) >= 2
    assert VersionPerson.objects.filter(version=run.candidate).count() == len(company)


def test_a_candidate_that_is_not_better_is_refused_and_changes_nothing(sharp: ModelVersion) -> None:
    employees = people(8)

    run = work(training_request(at_once=True))

    assert run.state == State.REFUSED
    assert run.report["reasons"] == [{"code": "not_better"}]
    assert run.candidate is not None
    assert run.candidate.state == ModelVersion.State.REFUSED
    assert not FaceTemplate.objects.filter(version=run.candidate).exists()
    assert who(fake_photo(3, variation=6)) == (employees[2], "fake-1")


def test_whoever_was_held_out_once_is_never_learnt_from(company: list[Employee]) -> None:
    first = work(training_request(at_once=True))
    held = {person for person, group in first.plan["groups"].items() if group == "unseen"}
    newcomers = {str(enrol(number).pk) for number in (20, 21, 22)}

    second = work(training_request(at_once=True))

    groups = second.plan["groups"]
    assert {person for person in held if groups[person] == "unseen"} == held
    assert {groups[person] for person in set(first.plan["groups"]) - held} == {"old"}
    assert newcomers & {person for person, group in groups.items() if group == "new"}
    assert not set(second.plan["probe"]) & (set(first.plan["learn"]) | set(second.plan["learn"]))


def test_without_anything_new_nothing_is_learnt(company: list[Employee]) -> None:
    run = work(training_request(at_once=True))
    assert run.state == State.PROMOTED, run.report
    # What the dull version doubted is new to the one that sees well.
    EnrolmentPhoto.objects.filter(pk__in=[finding["photo"] for finding in run.findings if finding["photo"]]).delete()

    assert work(training_request(at_once=True)).state == State.NOTHING


def test_one_person_alone_gives_nothing_to_learn(sharp: ModelVersion) -> None:
    people(1)

    run = work(training_request(at_once=True))

    assert (run.state, run.report["reasons"][0]["code"]) == (State.NOTHING, "too_few_people")


def test_hires_of_a_day_make_one_run(sharp: ModelVersion, settings: Settings) -> None:
    enrol(1)
    first = TrainingRun.objects.get()
    enrol(2)

    run = TrainingRun.objects.get()
    assert run.state == State.WAITING
    assert run.not_before > first.not_before
    assert run_training(run.pk) is None
    assert training_requeue_stale() == 0
    TrainingRun.objects.update(not_before=timezone.now())
    assert training_requeue_stale() == 1


def test_photos_that_keep_coming_do_not_put_a_run_off_for_ever(sharp: ModelVersion, settings: Settings) -> None:
    run = training_request()
    TrainingRun.objects.update(created_at=timezone.now() - timedelta(seconds=6 * settings.TRAINING_DELAY))

    assert training_request().not_before <= timezone.now()
    assert TrainingRun.objects.get() == run


def test_no_run_is_asked_for_where_the_company_wants_none(sharp: ModelVersion, settings: Settings) -> None:
    settings.FINE_TUNE = False

    enrol(1)

    assert not TrainingRun.objects.exists()


def test_only_one_run_is_worked_on_at_a_time(sharp: ModelVersion) -> None:
    held = training_claim(training_request(at_once=True).pk)
    waiting = training_request(at_once=True)

    assert held is not None
    assert waiting.pk != held.pk
    assert training_claim(waiting.pk) is None
    assert TrainingRun.objects.get(pk=waiting.pk).state == State.WAITING


def test_a_worker_that_was_overtaken_stops(sharp: ModelVersion) -> None:
    run = training_request(at_once=True)
    first = training_claim(run.pk)
    assert first is not None
    assert training_claim(run.pk) is None
    end_lease(run)

    second = training_claim(run.pk)

    assert second is not None
    training_beat(run=second, done=1)
    with pytest.raises(LeaseLost):
        training_beat(run=first, done=2)
    assert TrainingRun.objects.get().done == 1


def test_a_run_that_kills_every_worker_is_given_up(sharp: ModelVersion) -> None:
    run = training_request(at_once=True)
    for _attempt in range(15):
        assert training_claim(run.pk) is not None
        end_lease(run)

    assert training_claim(run.pk) is None

    run.refresh_from_db()
    assert (run.state, run.busy) == (State.FAILED, False)
    assert "15" in run.error


def test_a_cancelled_run_stops_and_leaves_no_templates(company: list[Employee], hr: User) -> None:
    run = training_claim(training_request(at_once=True).pk)
    assert run is not None
    training_cancel(run=run, by=hr)

    with pytest.raises(LeaseLost):
        training_beat(run=run)
    with pytest.raises(RunRefused) as refused:
        training_cancel(run=run, by=hr)
    assert refused.value.code == "run_ended"
    assert who(fake_photo(1))[1] == "fake-dull"


def spread(company: list[Employee]) -> TrainingRun:
    """A run that has passed the gate and stands before the embedding of everybody, by tasks."""
    done = run_training(training_request(at_once=True).pk)
    assert done is not None
    return done


def test_promotion_by_tasks_is_idempotent_and_ends_with_the_last(company: list[Employee]) -> None:
    FaceTemplate.objects.filter(version__name="fake-1").delete()
    run = spread(company)
    assert run.state == State.EMBEDDING, run.report
    waiting = [str(pk) for pk in promotion_missing(run)]
    assert len(waiting) >= 3

    promotion_step(run_id=run.pk, photo_ids=waiting[:1])
    promotion_step(run_id=run.pk, photo_ids=waiting[:1])
    run.refresh_from_db()
    assert (run.state, run.done, run.total) == (State.EMBEDDING, 1, len(waiting))
    promotion_step(run_id=run.pk, photo_ids=waiting)
    promotion_step(run_id=run.pk, photo_ids=waiting)

    run.refresh_from_db()
    assert run.state == State.PROMOTED
    assert FaceTemplate.objects.filter(version=run.candidate).count() == EnrolmentPhoto.objects.count()


def test_a_photo_deleted_during_the_embedding_holds_nothing_up(company: list[Employee]) -> None:
    run = spread(company)
    waiting = promotion_missing(run)
    photo_delete(photo=EnrolmentPhoto.objects.get(pk=waiting[0]))

    promotion_step(run_id=run.pk, photo_ids=[str(pk) for pk in waiting])

    run.refresh_from_db()
    assert run.state == State.PROMOTED


def test_a_candidate_is_not_promoted_over_a_version_it_was_not_tested_against(company: list[Employee]) -> None:
    run = spread(company)
    version_rollback()

    promotion_step(run_id=run.pk, photo_ids=[str(pk) for pk in promotion_missing(run)])

    run.refresh_from_db()
    assert (run.state, run.report["reasons"]) == (State.REFUSED, [{"code": "parent_changed"}])
    assert who(fake_photo(1))[1] == "fake-1"


def test_a_version_at_hand_passes_through_the_same_gate(company: list[Employee], hr: User) -> None:
    fresh = ModelVersion.objects.create(name="fake-own")

    run = work(release_request(version=fresh, by=hr))

    assert (run.state, run.kind) == (State.PROMOTED, TrainingRun.Kind.RELEASE)
    assert who(fake_photo(2)) == (company[1], "fake-own")
    with pytest.raises(RunRefused) as refused:
        release_request(version=ModelVersion.objects.get(name="fake-own"))
    assert refused.value.code == "already_active"


def test_a_database_that_is_locked_for_a_moment_does_not_end_the_signs_of_life(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRAINING_LEASE = 0.04
    beats, again = 0, threading.Event()

    def locked_at_first(*, run: TrainingRun) -> None:
        nonlocal beats
        beats += 1
        if beats == 1:
            raise OperationalError("database is locked")
        again.set()

    monkeypatch.setattr(job, "training_beat", locked_at_first)

    with job.heartbeat(TrainingRun()):
        assert again.wait(timeout=30)
