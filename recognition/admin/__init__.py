"""The admin pages of recognition: photos, model versions, training runs, decisions, thresholds and reports."""

from recognition.admin import decisions, operating, photos, refreshing, training, versions

__all__ = ["decisions", "operating", "photos", "refreshing", "training", "versions"]
