"""A company of 2,000 made-up people with 10,000 made-up templates, in a folder that is thrown away."""

from __future__ import annotations

import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

PEOPLE = 2000
TEMPLATES_EACH = 5
START_SECONDS = 120.0


def build() -> None:
    """Migrate, register the models and fill the tables."""
    import numpy as np
    from django.conf import settings
    from django.core.management import call_command
    from django.db import transaction
    from django.utils import timezone

    from employees import gallery_revision, key_store, vault
    from employees.models import Consent, Employee, EmploymentPeriod, EnrolmentPhoto
    from recognition.gallery import seal_vector
    from recognition.models import FaceTemplate, ModelVersion

    call_command("migrate", interactive=False, verbosity=0)
    subprocess.run([sys.executable, "manage.py", "build_models"], cwd=settings.BASE_DIR, check=True)
    version = ModelVersion.objects.get(state=ModelVersion.State.ACTIVE)
    chance = np.random.default_rng(1)
    hired = timezone.localdate() - timedelta(days=400)
    people, keys = [], []
    for index in range(PEOPLE):
        public_id, key = uuid.uuid4(), vault.new_key()
        key_store.put(key_store.person(public_id), key)
        keys.append(key)
        people.append(
            Employee(
                public_id=public_id,
                number=f"B{index:04}",
                first_name="Bench",
                last_name=f"{index:04}",
            )
        )
    with transaction.atomic():
        people = Employee.objects.bulk_create(people)
        EmploymentPeriod.objects.bulk_create(EmploymentPeriod(employee=person, hired_on=hired) for person in people)
        Consent.objects.bulk_create(
            Consent(employee=person, policy_version="bench", method=Consent.Method.ATTESTED) for person in people
        )
        photos, templates = [], []
        for person, key in zip(people, keys, strict=True):
            for index in range(TEMPLATES_EACH):
                photo = EnrolmentPhoto(
                    employee=person,
                    state=EnrolmentPhoto.State.ACCEPTED,
                    fingerprint=str(index),
                    source=EnrolmentPhoto.Source.FOLDER,
                )
                vector = chance.standard_normal(128).astype(np.float32)
                vector /= np.linalg.norm(vector)
                sealed = seal_vector(vector, key, photo_id=photo.pk, version_id=version.pk)
                photos.append(photo)
                templates.append(FaceTemplate(employee=person, photo=photo, version=version, sealed_vector=sealed))
        EnrolmentPhoto.objects.bulk_create(photos, batch_size=500)
        FaceTemplate.objects.bulk_create(templates, batch_size=500)
        gallery_revision.advance()


@contextmanager
def server() -> Iterator[tuple[int, int]]:
    """The web server as `make run` starts it: its port, and the process id of its worker."""
    from django.conf import settings

    from presente import broker
    from presente.processes import run_command, unanswered
    from presente.supervisor import Supervisor

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    data = Path(settings.DATA_DIR)
    supervisor = Supervisor(data)
    try:
        supervisor.start("broker", run_command("broker"), stop_last=True)
        options = ("--port", str(port), "--bind", "127.0.0.1", "--access-log", str(data / "log" / "access.log"))
        web = supervisor.start("web", run_command("web", *options), must_start=True)
        supervisor.wait_until(lambda: broker.silent(data), child=web, seconds=START_SECONDS)
        supervisor.wait_until(lambda: unanswered(f"http://127.0.0.1:{port}/readyz"), child=web, seconds=START_SECONDS)
        yield port, _worker_of(web.process.pid)
    finally:
        supervisor.stop()
        broker.remove_socket(data)


def resident_mib(pid: int) -> float:
    """A process's memory that lies in RAM."""
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
    return int(shown) / 1024


def _worker_of(master: int) -> int:
    shown = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in shown.splitlines()]
    return next(pid for pid, parent in rows if parent == master)
