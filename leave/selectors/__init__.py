"""Reads: ledgers and balances of people, a forecast, who is away."""

from leave.selectors.away import AwayRow, away_counts, team_away
from leave.selectors.balances import (
    Balance,
    Forecast,
    balances,
    forecast,
    forecasts,
    ledger_of,
    own_balances,
    working_days,
)
from leave.selectors.book import LeaveBook, kinds_with_rules, unit_of
from leave.selectors.moved import moved_overtime

__all__ = [
    "AwayRow",
    "Balance",
    "Forecast",
    "LeaveBook",
    "away_counts",
    "balances",
    "forecast",
    "forecasts",
    "kinds_with_rules",
    "ledger_of",
    "moved_overtime",
    "own_balances",
    "team_away",
    "unit_of",
    "working_days",
]
