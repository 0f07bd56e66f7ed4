"""The tables of recognition: model versions, templates, decisions, liveness, thresholds and training runs."""

from recognition.models.ageing import RefreshChoice, Refreshment
from recognition.models.decisions import Decision
from recognition.models.liveness import LivenessChallenge, SeenFrame
from recognition.models.operating import OperatingPoint, SearchChoice, ThresholdCurve
from recognition.models.training import TrainingRun
from recognition.models.versions import FaceTemplate, ModelVersion, VersionPerson, VersionSwitch

__all__ = [
    "Decision",
    "FaceTemplate",
    "LivenessChallenge",
    "ModelVersion",
    "OperatingPoint",
    "RefreshChoice",
    "Refreshment",
    "SearchChoice",
    "SeenFrame",
    "ThresholdCurve",
    "TrainingRun",
    "VersionPerson",
    "VersionSwitch",
]
