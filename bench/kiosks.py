"""A hundred kiosks at the change of shift: what each one waits, from where on it is too long, and what is lost."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import random
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median

from bench import photos, world
from bench.table import heading, quantile, table

STEPS = (1, 10, 25, 50, 100)
CYCLE = 6.0
"""Seconds from one person to the next at a busy door: walk up, look, read the greeting, go on."""
SECONDS = float(os.environ.get("BENCH_KIOSK_SECONDS", "20"))
PIN_SHARE = 0.1
FRAMES = 3
PATIENCE = 30.0
CONFIRMATIONS = 10
"""How often a confirmation is sent that nobody answers."""
PIN = "246813"


@dataclass(slots=True)
class Tally:
    """What all kiosks of a step saw."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    given_up: int = 0
    failed: int = 0
    confirmed: list[tuple[str, str]] = field(default_factory=list)

    def add(self, *, seconds: float | None = None, refused: int = 0, given_up: int = 0, failed: int = 0) -> None:
        with self.lock:
            if seconds is not None:
                self.seconds.append(seconds)
            self.refused += refused
            self.given_up += given_up
            self.failed += failed


def run(port: int) -> None:
    """Each step: so many kiosks, each with a person every ``CYCLE`` seconds; then all of them without a pause."""
    heading(f"Kiosks at once: bursts of {FRAMES} real 640×480 JPEGs, signed, {world.PEOPLE:,} people, SQLite")
    reason = photos.missing()
    if reason:
        print(f"  left out: {reason}")
        return
    pictures = bursts()
    size = sum(len(frame) for burst in pictures for frame in burst) / len(pictures) / 1024
    kiosks = paired(port, max(STEPS))
    print(
        f"  {PIN_SHARE:.0%} of the people type number and PIN; a burst has {size:.0f} KiB; the load runs on the same "
        f"{os.cpu_count()} cores for {SECONDS:.0f} s a step"
    )
    rows, passed = [], None
    for count in STEPS:
        tally = step(kiosks[:count], pictures, pause=CYCLE)
        rows.append(_row(str(count), tally))
        if passed is None and tally.seconds and quantile(tally.seconds, 0.95) > 1:
            passed = count
    rows.append(_row(f"{max(STEPS)}, no pause", step(kiosks, pictures, pause=0.0)))
    table(
        ["kiosks", "looks", "p50 ms", "p95 ms", "looks/s", "503s", "given up", "failed", "punches", "lost", "twice"],
        rows,
    )
    print(
        f"  p95 of a look passes 1 s at {passed} kiosks" if passed else "  p95 of a look stays under 1 s in every step"
    )


def _row(name: str, tally: Tally) -> list[str]:
    lost, twice = _audit(tally)
    waited = [second * 1000 for second in tally.seconds] or [0.0]
    return [
        name,
        str(len(tally.seconds)),
        f"{median(waited):.0f}",
        f"{quantile(waited, 0.95):.0f}",
        f"{len(tally.seconds) / SECONDS:.1f}",
        str(tally.refused),
        str(tally.given_up),
        str(tally.failed),
        str(len(tally.confirmed)),
        str(lost),
        str(twice),
    ]


def _audit(tally: Tally) -> tuple[int, int]:
    """Confirmed punches that the database does not hold, and people whom it holds more than once."""
    from django.db import connection

    from attendance.models import ClockEvent

    held = list(ClockEvent.objects.filter(method="pin").values_list("employee__number", flat=True))
    connection.close()
    return sum(number not in held for number, _d in tally.confirmed), len(held) - len(set(held))


def step(kiosks: list[Device], bursts: list[list[bytes]], *, pause: float) -> Tally:
    """All of them at work for ``SECONDS``, each with a person every ``pause`` seconds."""
    tally = Tally()
    end = time.monotonic() + SECONDS
    with ThreadPoolExecutor(len(kiosks)) as pool:
        for future in [pool.submit(kiosk.work, bursts, tally, end, pause) for kiosk in kiosks]:
            future.result()
    return tally


class Device:
    """One device: a cookie, a key, a connection, and the manners of the page (see static/js/kiosk/api.js)."""

    def __init__(self, port: int, cookie: str, private: object, numbers: list[str]) -> None:
        self.port, self.cookie, self.private, self.numbers = port, cookie, private, numbers
        self.csrf = secrets.token_hex(16)
        self.nonce = ""
        self.nonce_at = 0.0
        self.chance = random.Random(cookie)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def work(self, bursts: list[list[bytes]], tally: Tally, end: float, pause: float) -> None:
        time.sleep(self.chance.random() * pause)
        while time.monotonic() < end:
            started = time.monotonic()
            try:
                if self.chance.random() < PIN_SHARE and self.numbers:
                    self._pin(tally, self.numbers.pop())
                else:
                    self._look(tally, self.chance.choice(bursts))
            except (OSError, http.client.HTTPException, ValueError):
                self.connection.close()
                tally.add(failed=1)
            if pause:
                time.sleep(max(0.0, pause * (0.5 + self.chance.random()) - (time.monotonic() - started)))

    def _look(self, tally: Tally, burst: list[bytes]) -> None:
        body, kind = _form(burst)
        started = time.monotonic()
        status, _answer = self._asked("/kiosk/identify", body, kind, tally)
        if status == 200:
            tally.add(seconds=time.monotonic() - started)

    def _pin(self, tally: Tally, number: str) -> None:
        words = json.dumps({"number": number, "pin": PIN}).encode()
        status, answer = self._asked("/kiosk/pin", words, "application/json", tally)
        if status != 200 or not answer.get("proposal"):
            return
        choice = json.dumps({"proposal": answer["proposal"], "direction": answer["direction"]}).encode()
        status, answer = self._confirmed(choice, tally)
        if status == 200 and answer.get("outcome") == "recorded":
            with tally.lock:
                tally.confirmed.append((number, str(answer["direction"])))

    def _confirmed(self, choice: bytes, tally: Tally) -> tuple[int, dict[str, object]]:
        """The answer to a confirmation. When none came, or the server failed, it is sent again: it may be recorded."""
        for _attempt in range(CONFIRMATIONS - 1):
            try:
                status, answer = self._asked("/kiosk/confirm", choice, "application/json", tally)
                if status < 500:
                    return status, answer
            except (OSError, http.client.HTTPException, ValueError):
                self.connection.close()
                self.nonce = ""
                tally.add(failed=1)
            time.sleep(self.chance.uniform(1, 3))
        return self._asked("/kiosk/confirm", choice, "application/json", tally)

    def _asked(self, path: str, body: bytes, kind: str, tally: Tally) -> tuple[int, dict[str, object]]:
        """Ask; told to wait, wait so long and ask again, four times in all as the page does."""
        for _attempt in range(5):
            if not self.nonce or time.monotonic() - self.nonce_at > 45:
                self._post("/kiosk/ping", b"{}", "application/json", {})
            nonce, self.nonce = self.nonce, ""
            text = "\n".join(("presente-kiosk-1", "POST", path, hashlib.sha256(body).hexdigest(), nonce)).encode()
            signed = {"Presente-Nonce": nonce, "Presente-Signature": _sign(self.private, text)}
            status, answer, wait = self._post(path, body, kind, signed)
            if status != 503:
                if status != 200:
                    tally.add(failed=1)
                return status, answer
            tally.add(refused=1)
            time.sleep(wait * (1 + self.chance.random() / 2))
        tally.add(given_up=1)
        return 503, {}

    def _post(self, path: str, body: bytes, kind: str, extra: dict[str, str]) -> tuple[int, dict[str, object], int]:
        headers = {
            "Cookie": f"presente_kiosk={self.cookie}; csrftoken={self.csrf}",
            "X-CSRFToken": self.csrf,
            "Content-Type": kind,
            **extra,
        }
        try:
            self.connection.request("POST", path, body, headers)
            response = self.connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            # The server closed a connection that had been idle: open it again, once.
            self.connection.close()
            self.connection.request("POST", path, body, headers)
            response = self.connection.getresponse()
        content = response.read()
        self.nonce = response.headers.get("Presente-Nonce") or ""
        self.nonce_at = time.monotonic()
        return response.status, json.loads(content), int(response.headers.get("Retry-After") or 1)


def paired(port: int, count: int) -> list[Device]:
    """Paired kiosks with keys, and people with PINs for each, made in the database."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from django.contrib.auth.hashers import make_password
    from django.db import connection

    from attendance.models import Kiosk
    from employees.models import Employee
    from kiosk.services.pairing import kiosk_pair, kiosk_pairing_link, link_token

    Employee.objects.update(pin_hash=make_password(PIN, hasher="argon2"))
    numbers = list(Employee.objects.order_by("pk").values_list("number", flat=True))
    made = []
    for index in range(count):
        kiosk = Kiosk.objects.create(name=f"Bench {index:03}")
        private = ec.generate_private_key(ec.SECP256R1())
        der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        link = kiosk_pairing_link(kiosk=kiosk, by=None)
        _kiosk, token = kiosk_pair(token=link_token(link), public_key=base64.b64encode(der).decode())
        made.append(Device(port, token, private, numbers[index::count]))
    connection.close()
    return made


def bursts() -> list[list[bytes]]:
    """Real photos as a camera shows them; the frames of a burst sway by a few pixels."""
    import numpy as np

    names = photos.names()[:20]
    made = []
    for name in names:
        frame = photos.frame(photos.read(name))
        made.append([photos.jpeg(np.roll(frame, shift, axis=1)) for shift in range(0, 2 * FRAMES, 2)])
    return made


def _form(frames: list[bytes]) -> tuple[bytes, str]:
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="frames"; filename="{index}.jpg"\r\n'
        f"Content-Type: image/jpeg\r\n\r\n".encode()
        + frame
        + b"\r\n"
        for index, frame in enumerate(frames)
    ]
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _sign(private: object, text: bytes) -> str:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError("the kiosk's key is no elliptic-curve key")
    r, s = decode_dss_signature(private.sign(text, ec.ECDSA(hashes.SHA256())))
    return base64.urlsafe_b64encode(r.to_bytes(32) + s.to_bytes(32)).rstrip(b"=").decode()
