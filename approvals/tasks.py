"""Reminding and escalating: the rows are the truth, and a lost message costs an hour."""

from __future__ import annotations

from celery import shared_task

from approvals.services import cases_look


@shared_task(name="approvals.look")
def look_task() -> None:
    """Look after requests that nobody has decided."""
    cases_look()
