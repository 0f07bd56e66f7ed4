"""What becomes of requests, for whoever tells people."""

from __future__ import annotations

from django.dispatch import Signal

turn_passed = Signal()
"""The first yes was given and another one is needed: ``case`` and ``users``, who may give it."""

case_late = Signal()
"""Nobody has decided for days: ``case``, ``users`` (None: those who decide about the person) and ``escalated``.
Sent once for a reminder and once for an escalation of each turn, in the transaction that notes it."""

case_closed = Signal()
"""The request is approved, refused or withdrawn: ``case``."""
