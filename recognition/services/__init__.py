"""What other apps may ask of recognition."""

from recognition.engine.liveness.passive import Layers
from recognition.engine.types import ImageRejected, ModelUnavailable
from recognition.gallery import GalleryView
from recognition.services.challenge import MOST_FRAMES, challenge_answer
from recognition.services.clip import clip_add
from recognition.services.enrolment import photo_add, photo_override, photo_process, photo_requeue_stale, photo_verdict
from recognition.services.erasure import decision_pictures_forget, faces_erase, faces_inventory, faces_left
from recognition.services.faces import Look, look
from recognition.services.filing import people_merge, photos_move
from recognition.services.guests import (
    Strictness,
    enrolled_people,
    guests_enrol,
    liveness_network_stands,
    strictness_of,
    strictness_target,
)
from recognition.services.identify import Answer, FaceAnswer, can_verify, identify, identify_each, verify
from recognition.services.liveness import LivenessError, LivenessPolicy, challenge_issue, challenge_request, moments
from recognition.services.operating import point_choose
from recognition.services.portraits import portrait_make
from recognition.services.refresh import photo_remove, refresh_clear, refresh_confirm, refresh_due, refresh_forget
from recognition.services.search import SearchOff, search_choose

__all__ = [
    "MOST_FRAMES",
    "Answer",
    "FaceAnswer",
    "GalleryView",
    "ImageRejected",
    "Layers",
    "LivenessError",
    "LivenessPolicy",
    "Look",
    "ModelUnavailable",
    "SearchOff",
    "Strictness",
    "can_verify",
    "challenge_answer",
    "challenge_issue",
    "challenge_request",
    "clip_add",
    "decision_pictures_forget",
    "enrolled_people",
    "faces_erase",
    "faces_inventory",
    "faces_left",
    "guests_enrol",
    "identify",
    "identify_each",
    "liveness_network_stands",
    "look",
    "moments",
    "people_merge",
    "photo_add",
    "photo_override",
    "photo_process",
    "photo_remove",
    "photo_requeue_stale",
    "photo_verdict",
    "photos_move",
    "point_choose",
    "portrait_make",
    "refresh_clear",
    "refresh_confirm",
    "refresh_due",
    "refresh_forget",
    "search_choose",
    "strictness_of",
    "strictness_target",
    "verify",
]
