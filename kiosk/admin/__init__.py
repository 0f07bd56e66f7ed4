"""HR's pages about kiosks; importing them registers them."""

from kiosk.admin import kiosks, queue, site_test

__all__ = ["kiosks", "queue", "site_test"]
