"""Many people through the worker, while somebody else writes. ``PRESENTE_IMPORTED=5000`` takes four minutes."""

from __future__ import annotations

import os
import threading

import pytest
from django.db import connections
from django.test import Client

from employees.models import Department, Employee, Import
from employees.services.imports import AT_ONCE, import_run
from employees.tests.import_kit import plan_of, upload

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
MANY = int(os.environ.get("PRESENTE_IMPORTED", "1000"))
LINES_IN_BETWEEN = 5 * AT_ONCE
"""A write waits for no more of the file's lines than these: without a turn for others, it waits for hundreds."""


def test_others_write_while_many_people_are_stored(hr_client: Client) -> None:
    lines = [f"M{one:05},Ana {one},Quispe,M{MANY - 1:05},Área {one % 20}" for one in range(MANY - 1)]
    job, _text = upload(
        hr_client, "número,nombre,apellido,jefe,área", *lines, f"M{MANY - 1:05},Bo,Choque,,Área 0", kind="people"
    )
    assert job is not None
    hr_client.post(f"/imports/{job.pk}/", {"do": "save", "seen": plan_of(job).seen})
    over = threading.Event()
    waited: list[int] = []

    def stored() -> int:
        return Import.objects.values_list("done", flat=True).get(pk=job.pk)

    def write() -> None:
        """What a kiosk does in the database, again and again."""
        while not over.wait(0.2):
            before = stored()
            Department.objects.create(name=f"other {len(waited)}")
            waited.append(stored() - before)
        connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = import_run(job_id=job.pk)
    finally:
        over.set()
        writer.join()

    assert (done.state, done.problems, done.done) == ("done", [], 2 * MANY)
    assert Employee.objects.filter(manager__number=f"M{MANY - 1:05}").count() == MANY - 1
    assert waited
    assert max(waited) <= LINES_IN_BETWEEN
