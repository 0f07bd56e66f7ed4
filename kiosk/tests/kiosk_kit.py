"""What the kiosk's tests share: a paired device, and its pictures."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from attendance.models import Kiosk
from kiosk.services.pairing import kiosk_pairing_link


def paired(name: str = "Front door", *, zone: str = "Europe/Madrid") -> tuple[Kiosk, Client]:
    """A kiosk and the browser that was paired with it, as people do it: open the link, press the button."""
    kiosk = Kiosk.objects.create(name=name, time_zone=zone)
    client = Client()
    assert client.post(kiosk_pairing_link(kiosk=kiosk, by=None)).status_code == 302
    kiosk.refresh_from_db()
    return kiosk, client


def identify(client: Client, *pictures: bytes) -> Any:
    """Post a burst; the response."""
    frames = [SimpleUploadedFile(f"{index}.jpg", picture, "image/jpeg") for index, picture in enumerate(pictures)]
    return client.post(reverse("kiosk_identify"), {"frames": frames})


def post_json(client: Client, name: str, **body: Any) -> Any:
    """Post JSON to one of the kiosk's endpoints; the response."""
    return client.post(reverse(name), body, content_type="application/json")
