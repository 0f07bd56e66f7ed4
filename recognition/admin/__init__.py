"""The admin pages of recognition: model versions, training runs, decisions, thresholds and reports."""

from recognition.admin import decisions, operating, refreshing, training, versions

__all__ = ["decisions", "operating", "refreshing", "training", "versions"]
