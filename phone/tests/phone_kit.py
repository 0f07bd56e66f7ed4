"""What the phone's tests share: an employee's phone, which clocks now or keeps a punch as its page does."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from employees.models import Employee, User
from employees.tests.employment_kit import employ
from kiosk.queue import queue_key
from kiosk.tests.device_kit import Device
from kiosk.tests.queue_kit import Kept, seal
from phone.models import PhoneRule

HERE = (-16.5, -68.13)
NEAR = (-16.5004, -68.1302)
FAR = (-16.52, -68.13)


def allow(employee: Employee, **more: Any) -> PhoneRule:
    """A circle of 100 metres; what is outside is refused unless ``outside`` says otherwise."""
    given = {"latitude": HERE[0], "longitude": HERE[1], "radius": 100, "accuracy": 50, "outside": "refuse"}
    return PhoneRule.objects.create(employee=employee, **(given | more))


def place(where: tuple[float, float] = NEAR, *, accuracy: float = 12.0, **more: Any) -> dict[str, Any]:
    """As static/js/phone/place.js tells it."""
    now = round(timezone.now().timestamp() * 1000)
    told = {"latitude": where[0], "longitude": where[1], "accuracy": accuracy, "altitude": 3640.0}
    return told | {"at": now - 800, "now": now} | more


def since_last_year(user: User) -> Employee:
    """A punch of three hours ago was made yesterday where it is two in the morning: hired by then."""
    employee: Employee = getattr(user, "employee")  # noqa: B009  the reverse of a field that may be empty
    employ(employee, hired_on=timezone.localdate() - timedelta(days=365))
    return Employee.objects.get(pk=employee.pk)


@dataclass(slots=True)
class Phone:
    """A person's phone: its browser is logged in while there is a connection."""

    client: Client
    device: Device = field(default_factory=Device)
    counter: int = 0
    boot: str = "boot-1"
    started: datetime = field(default_factory=lambda: timezone.now() - timedelta(days=20))
    wrong: timedelta = timedelta()

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.device.public_der).hexdigest()

    def register(self) -> Any:
        return self._json("phone_key", public_key=self.device.public_key)

    def clock(self, direction: str | None = "in", *, key: str = "", **body: Any) -> Any:
        """Press a button while there is a connection; the response."""
        return self._json(
            "phone_clock", direction=direction, key=key or uuid.uuid4().hex, **({"place": place()} | body)
        )

    def selfie(self, *pictures: bytes, **more: str) -> Any:
        frames = [SimpleUploadedFile(f"{index}.jpg", picture, "image/jpeg") for index, picture in enumerate(pictures)]
        return self.client.post(reverse("phone_selfie"), {"frames": frames, **more})

    def keep(
        self, direction: str = "in", *, ago: timedelta, where: Any = None, key: str = "", kind: str = "phone"
    ) -> Kept:
        """Keep a punch that was made ``ago``; the server's last word was half an hour before."""
        self.counter += 1
        at = timezone.now() - ago
        sealed_to, stamp = queue_key(), self._stamp(at)
        found = place() if where is None else where
        if "at" in found:
            found |= {"at": stamp["wall"] - 800, "now": stamp["wall"]}
        content = {"place": found, "key": key or uuid.uuid4().hex}
        bound = f"{self.fingerprint}:{self.counter}"
        sealed = seal(bytes(sealed_to.public_key), content, (), aad=bound)
        heard = at - timedelta(minutes=30)
        head = json.dumps(
            {
                "key": self.fingerprint,
                "counter": self.counter,
                "kind": kind,
                "direction": direction,
                **stamp,
                "anchor": {"server": round(heard.timestamp() * 1000), **self._stamp(heard)},
                "sealed_to": sealed_to.pk,
                "sealed": hashlib.sha256(sealed).hexdigest(),
            }
        )
        return Kept(head, self.device.sign(b"presente-queue-1\n" + head.encode()), sealed)

    def send(self, kept: Kept) -> Any:
        """The connection is back; the login may be over."""
        form = {
            "head": kept.head,
            "signature": kept.signature,
            "sent": json.dumps(self._stamp(timezone.now())),
            "sealed": SimpleUploadedFile("sealed", kept.sealed),
        }
        return Client(enforce_csrf_checks=True).post(reverse("phone_queue"), form)

    def _stamp(self, now: datetime) -> dict[str, Any]:
        wall = round((now + self.wrong).timestamp() * 1000)
        return {"wall": wall, "mono": (now - self.started) / timedelta(milliseconds=1), "boot": self.boot}

    def _json(self, name: str, **body: Any) -> Any:
        return self.client.post(reverse(name), body, content_type="application/json")
