"""The demo's one face: public-domain photographs of a former US president, fetched by pip and never committed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from employees.models import Consent, Employee, EnrolmentPhoto
from employees.services import consent_give
from recognition.assets import fetch_demo_photos
from recognition.engine.types import ModelUnavailable
from recognition.services import photo_add, photo_process

Say = Callable[[str], None]

ENROLLED = ("obama.jpg", "obama3.jpg", "obama_partial_face.jpg")
PROBES = ("obama2.jpg", "obama_partial_face2.jpg", "biden.jpg")


def folder() -> Path:
    """Where the photographs lie."""
    return Path(settings.DATA_DIR) / "demo-photos"


def fetch(say: Say) -> bool:
    """Have the photographs; False, with the reason said, where they cannot be fetched."""
    try:
        names = fetch_demo_photos(folder())
    except ModelUnavailable as error:
        say(f"  photos      none: {error.message}")
        say("              The demo goes on without a face; PINs and reports work.")
        return False
    say(f"  photos      {len(names)} public-domain photographs fetched, their hashes hold")
    return True


def enrol(person: Employee, say: Say) -> None:
    """Enrol the person with some of the photographs, by the services that HR's page uses."""
    consent_give(employee=person, method=Consent.Method.ATTESTED, note=_("public-domain photograph"), portrait=True)
    for name in ENROLLED:
        photo = photo_add(
            employee=person,
            content=(folder() / name).read_bytes(),
            source=EnrolmentPhoto.Source.DEMO,
            file_name=name,
            queue=False,
        )
        done = photo_process(photo.pk)
        why = "".join(f" ({reason['code']})" for reason in done.reasons) if done.state != done.State.ACCEPTED else ""
        say(f"  {done.state:<11} {person.name}  {name}{why}")
