"""Settings and start-up: the celery application has to exist before the first task is declared."""

from presente.celery import app as celery_app

__all__ = ["celery_app"]
