"""HR tests a kiosk, from the button to the report, before a camera that plays people and their prints.

With the real networks the clips are of ../shared/faces/webcam: a person who is enrolled, a print of that person, and
somebody who is not enrolled stand before the kiosk one after another, each in a browser of its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from attendance.models import ClockEvent, Kiosk
from employees.models import Consent, Employee, User
from employees.services import consent_give, employee_create
from kiosk.models import KioskSettings, KioskTest
from kiosk.services.site_test import site_test_end, site_test_start
from recognition import engine_holder, gallery, liveness_network
from recognition.engine.liveness.network_store import activate
from recognition.engines import PUBLISHED
from recognition.models import Decision, SeenFrame
from recognition.services import photo_add, photo_process
from recognition.services.versions import version_register
from recognition.tests.fake_engine import fake_photo
from tests.e2e import clips
from tests.e2e.access import violations
from tests.e2e.kiosk import PATIENCE, KioskPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCREENSHOTS = os.environ.get("PRESENTE_SCREENSHOTS")
Browse = Callable[..., KioskPage]
Open = Callable[..., Page]
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "button": "Test this kiosk",
        "start": "Start the test",
        "first": "Bea: look at the camera without glasses",
        "step": "Test: step {} of 8",
        "skip": "Skip this step",
        "end": "End the test",
        "begin": "Ready: begin",
        "over": "The test is over",
        "passed": "3 of 3 attempts with a picture were let in (printed photo).",
        "known": "All 2 attempts by employees were recognised",
        "choose": "Choose this",
        "chosen": "Chosen.",
    },
    "es": {
        "button": "Probar este terminal",
        "start": "Iniciar la prueba",
        "first": "Bea: mire a la cámara sin lentes",
        "step": "Prueba: paso {} de 8",
        "skip": "Omitir este paso",
        "end": "Terminar la prueba",
        "begin": "Listo: comenzar",
        "over": "La prueba terminó",
        "passed": "3 de 3 intentos con una imagen pasaron (foto impresa).",
        "known": "Los 2 intentos de empleados se reconocieron",
        "choose": "Elegir esto",
        "chosen": "Elegido.",
    },
}


def progress(door: KioskPage, words: dict[str, str], step: int, *, patience: int = PATIENCE) -> None:
    """Wait until the kiosk is at this step."""
    expect(door.page.locator("#testing-progress")).to_contain_text(words["step"].format(step), timeout=patience)


def begin(door: KioskPage, words: dict[str, str]) -> None:
    """Say that all is ready for this step."""
    door.wait("test")
    door.page.get_by_role("button", name=words["begin"]).click()


def leave(door: KioskPage) -> None:
    """Whoever stood there goes, and takes the clip along."""
    browser = door.page.context.browser
    assert browser is not None
    browser.close()


def test_a_kiosk_under_test_says_so_goes_on_by_touch_and_clocks_nobody(
    browse: Browse, kiosk: Kiosk, enrolled_ana: Employee, hr: User
) -> None:
    KioskSettings.objects.create(kiosk=kiosk, start=KioskSettings.Start.TOUCH)
    door = browse([fake_photo(1, variation=each, size=480, kind="JPEG") for each in (5, 6) for _frame in range(15)])
    door.pair(kiosk).wait("touch")
    kiosk.refresh_from_db()
    test = site_test_start(kiosk=kiosk, employees=[enrolled_ana], by=hr)
    door.page.reload()
    door.wait("test")
    words = WORDS["en"]
    expect(door.page.locator("#testing")).to_contain_text("Ana: look at the camera without glasses")
    expect(door.page.locator("#testing")).to_contain_text("This kiosk is being tested. Nobody can clock here now.")
    expect(door.page.get_by_role("button", name="Use my PIN")).to_be_hidden()
    assert violations(door.page) == []
    door.page.keyboard.type("1")
    begin(door, words)
    progress(door, words, 2)
    door.wait("test")
    assert door.heading == "Ana: look at the camera with glasses"
    for width, height in ((320, 568), (1024, 600)):
        door.page.set_viewport_size({"width": width, "height": height})
        assert door.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        expect(door.page.get_by_role("button", name=words["end"])).to_be_in_viewport()
    door.page.get_by_role("button", name=words["skip"]).click()
    progress(door, words, 3)
    # Ended in the admin: the kiosk hears of it with its next heartbeat, or when it asks for something.
    site_test_end(kiosk=kiosk)
    door.wait("test_over")
    expect(door.page.locator("#testing")).to_be_hidden()
    door.wait("touch")
    test.refresh_from_db()
    assert set(test.looks.values_list("kind", "named")) == {("live", "right")}
    assert (ClockEvent.objects.count(), Decision.objects.count()) == (0, 0)


def test_a_step_that_nobody_does_is_over_after_its_time(
    browse: Browse, kiosk: Kiosk, enrolled_ana: Employee, hr: User
) -> None:
    KioskSettings.objects.create(kiosk=kiosk, start=KioskSettings.Start.TOUCH)
    door = browse([fake_photo(0, size=16, kind="JPEG")] * 10)
    door.pair(kiosk).wait("touch")
    kiosk.refresh_from_db()
    test = site_test_start(kiosk=kiosk, employees=[enrolled_ana], by=hr)
    test.steps = [{**step, "seconds": 1} for step in test.steps]
    test.save()
    door.page.reload()
    door.wait("test_over")
    test.refresh_from_db()
    assert test.ending == KioskTest.Ending.DONE


def webcam(folder: Path) -> list[bytes]:
    """A clip of a session: each frame three times, since the camera shows thirty a second."""
    frames = sorted(folder.rglob("*.jpg"), key=lambda path: (path.parent.name, path.name))
    assert frames, folder
    return [content for frame in frames for content in [frame.read_bytes()] * 3]


@pytest.fixture
def models(
    version_folder: Path, liveness_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_version: None
) -> Iterator[None]:
    """The real networks, with the one that tells pictures from people."""
    folder = tmp_path / "models"
    (folder / "liveness").mkdir(parents=True)
    (folder / version_folder.name).symlink_to(version_folder)
    activate(shutil.copytree(liveness_folder, folder / "liveness" / liveness_folder.name))
    monkeypatch.setattr(settings, "MODELS_DIR", folder)
    monkeypatch.setattr(settings, "ENGINE", PUBLISHED)
    for holder in (engine_holder, gallery, liveness_network):
        holder.reset()
    version_register(version_folder)
    yield
    for holder in (engine_holder, gallery, liveness_network):
        holder.reset()


@pytest.fixture
def bea(kiosk: Kiosk, models: None, faces_dir: Path) -> Employee:
    """Somebody enrolled with five webcam pictures of one day."""
    person = employee_create(number="0007", first_name="Bea", last_name="Demo")
    consent_give(employee=person, method=Consent.Method.ATTESTED)
    for burst in sorted((faces_dir / "webcam" / "live" / "0007" / "s01").iterdir())[:5]:
        picture = sorted(burst.glob("*.jpg"))[0]
        photo = photo_add(employee=person, content=picture.read_bytes(), source="upload", queue=False)
        assert photo_process(photo.pk).state == "accepted"
    return person


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "es"])
def test_from_the_button_to_the_report(
    browse: Browse, hr_page: Open, kiosk: Kiosk, bea: Employee, faces_dir: Path, language: str, page_parts: None
) -> None:
    words, people = WORDS[language], faces_dir / "webcam"
    KioskSettings.objects.create(kiosk=kiosk, start=KioskSettings.Start.TOUCH, language=language)
    before = {path for path in (Path(settings.DATA_DIR) / "faces").rglob("*") if path.is_file()}
    door = browse(webcam(people / "live" / "0007" / "s02")).pair(kiosk)
    door.wait("touch")

    office = hr_page(locale={"en": "en-GB", "es": "es-BO"}[language])
    office.goto(f"/admin/attendance/kiosk/{kiosk.pk}/change/")
    office.get_by_role("link", name=words["button"]).click()
    assert violations(office, within="#content") == []
    office.locator("#id_employees").select_option(str(bea.pk), force=True)
    office.get_by_role("button", name=words["start"]).click()
    expect(office.get_by_role("button", name=words["end"])).to_be_visible()

    door.page.reload()
    door.wait("test")
    expect(door.page.locator("#testing")).to_contain_text(words["first"])
    begin(door, words)
    progress(door, words, 2, patience=2 * PATIENCE)
    for step in (3, 4, 5):
        door.page.get_by_role("button", name=words["skip"]).click()
        progress(door, words, step)
    leave(door)
    # One that is held still: what moves all the time is never looked at.
    door = browse(webcam(people / "print" / "0007" / "s03_still")).pair(kiosk)
    begin(door, words)
    progress(door, words, 6, patience=3 * PATIENCE)
    for step in (7, 8):
        door.page.get_by_role("button", name=words["skip"]).click()
        progress(door, words, step)
    leave(door)
    door = browse(webcam(people / "live" / "0002" / "s01")).pair(kiosk)
    progress(door, words, 8)
    begin(door, words)
    test = KioskTest.objects.get()
    expect(door.page.locator("#testing-progress")).to_contain_text("2 ", timeout=2 * PATIENCE)
    door.wait("test_seen")
    door.page.get_by_role("button", name=words["end"]).click()
    door.wait("test_over")
    assert door.heading == words["over"]

    office.reload()
    expect(office.locator("#content")).to_contain_text(words["passed"])
    expect(office.locator("#content")).to_contain_text(words["known"])
    assert violations(office, within="#content") == []
    office.get_by_role("button", name=words["choose"]).click()
    expect(office.get_by_text(words["chosen"], exact=True)).to_be_visible()
    assert KioskSettings.of(kiosk).liveness == KioskSettings.Liveness.SUSPECT
    seen = set(test.looks.values_list("kind", "named", "liveness"))
    assert seen == {("live", "right", "live"), ("print", "right", "suspect"), ("stranger", "", "live")}
    stored: list[Any] = [ClockEvent, Decision, SeenFrame]
    assert [model.objects.count() for model in stored] == [0, 0, 0]
    assert {path for path in (Path(settings.DATA_DIR) / "faces").rglob("*") if path.is_file()} == before


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "es"] if SCREENSHOTS else ["en"])
def test_every_screen_of_a_test_can_be_used_by_everybody(
    browse: Browse,
    hr_page: Open,
    kiosk: Kiosk,
    person: Employee,
    photos: dict[str, Path],
    hr: User,
    language: str,
    page_parts: None,
) -> None:
    """With PRESENTE_SCREENSHOTS=FOLDER it leaves pictures for docs/kiosk.md: of a portrait in the public domain."""
    words = WORDS[language]
    KioskSettings.objects.create(kiosk=kiosk, start=KioskSettings.Start.TOUCH, language=language)
    face = clips.photo(photos["obama2.jpg"], part=(0.0, 0.05, 1.0, 0.65))
    door = browse(clips.swaying(face), width=1024, height=768)
    door.page.emulate_media(reduced_motion="reduce")
    door.pair(kiosk).wait("touch")
    kiosk.refresh_from_db()
    test = site_test_start(kiosk=kiosk, employees=[person], by=hr)
    door.page.reload()
    for state in ("test", "test_seen"):
        door.wait(state)
        picture(door.page, f"{state}-{language}")
        assert violations(door.page) == [], state
        if state == "test":
            begin(door, words)
    door.page.get_by_role("button", name=words["end"]).click()
    door.wait("test_over")
    assert violations(door.page) == []

    # The report of a whole test, with what three looks at a print would have said.
    for step, kind, named, liveness in (
        *[(0, "live", "right", "live")] * 7,
        *[(4, "print", "right", "suspect")] * 3,
        *[(7, "stranger", "", "live")] * 12,
    ):
        shown = None if kind == "stranger" else person
        outcome = "identified" if named else "unknown"
        test.looks.create(step=step, kind=kind, employee=shown, named=named, liveness=liveness, outcome=outcome)
    for width, scheme in ((390, "dark"), (1280, "light")):
        office = hr_page(width=width, scheme=scheme, locale={"en": "en-GB", "es": "es-BO"}[language])
        office.goto(f"/admin/kiosk/kiosktest/{test.pk}/change/")
        expect(office.locator("#content")).to_contain_text("RIAPAR")
        assert violations(office, within="#content") == []
        assert office.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    picture(office, f"test-report-{language}", whole=True)


def picture(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep what the page shows, where pictures are wanted."""
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"), full_page=whole)
