"""Asking recognition whose face stands before a kiosk, and how much the kiosk cares whether that face lives."""

from __future__ import annotations

from collections.abc import Sequence

from attendance.models import Kiosk
from doors.models import Door
from employees.models import Employee
from kiosk.models import KioskSettings
from recognition.models import Decision
from recognition.services import Answer, GalleryView, Layers, LivenessPolicy, challenge_answer, identify, moments


def liveness_policy(chosen: KioskSettings, *, door: Door | None) -> LivenessPolicy:
    """What HR chose for the kiosk; a door that lets only living faces in asks everybody to move."""
    layers = Layers(chosen.liveness_picture, chosen.liveness_motion, chosen.liveness_repeats)
    needed = door is not None and door.liveness_needed
    return LivenessPolicy("always" if needed else chosen.liveness, layers)  # type: ignore[arg-type]


def use_of(door: Door | None) -> str:
    """Whose threshold counts: one look both clocks and opens, so where there is a door, the door's."""
    return "clocking" if door is None else "door"


def frames_examine(
    *,
    chosen: KioskSettings,
    use: str,
    images: Sequence[bytes],
    times: str = "",
    claimed: Employee | None = None,
    view: GalleryView | None = None,
) -> Answer:
    """What a burst shows, for a test: liveness is examined whatever HR chose, and nothing is stored or remembered.

    ``view``: who can be recognised, where it is not the company's gallery. Raises what ``frames_identify`` does.
    """
    layers = Layers(chosen.liveness_picture, chosen.liveness_motion, chosen.liveness_repeats)
    return identify(
        images=images,
        asker=Decision.Asker.KIOSK,
        times=moments(times, len(images)),
        liveness=LivenessPolicy("flag", layers, remember=False),
        claimed=claimed,
        use=use,
        store=False,
        view=view,
    )


def frames_identify(
    *,
    kiosk: Kiosk,
    chosen: KioskSettings,
    door: Door | None,
    images: Sequence[bytes],
    times: str = "",
    challenge: str = "",
    claimed: Employee | None = None,
) -> Answer:
    """Whose face a burst shows, or, with the id of a ``challenge``, the film that answers it.

    ``times``: JSON, milliseconds, one a frame. ``claimed``: who the person said they are. Raises
    ``LivenessError`` and what ``identify`` raises.
    """
    policy, asker_id = liveness_policy(chosen, door=door), str(kiosk.pk)
    at = moments(times, len(images))
    use = use_of(door)
    if challenge:
        return challenge_answer(
            challenge_id=challenge,
            images=images,
            times=at,
            asker=Decision.Asker.KIOSK,
            asker_id=asker_id,
            liveness=policy,
            one_to_one=chosen.mode == KioskSettings.Mode.VERIFY,
            use=use,
        )
    return identify(
        images=images,
        asker=Decision.Asker.KIOSK,
        asker_id=asker_id,
        times=at,
        liveness=policy,
        claimed=claimed,
        use=use,
        refresh=True,
    )


def is_live(decision: Decision) -> bool | None:
    """Whether the face showed that it lives; None where nobody asked it."""
    return {"passed": True, "failed": False, "suspect": False}.get(decision.liveness)
