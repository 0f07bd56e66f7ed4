"""What the tests about device keys share: a device that makes a key and signs as the kiosk's page does."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from attendance.models import Kiosk
from kiosk.services.devices import request_text
from kiosk.services.pairing import kiosk_pairing_link


def new_private_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(slots=True)
class Device:
    """A browser with a key of its own."""

    client: Client = field(default_factory=Client)
    private: ec.EllipticCurvePrivateKey = field(default_factory=new_private_key)

    @property
    def public_der(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def public_key(self) -> str:
        return base64.b64encode(self.public_der).decode()

    def pair(self, kiosk: Kiosk) -> Device:
        """As people do it: open the link, press the button."""
        link = kiosk_pairing_link(kiosk=kiosk, by=None)
        assert self.client.post(link, {"public_key": self.public_key}).status_code == 302
        kiosk.refresh_from_db()
        return self

    def sign(self, text: bytes) -> str:
        r, s = decode_dss_signature(self.private.sign(text, ec.ECDSA(hashes.SHA256())))
        raw = r.to_bytes(32) + s.to_bytes(32)
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def nonce(self) -> str:
        return str(self.client.get(reverse("kiosk_ping"))["Presente-Nonce"])

    def post(self, name: str, *, nonce: str | None = None, signed_body: Any = None, **body: Any) -> Any:
        """Post signed JSON; ``signed_body`` signs another body than the one that is sent."""
        content = json.dumps(body).encode()
        signed = None if signed_body is None else json.dumps(signed_body).encode()
        return self._post(name, content, "application/json", nonce=nonce, signed=signed)

    def burst(self, *pictures: bytes, nonce: str | None = None) -> Any:
        """Post signed frames, as a form."""
        frames = [SimpleUploadedFile(f"{index}.jpg", picture, "image/jpeg") for index, picture in enumerate(pictures)]
        return self._post(
            "kiosk_identify", encode_multipart(BOUNDARY, {"frames": frames}), MULTIPART_CONTENT, nonce=nonce
        )

    def _post(
        self, name: str, content: bytes, kind: str, *, nonce: str | None = None, signed: bytes | None = None
    ) -> Any:
        path, fresh = reverse(name), self.nonce() if nonce is None else nonce
        text = request_text(method="POST", path=path, body=content if signed is None else signed, nonce=fresh)
        headers = {"Presente-Nonce": fresh, "Presente-Signature": self.sign(text)}
        return self.client.generic("POST", path, content, content_type=kind, headers=headers)
