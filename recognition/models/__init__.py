"""WHOSE FACE: model versions, templates and the decisions made with them."""

from recognition.models.decisions import Decision
from recognition.models.versions import FaceTemplate, ModelVersion

__all__ = ["Decision", "FaceTemplate", "ModelVersion"]
