"""What gunicorn is to do beside serving: its settings module (`--config python:presente.web`)."""

from __future__ import annotations

from threading import Thread

from common.private_files import umask_close

# gunicorn opens its log before it loads the settings.
umask_close()

logger_class = "presente.access_log.AccessLog"
worker_class = "presente.web_worker.BufferingWorker"
worker_connections = 600
"""Below the 1,024 files that a process may usually open; those that wait for their request are fewer still."""
limit_request_line = 8190
limit_request_fields = 100


def post_worker_init(worker: object) -> None:
    """A worker stands: load what its first question would wait for, while it already answers others, and follow it."""
    from recognition import gallery
    from recognition.services.warm import warm

    Thread(target=warm, name="warm", daemon=True).start()
    gallery.follow()
