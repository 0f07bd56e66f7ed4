"""A scheduled report is made and sent by a worker that is a process of its own, over the embedded broker."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from common.testing import database_url
from employees.models import Employee, User
from employees.tests.employment_kit import employ
from presente.testing import embedded_broker
from reporting.models import ReportDelivery
from reporting.tests.test_schedules import scheduled


@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_and_sends_it(hr: User, ana: Employee, tmp_path: Path) -> None:
    """A Celery worker with its scheduler's task, another process over the same database."""
    data = tmp_path / "data"
    data.mkdir()
    employ(ana, hired_on=date(2020, 1, 1))  # a report is about days that are over
    scheduled(hr)
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "presente.settings",
        "REDIS_URL": "",
        "PRESENTE_DATA": str(data),
        "PRESENTE_QUEUE_PREFIX": "",
        "EMAIL_URL": f"file://{tmp_path}/mail",
    }
    code = (
        "import django; django.setup()\n"
        "from celery.contrib.testing.worker import start_worker\n"
        "from presente.celery import app\n"
        "from reporting.models import ReportDelivery\n"
        "import time\n"
        "with start_worker(app, pool='solo', perform_ping_check=False, queues=['reports'], concurrency=1):\n"
        "    end = time.monotonic() + 60\n"
        "    while time.monotonic() < end and not ReportDelivery.objects.filter(state='sent').exists():\n"
        "        app.send_task('reporting.reports_sweep', queue='reports')\n"
        "        time.sleep(1)\n"
    )

    with embedded_broker(data):
        subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment, timeout=120, check=True)

    assert ReportDelivery.objects.get().state == ReportDelivery.State.SENT
    (file,) = (tmp_path / "mail").iterdir()
    assert "/attendance/files/" in file.read_text()
