"""HR reads a version's report in the admin: its figures, its pictures, on every screen and in both languages."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any, Literal

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from recognition import engine_holder
from recognition.models import ModelVersion
from recognition.tests.faces_kit import write_people
from tests.e2e.access import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCREENSHOTS = os.environ.get("PRESENTE_SCREENSHOTS")


@pytest.fixture
def measured(settings: Any, tmp_path: Path) -> ModelVersion:
    settings.DATA_DIR = tmp_path / "data"
    engine_holder.follow()
    people = write_people(tmp_path / "people", people=6, photos=6)
    for protocol in ("open", "closed", "pairs"):
        call_command(
            "evaluate_model", str(people), "--protocol", protocol, "--enroll", "2", "--repeats", "2", stdout=StringIO()
        )
    return ModelVersion.objects.get(name="fake-1")


@pytest.mark.parametrize(
    ("width", "scheme", "locale", "word"),
    [(320, "light", "en-GB", "Named rightly (TPIR)"), (1280, "dark", "es-ES", "Nombrados bien (TPIR)")],
)
def test_a_report_is_read_on_every_screen(
    hr_page: Callable[..., Page],
    measured: ModelVersion,
    width: int,
    scheme: Literal["light", "dark"],
    locale: str,
    word: str,
) -> None:
    page = hr_page(width=width, scheme=scheme, locale=locale)
    page.goto(f"/admin/recognition/modelversion/{measured.pk}/report/")

    report = page.locator(".admin-report")
    expect(report).to_contain_text(word)
    expect(report.locator("section")).to_have_count(3)
    pictures = "[...document.querySelectorAll('.admin-report img')].map(image => image.decode().then(() => 1, () => 0))"
    assert page.evaluate(f"Promise.all({pictures})") == [1] * 5
    assert page.evaluate("document.querySelector('.admin-report').getBoundingClientRect().right") <= width
    assert violations(page, within=".admin-report") == []
    if SCREENSHOTS:
        page.screenshot(path=str(Path(SCREENSHOTS) / f"model-report-{width}.png"))


def test_the_report_is_reached_from_the_versions_page(hr_page: Callable[..., Page], measured: ModelVersion) -> None:
    page = hr_page()
    page.goto(f"/admin/recognition/modelversion/{measured.pk}/change/")
    page.get_by_role("link", name=re.compile(r"Report$")).click()

    expect(page.locator(".admin-report")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as Markdown").first.click()
    assert download.value.suggested_filename == "fake-1-open.md"
