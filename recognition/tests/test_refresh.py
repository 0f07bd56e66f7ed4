"""Templates that follow their people: what is kept, what joins, what each guard refuses, and the way back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.utils import timezone

from employees.models import Consent, Employee, EnrolmentPhoto, User
from employees.services import (
    EmployeeError,
    consent_refresh,
    consent_withdraw,
    covers,
    photo_delete,
    refreshed_room,
)
from employees.tests.employment_kit import employ
from recognition import gallery
from recognition.engine import refresh as guards
from recognition.engine.calibrate import LENT, log_odds, shipped
from recognition.engine.embedder import unit
from recognition.engine.gallery import Gallery
from recognition.models import Decision, Refreshment, TrainingRun
from recognition.services import photo_add, photo_process, refresh_confirm, refresh_due, refresh_forget
from recognition.services.refresh import photo_remove, refresh_choose, refresh_clear, refresh_hold
from recognition.tests.fake_engine import fake_photo
from recognition.training.plan import gather

pytestmark = pytest.mark.django_db

ANA, BEN = 1, 9
State = EnrolmentPhoto.State


@pytest.fixture
def agreed(enrolled_ana: Employee, hr: User) -> Employee:
    """Ana, with three photos of HR's, in a company that refreshes, and she agreed to it."""
    consent_refresh(employee=enrolled_ana, agreed=True, method=Consent.Method.PAPER, by=hr)
    refresh_choose(on=True, by=hr)
    return enrolled_ana


def look(employee: Employee, *, variation: int = 4, person: int = ANA, days: float = 2, **fields: Any) -> Decision:
    """A kiosk recognised the employee ``days`` ago and kept the picture if it may."""
    values = {
        "asker": "kiosk",
        "outcome": "identified",
        "confidence": 0.9999,
        "liveness": "live",
        "at": timezone.now() - timedelta(days=days),
        **fields,
    }
    decision = Decision.objects.create(employee=employee, **values)
    refresh_hold(decision=decision, image=fake_photo(person, variation=variation), view=gallery.current())
    return decision


def joined(decision: Decision) -> Refreshment:
    """What became of a look whose punch stood."""
    refresh_confirm(decision_ids=[decision.pk])
    row = Refreshment.objects.get(decision=decision)
    if row.photo_id is not None:
        photo_process(row.photo_id)
    row.refresh_from_db()
    return row


def ids() -> list[int]:
    return [int(one) for one in gallery.current().gallery.ids]


def files() -> int:
    folders, names = storages["faces"].listdir("")
    return len(names) + sum(len(storages["faces"].listdir(folder)[1]) for folder in folders)


def test_a_confirmed_look_joins_and_is_written_down(agreed: Employee) -> None:
    before = ids()
    decision = look(agreed)
    assert ids() == before
    assert refresh_due() == [decision.pk]

    row = joined(decision)

    assert (row.state, row.reason, row.photo and row.photo.state) == ("added", "", State.ACCEPTED)
    assert (row.scores["votes"], row.scores["photos"]) == (3, 3)
    assert row.scores["confidence"] > 0.99
    view = gallery.current().gallery
    assert (len(view), int(view.added.sum())) == (4, 1)
    assert refresh_due() == []
    assert not TrainingRun.objects.filter(created_at__gt=row.at).exclude(state="waiting").exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"asker": "api"},
        {"outcome": "challenge"},
        {"outcome": "not_live"},
        {"liveness": ""},
        {"liveness": "unsure"},
        {"liveness": "suspect"},
        {"liveness": "failed"},
        {"confidence": 0.8},
    ],
)
def test_a_look_that_says_less_than_that_is_not_kept(agreed: Employee, fields: dict[str, Any]) -> None:
    kept = files()
    look(agreed, **fields)
    assert not Refreshment.objects.exists()
    assert files() == kept


def test_while_it_is_off_nothing_is_kept(enrolled_ana: Employee, hr: User) -> None:
    consent_refresh(employee=enrolled_ana, agreed=True, method=Consent.Method.PAPER, by=hr)
    kept = files()
    look(enrolled_ana)
    assert not Refreshment.objects.exists()
    assert files() == kept


def test_a_consent_from_before_it_was_asked_for_does_not_cover_it(enrolled_ana: Employee, hr: User) -> None:
    refresh_choose(on=True, by=hr)
    look(enrolled_ana)
    assert not Refreshment.objects.exists()


def test_agreeing_later_keeps_the_earlier_consent_as_evidence(enrolled_ana: Employee, hr: User) -> None:
    first = enrolled_ana.consents.get()
    consent_refresh(employee=enrolled_ana, agreed=True, method=Consent.Method.IN_PERSON, by=hr)
    assert covers(enrolled_ana, "refresh")
    first.refresh_from_db()
    assert (first.refresh, first.withdrawn_by) == (False, hr)
    assert gallery.current().gallery.people.tolist() == [enrolled_ana.pk]


def test_nobody_agrees_to_refreshing_alone(ana: Employee, hr: User) -> None:
    consent_withdraw(employee=ana, by=hr)
    with pytest.raises(EmployeeError, match="Record the consent"):
        consent_refresh(employee=ana, agreed=True, method=Consent.Method.PAPER, by=hr)


@pytest.mark.parametrize("how", ["withdrawn", "no longer agrees", "switched off"])
def test_what_was_added_and_what_waits_goes_with_the_agreement(
    agreed: Employee, hr: User, how: str, django_capture_on_commit_callbacks: Any
) -> None:
    before, kept = ids(), files()
    row = joined(look(agreed, days=40))
    look(agreed, variation=5)
    assert EnrolmentPhoto.objects.filter(source="refresh").count() == 2

    with django_capture_on_commit_callbacks(execute=True):
        if how == "withdrawn":
            consent_withdraw(employee=agreed, by=hr)
        elif how == "no longer agrees":
            consent_refresh(employee=agreed, agreed=False, method=Consent.Method.PAPER, by=hr)
        else:
            refresh_choose(on=False, by=hr)

    assert not EnrolmentPhoto.objects.filter(source="refresh").exists()
    assert ids() == ([] if how == "withdrawn" else before)
    row.refresh_from_db()
    assert (row.state, row.photo) == ("added", None)
    assert files() == kept


def test_a_punch_that_was_not_theirs_takes_back_what_it_taught(agreed: Employee) -> None:
    before = ids()
    decision = look(agreed)
    joined(decision)

    refresh_forget(decision_ids=[decision.pk])

    assert ids() == before
    assert Refreshment.objects.get().removed_at is not None


def test_an_unconfirmed_look_is_forgotten_whole(agreed: Employee) -> None:
    decision = look(agreed)
    refresh_forget(decision_ids=[decision.pk])
    assert not Refreshment.objects.exists()
    assert not EnrolmentPhoto.objects.filter(source="refresh").exists()


def test_of_two_looks_one_is_kept_and_the_next_after_four_weeks(agreed: Employee) -> None:
    first = look(agreed, days=31)
    look(agreed, variation=5, days=30)
    assert Refreshment.objects.count() == 1

    joined(first)
    Refreshment.objects.update(at=timezone.now() - timedelta(weeks=4) + timedelta(hours=1))
    look(agreed, variation=5)
    assert Refreshment.objects.count() == 1

    Refreshment.objects.update(at=timezone.now() - timedelta(weeks=4, hours=1))
    look(agreed, variation=5)
    assert Refreshment.objects.count() == 2


def test_the_database_itself_holds_one_waiting_picture_a_person(agreed: Employee) -> None:
    look(agreed)
    with pytest.raises(IntegrityError), transaction.atomic():
        EnrolmentPhoto.objects.create(employee=agreed, state=State.HELD, source="refresh", fingerprint="other")


def test_the_newest_count_and_removing_one_brings_back_what_was_before(agreed: Employee, hr: User) -> None:
    """Three photos of HR's leave room for two."""
    views = [ids()]
    rows = []
    for number, variation in enumerate((4, 5, 6)):
        rows.append(joined(look(agreed, variation=variation, days=200 - 30 * number)))
        views.append(ids())
    assert [row.state for row in rows] == ["added"] * 3
    assert len(views[3]) == 5
    assert len(set(views[2]) - set(views[3])) == 1

    for number in (2, 1, 0):
        photo = EnrolmentPhoto.objects.get(refreshment=rows[number])
        photo_remove(photo=photo, by=hr)
        assert ids() == views[number]

    assert set(Refreshment.objects.values_list("removed_by", flat=True)) == {hr.pk}


def test_photos_of_hr_always_keep_the_majority(agreed: Employee) -> None:
    for number, variation in enumerate((4, 5)):
        joined(look(agreed, variation=variation, days=200 - 30 * number))
    assert int(gallery.current().gallery.added.sum()) == 2

    photo_delete(photo=EnrolmentPhoto.objects.filter(employee=agreed, source="upload")[0])

    assert int(gallery.current().gallery.added.sum()) == 1
    assert [refreshed_room(own) for own in (0, 1, 2, 3, 4, 5, 50)] == [0, 0, 1, 2, 3, 3, 3]


def test_with_one_photo_of_hr_nothing_joins(agreed: Employee) -> None:
    for photo in EnrolmentPhoto.objects.filter(source="upload")[:2]:
        photo_delete(photo=photo)
    # With one photo enrolled it takes more than 0.9999 to be let in at a door.
    row = joined(look(agreed, confidence=0.999999))
    assert (row.state, row.reason, row.photo) == ("refused", "refresh_few", None)


def test_another_face_is_refused_and_its_picture_deleted(agreed: Employee) -> None:
    before = ids()
    row = joined(look(agreed, person=BEN))
    assert (row.state, row.photo) == ("refused", None)
    assert row.reason in {"unlike_own", "refresh_far"}
    assert ids() == before
    assert not EnrolmentPhoto.objects.filter(source="refresh").exists()


def test_a_twin_is_never_refreshed(agreed: Employee, ben: Employee) -> None:
    photo_process(photo_add(employee=ben, content=fake_photo(BEN), source="upload", queue=False).pk)
    template = ben.templates.get()
    view = gallery.current().gallery.dense()
    twin = unit(view.means[view.people == agreed.pk][0] + 0.2 * view.means[view.people == ben.pk][0])
    template.sealed_vector = gallery.seal_vector(
        twin, ben.biometric_key(), photo_id=template.photo_id, version_id=template.version_id
    )
    template.save()
    gallery.reset()

    row = joined(look(agreed))

    assert (row.state, row.photo) == ("refused", None)
    assert row.reason in {"refresh_margin", "resembles"}


def test_the_switch_and_the_consent_are_asked_again_before_it_joins(agreed: Employee, hr: User) -> None:
    decision = look(agreed)
    agreed.consents.filter(withdrawn_at=None).update(refresh=False)
    assert joined(decision).reason == "no_consent"


def test_who_left_is_forgotten(agreed: Employee) -> None:
    decision = look(agreed)
    yesterday = timezone.localdate() - timedelta(days=1)
    employ(agreed, hired_on=yesterday, left_on=yesterday)
    assert refresh_confirm(decision_ids=[decision.pk]) == 0
    assert not EnrolmentPhoto.objects.filter(source="refresh").exists()


def test_confirming_twice_adds_once(agreed: Employee) -> None:
    decision = look(agreed)
    joined(decision)
    assert refresh_confirm(decision_ids=[decision.pk]) == 0
    assert EnrolmentPhoto.objects.filter(source="refresh").count() == 1


def test_a_network_never_learns_from_it(agreed: Employee) -> None:
    joined(look(agreed))
    version = agreed.templates.first().version  # type: ignore[union-attr]
    assert {photo.source for photo in gather(version).photos} == {"upload"}


def around(rng: np.random.Generator, at: np.ndarray[Any, Any], count: int, spread: float) -> list[Any]:
    return [unit(at + spread * unit(rng.standard_normal(128).astype(np.float32))) for _ in range(count)]


def test_an_odd_photo_among_hrs_lets_nobody_in() -> None:
    rng = np.random.default_rng(3)
    own, other, third = (unit(rng.standard_normal(128).astype(np.float32)) for _ in range(3))
    photos = [*around(rng, own, 4, 0.5), other]
    view = Gallery.build(range(8), [1] * 5 + [2] * 3, [*photos, *around(rng, third, 3, 0.5)])
    figures = shipped().coefficients

    stranger = guards.judge(view, other, owner=1, bar=0.0, coefficients=figures)
    herself = guards.judge(view, photos[0], owner=1, bar=0.9, coefficients=figures)

    assert (stranger.reason, stranger.votes) == ("refresh_outlier", 1)
    assert herself.reason == ""


def test_what_was_added_is_no_ground_to_stand_on_and_lends_threefold_odds_at_most() -> None:
    rng = np.random.default_rng(5)
    own, other = (unit(rng.standard_normal(128).astype(np.float32)) for _ in range(2))
    half = unit(own + other)
    rows = [*around(rng, own, 5, 0.3), half, half]
    view = Gallery.build(range(7), [1] * 7, rows, added=[False] * 5 + [True] * 2)
    figures = shipped().coefficients

    assert guards.judge(view, other, owner=1, bar=0.5, coefficients=figures).reason == "refresh_far"
    alone = Gallery.build(range(5), [1] * 5, rows[:5]).match(other)
    assert view.match(other).distance < 1.2
    assert log_odds(view.match(other), figures) == pytest.approx(log_odds(alone, figures) + LENT, abs=1e-3)
    assert log_odds(view.match(rows[0]), figures) > 10


@pytest.mark.parametrize(("hours", "due"), [(23, False), (25, True)])
def test_a_punch_has_to_stand_for_a_day(agreed: Employee, hours: int, due: bool) -> None:
    decision = look(agreed, days=hours / 24)

    assert refresh_due() == ([decision.pk] if due else [])


def test_a_refused_look_is_remembered_for_ninety_days_and_a_lost_one_not_at_all(agreed: Employee) -> None:
    for days in (89, 91):
        decision = Decision.objects.create(asker="kiosk", outcome="identified", employee=agreed)
        Refreshment.objects.create(
            employee=agreed, decision=decision, state="refused", at=timezone.now() - timedelta(days=days)
        )
    waiting = look(agreed)
    lost = Decision.objects.create(asker="kiosk", outcome="identified", employee=agreed)
    Refreshment.objects.create(employee=agreed, decision=lost, at=timezone.now())

    refresh_clear()

    assert Refreshment.objects.filter(state="refused").count() == 1
    assert [row.decision for row in Refreshment.objects.filter(state="waiting")] == [waiting]


def test_switching_it_off_removes_what_waits_and_what_was_added(agreed: Employee, hr: User) -> None:
    added = joined(look(agreed, days=40))
    Refreshment.objects.update(at=timezone.now() - timedelta(weeks=5))
    look(agreed, variation=5)

    choice = refresh_choose(on=False, by=hr, reason=" " + "x" * 301)

    assert (choice.on, choice.chosen_by, choice.reason) == (False, hr, "x" * 300)
    added.refresh_from_db()
    assert (added.removed_by, added.photo) == (hr, None)
    assert added.removed_at is not None
    assert not Refreshment.objects.filter(state="waiting").exists()
    assert len(ids()) == 3


def test_what_is_removed_names_who_did(agreed: Employee, hr: User) -> None:
    row = joined(look(agreed))
    assert row.photo is not None

    photo_remove(photo=row.photo, by=hr)

    row.refresh_from_db()
    assert (row.removed_by, row.photo_id) == (hr, None)
    assert row.removed_at is not None
