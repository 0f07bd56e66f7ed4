"""What a new company begins with: types of absence, and a policy with the country's holidays and, wished, its rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from attendance.models import AbsenceType, WorkPolicy
from attendance.rules.packs import Pack, packs
from attendance.services.policies import policy_from_pack


@dataclass(frozen=True, slots=True)
class Offered:
    """A type of absence that the country's companies commonly have."""

    code: str
    name: str
    paid: bool = True
    interrupts: bool = False


USUAL = (
    Offered("vacation", gettext_noop("Vacation")),
    Offered("sick-leave", gettext_noop("Sick leave"), interrupts=True),
    Offered("maternity", gettext_noop("Maternity leave")),
    Offered("paternity", gettext_noop("Paternity leave")),
    Offered("bereavement", gettext_noop("Bereavement leave")),
    Offered("unpaid-leave", gettext_noop("Unpaid leave"), paid=False),
)
BESIDE: dict[str, tuple[Offered, ...]] = {
    "BO": (
        Offered("marriage", gettext_noop("Marriage leave")),
        Offered("medical-check", gettext_noop("Annual medical check")),
    ),
    "BR": (Offered("marriage", gettext_noop("Marriage leave")), Offered("blood", gettext_noop("Blood donation"))),
    "DE": (Offered("child-sick", gettext_noop("Child's illness")), Offered("study", gettext_noop("Educational leave"))),
    "ES": (Offered("marriage", gettext_noop("Marriage leave")), Offered("moving", gettext_noop("Moving house"))),
    "FR": (Offered("marriage", gettext_noop("Marriage leave")), Offered("rtt", gettext_noop("Reduced hours day"))),
    "US": (Offered("jury", gettext_noop("Jury duty")),),
}


def absence_types_offered(country: str) -> list[Offered]:
    """Those of the country that the company does not have yet."""
    have = set(AbsenceType.objects.values_list("code", flat=True))
    return [one for one in (*USUAL, *BESIDE.get(country, ())) if one.code not in have]


def absence_types_add(*, codes: Iterable[str], country: str) -> list[AbsenceType]:
    """Add those that were chosen, named in the language that is spoken now."""
    chosen = set(codes)
    made = []
    for one in absence_types_offered(country):
        if one.code in chosen:
            named = {"name": _(one.name), "paid": one.paid, "interrupts": one.interrupts}
            made.append(AbsenceType.objects.get_or_create(code=one.code, defaults=named)[0])
    return made


PARTS = (gettext_noop("California"), gettext_noop("United States (FLSA)"))
"""Rules beside others of their country, by their own names."""


def pack_of(country: str) -> Pack | None:
    """The rules of the whole country, where there are some."""
    return next((one for one in packs().values() if one.country == country and not one.region), None)


def policy_begin(*, country: str, region: str, week_start: int, rules: bool) -> WorkPolicy | None:
    """The first policy of the company, for everybody, from this year's first day; none where it has one already.

    ``rules``: what the pack of the country says as well, not its holidays alone.
    """
    if WorkPolicy.objects.filter(department=None, contract=None, employee=None).exists():
        return None
    first = date(timezone.localdate().year, 1, 1)
    found = pack_of(country) if rules else None
    with transaction.atomic():
        if found is None:
            policy = WorkPolicy(name=_("Everybody"), valid_from=first, week_start=week_start)
        else:
            policy = policy_from_pack(code=found.code, valid_from=first)
            if "week_start" not in found.values:
                policy.week_start = week_start
        policy.holiday_country, policy.holiday_region = country, region
        policy.full_clean()
        policy.save()
    return policy
