"""What the worker does for the installation itself."""

from __future__ import annotations

from typing import Any

from celery import Celery, shared_task
from celery.signals import worker_ready

from presente import heartbeat
from presente.celery import app


@shared_task(name="presente.heartbeat")
def beat() -> None:
    """Prove that the scheduler sends and a worker answers."""
    heartbeat.mark()


@worker_ready.connect
def first_heartbeat(sender: Any = None, **_kwargs: Any) -> None:
    """The worker is up: say so at once, without waiting for the scheduler."""
    heartbeat.mark()


@app.on_after_finalize.connect
def schedule_heartbeat(sender: Celery, **_kwargs: Any) -> None:
    """Have the scheduler send the heartbeat."""
    # One that no worker ran in time is worth nothing; without an end they would pile up in the broker.
    every = heartbeat.EVERY_SECONDS
    sender.add_periodic_task(every, beat.s(), name="worker-heartbeat", expires=every)


@shared_task(name="presente.password_mail")
def password_mail(user_id: int) -> None:
    """Send the person the link by which they set a password."""
    from employees.models import User
    from presente.passwords import password_link_send

    user = User.objects.filter(pk=user_id).first()
    if user is not None:
        password_link_send(user=user)


@shared_task(name="presente.invitation_mail")
def invitation_mail(user_id: int) -> None:
    """Send the person the link by which they choose a password for their first login."""
    from employees.models import User
    from presente.invitations import invitation_send

    user = User.objects.filter(pk=user_id).first()
    if user is not None:
        invitation_send(user=user)


@shared_task(name="presente.backup_look")
def backup_look() -> None:
    """Tell whoever looks after the installation of a backup that is too old."""
    from presente.notices import backup_tell

    backup_tell()
