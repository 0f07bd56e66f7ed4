"""Leave with balances: the rules of its types, and what is entered by hand. What follows from them is computed."""

from leave.models.entries import LedgerEntry
from leave.models.rules import LeaveRule

__all__ = ["LeaveRule", "LedgerEntry"]
