"""What keeps both cores busy during `python -m bench steady`: one thread for each kind of work."""

from __future__ import annotations

import http.client
import re
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bench import kiosks, load, office, photos
from bench.server import IDENTIFY

TIMEOUT_SECONDS = 60
IMPORTED = 20
"""People in each file."""
IMPORT_ATTEMPTS, AGAIN_SECONDS, IMPORT_SECONDS = 3, 3.0, 120.0
KIOSK_PAUSE = 1.0
WATCH_SECONDS = 0.25
WATCH_TIMEOUT = 5
HEAD = "number,first_name,last_name,pin"


@dataclass(slots=True)
class Seen:
    """What one kind of work saw: answers, seconds of the longest, what was no answer."""

    requests: int = 0
    longest: float = 0.0
    failures: list[str] = field(default_factory=list)
    repeated: int = 0

    def answered(self, seconds: float) -> None:
        self.requests += 1
        self.longest = max(self.longest, seconds)


class Job(threading.Thread):
    """Does ``step`` again and again until it is stopped, and notes what went wrong."""

    def __init__(self, name: str, step: Callable[[Seen], None], pause: float) -> None:
        super().__init__(name=name, daemon=True)
        self.seen = Seen()
        self._step, self._pause, self._over = step, pause, threading.Event()

    def run(self) -> None:
        from django.db import connections

        while not self._over.wait(self._pause):
            try:
                self._step(self.seen)
            # Whatever it is, somebody was not served.
            except Exception as error:
                self.seen.failures.append(f"{time.strftime('%H:%M:%S')} {error!r}"[:300])
        connections.close_all()

    def once(self) -> None:
        """One step, in the thread that asks; raises what went wrong."""
        self._step(self.seen)

    def stop(self) -> None:
        self._over.set()

    def stopped(self) -> bool:
        return self._over.is_set()


class Page:
    """A connection that somebody uses for one thing after another."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        self.headers = headers

    def get(self, seen: Seen, path: str) -> bytes:
        """The page; raises for one that is no success."""
        return self._ask(seen, "GET", path, b"", {})

    def post(self, seen: Seen, path: str, body: bytes, kind: str) -> bytes:
        """The answer; raises for one that is no success. An idle connection that was closed is opened again, once."""
        return self._ask(seen, "POST", path, body, {"Content-Type": kind})

    def _ask(self, seen: Seen, method: str, path: str, body: bytes, more: dict[str, str]) -> bytes:
        headers = {**self.headers, **more}
        begun = time.monotonic()
        for last in (False, True):
            try:
                self._connection.request(method, path, body or None, headers)
                response = self._connection.getresponse()
                content = response.read()
                break
            except (OSError, http.client.HTTPException):
                self._connection.close()
                if last:
                    raise
        seen.answered(time.monotonic() - begun)
        if response.status >= 400:
            raise RuntimeError(f"{path} answered {response.status}: {content[:200].decode(errors='replace')}")
        return content


def faces(data: Path) -> list[list[bytes]]:
    """Photos of each person: the team's folder, or the demo's two people where there is none."""
    if office.missing() is None:
        people = sorted(path for path in (office.FACES / "aligned112").iterdir() if path.is_dir())
        return [office.photos_of(person)[:40] for person in range(len(people))]
    from recognition.assets import fetch_demo_photos

    fetched = fetch_demo_photos(data / "demo-photos")
    contents = {name: path.read_bytes() for name, path in fetched.items()}
    return [[content for name, content in contents.items() if name.startswith(who)] for who in ("obama", "biden")]


def frames(people: Sequence[Sequence[bytes]]) -> list[bytes]:
    """One 640×480 picture of each person, as a kiosk's camera shows them."""
    made = []
    for contents in people:
        image = cv2.imdecode(np.frombuffer(contents[0], np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise ValueError("a photo cannot be read")
        made.append(photos.jpeg(photos.frame(np.ascontiguousarray(image[:, :, ::-1]).astype(np.uint8))))
    return made


def identifying(port: int, key: str, pictures: Sequence[bytes], *, pause: float = 0.02) -> Job:
    """Somebody asks who this is, again and again."""
    page = Page(port, {"Authorization": f"Api-Key {key}"})
    bodies = [load.multipart(picture) for picture in pictures]
    turn = iter(range(10**12))

    def step(seen: Seen) -> None:
        body, kind = bodies[next(turn) % len(bodies)]
        page.post(seen, IDENTIFY, body, kind)

    return Job("identify", step, pause)


def importing(port: int, *, people: int = IMPORTED) -> Job:
    """HR imports a file of new people: upload, preview, confirmation; a worker stores it while HR waits."""
    page, turn = hr_page(port), iter(range(10**6))

    def once(seen: Seen, number: int) -> bool:
        from employees.models import Employee, Import

        names = [f"I{number:05}{row:03}" for row in range(people)]
        file = "\r\n".join([HEAD, *(f"{name},Bench,{name},246813" for name in names)])
        name = f"people-{number}.csv"
        body, kind = _file_form({"kind": "people"}, file, name)
        page.post(seen, "/imports/", body, kind)
        job = Import.objects.filter(file_name=name).latest("created_at")
        path = f"/imports/{job.pk}/"
        shown = re.search(r'name="seen" value="(\w+)"', page.get(seen, path).decode())
        body, kind = _file_form({"do": "save", "seen": shown.group(1) if shown else ""}, None, "")
        page.post(seen, path, body, kind)
        end = time.monotonic() + IMPORT_SECONDS
        while time.monotonic() < end:
            job.refresh_from_db(fields=["state"])
            if job.state in (Import.State.DONE, Import.State.FAILED):
                break
            time.sleep(0.5)
        return Employee.objects.filter(number__in=names).count() == people

    def step(seen: Seen) -> None:
        number = next(turn)
        for _attempt in range(IMPORT_ATTEMPTS):
            if once(seen, number):
                return
            # Nothing was stored, or not in time: the same file again.
            seen.repeated += 1
            time.sleep(AGAIN_SECONDS)
        raise RuntimeError(f"the import {number} stored nothing, {IMPORT_ATTEMPTS} times")

    return Job("imports", step, 15)


def enrolling(people: Sequence[Sequence[bytes]], employees: Sequence[Any]) -> Job:
    """HR gives photos, a new one every few seconds; the worker checks and embeds them."""
    give = photo_giver(people, employees)

    def step(seen: Seen) -> None:
        give(seen)

    return Job("enrolments", step, 4)


def photo_giver(people: Sequence[Sequence[bytes]], employees: Sequence[Any]) -> Callable[[Seen], Any]:
    """A function that gives the next photo of the next person; the key of the photo that is taken."""
    turn = iter(range(10**6))

    def give(seen: Seen) -> Any:
        from employees.models import EnrolmentPhoto
        from recognition.services import photo_add

        number = next(turn)
        person = number % len(people)
        contents = people[person]
        content = _changed(contents[number // len(people) % len(contents)], number)
        begun = time.monotonic()
        photo = photo_add(employee=employees[person], content=content, source=EnrolmentPhoto.Source.UPLOAD)
        seen.answered(time.monotonic() - begun)
        return photo.pk

    return give


def exporting() -> Job:
    """HR asks for files that the reports worker makes: one after the other, as somebody does who waits for each."""
    last: list[Any] = []

    def step(seen: Seen) -> None:
        from django.utils import timezone

        from reporting.files.build import Spec
        from reporting.models import ExportJob
        from reporting.services.exports import export_request

        if last:
            last[0].refresh_from_db()
            if last[0].state in (ExportJob.State.WAITING, ExportJob.State.RUNNING):
                return
        today = timezone.localdate()
        begun = time.monotonic()
        last[:] = [export_request(spec=Spec("days", "xlsx", today - timedelta(days=27), today), by=office.hr())]
        seen.answered(time.monotonic() - begun)

    return Job("exports", step, 10)


def watching(port: int, gaps: list[tuple[str, float]]) -> Job:
    """Asks the web server for a sign of life four times a second, each time anew; ``gaps`` gets (when, how long)."""
    answered = time.monotonic()
    lost = False

    def step(seen: Seen) -> None:
        nonlocal answered, lost
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WATCH_TIMEOUT)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status != http.HTTPStatus.OK:
                raise ConnectionError("not alive")
        except (OSError, http.client.HTTPException):
            lost = True
            raise
        finally:
            connection.close()
        if lost:
            gaps.append((time.strftime("%H:%M:%S"), time.monotonic() - answered))
        answered, lost = time.monotonic(), False
        seen.answered(answered - begun)

    return Job("web alive", step, WATCH_SECONDS)


def at_the_kiosks(
    port: int, pictures: Sequence[bytes], count: int, minutes: float, *, pause: float = KIOSK_PAUSE
) -> tuple[kiosks.Tally, list[threading.Thread]]:
    """Kiosks that look and take PINs, by the script of `bench kiosks`; the tally, and the threads that work."""
    bursts = [[picture] * kiosks.FRAMES for picture in pictures]
    tally = kiosks.Tally()
    end = time.monotonic() + minutes * 60
    threads = [
        threading.Thread(target=one.work, args=(bursts, tally, end, pause), daemon=True)
        for one in kiosks.paired(port, count)
    ]
    for thread in threads:
        thread.start()
    return tally, threads


def _changed(content: bytes, number: int) -> bytes:
    """The photo with one pixel of another value: the same picture is taken only once."""
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError("a photo cannot be read")
    image[0, 0] = (number % 256, number // 256 % 256, 0)
    done, data = cv2.imencode(".png", image)
    if not done:
        raise ValueError("the photo cannot be written")
    return data.tobytes()


def hr_page(port: int) -> Page:
    """A page in which HR is logged in."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    user = office.hr()
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    token = secrets.token_hex(16)
    cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; csrftoken={token}"
    return Page(port, {"Cookie": cookie, "X-CSRFToken": token})


def _file_form(fields: dict[str, str], file: str | None, file_name: str) -> tuple[bytes, str]:
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    if file is not None:
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
            f"Content-Type: text/csv\r\n\r\n{file}\r\n"
        )
    return "".join([*parts, f"--{boundary}--\r\n"]).encode(), f"multipart/form-data; boundary={boundary}"
