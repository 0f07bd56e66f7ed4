"""Measurements on this machine: recognition beside a well-known package, and the server under load."""
