"""Releases: how long a rollback takes, and how much a training slows those who stand at the kiosk."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench import load, photos
from bench.server import IDENTIFY, _row
from bench.table import heading, table

if TYPE_CHECKING:
    from recognition.models import ModelVersion

TEMPLATES = 1000
REQUESTS = 300


def rollback(port: int, key: str) -> None:
    """The time from the click to the first answer by the version before, with 1,000 templates under it."""
    from recognition.models import FaceTemplate, ModelVersion
    from recognition.services.versions import version_promote, version_rollback

    heading(f"Rollback with {TEMPLATES:,} templates on the old version")
    reason = photos.missing()
    if reason:
        print(f"  left out: {reason}")
        return
    body, kind = load.multipart(photos.jpeg(photos.frame(photos.read(photos.names()[0]))))

    def ask(_number: int) -> load.Request:
        return IDENTIFY, body, {"Authorization": f"Api-Key {key}", "Content-Type": kind}

    old = ModelVersion.objects.get(state=ModelVersion.State.ACTIVE)
    new = _second_version(old)
    load.ask(port, ask, requests=5, clients=1)
    begun = time.perf_counter()
    version_promote(version=new)
    promoted = time.perf_counter()
    answer = json.loads(load.ask(port, ask, requests=1, clients=1).last)
    _told("promotion", begun, promoted, answer, new.name)
    begun = time.perf_counter()
    version_rollback()
    back = time.perf_counter()
    answer = json.loads(load.ask(port, ask, requests=1, clients=1).last)
    _told("rollback", begun, back, answer, old.name)
    print(
        f"  templates: {FaceTemplate.objects.filter(version=old).count():,} old, "
        f"{FaceTemplate.objects.filter(version=new).count():,} new"
    )


def slowdown(port: int, key: str) -> None:
    """`POST /api/v1/identify` alone, and while a fine-tune runs as the training worker runs it."""
    heading("Identification while a fine-tune runs")
    reason = photos.missing()
    if reason:
        print(f"  left out: {reason}")
        return
    bodies = [load.multipart(photos.jpeg(photos.frame(photos.read(name)))) for name in photos.names()]

    def ask(number: int) -> load.Request:
        body, kind = bodies[number % len(bodies)]
        return IDENTIFY, body, {"Authorization": f"Api-Key {key}", "Content-Type": kind}

    load.ask(port, ask, requests=100, clients=1)
    alone = load.ask(port, ask, requests=REQUESTS, clients=1)
    with _training():
        beside = load.ask(port, ask, requests=REQUESTS, clients=1)
    table(
        ["", "median ms", "p95 ms", "requests/s"],
        [["alone", *_row(1, alone)[1:]], ["beside a fine-tune", *_row(1, beside)[1:]]],
    )
    print(
        f"  median × {median(beside.seconds) / median(alone.seconds):.2f}, rate × "
        f"{beside.per_second / alone.per_second:.2f}"
    )


def _told(what: str, begun: float, switched: float, answer: dict[str, object], expected: str) -> None:
    if answer["model_version"] != expected:
        raise RuntimeError(f"after the {what} {answer['model_version']} answered, not {expected}")
    done = time.perf_counter()
    print(
        f"  {what}: switched after {switched - begun:.2f} s, the first answer by {expected} after {done - begun:.2f} s"
    )


def _second_version(old: ModelVersion) -> ModelVersion:
    """A copy of the version under another name, with templates for as many photos as the old one keeps."""
    import numpy as np
    from django.conf import settings

    from employees.models import EnrolmentPhoto
    from recognition.engine import store
    from recognition.gallery import seal_vector
    from recognition.models import FaceTemplate
    from recognition.services.versions import version_register

    keep = FaceTemplate.objects.filter(version=old).order_by("pk").values_list("photo", flat=True)[:TEMPLATES]
    EnrolmentPhoto.objects.exclude(pk__in=list(keep)).delete()
    source = Path(settings.MODELS_DIR) / old.name
    target = Path(settings.MODELS_DIR) / "bench-2"
    target.mkdir(exist_ok=True)
    for path in source.iterdir():
        if path.name != store.MANIFEST and not (target / path.name).exists():
            shutil.copyfile(path, target / path.name)
    manifest = store.read_manifest(source)
    store.write_manifest(
        target,
        version=target.name,
        sources=manifest.sources,
        libraries=manifest.libraries,
        created=manifest.created,
        names=manifest.files,
        embedder=manifest.embedder,
    )
    new = version_register(target)
    chance = np.random.default_rng(2)
    rows = []
    for template in FaceTemplate.objects.filter(version=old).select_related("employee"):
        vector = chance.standard_normal(128).astype(np.float32)
        vector /= np.linalg.norm(vector)
        sealed = seal_vector(vector, template.employee.biometric_key(), photo_id=template.photo_id, version_id=new.pk)
        rows.append(
            FaceTemplate(employee=template.employee, photo_id=template.photo_id, version=new, sealed_vector=sealed)
        )
    FaceTemplate.objects.bulk_create(rows, batch_size=500)
    return new


@contextmanager
def _training() -> Iterator[None]:
    """A fine-tune of made-up chips, over and over, started with the niceness and threads of the training worker."""
    from django.conf import settings

    from presente.processes import WORKERS
    from recognition.models import ModelVersion

    worker = next(one for one in WORKERS if one.name == "training")
    folder = Path(settings.MODELS_DIR) / ModelVersion.objects.get(state=ModelVersion.State.ACTIVE).name
    process = subprocess.Popen(
        ["nice", "-n", str(worker.niceness), sys.executable, "-m", "bench.teach", str(folder)],
        cwd=settings.BASE_DIR,
        env={**os.environ, **dict(worker.environment)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        if "epoch" not in process.stdout.readline():
            raise RuntimeError("the training did not begin")
        yield
        if process.poll() is not None:
            raise RuntimeError("the training ended before the measurement")
    finally:
        process.kill()
        process.wait()
