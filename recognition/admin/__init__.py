"""What recognised whom: model versions, how they came to be, and decisions."""

from recognition.admin import decisions, operating, refreshing, training, versions

__all__ = ["decisions", "operating", "refreshing", "training", "versions"]
