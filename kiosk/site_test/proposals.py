"""What follows from a test: which settings to make stricter, and what else to do. Never what to loosen.

A dozen looks can show that something is too weak; that it is stricter than it has to be they cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kiosk.site_test.measures import STRENGTHS, Seen, asks, measure

Setting = Literal["liveness", "strictness", "mode", "photos"]


@dataclass(frozen=True, slots=True)
class Conditions:
    """How the kiosk was set when it was tested. ``target``: how often a stranger may pass; ``stricter``: the shares
    there are to choose instead, the mildest first, each with the confidence from which it gives a name."""

    liveness: str
    use: str
    target: float
    stricter: tuple[tuple[float, float], ...]
    verifies: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing to choose or to do.

    ``code`` says why: ``attacks_passed``, ``attacks_stopped``, ``attacks_untried``, ``strangers_passed``,
    ``strangers_stopped``, ``strangers_untried``, ``missed``. ``now`` and ``proposed`` are values of the setting, equal
    where it should stay. ``passed`` of ``n`` looks went wrong; ``cost``: of the honest looks that went right, how many
    would no longer, of ``honest``. ``detail``: kinds of attack, or conditions under which people were not recognised.
    """

    setting: Setting
    code: str
    now: str
    proposed: str
    passed: int = 0
    n: int = 0
    cost: int = 0
    honest: int = 0
    detail: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether there is something to apply."""
        return self.now != self.proposed

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


def propose(looks: Sequence[Seen], conditions: Conditions) -> list[Proposal]:
    """What to choose after these looks: one proposal for liveness, one for strictness, one for photos where needed."""
    usable = [look for look in looks if look.usable]
    found = [_liveness(usable, conditions), _strictness(usable, conditions), _photos(usable)]
    return [proposal for proposal in found if proposal is not None]


def _liveness(looks: Sequence[Seen], conditions: Conditions) -> Proposal:
    now = conditions.liveness
    attacks = [look for look in looks if look.is_attack and look.enrolled]
    passed = [look for look in attacks if look.let_in(now)]
    if not passed:
        code = "attacks_stopped" if attacks else "attacks_untried"
        return Proposal("liveness", code, now, now, 0, len(attacks))
    enough = next(
        strength
        for strength in STRENGTHS[STRENGTHS.index(now) + 1 :]
        if not any(look.let_in(strength) for look in attacks)
    )
    honest = [look for look in looks if look.is_known and look.let_in(now)]
    cost = sum(asks(enough, look.liveness) for look in honest)
    kinds = tuple(sorted({look.kind for look in passed}))
    return Proposal("liveness", "attacks_passed", now, enough, len(passed), len(attacks), cost, len(honest), kinds)


def _strictness(looks: Sequence[Seen], conditions: Conditions) -> Proposal:
    now = repr(conditions.target)
    measured = measure(looks, strength=conditions.liveness).fpir
    if not measured.wrong:
        code = "strangers_stopped" if measured.n else "strangers_untried"
        return Proposal("strictness", code, now, now, 0, measured.n)
    highest = max(look.confidence for look in looks if look.is_stranger and look.named)
    right = [look for look in looks if look.is_known and look.named == "right"]
    for share, acceptance in conditions.stricter:
        if acceptance > highest:
            cost = sum(look.confidence < acceptance for look in right)
            return Proposal(
                "strictness", "strangers_passed", now, repr(share), measured.wrong, measured.n, cost, len(right)
            )
    mode = "verify" if conditions.verifies else "face"
    return Proposal("mode", "strangers_passed", mode, "verify", measured.wrong, measured.n)


def _photos(looks: Sequence[Seen]) -> Proposal | None:
    known = [look for look in looks if look.is_known]
    missed = [look for look in known if look.named != "right"]
    if not missed:
        return None
    conditions = tuple(sorted({look.condition for look in missed if look.condition}))
    return Proposal("photos", "missed", "", "", len(missed), len(known), detail=conditions)
