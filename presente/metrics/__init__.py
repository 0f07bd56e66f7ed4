"""Figures for Prometheus: counted where it happens (``counts``), the rest read when asked (``state``), at /metrics."""
