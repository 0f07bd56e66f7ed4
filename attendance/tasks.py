"""Counting days anew, and messages about missing check-outs. The rows are the truth; a lost message costs nothing."""

from __future__ import annotations

from celery import shared_task

from attendance.services.approvals import approvals_tell
from attendance.services.links import links_sweep
from attendance.services.results import results_catch_up, results_refresh


@shared_task(name="attendance.results_refresh")
def results_refresh_task() -> None:
    """Count what is marked."""
    results_refresh()


@shared_task(name="attendance.results_catch_up")
def results_catch_up_task() -> None:
    """Mark what has become settled, and count it."""
    results_catch_up()
    results_refresh()


@shared_task(name="attendance.links_sweep")
def links_sweep_task() -> None:
    """Write to whoever forgot to clock out."""
    links_sweep()
    approvals_tell()


@shared_task(name="attendance.approvals_tell")
def approvals_tell_task() -> None:
    """Write to whoever had approved a timesheet that has changed."""
    approvals_tell()
