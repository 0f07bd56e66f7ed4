"""Work for the background: sent to the broker when it is committed, and found again where the broker was away."""

from __future__ import annotations

import logging
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)
_broker = {"answers": True}


def enqueue(name: str, *arguments: UUID | int | str | list[str]) -> None:
    """Send the task of that name once the current transaction is committed; outside of one, at once.

    By name, so that services need not import the tasks that call them. The rows are the truth: each kind of work has a
    sweep that queues again what still waits, so a broker that does not answer costs time and no work. It is logged
    once, until it answers again.
    """
    sent = [str(one) if isinstance(one, UUID) else one for one in arguments]

    def send() -> None:
        try:
            current_app.send_task(name, sent)
        except (OperationalError, OSError) as error:
            if _broker["answers"]:
                log.warning("The broker does not answer: %s waits until the next sweep (%s)", name, error)
            _broker["answers"] = False
        else:
            _broker["answers"] = True

    transaction.on_commit(send)
