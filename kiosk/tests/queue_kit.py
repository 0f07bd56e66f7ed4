"""What the tests about offline punches share: a kiosk that keeps punches as its page does, and sends them later."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import Kiosk
from employees.models import Employee
from employees.tests.employment_kit import employ
from kiosk.models import DeviceKey
from kiosk.queue import queue_key, queue_settle
from kiosk.tests.device_kit import Device


@pytest.fixture(name="ana")
def ana_since_last_year(ana: Employee) -> Employee:
    """A punch of three hours ago was made yesterday where it is two in the morning: Ana was hired by then."""
    employ(ana, hired_on=timezone.localdate() - timedelta(days=365))
    return Employee.objects.get(pk=ana.pk)


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept punch, as it lies in the kiosk."""

    head: str
    signature: str
    sealed: bytes


@dataclass(slots=True)
class OfflineKiosk:
    """A paired device without a network; ``wrong`` is how far its wall clock is off."""

    kiosk: Kiosk
    device: Device
    wrong: timedelta = timedelta()
    counter: int = 0
    boot: str = "boot-1"
    started: datetime = field(default_factory=lambda: timezone.now() - timedelta(days=20))

    @classmethod
    def make(cls, name: str = "Front door") -> OfflineKiosk:
        kiosk = Kiosk.objects.create(name=name, time_zone="Europe/Madrid")
        return cls(kiosk, Device().pair(kiosk))

    @property
    def key(self) -> DeviceKey:
        return DeviceKey.objects.get(kiosk=self.kiosk, public_key=self.device.public_der)

    def stamp(self, now: datetime) -> dict[str, Any]:
        milliseconds = timedelta(milliseconds=1)
        wall = round((now + self.wrong).timestamp() * 1000)
        return {"wall": wall, "mono": (now - self.started) / milliseconds, "boot": self.boot}

    def keep(
        self,
        kind: str,
        *,
        ago: timedelta,
        direction: str = "in",
        frames: tuple[bytes, ...] = (),
        words: dict[str, Any] | None = None,
        **content: Any,
    ) -> Kept:
        """Keep a punch that was made ``ago``; its last word from the server was half an hour earlier.

        ``words``: what the sealed part says besides, or instead.
        """
        self.counter += 1
        at = timezone.now() - ago
        server = at - timedelta(minutes=30)
        fingerprint, key = self.key.fingerprint, queue_key()
        sealed = seal(bytes(key.public_key), content | (words or {}), frames, aad=f"{fingerprint}:{self.counter}")
        head = json.dumps(
            {
                "key": fingerprint,
                "counter": self.counter,
                "kind": kind,
                "direction": direction,
                **self.stamp(at),
                "anchor": {"server": round(server.timestamp() * 1000), **self.stamp(server)},
                "sealed_to": key.pk,
                "sealed": hashlib.sha256(sealed).hexdigest(),
            }
        )
        return Kept(head, self.device.sign(b"presente-queue-1\n" + head.encode()), sealed)

    def pin(self, number: str, pin: str, *, ago: timedelta, direction: str = "in") -> Kept:
        return self.keep("pin", ago=ago, direction=direction, number=number, pin=pin)

    def face(self, *frames: bytes, ago: timedelta, direction: str = "in") -> Kept:
        times = [130 * index for index in range(len(frames))]
        return self.keep("face", ago=ago, direction=direction, frames=frames, times=times)

    def send(self, kept: Kept) -> Any:
        """The network is back: post it, without any cookie."""
        form = {
            "head": kept.head,
            "signature": kept.signature,
            "sent": json.dumps(self.stamp(timezone.now())),
            "sealed": SimpleUploadedFile("sealed", kept.sealed),
        }
        return Client(enforce_csrf_checks=True).post(reverse("kiosk_queue"), form)

    def settle(self) -> int:
        """What the worker does."""
        return queue_settle(key_id=self.key.pk)


def seal(public: bytes, content: dict[str, Any], frames: tuple[bytes, ...], *, aad: str) -> bytes:
    """As static/js/kiosk/seal.js does it."""
    words = json.dumps({"frames": [len(frame) for frame in frames], **content}).encode()
    plain = len(words).to_bytes(4) + words + b"".join(frames)
    own = ec.generate_private_key(ec.SECP256R1())
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public))
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"presente-queue-1").derive(shared)
    nonce = os.urandom(12)
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return point + nonce + AESGCM(key).encrypt(nonce, plain, aad.encode())
