"""Writes: entries of ledgers, and rules from packs."""

from leave.services.entries import encash, entry_add, overtime_free, overtime_move
from leave.services.rules import rules_from_pack

__all__ = ["encash", "entry_add", "overtime_free", "overtime_move", "rules_from_pack"]
