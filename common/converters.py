"""Address parts."""

from __future__ import annotations

import re
from datetime import date

from django.urls import register_converter


class MonthConverter:
    """``2026-11`` in an address, the first day of that month in a view."""

    regex = r"20[0-9]{2}-(?:0[1-9]|1[0-2])"

    @classmethod
    def read(cls, value: str) -> date:
        """The month's first day; raises ValueError for anything else."""
        if not re.fullmatch(cls.regex, value):
            raise ValueError(value)
        return date.fromisoformat(f"{value}-01")

    def to_python(self, value: str) -> date:
        return self.read(value)

    def to_url(self, value: date | str) -> str:
        return value if isinstance(value, str) else f"{value:%Y-%m}"


register_converter(MonthConverter, "month")
