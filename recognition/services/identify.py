"""Name the person in a burst of frames, and record the decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from employees import key_store, vault
from employees.models import Employee
from employees.services import covers
from recognition import gallery, wording
from recognition.engine.calibrate import DEFAULT_ACCEPTANCE, confidence, one_of_two, rivalled
from recognition.engine.gallery import NOBODY, Match, burst
from recognition.engine.images import decode
from recognition.engine.liveness.frame import Frame
from recognition.engine.liveness.identity import Gathered, Likeness, gather
from recognition.engine.types import RGB, Box, Face, ModelUnavailable, Vector
from recognition.models import Decision
from recognition.services.frames import frames_of
from recognition.services.liveness import FRAME_SECONDS, OFF, LivenessPolicy, LivenessResult, liveness_measure
from recognition.services.refresh import refresh_hold
from recognition.services.search import check_search

Outcome = Decision.Outcome


class Stopwatch:
    """Milliseconds by stage; stages of the same name add up."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self.milliseconds[stage] = round(self.milliseconds.get(stage, 0.0) + (now - self._last) * 1000, 2)
        self._last = now

    def stop(self) -> dict[str, float]:
        return {**self.milliseconds, "total": round(sum(self.milliseconds.values()), 2)}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one probe; ``employee`` is set only when the outcome is ``identified``."""

    outcome: str
    employee: Employee | None
    confidence: float
    box: list[int] | None
    milliseconds: dict[str, float]
    version: str
    decision: Decision
    reason: str
    turned: int = 0
    """By how many degrees, clockwise, the picture had to be turned for the face to stand upright."""

    @property
    def advice(self) -> str:
        """What the person can do, in the reader's language."""
        return wording.remedy(self.reason or self.outcome)


@dataclass(frozen=True, slots=True)
class FaceAnswer:
    """One face of a picture and whose it is."""

    box: list[int]
    employee: Employee | None
    confidence: float
    outcome: str
    reason: str = ""


@dataclass(slots=True)
class _Probe:
    """What was seen in a burst: the usable faces' vectors, or why there is none; and each frame for the liveness."""

    outcome: str = Outcome.NO_FACE
    reason: str = "no_face"
    box: Box | None = None
    turned: int = 0
    shrunk: int = 1
    vectors: list[Vector] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    gathered: Gathered = field(default_factory=lambda: Gathered({}))

    @property
    def best_frame(self) -> int:
        """The frame with the best face; only where there is one."""
        return list(self.gathered.vectors)[self.weights.index(max(self.weights))]


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What came of comparing a burst with the gallery."""

    outcome: str
    employee: Employee | None
    confidence: float
    match: Match
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Threshold:
    """The confidence from which a name is given, and whose threshold that is."""

    acceptance: float
    use: str = ""


def verify(
    *, images: Sequence[bytes], employee: Employee, asker: str, asker_id: str = "", acceptance: float | None = None
) -> Answer:
    """Do these frames show ``employee``, who has said who they are? Nobody else is compared.

    Arguments and errors are those of ``identify``; the outcome is ``identified`` for yes and ``unknown`` for no.
    """
    return identify(images=images, asker=asker, asker_id=asker_id, acceptance=acceptance, claimed=employee)


def can_verify(employee: Employee) -> bool:
    """Whether there is a face to compare with: a model that works, consent, a template of the active version."""
    try:
        return gallery.current().gallery.holds(employee.pk)
    except ModelUnavailable:
        return False


def identify(
    *,
    images: Sequence[bytes],
    asker: str,
    asker_id: str = "",
    acceptance: float | None = None,
    use: str = "",
    claimed: Employee | None = None,
    times: Sequence[float] = (),
    liveness: LivenessPolicy = OFF,
    proof: LivenessResult | None = None,
    refresh: bool = False,
    frames: Sequence[Frame] | None = None,
    store: bool = True,
    pictures: bool = True,
    view: gallery.GalleryView | None = None,
) -> Answer:
    """Whose face do these frames of one burst show?

    ``use`` (``clocking`` or ``door``) is what the name is for: it is given from the confidence at which no more
    strangers pass than HR chose. ``acceptance``, a confidence from 0 to 1, is taken in its place where it is given;
    without either it is the default. With ``claimed`` only that person is compared. ``times``: when each frame was
    taken, in seconds. ``liveness``: how much the asker cares whether the face lives; where its owner has to show
    that first, the outcome is ``challenge`` and no name is given. ``proof``: what an answer to that showed.
    ``frames``: the frames where they have been looked at already. ``refresh``: a good look may be kept to refresh
    the person's template (``services.refresh``). ``store``: without it nothing is kept, neither the decision nor a
    picture, as when a kiosk is tested; without ``pictures`` the decision alone is. ``view``: who can be recognised,
    where it is not the company's gallery. Where HR chose 1:1 for the company, nobody is looked for without
    ``claimed``: ``SearchOff``.
    Frames of two people name nobody, nor does the face of one who looks like somebody else here (``look_alike``: the
    face alone does not tell them apart). Raises ``ImageRejected`` when a frame is no picture, ``ModelUnavailable``
    when no model can be loaded.
    """
    watch = Stopwatch()
    view = view or gallery.current()
    if claimed is None:
        check_search(view)
    watch.lap("gallery")
    if frames is None:
        moments = times or [place * FRAME_SECONDS for place in range(len(images))]
        frames = frames_of(view.engine, images, moments, uploaded=asker != Decision.Asker.KIOSK)
        watch.lap("detect")
    probe = _see(view, frames, watch)
    threshold = _threshold(view, acceptance, use)
    compared = _judge(view, probe, threshold, watch, claimed)
    life = proof or liveness_measure(
        frames=[] if probe.outcome == Outcome.SEVERAL_FACES else frames,
        together=probe.gathered,
        policy=liveness,
        asker_id=asker_id,
    )
    watch.lap("liveness")
    compared = _weigh(compared, life, liveness)
    decision = _decided(compared, probe, view, asker, asker_id, threshold, watch.stop(), life)
    if claimed is not None:
        decision.gallery_people = 1
    if store:
        decision.save(force_insert=True)
    if store and pictures and images and _may_keep(compared):
        _keep(decision, images[0])
    if store and refresh and compared.outcome == Outcome.IDENTIFIED:
        refresh_hold(decision=decision, image=images[probe.best_frame], view=view)
    return Answer(
        outcome=str(compared.outcome),
        employee=compared.employee if compared.outcome == Outcome.IDENTIFIED else None,
        confidence=compared.confidence,
        box=decision.box,
        milliseconds=decision.milliseconds,
        version=decision.version,
        decision=decision,
        reason=decision.reason,
        turned=probe.turned,
    )


def identify_each(
    *,
    image: bytes,
    asker: str,
    asker_id: str = "",
    acceptance: float | None = None,
    use: str = "",
    version: str = "",
) -> list[FaceAnswer]:
    """Every face of a picture, the largest first, each with its own Decision. Raises as ``identify`` does.

    The boxes are those of the picture as ``decode`` gives it, on which a caller may draw them.

    ``version`` asks another version than the one that serves, by the templates that it has.
    """
    picture = decode(image)
    view = gallery.under(version) if version else gallery.current()
    check_search(view)
    threshold = _threshold(view, acceptance, use)
    answers = []
    for face in view.engine.detect(picture):
        watch, probe = Stopwatch(), _Probe()
        _add_face(view, picture, face, probe, watch)
        compared = _judge(view, probe, threshold, watch)
        _decided(compared, probe, view, asker, asker_id, threshold, watch.stop()).save(force_insert=True)
        named = compared.employee if compared.outcome == Outcome.IDENTIFIED else None
        answers.append(
            FaceAnswer(face.box.as_list(), named, compared.confidence, str(compared.outcome), compared.reason)
        )
    return answers


def _threshold(view: gallery.GalleryView, acceptance: float | None, use: str) -> _Threshold:
    if acceptance is not None:
        return _Threshold(acceptance)
    return _Threshold(view.acceptances[use], use) if use else _Threshold(DEFAULT_ACCEPTANCE)


def _see(view: gallery.GalleryView, frames: Sequence[Frame], watch: Stopwatch) -> _Probe:
    """A burst's one person: the best frames' vectors, and whether all of it shows that person."""
    several = next((frame for frame in frames if frame.faces > 1), None)
    if several is not None:
        return _Probe(Outcome.SEVERAL_FACES, "several_faces", several.box, several.shrunk)
    # The frames of one burst come from one camera.
    probe = _Probe(shrunk=max((frame.shrunk for frame in frames), default=1))
    scores = [_quality(view, frame.image, frame.face, probe) if frame.face else 0.0 for frame in frames]
    watch.lap("quality")

    def embed(frame: Frame) -> Vector:
        assert frame.face is not None
        return view.engine.embed(frame.image, frame.face)

    probe.gathered = gather(frames, scores, embed, Likeness.of(view.engine.calibration))
    probe.vectors = list(probe.gathered.vectors.values())
    probe.weights = [scores[place] for place in probe.gathered.vectors]
    watch.lap("embed")
    return probe


def _add_face(view: gallery.GalleryView, picture: RGB, face: Face, probe: _Probe, watch: Stopwatch) -> None:
    score = _quality(view, picture, face, probe)
    watch.lap("quality")
    if score > 0:
        probe.vectors.append(view.engine.embed(picture, face))
        probe.weights.append(score)
        watch.lap("embed")


def _quality(view: gallery.GalleryView, picture: RGB, face: Face, probe: _Probe) -> float:
    """A face's weight among those of its burst, 0 where it is too poor; notes in ``probe`` what stands in the way."""
    quality = view.engine.quality(picture, face, purpose="probe")
    worst = quality.worst()
    if probe.box is None:
        probe.box, probe.turned = face.box, face.turned
    if worst is not None:
        if probe.outcome == Outcome.NO_FACE and probe.reason:
            probe.outcome, probe.reason = Outcome.POOR_QUALITY, worst.code
        return 0.0
    probe.reason = ""
    return max(quality.score, 0.05)


def _judge(
    view: gallery.GalleryView, probe: _Probe, threshold: _Threshold, watch: Stopwatch, claimed: Employee | None = None
) -> _Comparison:
    if not probe.vectors:
        return _Comparison(probe.outcome, None, 0.0, NOBODY)
    if probe.gathered.two_people:
        # Their mean would be a third person's vector, or the likelier one's name.
        return _Comparison(Outcome.SEVERAL_FACES, None, 0.0, NOBODY, "several_faces")
    vector = burst(probe.vectors, probe.weights)
    match = view.gallery.match(vector) if claimed is None else view.gallery.match_one(vector, claimed.pk)
    probability = confidence(match, view.coefficients)
    alike = claimed is None and _alike(view, match)
    employee = None
    # Of two who look alike neither is likely alone: what counts is whether it is one of them.
    said = one_of_two(match, view.coefficients) if alike else probability
    if match.best is not None and said >= threshold.acceptance:
        employee = view.person(match.best)
    watch.lap("match")
    if alike and employee is not None:
        return _Comparison(Outcome.UNKNOWN, employee, probability, match, "look_alike")
    return _Comparison(Outcome.IDENTIFIED if employee else Outcome.UNKNOWN, employee, probability, match)


def _alike(view: gallery.GalleryView, match: Match) -> bool:
    """Does it take more than the face to tell the best from somebody else?"""
    return match.best in view.look_alikes or rivalled(match, view.coefficients)


def _weigh(compared: _Comparison, life: LivenessResult, policy: LivenessPolicy) -> _Comparison:
    """What the comparison said, once it is known whether the face lives; the person it names stays in the evidence."""
    if life.failed:
        return replace(compared, outcome=Outcome.NOT_LIVE, reason=life.reason)
    if compared.employee is None or compared.outcome != Outcome.IDENTIFIED:
        return compared
    if life.claimed is not None and life.claimed != compared.employee.pk:
        return replace(compared, outcome=Outcome.NOT_LIVE, reason="two_people")
    if life.outcome != Decision.Liveness.PASSED and policy.requests(life.outcome):
        return replace(compared, outcome=Outcome.CHALLENGE, reason=life.reason or "unsure")
    return compared


def _decided(
    compared: _Comparison,
    probe: _Probe,
    view: gallery.GalleryView,
    asker: str,
    asker_id: str,
    threshold: _Threshold,
    milliseconds: dict[str, float],
    life: LivenessResult | None = None,
) -> Decision:
    """The row that says what was answered and why; not stored yet."""
    match = compared.match
    known = match.best is not None
    return Decision(
        asker=asker,
        asker_id=asker_id[:80],
        outcome=compared.outcome,
        employee=compared.employee,
        confidence=compared.confidence,
        acceptance=threshold.acceptance,
        use=threshold.use,
        distance=match.distance if known else None,
        runner_up_id=match.runner_up,
        runner_up_distance=match.runner_up_distance if match.runner_up is not None else None,
        gallery_people=len(view.gallery.people),
        liveness=life.outcome if life else "",
        liveness_figures=life.figures if life else {},
        reason=compared.reason or probe.reason or ("unknown" if compared.outcome == Outcome.UNKNOWN else ""),
        box=probe.box.as_list(probe.shrunk) if probe.box else None,
        milliseconds=milliseconds,
        version=view.engine.version,
    )


def _may_keep(compared: _Comparison) -> bool:
    """The company chose to keep pictures, and whoever it shows agreed to that.

    Whoever showed a picture instead of a face leaves it behind in any company, unless it shows somebody who did not
    agree: a liveness check that was wrong about an honest person must not keep what that person refused.
    """
    wanted = settings.KEEP_IMAGES or compared.outcome == Outcome.NOT_LIVE
    return wanted and (compared.employee is None or covers(compared.employee, "pictures"))


def _keep(decision: Decision, image: bytes) -> None:
    context = f"decision:{decision.pk}"
    if decision.employee is None:
        sealed = vault.wrap(image, context=context, key=key_store.day(decision.at))
    else:
        sealed = vault.encrypt(decision.employee.biometric_key(), image, context=context)
    decision.image_path = storages["faces"].save(f"decisions/{decision.pk}.frame", ContentFile(sealed))
    decision.save(update_fields=["image_path"])
