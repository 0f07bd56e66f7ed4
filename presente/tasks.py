"""What the worker does for the installation itself."""

from __future__ import annotations

from typing import Any

from celery import Celery, shared_task
from celery.signals import worker_ready

from presente import pulse
from presente.celery import app


@shared_task(name="presente.pulse")
def beat_pulse() -> None:
    """Prove that the scheduler sends and a worker answers."""
    pulse.mark()


@worker_ready.connect
def first_pulse(**_kwargs: Any) -> None:
    """The worker stands: say so at once, without waiting for the scheduler."""
    pulse.mark()


@app.on_after_finalize.connect
def schedule_pulse(sender: Celery, **_kwargs: Any) -> None:
    """Have the scheduler send the pulse."""
    # A pulse that no worker answered in time is worth nothing; without an end they would pile up in the broker.
    sender.add_periodic_task(pulse.EVERY_SECONDS, beat_pulse.s(), name="worker-pulse", expires=pulse.EVERY_SECONDS)
