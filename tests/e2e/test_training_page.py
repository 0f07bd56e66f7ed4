"""HR watches a training run in the admin: what it does, how far it is, why it was refused, and the way back."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from recognition.models import ModelVersion, TrainingRun, VersionSwitch
from recognition.services.training import training_beat, training_claim, training_end, training_move
from tests.e2e.access import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

State = TrainingRun.State
SCREENSHOTS = os.environ.get("PRESENTE_SCREENSHOTS")
SHARE = {"value": 0.985, "low": 0.97, "high": 0.995}
LEVEL = {"value": 0.0, "low": -0.004, "high": 0.003}
ROW = {"parent": SHARE, "candidate": SHARE, "difference": LEVEL, "people": 9, "probes": 240}
FALLEN = {"value": -0.012, "low": -0.02, "high": -0.001}
UNSEEN = {
    "parent": SHARE,
    "candidate": {"value": 0.973, "low": 0.95, "high": 0.985},
    "difference": FALLEN,
    "people": 4,
    "probes": 390,
}
REPORT = {
    "passed": False,
    "fpir": 0.01,
    "strangers": 390,
    "reasons": [{"code": "worse", "group": "unseen", **FALLEN}],
    "groups": {"old": ROW, "new": {**ROW, "people": 2, "probes": 41}, "unseen": UNSEEN},
    "strangers_accepted": {**ROW, "parent": LEVEL, "candidate": LEVEL, "people": 4, "probes": 390},
}
Open = Callable[..., Page]
Scheme = Literal["light", "dark"]


def shoot(page: Page, name: str) -> None:
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"))


OURS = "#run, #version"


@pytest.fixture
def versions(no_version: None) -> list[ModelVersion]:
    """One version took another's place."""
    now = timezone.now()
    old = ModelVersion.objects.create(name="sface-2021dec-1", state=ModelVersion.State.RETIRED, activated_at=now)
    people = {"learnt": ["1"] * 9, "held_out": ["2"] * 4}
    new = ModelVersion.objects.create(
        name="tuned-20260101-0a1b2c3d",
        parent=old,
        state=ModelVersion.State.ACTIVE,
        activated_at=now,
        manifest={"metrics": REPORT, "people": people, "training": {"epochs": 8, "margin": 0.2}},
    )
    VersionSwitch.objects.create(kind=VersionSwitch.Kind.FIRST, version=old)
    VersionSwitch.objects.create(kind=VersionSwitch.Kind.PROMOTION, version=new, before=old)
    return [old, new]


def test_hr_watches_a_run_from_its_beginning_to_its_refusal(hr_page: Open, versions: list[ModelVersion]) -> None:
    page = hr_page()
    page.goto("/admin/recognition/trainingrun/")
    page.get_by_role("link", name="Fine-tune now").click()
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("#run-state")).to_have_text("Waiting")

    run = training_claim(TrainingRun.objects.get().pk)
    assert run is not None
    training_move(run=run, state=State.TRAINING, parent=versions[1])
    history = [{"epoch": epoch, "loss": 1.6 / epoch, "right": 0.9, "drift": 0.01} for epoch in (1, 2, 3)]
    training_beat(run=run, history=history, done=3, total=8)

    expect(page.locator("#run-state")).to_have_text("Training")
    expect(page.locator("#run-count")).to_have_text("3 of 8")
    expect(page.locator("#run-line")).to_have_attribute("points", re.compile(r"^[\d.]+,[\d.]+ "))
    expect(page.locator("[aria-current]")).to_have_text("Training")
    assert violations(page, within=OURS) == []
    shoot(page, "training-run")

    training_end(run=run, state=State.REFUSED, report=REPORT)

    expect(page.locator("#run-state")).to_have_text("Refused")
    expect(page.locator(".run-reasons")).to_contain_text("Worse for people not in the training set: -1.20 points")
    expect(page.locator("#run table")).to_contain_text("98.5 %")
    assert violations(page, within=OURS) == []
    shoot(page, "training-refused")
    page.set_viewport_size({"width": 320, "height": 900})
    expect(page.get_by_role("cell", name="97.3 %")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.querySelector('#run').scrollWidth") <= 320
    shoot(page, "training-refused-320")


def test_hr_rolls_back_with_one_click_and_a_confirmation(hr_page: Open, versions: list[ModelVersion]) -> None:
    page = hr_page()
    page.goto("/admin/recognition/modelversion/")
    shoot(page, "versions")
    page.get_by_role("link", name="Roll back").click()
    expect(page.locator("body")).to_contain_text("Go back to sface-2021dec-1?")
    page.get_by_role("button", name="Roll back").click()

    expect(page.locator("body")).to_contain_text("sface-2021dec-1 is in use again.")
    assert ModelVersion.objects.get(state=ModelVersion.State.ACTIVE) == versions[0]
    page.goto(f"/admin/recognition/modelversion/{versions[1].pk}/change/")
    expect(page.locator("#version")).to_contain_text("Training set: 9 people")
    assert violations(page, within=OURS) == []


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1920, "dark")])
def test_the_page_of_a_version_fits_every_screen(
    hr_page: Open, versions: list[ModelVersion], width: int, scheme: Scheme
) -> None:
    page = hr_page(width=width, scheme=scheme)
    page.goto(f"/admin/recognition/modelversion/{versions[1].pk}/change/")

    expect(page.locator("#version")).to_be_visible()
    assert page.evaluate("document.querySelector('#version').scrollWidth") <= width
    assert violations(page, within=OURS) == []
    shoot(page, f"version-{width}")


def test_numbers_are_written_as_the_reader_writes_them(hr_page: Open, versions: list[ModelVersion]) -> None:
    page = hr_page(locale="es-ES", width=360)
    page.goto(f"/admin/recognition/modelversion/{versions[1].pk}/change/")

    table = page.locator("#version table")
    expect(table).to_contain_text("98,5 %")
    expect(table).to_contain_text("-1,20")
    expect(page.get_by_role("cell", name="-1,20", exact=True)).to_be_in_viewport(ratio=1)
