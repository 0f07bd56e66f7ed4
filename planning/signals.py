"""What planning tells whoever wants to know, within the transaction that stores it."""

from __future__ import annotations

from django.dispatch import Signal

plan_published = Signal()
"""Days of the plan were published: ``days``, a person's key to the dates that changed, and ``by``, the user or None."""

swap_changed = Signal()
"""A swap was asked for, answered or decided: ``swap``."""

shift_request_changed = Signal()
"""An open shift was asked for, or that was decided: ``request``."""
