"""What a process loads before the first person comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from employees.models import Employee
from recognition import engine_holder, gallery
from recognition.engines import PUBLISHED
from recognition.models import ModelVersion
from recognition.services.versions import version_register
from recognition.services.warm import warm

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def started(settings: Settings) -> Iterator[Settings]:
    """A process that has loaded nothing yet."""
    gallery.reset()
    engine_holder.reset()
    yield settings
    gallery.reset()
    engine_holder.reset()


def test_the_first_question_reads_no_template(
    enrolled_ana: Employee, started: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    warm()
    with django_assert_num_queries(1):
        assert list(gallery.current().gallery.people) == [enrolled_ana.pk]


@pytest.mark.usefixtures("no_version")
def test_the_published_model_runs(version_folder: Path, started: Settings, caplog: pytest.LogCaptureFixture) -> None:
    started.ENGINE = PUBLISHED
    version_register(version_folder)
    warm()
    assert caplog.text == ""
    assert gallery.current().engine.version == version_folder.name


@pytest.mark.usefixtures("no_version")
def test_without_a_model_it_says_so_and_goes_on(
    started: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    started.ENGINE = PUBLISHED
    started.MODELS_DIR = tmp_path
    ModelVersion.objects.create(name="gone-1", state=ModelVersion.State.ACTIVE)
    warm()
    assert "Nothing is loaded before the first question" in caplog.text
