"""The tasks of privacy. Each may run twice."""

from __future__ import annotations

import logging

from celery import shared_task
from django.conf import settings

from common import api_reads, chain, timestamps
from common.refusals import Refusal
from privacy.models import Erasure
from privacy.services import erasure, retention

log = logging.getLogger(__name__)


@shared_task(name="privacy.erase")
def erase(erasure_id: str) -> None:
    """Do an erasure that was asked for; one that is refused now waits for the sweep."""
    try:
        erasure.erasure_run(erasure_id=erasure_id)
    except Erasure.DoesNotExist:
        log.info("erasure %s is gone", erasure_id)
    except Refusal as refused:
        log.warning("erasure %s waits: %s", erasure_id, refused.message)


@shared_task(name="privacy.erasure_sweep")
def erasure_sweep() -> None:
    """Do what was left undone, and what has become due."""
    erasure.erasure_sweep()


@shared_task(name="privacy.audit_extend")
def audit_extend() -> None:
    """Add to the chain what was stored since the last time."""
    chain.chain_extend()


@shared_task(name="privacy.audit_anchor")
def audit_anchor() -> None:
    """Make the day's anchor with its first run, and look for rows that became visible late."""
    chain.chain_extend(everything=True)
    anchor = chain.anchor_make()
    if settings.TIMESTAMP_URL and not anchor.timestamps.exists():
        try:
            timestamps.timestamp_fetch(anchor=anchor, url=settings.TIMESTAMP_URL, roots=timestamps.roots_chosen())
        except timestamps.TimestampRefused as refused:
            log.warning("the anchor of %s has no timestamp yet: %s", anchor.day, refused.message)


@shared_task(name="privacy.api_reads_close")
def api_reads_close() -> None:
    """Write down how often programs read what in the hours that are over."""
    api_reads.reads_close()


@shared_task(name="privacy.retention")
def retention_run() -> None:
    """Delete what has been kept long enough."""
    retention.retention_run()
