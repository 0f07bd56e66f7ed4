"""Rows from a CSV file: what every import shares, and the import of people."""
