"""A version's report in the admin: for HR, in the reader's language, with the pictures it names and no other file."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from recognition.models import ModelVersion
from recognition.selectors import reports
from recognition.tests.faces_kit import write_people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data"


@pytest.fixture
def version(db: None) -> ModelVersion:
    return ModelVersion.objects.get(name="fake-1")


@pytest.fixture
def measured(version: ModelVersion, tmp_path: Path) -> ModelVersion:
    people = write_people(tmp_path / "people", people=6, photos=6)
    call_command(
        "evaluate_model", str(people), "--protocol", "open", "--enroll", "2", "--repeats", "2", stdout=StringIO()
    )
    return version


def page(version: ModelVersion) -> str:
    return reverse("admin:recognition_modelversion_report", args=[version.pk])


def picture(version: ModelVersion, file: str, protocol: str = "open") -> str:
    return reverse("admin:recognition_report_picture", args=[version.pk, protocol, file])


def text(version: ModelVersion, protocol: str = "open") -> str:
    return reverse("admin:recognition_report_text", args=[version.pk, protocol])


def test_hr_reads_the_report_and_sees_its_pictures(hr_client: Client, measured: ModelVersion) -> None:
    answer = hr_client.get(page(measured))

    assert answer.status_code == 200
    assert [report["protocol"] for report in answer.context["reports"]] == ["open"]
    body = answer.content.decode()
    assert "Named rightly (TPIR)" in body
    for file in ("det.png", "reliability.png"):
        assert picture(measured, file) in body
        shown = hr_client.get(picture(measured, file))
        assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")
        assert b"".join(shown.streaming_content).startswith(b"\x89PNG")  # type: ignore[attr-defined]


def test_the_report_speaks_the_readers_language(hr_client: Client, measured: ModelVersion) -> None:
    spanish = hr_client.get(page(measured), HTTP_ACCEPT_LANGUAGE="es").content.decode()
    kept = hr_client.get(text(measured), HTTP_ACCEPT_LANGUAGE="es")

    assert "Nombrados bien (TPIR)" in spanish
    assert kept["Content-Type"].startswith("text/markdown")
    assert kept["Content-Disposition"] == 'attachment; filename="fake-1-open.md"'
    assert kept.content.decode().startswith("# fake-1 · Protocolo abierto")


def test_a_version_that_was_not_measured_says_how_to(hr_client: Client, version: ModelVersion) -> None:
    answer = hr_client.get(page(version))

    assert answer.context["reports"] == []
    assert "evaluate_model FOLDER --protocol closed --model fake-1" in answer.content.decode()
    assert hr_client.get(text(version)).status_code == 404


@pytest.mark.parametrize("client_name", ["manager_client", "colleague_client", "outsider_client", "client"])
def test_nobody_but_hr_sees_anything_of_it(
    client_name: str, measured: ModelVersion, request: pytest.FixtureRequest
) -> None:
    client: Client = request.getfixturevalue(client_name)
    for address in (page(measured), picture(measured, "det.png"), text(measured)):
        assert client.get(address).status_code in {302, 403, 404}, address


def test_only_pictures_that_the_report_names_are_served(hr_client: Client, measured: ModelVersion) -> None:
    (reports.folder_of(measured.name) / "open" / "other.png").write_bytes(b"\x89PNG")
    for file in ("other.png", "report.json", "..", "det.png.png"):
        assert hr_client.get(picture(measured, file)).status_code == 404, file
    assert hr_client.get(picture(measured, "det.png", protocol="closed")).status_code == 404
    assert hr_client.get(picture(ModelVersion(pk=9999), "det.png")).status_code == 404


def test_a_report_that_cannot_be_read_counts_as_none(hr_client: Client, measured: ModelVersion) -> None:
    (reports.folder_of(measured.name) / "open" / "report.json").write_text("{cut sho")
    assert hr_client.get(page(measured)).context["reports"] == []
