"""The face library: who is enrolled, with how many photos and of what quality, and whose photos look like another's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from employees.models import Consent, Employee, EnrolmentPhoto

State = EnrolmentPhoto.State
GOOD_NUMBER = 5
"""With so many accepted photos, in different poses, a person is recognised about as well as with more."""
GOOD_QUALITY = 0.6
"""Below it the mean quality of somebody's photos is worth a look."""
MOST_PAIRS = 20
SHOWN: dict[str, tuple[Any, Q]] = {
    "enrolled": (_("Enrolled"), Q(accepted=True)),
    "few": (_("Few photos"), Q(accepted=True, good__lt=GOOD_NUMBER)),
    "none": (_("Consent given, no photo"), Q(accepted=False, agreed=True)),
    "no_consent": (_("No consent"), Q(agreed=False)),
    "rejected": (_("Rejected photos"), Q(rejected=True)),
    "alike": (_("Look-alikes"), Q(alike=True)),
}
"""What the list can be narrowed to, by the name in its address."""


@dataclass(slots=True)
class Shelf:
    """One person's photos: how many count, wait or were rejected, and the mean quality of those that count (0 to 1)."""

    employee: Employee
    agreed: bool
    accepted: int = 0
    waiting: int = 0
    rejected: int = 0
    scores: list[float] = field(default_factory=list)

    @property
    def quality(self) -> float | None:
        return sum(self.scores) / len(self.scores) if self.scores else None

    @property
    def poor(self) -> bool:
        """Whether better photos, or more of them, would help."""
        return bool(self.accepted) and (self.accepted < GOOD_NUMBER or (self.quality or 0.0) < GOOD_QUALITY)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people of whom a photo of the one looks like the other; ``distance`` that of the nearest such photo."""

    one: Employee
    other: Employee
    distance: float


def library_people(employees: QuerySet[Employee], *, words: str = "", shown: str = "") -> QuerySet[Employee]:
    """Those who are employed, narrowed by a name or number and by one of ``SHOWN``."""
    photos = EnrolmentPhoto.objects.filter(employee=OuterRef("pk"))
    given = Consent.objects.filter(employee=OuterRef("pk"), withdrawn_at=None)
    like = EnrolmentPhoto.objects.filter(
        Q(employee=OuterRef("pk"), resembles__isnull=False) | Q(resembles=OuterRef("pk"))
    )
    # By their keys: what narrows whom one may see joins tables, and would count a person twice.
    found = Employee.objects.active().filter(pk__in=employees.order_by().values("pk")).select_related("department")
    found = found.annotate(
        good=Count("photos", filter=Q(photos__state=State.ACCEPTED)),
        accepted=Exists(photos.filter(state=State.ACCEPTED)),
        rejected=Exists(photos.filter(state=State.REJECTED)),
        agreed=Exists(given),
        alike=Exists(like),
    )
    # What counts rows forgets the order of the model.
    found = found.order_by(*(Employee._meta.ordering or ()))
    if shown in SHOWN:
        found = found.filter(SHOWN[shown][1])
    return found.named(words) if words.strip() else found


def library_counts(employees: QuerySet[Employee]) -> dict[str, int]:
    """How many people each of ``SHOWN`` has, in one statement."""
    people: QuerySet[Any] = library_people(employees).order_by()
    rows = people.values("accepted", "good", "rejected", "agreed", "alike")
    told = {"all": 0, **dict.fromkeys(SHOWN, 0)}
    for row in rows:
        told["all"] += 1
        told["enrolled"] += row["accepted"]
        told["few"] += row["accepted"] and row["good"] < GOOD_NUMBER
        told["none"] += row["agreed"] and not row["accepted"]
        told["no_consent"] += not row["agreed"]
        told["rejected"] += row["rejected"]
        told["alike"] += row["alike"]
    return told


def shelves(people: Sequence[Any]) -> list[Shelf]:
    """The photos of these people of ``library_people``, in one statement."""
    found = {one.pk: Shelf(one, agreed=one.agreed) for one in people}
    rows = EnrolmentPhoto.objects.filter(employee__in=list(found)).values_list("employee_id", "state", "quality")
    for key, state, quality in rows:
        shelf = found[key]
        if state == State.ACCEPTED:
            shelf.accepted += 1
            shelf.scores += [float(quality["score"])] if "score" in quality else []
        elif state == State.REJECTED:
            shelf.rejected += 1
        elif state in (State.QUEUED, State.PROCESSING):
            shelf.waiting += 1
    return list(found.values())


def look_alikes(employees: QuerySet[Employee], *, of: Employee | None = None) -> list[Pair]:
    """The pairs that the check of photos found, both of whom are among ``employees``; the most alike first."""
    keys = employees.order_by().values("pk")
    photos = EnrolmentPhoto.objects.filter(employee__in=keys, resembles__in=keys)
    if of is not None:
        photos = photos.filter(Q(employee=of) | Q(resembles=of))
    found: dict[frozenset[int], Pair] = {}
    for photo in photos.select_related("employee", "resembles").order_by("resembles_distance"):
        assert photo.resembles is not None
        names = frozenset((photo.employee_id, photo.resembles.pk))
        found.setdefault(names, Pair(photo.employee, photo.resembles, photo.resembles_distance or 0.0))
        if len(found) == MOST_PAIRS:
            break
    return list(found.values())
