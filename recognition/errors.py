"""The engine's errors, for the rooms that may ask recognition but not its engine."""

from recognition.engine.types import EngineError, ImageRejected, ModelUnavailable

__all__ = ["EngineError", "ImageRejected", "ModelUnavailable"]
