"""Test a kiosk where it stands: the steps of a test, what follows from the looks, and what to choose after it."""
