"""What workers do for kiosks: punches made without a network, silent devices, looks that may refresh a template."""

from __future__ import annotations

from celery import shared_task

from employees.pins import tries_sweep
from kiosk import queue
from kiosk.services.devices import nonces_forget
from kiosk.services.site_test import site_tests_expire
from kiosk.services.upkeep import kiosk_silence_tell, refresh_settle


@shared_task(name="kiosk.queue_settle")
def queue_settle(key_id: int) -> None:
    """Recognise what one device kept, in its order."""
    queue.queue_settle(key_id=key_id)


@shared_task(name="kiosk.queue_sweep")
def queue_sweep() -> None:
    """Settle what no worker holds; erase pictures that waited too long, expired nonces and old counts of wrong PINs."""
    for key_id in queue.queues_waiting():
        queue_settle.delay(key_id)
    queue.pictures_forget()
    nonces_forget()
    tries_sweep()


@shared_task(name="kiosk.silence")
def kiosk_silence() -> None:
    """Tell HR of kiosks that fell silent."""
    kiosk_silence_tell()


@shared_task(name="kiosk.site_tests_expire")
def site_tests_expire_task() -> None:
    """End the tests of kiosks that were left alone."""
    site_tests_expire()


@shared_task(name="kiosk.refresh_settle")
def refresh_settle_task() -> None:
    """Confirm or delete the looks that have waited for a day."""
    refresh_settle()
