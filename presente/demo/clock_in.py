"""Clock in as a kiosk does: over HTTP, with photographs that were not enrolled."""

from __future__ import annotations

import http.cookiejar
import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attendance.models import Kiosk
from kiosk.services.pairing import kiosk_pairing_link
from presente.demo import faces
from presente.demo.people import the_kiosk
from recognition.models import Decision

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the kiosk was told about one photograph."""

    answer: dict[str, Any]
    recorded: dict[str, Any] | None
    milliseconds: float


class Device:
    """A tablet at the door, without the tablet: pairs by the one-time link, keeps its cookies, sends pictures."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self._cookies)
        )

    def pair(self, link: str) -> None:
        """Open the link, press its button, and land on the kiosk's page."""
        self._send(link)
        self._send(link, b"", "application/x-www-form-urlencoded")

    def show(self, picture: Path) -> Seen:
        """Hold a picture before the camera and confirm what is offered."""
        boundary = secrets.token_hex(16)
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="frames"; filename="{picture.name}"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = head.encode() + picture.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        started = time.perf_counter()
        answer = json.loads(self._send("/kiosk/identify", body, f"multipart/form-data; boundary={boundary}"))
        milliseconds = (time.perf_counter() - started) * 1000
        recorded = None
        if answer.get("proposal"):
            wish = {"proposal": answer["proposal"], "direction": answer["direction"]}
            recorded = json.loads(self._send("/kiosk/confirm", json.dumps(wish).encode(), "application/json"))
        return Seen(answer, recorded, milliseconds)

    def _send(self, path: str, body: bytes | None = None, kind: str = "") -> bytes:
        headers = {"Referer": f"{self._url}/kiosk/"}
        if body is not None:
            token = next((cookie.value for cookie in self._cookies if cookie.name == "csrftoken"), "")
            headers |= {"Content-Type": kind, "X-CSRFToken": token or ""}
        with self._opener.open(urllib.request.Request(self._url + path, body, headers), timeout=60) as response:
            content: bytes = response.read()
        return content


def run(url: str, say: Say) -> None:
    """Show each photograph that was not enrolled to the kiosk, and say what came of it."""
    kiosk = the_kiosk()
    pictures = [faces.folder() / name for name in faces.PROBES]
    if all(picture.exists() for picture in pictures):
        say("Clocking in at the kiosk's own address, with photos that were not enrolled")
        device = Device(url)
        try:
            device.pair(kiosk_pairing_link(kiosk=kiosk, by=None))
            for picture in pictures:
                say(_line(kiosk, picture, device.show(picture)))
        except urllib.error.HTTPError as error:
            say(f"  failed      {error.url} answered {error.code}: {error.read().decode(errors='replace')[:300]}")
    link = kiosk_pairing_link(kiosk=kiosk, by=None)
    say(f"Try it yourself: {url}{link} makes your browser the kiosk “{kiosk.name}” (good for 15 minutes)")


def _line(kiosk: Kiosk, picture: Path, seen: Seen) -> str:
    decision = Decision.objects.filter(asker_id=str(kiosk.pk)).order_by("-at").first()
    confidence = decision.confidence if decision else 0.0
    figures = f"confidence {confidence:.3f}  {seen.milliseconds:4.0f} ms"
    if seen.answer["outcome"] != Decision.Outcome.IDENTIFIED:
        return f"  refused     {picture.name:<22} {seen.answer['outcome']:<24} {figures}"
    if seen.recorded and seen.recorded["outcome"] == "recorded":
        happened = f"clocked {seen.recorded['direction']} at {seen.recorded['time']}"
    else:
        happened = "already in, nothing stored" if seen.answer["already"] else "not recorded"
    if seen.answer.get("door", {}).get("opened"):
        happened += ", door opened"
    return f"  recognised  {seen.answer['name']:<22} {picture.name:<24} {figures}  {happened}"
