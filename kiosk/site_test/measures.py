"""What the looks of a test tell: error rates with intervals, by the names of ISO/IEC 19795-1 and 30107-3.

- **FNIR**, false-negative identification rate (19795-1): of the looks of enrolled people, those that did not name them.
- **FPIR**, false-positive identification rate (19795-1): of the looks of strangers, those that named somebody.
- **BPCER**, bona fide presentation classification error rate (30107-3): of the looks of real people, those that the
  liveness check took for a picture.
- **APCER**, attack presentation classification error rate (30107-3), by kind of attack: of its presentations, those
  that the liveness check did not take for a picture.
- **IAPAR**, impostor attack presentation accept rate (30107-3), by kind: of the presentations of an enrolled person's
  picture, those that were let in. (30107-3 calls it IAPIR where a system identifies, as a kiosk does: a presentation
  counts as soon as somebody is named.)
- **RIAPAR**, relative impostor attack presentation accept rate (30107-3:2023): 1 + (IAPAR − (1 − FRR)), which is
  IAPAR + FRR. A kiosk that lets nobody in has an IAPAR of 0 and a RIAPAR of 1.

*Let in* means: by the look alone. Whom the kiosk would ask to move first is not let in, be it a print (IAPAR) or the
person (FRR, the looks of enrolled people that did not let them in): that request is not part of the test. A look
without one usable face counts in none of the rates; how many there were stands beside them (failure to acquire).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from common.shares import wilson, wilson_sum

LIVE, STRANGER = "live", "stranger"
"""The kinds of look that are no attack; every other kind is one."""
STRENGTHS = ("off", "flag", "suspect", "unsure", "always")
"""How much a kiosk cares whether a face lives, the mildest first (``KioskSettings.Liveness``)."""
ASKED = {"suspect": ("suspect",), "unsure": ("suspect", "unsure")}
Match = Literal["", "right", "other"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. ``named``: the person whom it shows, somebody ``other``, or nobody; ``liveness``: live, unsure,
    suspect, or "" where it was not examined. ``enrolled``: whether the person whom it shows is."""

    kind: str
    named: Match
    confidence: float = 0.0
    liveness: str = ""
    usable: bool = True
    enrolled: bool = True
    condition: str = ""

    @property
    def is_attack(self) -> bool:
        """A picture of a person, and no person."""
        return self.kind not in (LIVE, STRANGER)

    @property
    def is_known(self) -> bool:
        """A person who is enrolled."""
        return self.kind == LIVE and self.enrolled

    @property
    def is_stranger(self) -> bool:
        """A person who is not."""
        return self.kind == STRANGER or (self.kind == LIVE and not self.enrolled)

    def let_in(self, strength: str) -> bool:
        """Whether somebody was named, and not asked to move first by a kiosk that cares so much."""
        return self.named != "" and not asks(strength, self.liveness)


@dataclass(frozen=True, slots=True)
class Rate:
    """``wrong`` of ``n``; ``rate`` is None where there was nothing to count."""

    wrong: int
    n: int

    @classmethod
    def of(cls, verdicts: Iterable[bool]) -> Rate:
        """The share of those that are true."""
        counted = Counter(verdicts)
        return cls(counted[True], counted.total())

    @property
    def rate(self) -> float | None:
        return self.wrong / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        return wilson(self.wrong, self.n)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        rate = None if self.rate is None else round(self.rate, 4)
        return {"n": self.n, "wrong": self.wrong, "rate": rate, "interval": [round(end, 4) for end in self.interval]}


@dataclass(frozen=True, slots=True)
class Relative:
    """RIAPAR of one kind of attack, 0 to 2; None where a part of it was not tried."""

    iapar: Rate
    frr: Rate

    @property
    def rate(self) -> float | None:
        if self.iapar.rate is None or self.frr.rate is None:
            return None
        return 1 + (self.iapar.rate - (1 - self.frr.rate))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        return wilson_sum((self.iapar.wrong, self.iapar.n), (self.frr.wrong, self.frr.n))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        rate = None if self.rate is None else round(self.rate, 4)
        return {"n": self.iapar.n, "rate": rate, "interval": [round(end, 4) for end in self.interval]}


@dataclass(frozen=True, slots=True)
class Measures:
    """The rates of a test at one strength of the liveness check; those of attacks by their kind."""

    fnir: Rate
    fpir: Rate
    bpcer: Rate
    frr: Rate
    apcer: dict[str, Rate]
    iapar: dict[str, Rate]
    unusable: dict[str, int]

    @property
    def riapar(self) -> dict[str, Relative]:
        """By kind of attack."""
        return {kind: Relative(rate, self.frr) for kind, rate in self.iapar.items()}

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        whole = {name: getattr(self, name).as_dict() for name in ("fnir", "fpir", "bpcer", "frr")}
        by_kind = {
            name: {kind: rate.as_dict() for kind, rate in getattr(self, name).items()}
            for name in ("apcer", "iapar", "riapar")
        }
        return {**whole, **by_kind, "unusable": self.unusable}


def asks(strength: str, liveness: str) -> bool:
    """Whether a kiosk of this strength asks a face with this outcome to move first."""
    return strength == "always" or liveness in ASKED.get(strength, ())


def measure(looks: Sequence[Seen], *, strength: str) -> Measures:
    """The rates, at the strength of the liveness check that counts."""
    usable = [look for look in looks if look.usable]
    known = [look for look in usable if look.is_known]
    examined = [look for look in usable if look.liveness]
    kinds = sorted({look.kind for look in looks if look.is_attack})
    return Measures(
        fnir=Rate.of(look.named != "right" for look in known),
        fpir=Rate.of(look.named != "" for look in usable if look.is_stranger),
        bpcer=Rate.of(look.liveness == "suspect" for look in examined if not look.is_attack),
        frr=Rate.of(look.named != "right" or not look.let_in(strength) for look in known),
        apcer={kind: Rate.of(look.liveness != "suspect" for look in examined if look.kind == kind) for kind in kinds},
        iapar={
            kind: Rate.of(look.let_in(strength) for look in usable if look.kind == kind and look.enrolled)
            for kind in kinds
        },
        unusable=dict(sorted(Counter(look.kind for look in looks if not look.usable).items())),
    )
