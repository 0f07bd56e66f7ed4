"""The words for leave: amounts, and why a line stands in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from attendance.wording import span_text
from leave.rules.shapes import Entry, Kind, Unit

CENTS = Decimal("0.01")
KINDS = {
    Kind.OPENING: gettext_lazy("Opening balance"),
    Kind.ADJUSTMENT: gettext_lazy("Adjustment"),
    Kind.ENCASHMENT: gettext_lazy("Paid out"),
    Kind.TIME_BANK: gettext_lazy("From overtime"),
    Kind.GRANTED: gettext_lazy("Granted"),
    Kind.PART_TIME: gettext_lazy("Part time"),
    Kind.LEFT: gettext_lazy("End of employment"),
    Kind.TAKEN: gettext_lazy("Taken"),
    Kind.GIVEN_BACK: gettext_lazy("Given back"),
    Kind.LAPSED: gettext_lazy("Not carried over"),
    Kind.EXPIRED: gettext_lazy("Expired"),
    Kind.PAID_OUT: gettext_lazy("Paid out at the end"),
}


def number_text(amount: Fraction, unit: str) -> str:
    """``2.5`` or ``2:30``, signed where it is negative; rounded to a hundredth of a day, or to a minute."""
    if unit == Unit.HOURS:
        minutes = _whole(abs(amount) * 60)
        return f"{'−' if amount < 0 and minutes else ''}{minutes // 60}:{minutes % 60:02d}"
    return str(formats.number_format(_decimal(amount), use_l10n=True)).replace("-", "−")


def amount_text(amount: Fraction, unit: str) -> str:
    """``2.5 days`` or ``2 h 30 min``."""
    if unit == Unit.HOURS:
        return span_text(60 * _whole(amount * 60) if amount >= 0 else -60 * _whole(-amount * 60))
    number = number_text(amount, unit)
    return ngettext("%(number)s day", "%(number)s days", 1 if amount == 1 else 2) % {"number": number}


def kind_text(kind: str) -> str:
    """What a line of the ledger is called."""
    return str(KINDS[Kind(kind)])


def reason_text(entry: Entry, unit: str) -> str:
    """Why the line is there: a sentence, or what somebody wrote."""
    say = _REASONS.get(entry.kind)
    return say(entry.why, unit) if say else ""


def day_text(day: date) -> str:
    return str(formats.date_format(day, "SHORT_DATE_FORMAT"))


def plain_number(amount: Fraction) -> str:
    """For programs: with a point, and at most four digits behind it."""
    scaled = (Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return format(scaled.normalize() + 0, "f")


def _decimal(amount: Fraction) -> Decimal:
    exact = (Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(CENTS, ROUND_HALF_UP)
    short = exact.normalize() + 0
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def _whole(amount: Fraction) -> int:
    return int((amount + Fraction(1, 2)) // 1)


def _granted(why: Any, unit: str) -> str:
    if "month" in why:
        return _("For %(first)s to %(last)s, after %(years)d completed years of service") % {
            "first": day_text(why["since"]),
            "last": day_text(why["to"]),
            "years": why["years"],
        }
    if "to" in why:
        return _("For the part of the year from %(first)s to %(last)s") % {
            "first": day_text(why["year"][0]),
            "last": day_text(why["to"]),
        }
    return _("For %(first)s to %(last)s, after %(years)d completed years of service") % {
        "first": day_text(why.get("since", why["year"][0])),
        "last": day_text(why["year"][1]),
        "years": why["years"],
    }


def _noted(why: Any, unit: str) -> str:
    return f"{why['note']} ({why['by']})" if why.get("by") else str(why.get("note", ""))


def _opened(why: Any, unit: str) -> str:
    said = _("The balance is %(amount)s at the start of this day") % {"amount": amount_text(why["balance"], unit)}
    return f"{said}. {_noted(why, unit)}"


def _lapsed(why: Any, unit: str) -> str:
    return _("At most %(amount)s are carried over into the next leave year") % {
        "amount": amount_text(why["most"], unit)
    }


_REASONS: dict[Kind, Callable[[Any, str], str]] = {
    Kind.OPENING: _opened,
    Kind.ADJUSTMENT: _noted,
    Kind.ENCASHMENT: _noted,
    Kind.TIME_BANK: _noted,
    Kind.GRANTED: _granted,
    Kind.PART_TIME: lambda why, unit: _("The contract's week has changed"),
    Kind.LEFT: lambda why, unit: _("The rest of the leave year after %(day)s") % {"day": day_text(why["left"])},
    Kind.GIVEN_BACK: lambda why, unit: _("Sick leave on this day"),
    Kind.LAPSED: _lapsed,
    Kind.EXPIRED: lambda why, unit: _("It counted until the day before"),
    Kind.PAID_OUT: lambda why, unit: _("What was left, or owed, after %(day)s") % {"day": day_text(why["left"])},
}
