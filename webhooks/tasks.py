"""Messages to other programs. Each task takes a key, calls one service and may run twice."""

from __future__ import annotations

import logging

from celery import shared_task

from webhooks import services as webhooks
from webhooks.models import WebhookDelivery

log = logging.getLogger(__name__)


@shared_task(name="webhooks.deliver")
def webhook_deliver(delivery_id: str) -> None:
    """Send one message; one whose webhook was deleted while it waited needs nothing."""
    try:
        webhooks.webhook_deliver(delivery_id=delivery_id)
    except WebhookDelivery.DoesNotExist:
        log.info("webhook message %s was deleted while it waited", delivery_id)


@shared_task(name="webhooks.sweep")
def webhook_sweep() -> None:
    """Queue the messages whose time has come."""
    webhooks.webhook_sweep()
