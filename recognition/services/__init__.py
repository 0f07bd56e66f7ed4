"""What other rooms may ask of recognition."""

from recognition.engine.types import ImageRejected, ModelUnavailable
from recognition.services.enrolment import photo_add, photo_override, photo_process, photo_requeue_stale, photo_verdict
from recognition.services.faces import Look, look
from recognition.services.identify import Answer, FaceAnswer, can_verify, identify, identify_each, verify

__all__ = [
    "Answer",
    "FaceAnswer",
    "ImageRejected",
    "Look",
    "ModelUnavailable",
    "can_verify",
    "identify",
    "identify_each",
    "look",
    "photo_add",
    "photo_override",
    "photo_process",
    "photo_requeue_stale",
    "photo_verdict",
    "verify",
]
