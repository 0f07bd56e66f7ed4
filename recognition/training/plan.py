"""Choose the photos and people a fine-tune learns from and is tested with; the choice is kept in the run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from employees.models import Employee, EnrolmentPhoto
from employees.services import chip_read
from recognition import engine_holder
from recognition.engine.calibrate import pair_threshold
from recognition.engine.gallery import centred
from recognition.engine.types import RGB, Vector
from recognition.gallery import open_vector
from recognition.models import FaceTemplate, ModelVersion, TrainingRun, VersionPerson
from recognition.training import copies, dataset
from recognition.training.checks import UNLIKE, Finding, examine
from recognition.training.gate import Exam, Group

HELD_OUT_SHARE = 0.3
FEWEST_HELD_OUT = 2
PROBE_SHARE = 0.34
PHOTOS_EACH = 20
"""Photos of a person that a run looks at, the newest: it bounds a run's time whatever is enrolled."""
PEOPLE_AT_MOST = 500


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """The photos a run may use, a row each: ids, whose, vectors under the parent, groups of near-copies.

    The vectors are centred as a gallery of these photos is. ``one_person``: the distance below which the parent takes
    two of them for one person's; ``unlike``: the one beyond which a photo is not of its person.
    """

    photos: tuple[EnrolmentPhoto, ...]
    people: NDArray[np.int64]
    vectors: NDArray[np.float32]
    copies: NDArray[np.int64]
    one_person: float
    unlike: float


def gather(version: ModelVersion) -> Material:
    """The newest photos of everybody who may be recognised, at most ``PHOTOS_EACH`` a person, as ``version`` sees them.

    Those who came last come first where there are more than ``PEOPLE_AT_MOST``.
    """
    recent = list(Employee.objects.recognisable().order_by("-created_at", "-pk")[:PEOPLE_AT_MOST])
    photos: list[EnrolmentPhoto] = []
    vectors: list[Vector] = []
    for employee in recent:
        # A network learns from what HR took, and from nothing that a network chose.
        mine = (
            FaceTemplate.objects.filter(version=version, employee=employee, photo__state=EnrolmentPhoto.State.ACCEPTED)
            .exclude(photo__source=EnrolmentPhoto.Source.REFRESH)
            .select_related("photo__employee")
        )
        if not mine:
            continue
        with transaction.atomic():
            key = employee.biometric_key()
        for template in mine.order_by("-photo__created_at", "-pk")[:PHOTOS_EACH]:
            chip = read_chip(template.photo)
            if chip is not None:
                photos.append(template.photo)
                vectors.append(open_vector(template, key))
    if not photos:
        return Material((), np.empty(0, np.int64), np.empty((0, 0), np.float32), np.empty(0, np.int64), 0.0, 0.0)
    people = np.array([photo.employee_id for photo in photos], np.int64)
    seen, calibration = np.stack(vectors), engine_holder.of(version.name).calibration
    gallery = calibration.gallery(np.arange(len(seen)), people, seen)
    rows, figures = centred(seen, gallery.centre), calibration.adapted(gallery)
    taken = np.array([copies.seconds(photo.taken_at) for photo in photos], np.float64)
    same = copies.groups(len(photos), copies.pairs(rows, taken, [str(photo.pk) for photo in photos]))
    limits = pair_threshold(coefficients=figures), figures.distance(UNLIKE, 1)
    return Material(tuple(photos), people, rows, same, *limits)


def read_chip(photo: EnrolmentPhoto) -> RGB | None:
    """The photo's aligned face, None where its file is lost."""
    try:
        content = chip_read(photo)
    except FileNotFoundError:
        return None
    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    return None if decoded is None else np.ascontiguousarray(np.asarray(decoded, np.uint8)[:, :, ::-1])


def make_plan(material: Material, parent: ModelVersion) -> tuple[dict[str, Any], list[Finding]]:
    """The plan, as plain data for ``TrainingRun.plan``, and what the checks found.

    ``groups``: old, new or unseen by employee; ``learn``, ``enrol`` (of unseen people), ``probe``: photo ids;
    ``fresh``: whether there is anything that the parent does not know yet.
    """
    findings = (
        examine(material.vectors, material.people, one_person=material.one_person, unlike=material.unlike)
        if len(material.photos)
        else []
    )
    usable = _usable(material, findings)
    groups = _groups(material, usable, parent)
    learnt, probed = _earlier(parent)
    plan: dict[str, Any] = {"groups": {str(person): group for person, group in groups.items()}}
    plan |= {"learn": [], "enrol": [], "probe": []}
    for person, group in groups.items():
        rows = np.flatnonzero((material.people == person) & usable)
        probes = _probes(material, rows, learnt, probed)
        rest = [row for row in rows.tolist() if row not in probes]
        plan["learn" if group != "unseen" else "enrol"] += [str(material.photos[row].pk) for row in rest]
        plan["probe"] += [str(material.photos[row].pk) for row in sorted(probes)]
    plan["fresh"] = "new" in groups.values() or bool(learnt and set(plan["learn"]) - learnt)
    return plan, findings


def as_data(findings: Iterable[Finding], material: Material) -> list[dict[str, Any]]:
    """Findings for ``TrainingRun.findings``: photos by id instead of by row."""
    return [
        {**asdict(one), "photo": None if one.photo is None else str(material.photos[one.photo].pk)} for one in findings
    ]


def exam_of(plan: dict[str, Any], photos: Iterable[EnrolmentPhoto]) -> Exam:
    """The plan's exam for these photos, a row each in their order."""
    listed = list(photos)
    enrolled = {*plan["learn"], *plan["enrol"]}
    groups: dict[int, Group] = {int(person): group for person, group in plan["groups"].items()}
    return Exam(
        np.array([photo.employee_id for photo in listed], np.int64),
        np.array([str(photo.pk) in enrolled for photo in listed], np.bool_),
        groups,
    )


def people_of(plan: dict[str, Any]) -> dict[str, list[str]]:
    """Public ids for a manifest: who is learnt from, who is held out."""
    ids = dict(Employee.objects.filter(pk__in=[int(one) for one in plan["groups"]]).values_list("pk", "public_id"))
    sides: dict[str, list[str]] = {"learnt": [], "held_out": []}
    for person, group in plan["groups"].items():
        if int(person) in ids:
            sides["held_out" if group == "unseen" else "learnt"].append(str(ids[int(person)]))
    return {side: sorted(names) for side, names in sides.items()}


def fingerprint(photos: Iterable[EnrolmentPhoto]) -> str:
    """SHA-256 over the photos' own (keyed) fingerprints: the same photos, the same figure; it tells nothing of them."""
    return hashlib.sha256("\n".join(sorted(photo.fingerprint for photo in photos)).encode()).hexdigest()


def _usable(material: Material, findings: list[Finding]) -> NDArray[np.bool_]:
    """(n,) False for photos that the checks doubt, and for every photo of two names with one face."""
    usable = np.ones(len(material.photos), np.bool_)
    for finding in findings:
        if finding.photo is not None:
            usable[finding.photo] = False
        else:
            usable &= ~np.isin(material.people, [finding.person, finding.other or finding.person])
    return usable


def _groups(material: Material, usable: NDArray[np.bool_], parent: ModelVersion) -> dict[int, Group]:
    """Who is old, new, or held out. Whoever was held out once stays so: that is what makes them strangers to all."""
    people, counts = np.unique(material.people[usable], return_counts=True)
    enough = {int(person) for person, count in zip(people, counts, strict=True) if count > 1}
    known = dict(_lineage(parent))
    old = {person for person in enough if known.get(person) == VersionPerson.Part.LEARNT}
    held = {person for person in enough if known.get(person) == VersionPerson.Part.HELD_OUT}
    fresh = sorted(enough - old - held, key=lambda person: _lot(material, person))
    wanted = max(FEWEST_HELD_OUT, round(HELD_OUT_SHARE * len(enough))) - len(held)
    spare = len(fresh) if old else max(0, len(fresh) - FEWEST_HELD_OUT)
    taken = fresh[: max(0, min(wanted, spare))]
    groups: dict[int, Group] = dict.fromkeys(sorted(old), "old")
    groups |= dict.fromkeys(sorted(held | set(taken)), "unseen")
    groups |= dict.fromkeys(sorted(set(fresh) - set(taken)), "new")
    return groups


def _lot(material: Material, person: int) -> str:
    """A person's place in the draw: as good as random, and the same at every run."""
    row = int(np.flatnonzero(material.people == person)[0])
    return hashlib.sha256(material.photos[row].employee.public_id.bytes).hexdigest()


def _lineage(version: ModelVersion | None) -> Iterable[tuple[int, str]]:
    """(employee, part) of the version and its ancestors, the youngest last."""
    if version is not None:
        yield from _lineage(version.parent)
        yield from version.people.values_list("employee_id", "part")


def _earlier(parent: ModelVersion | None) -> tuple[set[str], set[str]]:
    """The photos that the parent and its ancestors learnt from, and those that they were examined with."""
    learnt: set[str] = set()
    probed: set[str] = set()
    while parent is not None:
        for plan in TrainingRun.objects.filter(candidate=parent).values_list("plan", flat=True):
            learnt |= set(plan.get("learn", ()))
            probed |= set(plan.get("probe", ()))
        parent = parent.parent
    return learnt, probed


def _probes(material: Material, rows: NDArray[np.int64], learnt: set[str], probed: set[str]) -> set[int]:
    """Which of one person's photos are held out. One that was learnt from, or a copy of it, never is."""
    sides: dict[int, str] = {}
    for row in rows.tolist():
        name, copy = str(material.photos[row].pk), int(material.copies[row])
        if name in learnt:
            sides[copy] = "learn"
        elif name in probed:
            sides.setdefault(copy, "probe")
    free = [row for row in rows.tolist() if int(material.copies[row]) not in sides]
    chosen = {row for row in rows.tolist() if sides.get(int(material.copies[row])) == "probe"}
    if free:
        _train, test = dataset.split(np.zeros(len(free), np.int64), material.copies[free], test=PROBE_SHARE)
        chosen |= {free[index] for index in test.tolist()}
    return chosen
