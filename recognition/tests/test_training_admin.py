"""The admin's pages of runs and versions: HR alone, and nothing happens without a POST."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from employees.models import User
from recognition.models import ModelVersion, TrainingRun, VersionSwitch
from recognition.services.training import training_request

pytestmark = pytest.mark.django_db
State = TrainingRun.State
RUN = "admin:recognition_trainingrun"
VERSION = "admin:recognition_modelversion"


@pytest.fixture
def run(hr: User) -> TrainingRun:
    return training_request(by=hr)


@pytest.fixture
def pair(no_version: None) -> tuple[ModelVersion, ModelVersion]:
    """A version, and the one that took its place."""
    old = ModelVersion.objects.create(name="fake-1", state=ModelVersion.State.RETIRED, activated_at=timezone.now())
    new = ModelVersion.objects.create(name="fake-2", state=ModelVersion.State.ACTIVE, activated_at=timezone.now())
    VersionSwitch.objects.create(kind=VersionSwitch.Kind.PROMOTION, version=new, before=old)
    return old, new


def test_hr_asks_for_a_run_and_cancels_it(hr_client: Client, hr: User) -> None:
    assert hr_client.get(reverse(f"{RUN}_begin")).status_code == 200
    assert not TrainingRun.objects.exists()

    answer = hr_client.post(reverse(f"{RUN}_begin"))

    run = TrainingRun.objects.get()
    assert answer.headers["Location"] == reverse(f"{RUN}_change", args=[run.pk])
    assert (run.state, run.requested_by) == (State.WAITING, hr)
    assert hr_client.get(reverse(f"{RUN}_cancel", args=[run.pk])).status_code == 200
    hr_client.post(reverse(f"{RUN}_cancel", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == State.CANCELLED


def test_the_progress_is_told_as_json(hr_client: Client, run: TrainingRun) -> None:
    history = [{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1.0}]
    TrainingRun.objects.update(state=State.TRAINING, busy=True, done=2, total=8, history=history)

    told = hr_client.get(reverse(f"{RUN}_progress", args=[run.pk])).json()

    assert (told["state"], told["open"], told["percent"], told["count"]) == ("training", True, 25, "2 of 8")
    assert [step["how"] for step in told["steps"]] == ["done", "now", "later", "later"]
    assert told["line"].count(",") == 2
    assert hr_client.get(reverse(f"{RUN}_progress", args=[uuid.uuid4()])).status_code == 404
    assert hr_client.get(reverse(f"{RUN}_progress", args=["x"])).status_code == 404


def test_the_pages_of_runs_and_versions_open(
    hr_client: Client, run: TrainingRun, pair: tuple[ModelVersion, ModelVersion]
) -> None:
    for address in (
        reverse(f"{RUN}_changelist"),
        reverse(f"{RUN}_change", args=[run.pk]),
        reverse(f"{VERSION}_changelist"),
        reverse(f"{VERSION}_change", args=[pair[0].pk]),
        reverse(f"{VERSION}_change", args=[pair[1].pk]),
    ):
        assert hr_client.get(address).status_code == 200


def test_hr_rolls_back(hr_client: Client, hr: User, pair: tuple[ModelVersion, ModelVersion]) -> None:
    assert hr_client.get(reverse(f"{VERSION}_rollback")).status_code == 200
    assert ModelVersion.objects.get(state=ModelVersion.State.ACTIVE) == pair[1]

    hr_client.post(reverse(f"{VERSION}_rollback"))

    assert ModelVersion.objects.get(state=ModelVersion.State.ACTIVE) == pair[0]
    assert VersionSwitch.objects.latest("pk").by == hr


def test_hr_puts_a_version_through_the_gate_and_deletes_one_that_never_served(
    hr_client: Client, pair: tuple[ModelVersion, ModelVersion]
) -> None:
    spare = ModelVersion.objects.create(name="fake-3")
    hr_client.post(reverse(f"{VERSION}_release", args=[spare.pk]))
    assert TrainingRun.objects.get().candidate == spare

    for version in (pair[0], spare):
        hr_client.post(reverse(f"{VERSION}_remove", args=[version.pk]))

    assert set(ModelVersion.objects.values_list("name", flat=True)) == {"fake-1", "fake-2"}


@pytest.mark.parametrize("who", ["manager_client", "colleague_client", "client"])
def test_nobody_but_hr_gets_in_and_nothing_changes(
    who: str, run: TrainingRun, pair: tuple[ModelVersion, ModelVersion], request: pytest.FixtureRequest
) -> None:
    client: Client = request.getfixturevalue(who)
    for name, ids in (
        (f"{RUN}_begin", []),
        (f"{RUN}_cancel", [run.pk]),
        (f"{RUN}_progress", [run.pk]),
        (f"{RUN}_change", [run.pk]),
        (f"{VERSION}_rollback", []),
        (f"{VERSION}_release", [pair[0].pk]),
        (f"{VERSION}_remove", [pair[0].pk]),
    ):
        for method in (client.get, client.post):
            assert method(reverse(name, args=ids)).status_code in {302, 403}
    assert TrainingRun.objects.get().state == State.WAITING
    assert ModelVersion.objects.get(state=ModelVersion.State.ACTIVE) == pair[1]
    assert ModelVersion.objects.count() == 2
