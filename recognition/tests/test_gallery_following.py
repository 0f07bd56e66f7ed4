"""Processes follow who may be recognised: change by change, in order, without anybody waiting."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from common.testing import database_url, tables_read_whole, together
from employees import gallery_revision, key_store, vault
from employees.models import Department, Employee, EnrolmentPhoto, GalleryChange, GalleryRevision, User
from employees.services import consent_give, consent_withdraw, employee_create, employment_change, photo_delete
from employees.tests.employment_kit import employ
from recognition import gallery
from recognition.engine.block import Rows
from recognition.engine.calibrate import shipped
from recognition.engine.index import Index
from recognition.gallery import following
from recognition.gallery.view import viewed
from recognition.models import FaceTemplate
from recognition.services.enrolment import photo_add, photo_process
from recognition.services.operating import point_choose
from recognition.tests.fake_engine import VERSION, fake_photo

pytestmark = pytest.mark.django_db


def enrol(employee: Employee, person: int, *, variation: int = 0) -> EnrolmentPhoto:
    content = fake_photo(person, variation=variation)
    return photo_process(photo_add(employee=employee, content=content, source="upload", queue=False).pk)


def people() -> list[int]:
    return [int(owner) for owner in gallery.current().gallery.people]


def spoil(*employees: Employee) -> None:
    """Nothing of these people can be decrypted any more: whoever tries fails."""
    FaceTemplate.objects.filter(employee__in=employees).update(sealed_vector=b"spoilt")


def test_a_change_is_read_alone_and_everybody_else_stays_as_they_are(enrolled_ana: Employee, ben: Employee) -> None:
    assert people() == [enrolled_ana.pk]
    spoil(enrolled_ana)

    enrol(ben, 2)

    assert people() == sorted([enrolled_ana.pk, ben.pk])
    ana_before = gallery.current().gallery.part([enrolled_ana.pk]).ids.tolist()
    photo_delete(photo=ben.photos.get())
    assert people() == [enrolled_ana.pk]
    assert gallery.current().gallery.ids.tolist() == ana_before


def test_whose_template_or_key_is_damaged_is_left_out_and_the_others_are_recognised(
    enrolled_ana: Employee, ben: Employee, caplog: pytest.LogCaptureFixture
) -> None:
    enrol(ben, 2)
    spoil(enrolled_ana)
    gallery.reset()
    assert people() == [ben.pk]
    assert enrolled_ana.number in caplog.text
    # A change of theirs is read on too: the others' changes come with it.
    enrol(ben, 2, variation=1)
    assert people() == [ben.pk]
    path = key_store.path_of(key_store.person(ben.public_id))
    path.write_bytes(b"\xff\xfe\x00 no key")
    gallery.reset()
    vault.wrap(b"another key that opens", context="webhook:1")
    assert people() == []
    # The folder is that of other tests too.
    path.unlink()


def test_another_master_key_makes_nobody_a_stranger(
    enrolled_ana: Employee, ben: Employee, settings: Settings, tmp_path: Path
) -> None:
    enrol(ben, 2)
    gallery.reset()
    settings.MASTER_KEY = "another-key-of-the-environment-1234567"
    with pytest.raises(vault.VaultError, match="master key is not the one"):
        people()


def test_a_choice_reads_no_template_and_leaves_the_index_as_it_is(enrolled_ana: Employee, hr: User) -> None:
    before = gallery.current()
    point_choose(use="door", target=0.01, by=hr)

    with CaptureQueriesContext(connection) as asked:
        after = gallery.current()

    assert after.gallery is before.gallery
    assert after.acceptances["door"] < before.acceptances["door"]
    assert "facetemplate" not in " ".join(query["sql"] for query in asked)


def test_statements_of_a_change_do_not_grow_with_the_gallery(
    enrolled_ana: Employee, ben: Employee, department: Department
) -> None:
    carla = employee_create(number="1003", first_name="Carla", last_name="Demo", department=department)
    consent_give(employee=carla, method="attested")
    counts = []
    for number, person in enumerate((ben, carla), start=2):
        people()
        enrol(person, number)
        with CaptureQueriesContext(connection) as asked:
            people()
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 13


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a table as small as this one whole")
def test_neither_a_change_nor_a_look_reads_a_table_of_people_whole(enrolled_ana: Employee, ben: Employee) -> None:
    people()
    enrol(ben, 2)
    with CaptureQueriesContext(connection) as asked:
        view = gallery.current()
        view.person(ben.pk)
        Employee.objects.active().filter(number=ben.number).first()

    of_people = re.compile("facetemplate|enrolmentphoto|employment|consent")
    read = [step for step in tables_read_whole(asked) if of_people.search(step)]
    # The photos that resemble somebody are an index of their own.
    assert [step for step in read if "photo_resembling" not in step] == []


def test_who_withdrew_left_or_lost_their_photo_is_out_of_it(enrolled_ana: Employee, ben: Employee, hr: User) -> None:
    enrol(ben, 2)
    assert people() == sorted([enrolled_ana.pk, ben.pk])
    consent_withdraw(employee=ben, by=hr)
    assert people() == [enrolled_ana.pk]
    yesterday = timezone.localdate() - timedelta(days=1)
    period = enrolled_ana.employment.get()
    employment_change(period=period, hired_on=yesterday - timedelta(days=30), left_on=yesterday)
    assert people() == []


def test_whose_last_day_is_over_is_out_of_it_though_nothing_was_changed(enrolled_ana: Employee) -> None:
    today = timezone.localdate()
    employ(enrolled_ana, hired_on=today - timedelta(days=30), left_on=today)
    assert people() == [enrolled_ana.pk]
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        assert people() == []


def test_who_is_deleted_is_out_of_it(enrolled_ana: Employee, ben: Employee) -> None:
    enrol(ben, 2)
    people()
    ben.delete()
    assert people() == [enrolled_ana.pk]


def test_a_number_that_is_missing_has_everything_read_anew(enrolled_ana: Employee) -> None:
    people()
    # As a program would that knows nothing of the list of changes.
    FaceTemplate.objects.all().delete()
    GalleryRevision.objects.update(number=gallery_revision.current() + 1)
    assert people() == []
    enrolled_ana.photos.all().delete()
    enrol(enrolled_ana, 1)
    assert people() == [enrolled_ana.pk]


def test_the_same_number_of_another_history_has_everything_read_anew(enrolled_ana: Employee, ben: Employee) -> None:
    """A database restored from a backup goes on with numbers that were given before."""
    people()
    FaceTemplate.objects.filter(employee=enrolled_ana).delete()
    GalleryChange.objects.update(mark=1)
    enrol(ben, 2)
    assert people() == [ben.pk]


def test_more_changes_than_are_read_one_by_one(
    enrolled_ana: Employee, ben: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery_revision, "MOST", 2)
    people()
    for variation in range(3):
        enrol(ben, 2, variation=variation)
    assert gallery_revision.changes(gallery.current().revision - 3, 0) is None
    assert people() == sorted([enrolled_ana.pk, ben.pk])
    assert len(gallery.current().gallery) == 3 + 3


def test_changes_of_long_ago_are_forgotten_and_who_was_away_reads_everything(
    enrolled_ana: Employee, ben: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    people()
    enrol(ben, 2)
    monkeypatch.setattr(gallery_revision, "KEPT", 0)
    assert gallery_revision.forget() > 0
    assert {change.number for change in GalleryChange.objects.all()} == {gallery_revision.current()}
    assert people() == sorted([enrolled_ana.pk, ben.pk])


def test_a_look_waits_for_nobody_who_makes_the_next_view(enrolled_ana: Employee, ben: Employee) -> None:
    """By construction: with the lock in other hands for good, the view that is there is given."""
    before = gallery.current()
    enrol(ben, 2)
    with following._lock:
        assert gallery.current() is before
    assert gallery.current() is not before


def test_memory_holds_one_index_however_often_somebody_changes(enrolled_ana: Employee, ben: Employee) -> None:
    for variation in range(10):
        photo = enrol(ben, 2, variation=variation % 5)
        index = gallery.current().gallery
        assert (len(index), len(index.blocks)) == (4, 1)
        photo_delete(photo=photo)
        assert len(gallery.current().gallery) == 3


# Two processes, and commits that are seen by others ----------------------------------------------------------------


OTHER = """
import sys, django
django.setup()
from recognition import gallery
from recognition.services import identify
from recognition.tests.fake_engine import VERSION, fake_photo
gallery.current()
gallery.follow()
print("ready", flush=True)
for line in sys.stdin:
    answer = identify(images=[fake_photo(int(line), variation=4)], asker="api", store=False)
    print(answer.employee.number if answer.employee else "-", flush=True)
"""
DEADLINE = 30


class Other:
    """Another process on the same database, which is asked for faces."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", OTHER],
            cwd=django_settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said()

    def said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def sees(self, person: int) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{person}\n")
        self._process.stdin.flush()
        return self.said()

    def comes_to_see(self, person: int) -> str:
        """Asked again and again until it knows somebody."""
        until = monotonic() + DEADLINE
        while (said := self.sees(person)) == "-" and monotonic() < until:
            pass
        return said

    def end(self) -> None:
        self._process.communicate()


@pytest.mark.django_db(transaction=True)
def test_what_one_process_changes_others_follow(enrolled_ana: Employee, ben: Employee, hr: User) -> None:
    others = [Other(), Other()]
    try:
        assert [other.sees(1) for other in others] == [enrolled_ana.number] * 2
        assert [other.sees(2) for other in others] == ["-", "-"]
        enrol(ben, 2)
        assert [other.comes_to_see(2) for other in others] == [ben.number] * 2
        # Nobody waits for that one: who is named is asked for in the database.
        consent_withdraw(employee=enrolled_ana, by=hr)
        assert [other.sees(1) for other in others] == ["-", "-"]
        assert [other.sees(2) for other in others] == [ben.number] * 2
    finally:
        for other in others:
            other.end()


@pytest.mark.django_db(transaction=True)
def test_where_a_thread_follows_a_look_asks_the_database_for_nothing(
    enrolled_ana: Employee, ben: Employee, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    gallery.current()
    follower = following.Follower()
    follower.follow_once()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(following, "_follower", follower)
        patched.setattr(following, "LATE", 3600.0)
        with django_assert_num_queries(0):
            assert people() == [enrolled_ana.pk]
        enrol(ben, 2)
        assert people() == [enrolled_ana.pk]
        follower.follow_once()
        assert people() == sorted([enrolled_ana.pk, ben.pk])

        # Late, or ended by an error: who looks asks for themselves.
        patched.setattr(following, "LATE", 0.0)
        with django_assert_num_queries(1):
            people()


@pytest.mark.django_db(transaction=True)
def test_the_thread_follows_until_it_is_stopped(enrolled_ana: Employee, ben: Employee) -> None:
    gallery.current()
    gallery.follow()
    try:
        follower = following._follower
        assert follower is not None
        enrol(ben, 2)
        assert follower.rounds_pass(2, DEADLINE)
        assert len(following._held.view.gallery.people) == 2  # type: ignore[union-attr]
    finally:
        gallery.following_stop()
    assert not follower.is_alive()


@pytest.mark.django_db(transaction=True)
def test_no_change_is_ever_committed_behind_a_reader() -> None:
    """Numbers are taken before the commit: whoever sees one has to see all before it, however long a writer dawdles."""
    writers, rounds = 4, 6
    seen: list[list[int]] = []
    over = threading.Event()

    def write(person: int) -> None:
        for _round in range(rounds):
            with transaction.atomic():
                gallery_revision.advance([person])
                # What a change does beside it, while its number is taken and nobody sees it.
                EnrolmentPhoto.objects.filter(employee=person).update(attempts=0)

    def read() -> None:
        while not over.is_set():
            seen.append(sorted(GalleryChange.objects.filter(number__gt=begin).values_list("number", flat=True)))

    begin = gallery_revision.current()
    reader = threading.Thread(target=lambda: together(read))
    reader.start()
    assert together(*[partial(write, person) for person in range(1, writers + 1)]) == [None] * writers
    over.set()
    reader.join()
    for numbers in seen:
        assert numbers == list(range(begin + 1, begin + 1 + len(numbers)))
    assert gallery_revision.current() == begin + writers * rounds


def test_the_spread_of_the_scores_is_measured_again_when_a_hundredth_has_changed() -> None:
    engine: Any = SimpleNamespace(version=VERSION, calibration=shipped())
    chance = np.random.default_rng(3)

    def rows(*owners: int) -> Rows:
        vectors = chance.standard_normal((len(owners), 128)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        keys = np.array(owners, np.int64)
        return Rows.of(keys, keys, vectors, np.zeros(len(owners), bool))

    figures = shipped()
    nobody = Index.empty(centre=figures.centre, centre_people=figures.centre_people)
    index = nobody.filled([rows(*range(300))])
    first = viewed(1, engine, index)
    index = index.changed([5, 6], rows(5, 6))
    second = viewed(2, engine, index, before=first, changed=2)
    third = viewed(3, engine, index.changed([7, 8], rows(7, 8)), before=second, changed=2)

    assert second.coefficients == first.coefficients
    assert third.coefficients != first.coefficients
    assert (second.moved, third.moved) == (2, 0)
