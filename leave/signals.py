"""What leave tells whoever wants to know, within the transaction that stores it."""

from __future__ import annotations

from django.dispatch import Signal

entry_stored = Signal()
"""Something was entered into a ledger of leave, which changes a balance: ``entry``."""
