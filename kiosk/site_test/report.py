"""The report of a test: its figures in words, what it proposes, and what of that is chosen already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kiosk.models import KioskSettings, KioskTest, KioskTestLook
from kiosk.services.site_test import USABLE
from kiosk.site_test.measures import LIVE, STRENGTHS, Seen, measure
from kiosk.site_test.proposals import Conditions, Proposal, propose
from kiosk.site_test.words import condition_name, kind_name, measures_words, proposal_words, share_words, unusable_words
from recognition.services import strictness_target


@dataclass(frozen=True, slots=True)
class Line:
    """A step of the test as it went: what was shown, how many looks counted, and how often it was the right person."""

    what: str
    who: str
    looks: int
    named: int
    suspect: int


def conditions_at(test: KioskTest) -> Conditions:
    """How the kiosk was set when the test began."""
    return Conditions(**{**test.conditions, "stricter": tuple(map(tuple, test.conditions["stricter"]))})


def proposals_of(test: KioskTest) -> list[Proposal]:
    """What the test proposes."""
    return propose([_seen(look) for look in test.looks.all()], conditions_at(test))


def is_chosen(test: KioskTest, proposal: Proposal) -> bool:
    """Whether the setting is as strict as proposed already, or stricter."""
    chosen = KioskSettings.of(test.kiosk)
    match proposal.setting:
        case "liveness":
            return STRENGTHS.index(chosen.liveness) >= STRENGTHS.index(proposal.proposed)
        case "strictness":
            return strictness_target(use=test.conditions["use"]) <= float(proposal.proposed)
        case "mode":
            return chosen.mode == proposal.proposed
    return True


def report_of(test: KioskTest) -> dict[str, Any]:
    """The context of ``admin/kiosk_test.html``."""
    looks = list(test.looks.select_related("employee"))
    seen = [_seen(look) for look in looks]
    conditions = conditions_at(test)
    found = measure(seen, strength=conditions.liveness)
    proposals = propose(seen, conditions)
    return {
        "test": test,
        "going_on": test.is_going_on,
        "waits": test.is_going_on and test.shown_at is None,
        "looks": len(looks),
        "done": min(test.step, len(test.steps)) if test.is_going_on else None,
        "steps": len(test.steps),
        "measures": measures_words(found),
        "unusable": unusable_words(found.unusable),
        "lines": _lines(looks),
        "liveness": KioskSettings.Liveness(conditions.liveness).label,
        "strictness": share_words(conditions.target),
        "verifies": conditions.verifies,
        "proposals": [
            {
                "setting": one.setting,
                "words": proposal_words(one),
                "changes": one.changes,
                "chosen": one.changes and is_chosen(test, one),
            }
            for one in proposals
        ],
    }


def _lines(looks: list[KioskTestLook]) -> list[Line]:
    groups: dict[tuple[int, str], list[KioskTestLook]] = {}
    for look in looks:
        groups.setdefault((look.step, look.kind), []).append(look)
    lines = []
    for (_step, kind), group in groups.items():
        usable = [look for look in group if look.outcome in USABLE]
        first = group[0]
        what = condition_name(first.condition) if kind == LIVE else kind_name(kind)
        who = first.employee.name if first.employee is not None else ""
        named = sum(look.named != "" if kind != LIVE else look.named == "right" for look in usable)
        lines.append(Line(what, who, len(usable), named, sum(look.liveness == "suspect" for look in usable)))
    return lines


def _seen(look: KioskTestLook) -> Seen:
    return Seen(
        kind=look.kind,
        named=look.named,  # type: ignore[arg-type]
        confidence=look.confidence,
        liveness=look.liveness,
        usable=look.outcome in USABLE,
        enrolled=look.kind != "stranger",
        condition=look.condition,
    )
