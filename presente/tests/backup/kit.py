"""What the tests of backups do with an installation: enrol, ask for pages and faces, run commands, destroy."""

from __future__ import annotations

import re
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings as program
from django.core.management import call_command
from django.db import connection
from django.test import Client

from common import seals
from common.testing import clear_cache
from employees.models import Employee, EnrolmentPhoto, User
from presente.backup.database import is_empty
from recognition import engine_holder, gallery
from recognition.models import Decision
from recognition.services import identify, photo_add, photo_process
from recognition.tests.fake_engine import fake_photo

PASSPHRASE = "correct horse battery staple"
CHANGING = re.compile(r'nonce="[^"]+"|name="csrfmiddlewaretoken" value="[^"]+"')


def enrol(employee: Employee, face: int, variations: tuple[int, ...] = (0, 1)) -> None:
    for variation in variations:
        content = fake_photo(face, variation=variation)
        photo = photo_add(employee=employee, content=content, source=EnrolmentPhoto.Source.UPLOAD, queue=False)
        photo_process(photo.pk)


def run(command: str, *arguments: object, **options: Any) -> str:
    said = StringIO()
    call_command(command, *map(str, arguments), stdout=said, stderr=StringIO(), **options)
    return said.getvalue()


def pages(staff: list[Employee]) -> list[str]:
    """What HR sees of each person, without what is random in every answer."""
    client = Client()
    client.force_login(User.objects.get(username="hr"), backend="django.contrib.auth.backends.ModelBackend")
    found = []
    for one in staff:
        for address in (f"/people/{one.number}/", f"/attendance/people/{one.number}/2026-11/"):
            answer = client.get(address)
            assert answer.status_code == 200, address
            found.append(CHANGING.sub("", answer.content.decode()))
    return found


def recognised(face: int) -> str:
    gallery.reset()
    decision = identify(images=[fake_photo(face, variation=5)], asker=Decision.Asker.API).decision
    return decision.employee.number if decision.employee else decision.outcome


def destroy() -> None:
    """Nothing is left of the installation: neither its database nor its folder."""
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        connection.close()
        for ending in ("", "-wal", "-shm"):
            Path(name + ending).unlink(missing_ok=True)
    else:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
    shutil.rmtree(program.DATA_DIR)
    Path(program.DATA_DIR).mkdir()
    for forget in (seals.forget, engine_holder.reset, gallery.reset, clear_cache):
        forget()
    assert is_empty()


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
