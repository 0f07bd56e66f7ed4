"""The Celery application; its broker and queues are in the settings."""

from __future__ import annotations

import os

from celery import Celery

from presente import transport

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presente.settings")
transport.install()

app = Celery("presente")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
