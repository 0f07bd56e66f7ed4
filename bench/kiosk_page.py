"""From standing still before the kiosk to its answer, in a real browser with real networks and 2,000 people."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from bench.table import heading, quantile, table

ROUNDS = 8
SLOWER = (1, 4)
"""The browser's processor as it is, and slowed down four times by the browser itself: a slow tablet."""
EMPTY_FRAMES, FACE_FRAMES = 60, 240
BURST, ALONE_ROUNDS = 5, 40
"""As the page sends with the settings that a kiosk has at first."""
WAIT_MS = 60_000


def run(port: int) -> None:
    """Print how long people wait, and what of it is the server's."""
    heading("Kiosk page")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("left out: Playwright is not installed here (make test installs it)")
        return
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        print("left out: there is no Chromium (apt-get install chromium)")
        return
    clip, link = _prepare()
    url = f"http://localhost:{port}"
    rows = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={clip}",
            ],
        )
        page = browser.new_page()
        page.goto(url + link)
        page.locator("#pair").click()
        page.wait_for_url("**/kiosk/")
        for slower in SLOWER:
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
            waited = [_once(page) for _round in range(ROUNDS)]
            rows.append(
                [
                    f"browser {slower}× slower" if slower > 1 else "browser as it is",
                    f"{quantile(waited, 0.5):.0f}",
                    f"{max(waited):.0f}",
                ]
            )
        browser.close()
    table([f"milliseconds of {ROUNDS} visits", "median", "worst"], [*rows, _server()])
    table([f"milliseconds of {ALONE_ROUNDS} bursts, the browser closed", "median", "worst"], _alone(clip))


def _once(page: object) -> float:
    """One visit: what the page measured from the first look at a face that then stays, to the answer on the screen."""
    from playwright.sync_api import Page

    assert isinstance(page, Page)
    page.reload()
    page.wait_for_selector("body[data-finder=page]", timeout=WAIT_MS)
    page.wait_for_selector("body[data-took]", timeout=WAIT_MS)
    state = page.locator("body").get_attribute("data-state")
    assert state in {"proposal", "already", "done"}, f"the person was not recognised but the page says {state}"
    return float(page.locator("body").get_attribute("data-took") or 0)


def _server() -> list[str]:
    from recognition.models import Decision

    spent = [one.milliseconds["total"] for one in Decision.objects.filter(asker=Decision.Asker.KIOSK)]
    return ["of which recognition on the server", f"{quantile(spent, 0.5):.0f}", f"{max(spent):.0f}"]


def _alone(clip: Path) -> list[list[str]]:
    """The same looks while this machine is nobody's tablet as well: all of it, then stage by stage."""
    from recognition.models import Decision
    from recognition.services import identify
    from recognition.services.liveness import LivenessPolicy
    from recognition.services.warm import warm

    warm()
    frames = [b"\xff\xd8" + frame for frame in clip.read_bytes().split(b"\xff\xd8")[1:]]
    whole, stages = [], []
    for index in range(ALONE_ROUNDS):
        first = EMPTY_FRAMES + index % (FACE_FRAMES - BURST)
        began = time.perf_counter()
        answer = identify(
            images=frames[first : first + BURST],
            asker=Decision.Asker.KIOSK,
            liveness=LivenessPolicy("flag", remember=False),
        )
        whole.append((time.perf_counter() - began) * 1000)
        stages.append(answer.milliseconds)
        assert answer.employee is not None, f"the person was not recognised: {answer.outcome}"
    named = {stage: [spent.get(stage, 0.0) for spent in stages] for stage in stages[0] if stage != "total"}
    return [
        [name, f"{quantile(spent, 0.5):.0f}", f"{max(spent):.0f}"]
        for name, spent in {f"{BURST} frames, all of it": whole, **named}.items()
    ]


def _prepare() -> tuple[Path, str]:
    """Somebody enrolled, a clip of them coming to stand before the camera, and a kiosk's pairing link."""
    from django.conf import settings

    from attendance.models import Kiosk
    from employees.models import Consent
    from employees.services import consent_give, employee_create
    from kiosk import browser_files
    from kiosk.services.pairing import kiosk_pairing_link
    from recognition.assets import fetch_demo_photos
    from recognition.services import photo_add, photo_process
    from tests.e2e import clips

    browser_files.fetch()
    photos = fetch_demo_photos(Path(settings.DATA_DIR) / "demo-photos")
    person = employee_create(number="FACE", first_name="Barack", last_name="Obama")
    consent_give(employee=person, method=Consent.Method.ATTESTED)
    for name in ("obama.jpg", "obama3.jpg"):
        photo_process(photo_add(employee=person, content=photos[name].read_bytes(), source="demo", queue=False).pk)
    clip = Path(settings.DATA_DIR) / "camera.mjpeg"
    empty = clips.jpegs([clips.scene()], times=EMPTY_FRAMES)
    face = clips.swaying(clips.photo(photos["obama2.jpg"]), seconds=FACE_FRAMES / 30)
    clip.write_bytes(b"".join([*empty, *face]))
    kiosk = Kiosk.objects.create(name="Bench")
    return clip, kiosk_pairing_link(kiosk=kiosk, by=None)
