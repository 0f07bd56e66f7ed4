"""The gallery alone, of any size: `python -m bench gallery --templates N [--json]`.

Made-up people of five photos each, in a database and with keys of their own, are read by processes that begin: once
from the rows, once from the snapshot. The second one then matches, follows changes, and looks eight times a second,
first alone, then while another process enrols a hundred people a minute. The engine is none but its calibration: what a
look spends on its picture is measured by `python -m bench identify`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from bench.home import throwaway
from bench.table import heading, quantile, table

Rows = NDArray[np.float32]

EACH = 5
BATCH = 2000
SIZES = (1_000, 10_000, 50_000, 250_000)
LOOKS_A_SECOND, ENROLMENTS_A_MINUTE = 8, 100
LOOK_SECONDS = float(os.environ.get("BENCH_LOOK_SECONDS", "20"))
GOALS = {"match_ms": "", "change_ms": "50", "start_s": "10 at 250,000", "look_p99_changing_ms": "+ 50"}
Figures = dict[str, float]


class Engines:
    """The factory of an engine that has a version and a calibration, and looks at nothing."""

    def load(self, folder: Path) -> Any:
        """One for that version."""
        from recognition.engine.calibrate import shipped

        return SimpleNamespace(version=folder.name, calibration=shipped())


def main(argv: list[str]) -> int:
    """Measure one size, or each of ``SIZES``, and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench gallery", description=__doc__)
    parser.add_argument(
        "--templates", type=int, help=f"how many; {', '.join(f'{size:,}' for size in SIZES)} by default"
    )
    parser.add_argument("--json", action="store_true", help="print one object a size and nothing else")
    parser.add_argument("--begin", choices=("rows", "snapshot"), help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.begin:
        _begun(options.begin)
        return 0
    sizes = (options.templates,) if options.templates else SIZES
    if not options.json:
        heading("The gallery")
    found = []
    for size in sizes:
        found.append(measured(size))
        if options.json:
            print(json.dumps(found[-1]), flush=True)
    if not options.json:
        names = [name for name in found[0] if name not in ("templates", "people")]
        columns = ["", "goal", *(f"{int(one['templates']):,}" for one in found)]
        table(columns, [[name, GOALS.get(name, ""), *(f"{one[name]:.2f}" for one in found)] for name in names])
    return 0


def measured(templates: int) -> Figures:
    """Every figure at one size, in a data folder that is thrown away. In a process of its own: it sets Django up."""
    code = "import json, sys; from bench import gallery; gallery.here(int(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, str(templates)], stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def here(templates: int) -> None:
    """Fill a database, have processes begin on it, and print what they measured."""
    with throwaway(PRESENTE_ENGINE="bench.gallery.Engines"), contextlib.redirect_stdout(sys.stderr):
        from django.db import connections

        from recognition import gallery

        def enrol(number: int) -> None:
            _enrol(number * 11)

        _fill(templates)
        with _process("rows") as (_ask, begun):
            slow = begun
        gallery.snapshot_write()
        # What the other process has in memory is its own.
        gallery.reset()
        with _process("snapshot") as (ask, begun):
            figures = ask("figures")
            quiet = ask("look")
            with enrolling(enrol, close=connections.close_all):
                busy = ask("look")
            figures["rss_mb"] = ask("rss")["rss_mb"]
    found = {
        "templates": templates,
        "people": templates // EACH,
        **figures,
        "start_s": begun["start_s"],
        "start_rows_s": slow["start_s"],
        "look_p99_ms": quiet["p99_ms"],
        "look_p99_changing_ms": busy["p99_ms"],
    }
    print(json.dumps({name: round(value, 3) for name, value in found.items()}), flush=True)


def _fill(templates: int) -> None:
    from django.core.management import call_command

    from employees import gallery_revision
    from recognition.services.versions import version_record

    call_command("migrate", interactive=False, verbosity=0)
    version_record(name="bench-1", manifest={})
    for first in range(0, templates // EACH, BATCH):
        _people(first, min(BATCH, templates // EACH - first))
    gallery_revision.advance()


def _people(first: int, count: int) -> None:
    """People with the numbers from ``first`` on, their consent, photos and templates."""
    from django.db import transaction
    from django.utils import timezone

    from employees.models import Consent, Employee, EmploymentPeriod, EnrolmentPhoto
    from recognition.gallery import seal_vector
    from recognition.models import FaceTemplate, ModelVersion

    version = ModelVersion.objects.get(state=ModelVersion.State.ACTIVE)
    hired, rows = timezone.localdate() - timedelta(days=400), faces(first, count)
    people = [
        Employee(public_id=uuid.uuid4(), number=f"B{first + place:06}", first_name="Bench", last_name=f"{place}")
        for place in range(count)
    ]
    with transaction.atomic():
        people = Employee.objects.bulk_create(people)
        keys = dict(zip((one.pk for one in people), _keys(people), strict=True))
        EmploymentPeriod.objects.bulk_create(EmploymentPeriod(employee=one, hired_on=hired) for one in people)
        Consent.objects.bulk_create(
            Consent(employee=one, policy_version="bench", method=Consent.Method.ATTESTED) for one in people
        )
        photos = [_photo(one, str(place)) for one in people for place in range(EACH)]
        EnrolmentPhoto.objects.bulk_create(photos, batch_size=500)
        sealed = (
            seal_vector(row, keys[photo.employee_id], photo_id=photo.pk, version_id=version.pk)
            for photo, row in zip(photos, rows, strict=True)
        )
        FaceTemplate.objects.bulk_create(
            (
                FaceTemplate(employee_id=photo.employee_id, photo=photo, version=version, sealed_vector=content)
                for photo, content in zip(photos, sealed, strict=True)
            ),
            batch_size=500,
        )


def _photo(employee: Any, fingerprint: str) -> Any:
    from employees.models import EnrolmentPhoto

    source, state = EnrolmentPhoto.Source.FOLDER, EnrolmentPhoto.State.ACCEPTED
    return EnrolmentPhoto(employee=employee, state=state, fingerprint=fingerprint, source=source)


def _keys(people: list[Any]) -> Iterator[bytes]:
    """A key of each person's own, written without waiting for the disk, as nothing here has to outlive a power cut."""
    from employees import key_store, vault

    def write(path: Path, content: bytes, **_how: bool) -> None:
        path.write_bytes(content)

    with patch.object(key_store, "write_durably", write):
        for one in people:
            key = vault.new_key()
            key_store.put(key_store.person(one.public_id), key)
            yield key


def faces(first: int, count: int, each: int = EACH) -> Rows:
    """Unit vectors (count · each, 128): something of a mean face, the person's own direction, each photo's noise."""
    chance = np.random.default_rng(first + 1)
    own = _unit(chance.standard_normal((count, 128)))
    own[:, 0] += 0.5
    return _unit(np.repeat(own, each, axis=0) + 0.8 * _unit(chance.standard_normal((count * each, 128))))


def _unit(rows: NDArray[Any]) -> Rows:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@contextlib.contextmanager
def _process(way: str) -> Iterator[tuple[Callable[[str], Figures], Figures]]:
    """A process that begins from the ``way`` and answers: how to ask it, and what its beginning took."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "bench", "gallery", "--begin", way]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        begun = {"start_s": time.perf_counter() - began}

        def ask(what: str) -> Figures:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(what + "\n")
            child.stdin.flush()
            return dict(json.loads(child.stdout.readline()))

        yield ask, begun
        child.stdin.close()


def _begun(way: str) -> None:
    """The process that was begun: loads, says so, and measures what it is asked for until nobody asks any more."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presente.settings")
    import django

    django.setup()
    from recognition import gallery
    from recognition.gallery import snapshot

    if way == "rows":
        snapshot.forget()
    gallery.current()
    gallery.follow()
    print("ready", flush=True)
    asked = {"figures": _figures, "look": _look, "rss": _rss}
    for line in sys.stdin:
        print(json.dumps(asked[line.strip()]()), flush=True)
    gallery.following_stop()


def _figures() -> Figures:
    from recognition import gallery

    gallery.following_stop()
    index = gallery.current().gallery
    chance = np.random.default_rng(0)
    probes = [index.blocks[-1].rows.vectors[chance.integers(len(index.blocks[-1]))] for _probe in range(30)]
    probes += list(_unit(chance.standard_normal((30, 128))))
    figures = {
        "match_ms": _timed(lambda probe: index.match(probe), probes),
        "product_ms": _timed(lambda probe: _product(index, probe), probes[:20]),
        "read_ms": _timed(lambda _probe: gallery.current(), probes),
    }
    figures["change_ms"] = _changes()
    gallery.follow()
    return figures


def _product(index: Any, probe: Rows) -> None:
    """The plain product in float32 with every vector, by a thread for each core: what no exact search without a first
    pass is below."""
    from recognition.engine.index import CORES

    def share(begin: int) -> None:
        for block in index.blocks[begin::CORES]:
            np.einsum("ij,j->i", block.rows.vectors, probe)

    threads = [threading.Thread(target=share, args=[begin]) for begin in range(1, CORES)]
    for thread in threads:
        thread.start()
    share(0)
    for thread in threads:
        thread.join()


def _changes(rounds: int = 15) -> float:
    """From the commit of one person's new template until it is the nearest of all; the median."""
    from recognition import gallery

    spent = []
    for number in range(rounds):
        template, face = _enrol(number * 7)
        began = time.perf_counter()
        match = gallery.current().gallery.match(face)
        spent.append((time.perf_counter() - began) * 1000)
        if match.template != template:
            raise RuntimeError("a template that was added is not matched")
    return median(spent)


def _enrol(place: int) -> tuple[int, Rows]:
    """A further photo's template of somebody, stored as a worker does it: its id, and its vector."""
    from django.db import transaction

    from employees import gallery_revision
    from employees.models import Employee
    from recognition.gallery import open_vector, seal_vector
    from recognition.models import FaceTemplate, ModelVersion

    version = ModelVersion.objects.get(state=ModelVersion.State.ACTIVE)
    owner = Employee.objects.order_by("pk")[place % Employee.objects.count()]
    key = owner.biometric_key()
    known = FaceTemplate.objects.filter(employee=owner).order_by("pk")[0]
    face = _unit(open_vector(known, key) + 0.8 * _unit(np.random.default_rng(place).standard_normal((1, 128))))[0]
    with transaction.atomic():
        photo = _photo(owner, uuid.uuid4().hex)
        photo.save(force_insert=True)
        sealed = seal_vector(face, key, photo_id=photo.pk, version_id=version.pk)
        stored = FaceTemplate.objects.create(employee=owner, photo=photo, version=version, sealed_vector=sealed)
        gallery_revision.advance([owner.pk])
    return int(stored.pk), face


@contextlib.contextmanager
def enrolling(enrol: Callable[[int], object], close: Callable[[], object] = lambda: None) -> Iterator[None]:
    """A hundred times a minute ``enrol``, with 1, 2 and so on, in a thread of its own that ends with ``close``."""
    over = threading.Event()

    def run() -> None:
        number = 0
        while not over.wait(60 / ENROLMENTS_A_MINUTE):
            number += 1
            enrol(number)
        close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _look() -> Figures:
    """Looks, eight a second: how long the slowest of a hundred waits for its gallery and its match."""
    from recognition import gallery

    chance, spent = np.random.default_rng(1), []
    probes = _unit(chance.standard_normal((int(LOOK_SECONDS * LOOKS_A_SECOND), 128)))
    begin = time.perf_counter()
    for number, probe in enumerate(probes):
        time.sleep(max(0.0, begin + number / LOOKS_A_SECOND - time.perf_counter()))
        began = time.perf_counter()
        gallery.current().gallery.match(probe)
        spent.append((time.perf_counter() - began) * 1000)
    return {"p99_ms": quantile(spent, 0.99), "median_ms": median(spent)}


def _rss() -> Figures:
    from bench.world import resident_mib

    return {"rss_mb": resident_mib(os.getpid())}


def _timed(call: Callable[[Any], object], arguments: list[Any]) -> float:
    call(arguments[0])
    spent = []
    for argument in arguments:
        began = time.perf_counter()
        call(argument)
        spent.append((time.perf_counter() - began) * 1000)
    return median(spent)
