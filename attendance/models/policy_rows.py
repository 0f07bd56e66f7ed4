"""What the lists of a work policy may hold: breaks, overtime, caps, allowances, weekdays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from attendance.rules.policy import Counted, Over, Scope

Rows = list[dict[str, Any]]
LONGEST_MINUTES = 400 * 60
YEAR_MINUTES = 2000 * 60
Check = Callable[[object], bool]


def check_breaks(value: object) -> None:
    """Raise ValidationError for anything but ``[{"after": minutes, "length": minutes, …}, …]``."""
    if not _are_rows(
        value,
        {"after": _is_minutes, "length": _is_minutes},
        {"minimum": _is_minutes, "deadline": _is_minutes, "deducts": _is_flag},
    ):
        raise ValidationError(_("Write breaks as [{“after”: 360, “length”: 30}], in minutes."))


def check_overtime(value: object) -> None:
    """Raise ValidationError for anything but ``[{"scope": …, "after": minutes, "tier": percent, …}, …]``."""
    known = _are_rows(
        value,
        {"scope": _is_one_of(Scope), "after": _is_minutes, "tier": _is_minutes},
        {
            "limit": _is_minutes,
            "beyond": _is_percent,
            "contract": _is_flag,
            "beside": _is_flag,
        },
    )
    if not known or not all(_tier_fits(row) for row in value):  # type: ignore[attr-defined]
        raise ValidationError(
            _(
                "Write overtime as [{“scope”: “day”, “after”: 480, “tier”: 150}], in minutes and per cent (100 to "
                "1000); scopes are %(scopes)s."
            ),
            params={"scopes": ", ".join(Scope)},
        )


def check_caps(value: object) -> None:
    """Raise ValidationError for anything but ``[{"over": …, "most": minutes}, …]``."""
    if not _are_rows(value, {"over": _is_one_of(Over), "most": _is_year_minutes}, {}):
        raise ValidationError(
            _("Write caps as [{“over”: “day”, “most”: 120}], in minutes; they are over %(over)s."),
            params={"over": ", ".join(Over)},
        )


def check_allowances(value: object) -> None:
    """Raise ValidationError for anything but ``[{"code": …, "figure": …, "least": minutes, "per": minutes}, …]``."""
    optional = {"least": _is_minutes, "per": _is_minutes}
    if not _are_rows(value, {"code": _is_code, "figure": _is_one_of(Counted)}, optional):
        raise ValidationError(
            _("Write allowances as [{“code”: “meal”, “figure”: “worked”, “least”: 360}], in minutes; of %(figures)s."),
            params={"figures": ", ".join(Counted)},
        )


def check_weekdays(value: object) -> None:
    """Raise ValidationError for anything but a list of different numbers from 0, Monday, to 6, Sunday."""
    days = value if isinstance(value, (list, tuple)) else [None]
    good = all(isinstance(one, int) and not isinstance(one, bool) and 0 <= one <= 6 for one in days)
    if not good or len(set(days)) != len(days):
        raise ValidationError(_("Give weekdays as numbers from 0, Monday, to 6, Sunday, each once."))


def _are_rows(value: object, required: Mapping[str, Check], optional: Mapping[str, Check]) -> bool:
    checks = {**required, **optional}
    return isinstance(value, (list, tuple)) and all(
        isinstance(row, dict)
        and required.keys() <= row.keys() <= checks.keys()
        and all(checks[name](cell) for name, cell in row.items())
        for row in value
    )


def _tier_fits(row: Mapping[str, Any]) -> bool:
    """A tier is at least the ordinary hour, what is paid beside may be less; a limit needs what comes after it."""
    tier = row["tier"]
    if row.get("beside"):
        return 1 <= tier < 1000 and not row.get("limit")
    return 100 <= tier <= 1000 and bool(row.get("limit")) == bool(row.get("beyond"))


def _is_minutes(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_MINUTES


def _is_year_minutes(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= YEAR_MINUTES


def _is_percent(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 1000


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_code(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= 40


def _is_one_of(choices: Any) -> Check:
    return lambda value: str(value) in list(choices)
