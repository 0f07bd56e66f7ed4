"""Labels that several models and forms share."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

MANAGER = pgettext_lazy("of a person", "manager")
"""The one person somebody reports to; who decides about them may be others, by the role or the department."""
