"""What attendance tells whoever wants to know. Both are sent within the transaction that stores what happened."""

from __future__ import annotations

from django.dispatch import Signal

clock_event_stored = Signal()
"""A clock event was stored: ``event``. One that names another in ``replaces`` is a correction."""

period_locked = Signal()
"""A period was closed for changes: ``period`` and ``by``, the user."""
