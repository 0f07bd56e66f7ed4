"""What recognised whom: model versions and decisions."""

from recognition.admin import decisions, versions

__all__ = ["decisions", "versions"]
