"""The Celery application; its broker and queues are in the settings."""

from __future__ import annotations

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import before_task_publish, task_postrun, task_prerun, worker_init

from common import request_id
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


@worker_init.connect
def trace(**_more: Any) -> None:
    """Traces go on in the worker."""
    from presente import traces

    traces.install("worker")


@before_task_publish.connect
def name_request(headers: dict[str, Any], **_more: Any) -> None:
    """A task that a request leaves to a worker carries the request's id."""
    if own := request_id.current.get():
        headers[request_id.TASK_HEADER] = own


@task_prerun.connect
def begin_request(task: Any, **_more: Any) -> None:
    """What the task logs belongs to that request."""
    request_id.current.set(str(getattr(task.request, request_id.TASK_HEADER, None) or ""))


@task_postrun.connect
def end_request(**_more: Any) -> None:
    """The thread's next task is another one."""
    request_id.current.set("")


@task_prerun.connect
def on_company_time(**_more: Any) -> None:
    """A task's today is the company's."""
    from common.company import use_company_zone

    use_company_zone()
