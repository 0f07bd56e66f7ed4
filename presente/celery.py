"""The Celery application: its broker, its queues and the sweep that picks up what a killed worker left."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presente.settings")

app = Celery("presente")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
