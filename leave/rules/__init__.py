"""How leave is counted: pure functions, no Django. Amounts are exact fractions of days or of hours."""
