"""The operating point: chosen by HR, measured on the gallery, followed by every identification."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from celery import current_app
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from employees import gallery_revision
from employees.models import Employee, User
from recognition import gallery, operating
from recognition.engine.calibrate import DEFAULT_ACCEPTANCE
from recognition.models import Decision, FaceTemplate, ModelVersion, OperatingPoint, ThresholdCurve
from recognition.services import Answer, identify
from recognition.services.operating import (
    OperatingError,
    curve_measure,
    curve_request,
    curve_sweep,
    point_choose,
)
from recognition.tasks import curve_measure as measure_task
from recognition.tests.fake_engine import FakeEngine, fake_photo

pytestmark = pytest.mark.django_db


def ask(use: str = "", acceptance: float | None = None, *, person: int = 1) -> Answer:
    return identify(
        images=[fake_photo(person, variation=4)], asker=Decision.Asker.KIOSK, use=use, acceptance=acceptance
    )


@pytest.fixture
def version(enrolled_ana: Employee) -> ModelVersion:
    gallery.current()
    return ModelVersion.objects.get(state=ModelVersion.State.ACTIVE)


def measured(version: ModelVersion) -> ThresholdCurve:
    row = curve_measure(version=version)
    assert row is not None
    return row


def test_until_hr_chooses_a_door_is_stricter_than_a_clock(enrolled_ana: Employee) -> None:
    assert (operating.target("clocking"), operating.target("door")) == (0.001, 0.0001)
    limits = gallery.current().acceptances
    assert 0.5 <= limits["clocking"] < limits["door"] < 1


def test_each_decision_names_the_threshold_it_was_made_with(enrolled_ana: Employee) -> None:
    limits = gallery.current().acceptances

    for use in ("clocking", "door"):
        row = ask(use).decision
        assert (row.use, row.acceptance) == (use, limits[use])
    assert (ask().decision.use, ask().decision.acceptance) == ("", DEFAULT_ACCEPTANCE)
    named = ask("door", 0.2).decision
    assert (named.use, named.acceptance) == ("", 0.2)


def test_what_hr_chooses_counts_with_the_next_identification(enrolled_ana: Employee, hr: User) -> None:
    before = ask("clocking").decision.acceptance

    point = point_choose(use="clocking", target=1e-6, by=hr, reason=" a break-in ")

    after = ask("clocking").decision
    assert after.acceptance > before
    assert gallery.current().acceptances["door"] < after.acceptance
    assert (point.chosen_by, point.reason, operating.target("clocking")) == (hr, "a break-in", 1e-6)
    point_choose(use="clocking", target=0.001, by=hr)
    assert ask("clocking").decision.acceptance == before
    assert OperatingPoint.objects.count() == 2


def test_a_face_that_does_not_reach_the_threshold_is_sent_to_the_pin(version: ModelVersion) -> None:
    row = measured(version)
    # A gallery in which strangers come so near that even certainty would not do for one in a million.
    near = dict(row.strangers) | {"rate": [0.9] * len(operating.GRID)}
    ThresholdCurve.objects.filter(pk=row.pk).update(strangers=near)
    gallery_revision.advance()

    assert gallery.current().acceptances["clocking"] > 0.999_999
    far = identify(images=[fake_photo(9)], asker=Decision.Asker.KIOSK, use="clocking")
    assert (far.outcome, far.employee) == ("unknown", None)


def test_nobody_is_named_by_less_than_even_odds(enrolled_ana: Employee, hr: User) -> None:
    point_choose(use="clocking", target=0.1, by=hr)
    assert gallery.current().acceptances["clocking"] == operating.LEAST_ACCEPTANCE


@pytest.mark.parametrize(
    ("use", "target", "code"),
    [
        ("clocking", 0, "target_range"),
        ("clocking", 0.2, "target_range"),
        ("door", 1e-9, "target_range"),
        ("door", float("nan"), "target_range"),
        ("window", 0.01, "unknown_use"),
    ],
)
def test_a_choice_that_cannot_be_changes_nothing(hr: User, use: str, target: float, code: str) -> None:
    with pytest.raises(OperatingError) as refused:
        point_choose(use=use, target=target, by=hr)
    assert (refused.value.code, OperatingPoint.objects.count()) == (code, 0)


def test_the_database_refuses_it_too(hr: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        OperatingPoint.objects.create(use="clocking", target=0.5, chosen_by=hr)


def test_a_measurement_says_what_it_rests_on_and_twice_is_the_same(version: ModelVersion) -> None:
    first = measured(version)
    second = measured(version)

    assert (first.people, first.templates) == (1, 3)
    assert first.own_share == 0
    assert (second.strangers, second.fingerprint) == (first.strangers, first.fingerprint)
    assert ThresholdCurve.objects.count() == 1


def test_a_version_that_does_not_serve_is_not_measured(version: ModelVersion) -> None:
    other = ModelVersion.objects.create(name="older")
    assert curve_measure(version=other) is None
    measure_task(other.pk)
    measure_task(other.pk + 999)
    assert not ThresholdCurve.objects.exists()


def test_it_is_checked_against_what_the_kiosks_saw(version: ModelVersion) -> None:
    for outcome, said, days in (
        ("identified", 0.999, 1),
        ("unknown", 0.3, 2),
        ("identified", 0.9, 40),
        ("no_face", 0, 1),
    ):
        Decision.objects.create(
            asker="kiosk",
            outcome=outcome,
            confidence=said,
            version=version.name,
            at=timezone.now() - timedelta(days=days),
        )
    Decision.objects.create(asker="api", outcome="identified", confidence=0.99, version=version.name)

    live = measured(version).live

    assert live["attempts"] == 2
    reached = dict(zip(operating.GRID.tolist(), live["reached"], strict=True))
    assert (reached[-10.0], reached[0.0], reached[5.0], reached[10.0]) == (2, 1, 1, 0)


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The versions handed to a worker, in place of the broker."""
    sent: list[int] = []
    monkeypatch.setattr(current_app, "send_task", lambda _name, arguments: sent.extend(arguments))
    return sent


def test_a_gallery_that_changes_is_measured_once_it_holds_still(
    version: ModelVersion, queued: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    def sweep() -> list[int]:
        queued.clear()
        with django_capture_on_commit_callbacks(execute=True):
            curve_sweep()
        return list(queued)

    assert sweep() == [version.pk]
    measured(version)
    assert sweep() == []

    template = FaceTemplate.objects.all()[0]
    template.delete()
    gallery_revision.advance()
    assert sweep() == []
    gallery_revision.advance()
    assert sweep() == []
    assert sweep() == [version.pk]
    measured(version)
    assert sweep() == []

    gallery_revision.advance()
    assert sweep() == []
    assert ThresholdCurve.objects.get().settled_revision == gallery_revision.current()


def test_a_gallery_that_never_holds_still_is_measured_all_the_same(
    version: ModelVersion, queued: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    measured(version)
    FaceTemplate.objects.all()[0].delete()
    gallery_revision.advance()
    with django_capture_on_commit_callbacks(execute=True):
        curve_sweep()
    ThresholdCurve.objects.update(seen_since=timezone.now() - timedelta(minutes=11))
    gallery_revision.advance()
    with django_capture_on_commit_callbacks(execute=True):
        curve_sweep()
    assert queued == [version.pk]


def test_it_is_measured_on_demand_and_once_a_day(
    version: ModelVersion, queued: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    measured(version)
    with django_capture_on_commit_callbacks(execute=True):
        asked = curve_request()
    assert asked is not None
    assert asked.requested_at is not None
    assert queued == [version.pk]
    # A worker was killed with the message: the row still asks.
    with django_capture_on_commit_callbacks(execute=True):
        assert curve_sweep()
    assert measured(version).pk == asked.pk
    assert ThresholdCurve.objects.get().requested_at is None
    ThresholdCurve.objects.update(measured_at=timezone.now() - timedelta(hours=25))
    with django_capture_on_commit_callbacks(execute=True):
        assert curve_sweep()


def test_without_a_model_there_is_nothing_to_measure(no_version: None) -> None:
    assert curve_request() is None


def test_an_engine_without_a_measurement_has_the_priors_threshold(enrolled_ana: Employee) -> None:
    view = gallery.current()
    curve = operating.current_curve(view.engine, view.gallery, view.coefficients)
    assert isinstance(view.engine, FakeEngine)
    assert curve.own_share == 0
    assert (np.diff(curve.strangers.rate) <= 0).all()


def test_the_limits_of_what_hr_may_choose_are_choices_too(hr: User) -> None:
    for target in (0.1, 1e-6):
        assert point_choose(use="door", target=target, by=hr, reason="x" * 301).reason == "x" * 300


def test_a_gallery_that_changes_is_waited_for_while_it_may_still_hold_still(
    version: ModelVersion, queued: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    measured(version)
    FaceTemplate.objects.all()[0].delete()
    for minutes in (0, 9):
        ThresholdCurve.objects.filter(seen_since__isnull=False).update(
            seen_since=timezone.now() - timedelta(minutes=minutes)
        )
        gallery_revision.advance()
        with django_capture_on_commit_callbacks(execute=True):
            assert not curve_sweep()
    assert queued == []


def test_a_measurement_of_today_is_not_made_again(version: ModelVersion) -> None:
    measured(version)
    ThresholdCurve.objects.update(measured_at=timezone.now() - timedelta(hours=23))

    assert not curve_sweep()


def test_what_is_asked_for_during_a_measurement_is_measured_again(version: ModelVersion) -> None:
    ThresholdCurve.objects.create(version=version, requested_at=timezone.now() + timedelta(seconds=30))

    measured(version)

    assert ThresholdCurve.objects.get().requested_at is not None
    assert curve_sweep()


def test_who_looks_like_somebody_else_is_counted(version: ModelVersion) -> None:
    for reason in ("look_alike", "unknown"):
        Decision.objects.create(asker="kiosk", outcome="unknown", confidence=1, reason=reason, version=version.name)

    live = measured(version).live

    assert (live["attempts"], live["look_alikes"]) == (2, 1)
    # Certainty has no odds: it is counted as far up as the scale goes.
    assert live["reached"][-1] == 2
