"""The snapshot: a start reads one file, whatever is wrong with it a start works without, and an erasure reaches it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from employees import gallery_revision, key_store
from employees.models import Employee, GalleryChange, User
from employees.services import consent_withdraw
from recognition import gallery
from recognition.gallery import snapshot
from recognition.models import FaceTemplate
from recognition.services import faces_erase
from recognition.tasks import snapshot_write
from recognition.tests.fake_engine import VERSION
from recognition.tests.test_gallery_following import enrol, people, spoil

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _none_yet() -> Iterator[None]:
    snapshot.forget()
    yield
    snapshot.forget()


@pytest.fixture
def written(enrolled_ana: Employee, ben: Employee) -> Path:
    """The snapshot of Ana and Ben, in a process that begins now."""
    enrol(ben, 2)
    snapshot_write()
    gallery.reset()
    return snapshot.path_of(VERSION)


def test_a_start_decrypts_no_row(written: Path, enrolled_ana: Employee, ben: Employee) -> None:
    spoil(enrolled_ana, ben)
    assert people() == sorted([enrolled_ana.pk, ben.pk])
    view = gallery.current()
    assert view.revision == gallery_revision.current()
    assert len(view.gallery) == 4


def test_what_changed_since_is_read_on(written: Path, enrolled_ana: Employee, ben: Employee, hr: User) -> None:
    spoil(enrolled_ana)
    consent_withdraw(employee=ben, by=hr)
    assert people() == [enrolled_ana.pk]


def test_it_answers_as_the_rows_do(written: Path) -> None:
    started = gallery.current()
    written.unlink()
    gallery.reset()
    read = gallery.current()
    assert read.gallery.ids.tolist() == started.gallery.ids.tolist()
    assert read.gallery.rows().vectors.tobytes() == started.gallery.rows().vectors.tobytes()
    assert read.gallery.centre == pytest.approx(started.gallery.centre, abs=1e-7)
    assert read.coefficients.spread == pytest.approx(started.coefficients.spread, rel=1e-6)
    assert read.acceptances == pytest.approx(started.acceptances, rel=1e-6)


def test_it_is_its_owners_alone_and_holds_no_vector_in_the_clear(written: Path) -> None:
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert stat.S_IMODE(written.parent.stat().st_mode) == 0o700
    content = written.read_bytes()
    for vector in gallery.current().gallery.rows().vectors:
        assert vector.tobytes()[:16] not in content


@pytest.mark.parametrize("damage", ["cut off", "changed", "empty", "parts exchanged"])
def test_a_file_that_is_damaged_is_not_used(written: Path, enrolled_ana: Employee, ben: Employee, damage: str) -> None:
    content = bytearray(written.read_bytes())
    if damage == "cut off":
        del content[-5:]
    elif damage == "changed":
        content[len(content) // 2] ^= 1
    elif damage == "empty":
        content.clear()
    else:
        content = content + content[: len(content) // 2]
        content[8:24] = content[24:40]
    written.write_bytes(bytes(content))

    assert snapshot.read(VERSION, gallery.current().gallery.cleared()) is None
    gallery.reset()
    assert people() == sorted([enrolled_ana.pk, ben.pk])


def test_one_of_another_history_is_not_used(written: Path, enrolled_ana: Employee, ben: Employee) -> None:
    FaceTemplate.objects.filter(employee=ben).delete()
    GalleryChange.objects.update(mark=7)
    assert people() == [enrolled_ana.pk]


def test_it_is_written_once_for_a_revision_and_again_for_the_next(written: Path, ben: Employee) -> None:
    before = written.stat().st_ino
    assert not gallery.snapshot_write()
    assert written.stat().st_ino == before
    enrol(ben, 2, variation=1)
    assert gallery.snapshot_write()
    assert snapshot.revision_of(VERSION) == gallery_revision.current()


def test_after_an_erasure_no_copy_of_it_can_be_read(
    written: Path, enrolled_ana: Employee, ben: Employee, tmp_path: Path
) -> None:
    copy = shutil.copy(written, tmp_path / "copy")
    key = key_store.read(key_store.GALLERY)
    assert key is not None

    faces_erase(employee=ben)

    assert not written.exists()
    assert key_store.read(key_store.GALLERY) is None
    for path in Path(django_settings.DATA_DIR).rglob("*"):
        assert not path.is_file() or key not in path.read_bytes()
    # Whoever brings the copy back, and whichever key comes after it.
    shutil.copy(copy, written)
    gallery.reset()
    assert people() == [enrolled_ana.pk]
    snapshot_write()
    shutil.copy(copy, written)
    gallery.reset()
    assert people() == [enrolled_ana.pk]


def test_an_erasure_while_it_is_being_written_makes_what_is_written_worthless(
    written: Path, enrolled_ana: Employee, ben: Employee
) -> None:
    key = snapshot.key_make()
    view = gallery.current()
    faces_erase(employee=ben)
    held = snapshot.Stored(
        VERSION, view.revision, gallery_revision.mark_of(view.revision), timezone.localdate(), view.gallery
    )
    snapshot.write(held, key)
    gallery.reset()
    assert snapshot.read(VERSION, view.gallery.cleared()) is None
    assert people() == [enrolled_ana.pk]


def test_where_it_cannot_be_written_the_one_before_stays(written: Path, ben: Employee) -> None:
    before = written.read_bytes()
    enrol(ben, 2, variation=1)
    # Nothing can be written where it is drafted.
    draft = written.parent / f".{written.name}.{os.getpid()}"
    draft.mkdir()
    snapshot_write()
    draft.rmdir()
    assert written.read_bytes() == before
