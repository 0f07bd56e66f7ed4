"""What other apps may ask of recognition."""

from recognition.engine.liveness.passive import Layers
from recognition.engine.types import ImageRejected, ModelUnavailable
from recognition.services.challenge import MOST_FRAMES, challenge_answer
from recognition.services.enrolment import photo_add, photo_override, photo_process, photo_requeue_stale, photo_verdict
from recognition.services.faces import Look, look
from recognition.services.identify import Answer, FaceAnswer, can_verify, identify, identify_each, verify
from recognition.services.liveness import LivenessError, LivenessPolicy, challenge_issue, challenge_request, moments
from recognition.services.refresh import photo_remove, refresh_clear, refresh_confirm, refresh_due, refresh_forget

__all__ = [
    "MOST_FRAMES",
    "Answer",
    "FaceAnswer",
    "ImageRejected",
    "Layers",
    "LivenessError",
    "LivenessPolicy",
    "Look",
    "ModelUnavailable",
    "can_verify",
    "challenge_answer",
    "challenge_issue",
    "challenge_request",
    "identify",
    "identify_each",
    "look",
    "moments",
    "photo_add",
    "photo_override",
    "photo_process",
    "photo_remove",
    "photo_requeue_stale",
    "photo_verdict",
    "refresh_clear",
    "refresh_confirm",
    "refresh_due",
    "refresh_forget",
    "verify",
]
