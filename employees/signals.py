"""What happens to people that apps above this one act upon."""

from __future__ import annotations

from django.dispatch import Signal

consent_withdrawn = Signal()
"""Sent in the transaction in which somebody's face stops being used; ``employee``."""
