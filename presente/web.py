"""What gunicorn is to do beside serving: its settings module (`--config python:presente.web`)."""

from __future__ import annotations

from threading import Thread


def post_worker_init(worker: object) -> None:
    """A worker stands: load what its first question would wait for, while it already answers others."""
    from recognition.services.warm import warm

    Thread(target=warm, name="warm", daemon=True).start()
