"""What workers do for kiosks."""

from __future__ import annotations

from celery import shared_task

from attendance.services.kiosk_silence import kiosk_silence_tell


@shared_task(name="attendance.kiosk_silence")
def kiosk_silence() -> None:
    """Tell HR of kiosks that fell silent."""
    kiosk_silence_tell()
