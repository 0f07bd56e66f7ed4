"""What workers do for attendance: one module for each kind of work. Celery finds them all through this package."""

from attendance.tasks import doors, results
from attendance.tasks.exports import export_run, export_sweep
from attendance.tasks.kiosk_queue import queue_settle, queue_sweep
from attendance.tasks.kiosks import kiosk_silence
from attendance.tasks.links import links_sweep_task
from attendance.tasks.refresh import refresh_settle
from attendance.tasks.reports import reports_sweep_task
from attendance.tasks.webhooks import webhook_deliver, webhook_sweep

__all__ = [
    "doors",
    "export_run",
    "export_sweep",
    "kiosk_silence",
    "links_sweep_task",
    "queue_settle",
    "queue_sweep",
    "refresh_settle",
    "reports_sweep_task",
    "results",
    "webhook_deliver",
    "webhook_sweep",
]
