"""Who opens the pages on which requests are decided."""

from __future__ import annotations

from approvals.selectors import may_approve
from employees.access import View, guarded_by


def approver_required(view: View) -> View:
    """Send a visitor to the login and refuse (403) whoever has nothing to decide."""
    return guarded_by(view, may_approve)
