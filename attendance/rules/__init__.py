"""Pure functions from punches and shifts to worked time. No Django, no database."""
