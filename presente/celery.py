"""The Celery application; its broker and queues are in the settings."""

from __future__ import annotations

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import worker_init

from presente import transport

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presente.settings")
transport.install()

app = Celery("presente")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def refuse_lost_key(**_more: Any) -> None:
    """A worker without the key that the photos were sealed with could only call every photo lost."""
    from presente.start import lost_key

    if line := lost_key():
        sys.exit(line)
