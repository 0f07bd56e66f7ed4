"""HR's pages about kiosks; importing them registers them."""

from kiosk.admin import kiosks, queue

__all__ = ["kiosks", "queue"]
