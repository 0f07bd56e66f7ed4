"""Test a kiosk at its door: start, take its looks, go on to the next step, end. Nobody is clocked and no door opens.

Of a look only its outcome is stored. The pictures are never written anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import Kiosk
from doors.models import Door
from employees.models import Employee, User
from kiosk.errors import KioskError
from kiosk.models import KioskSettings, KioskTest, KioskTestLook
from kiosk.services.door import door_of
from kiosk.services.faces import frames_examine, liveness_policy, use_of
from kiosk.site_test.plan import MOST_PEOPLE, steps_for
from kiosk.site_test.proposals import Conditions
from recognition.models import Decision
from recognition.services import Answer, GalleryView, can_verify, strictness_of

Ending = KioskTest.Ending
USABLE = {Decision.Outcome.IDENTIFIED, Decision.Outcome.UNKNOWN}
"""A look with any other outcome showed no single good face: it is taken again."""


@dataclass(frozen=True, slots=True)
class TakenLook:
    """Whether a look counts, and what to do where it does not."""

    counts: bool
    outcome: str
    advice: str


def site_test_start(*, kiosk: Kiosk, employees: Sequence[Employee], by: User | None) -> KioskTest:
    """Begin a test of this kiosk with these people; its device shows it within 20 seconds.

    Raises ``KioskError``: ``not_paired``, ``people_range``, ``not_enrolled``, ``test_running``; and
    ``ModelUnavailable``.
    """
    if not kiosk.token_hash or kiosk.revoked_at is not None:
        raise KioskError("not_paired", _("Pair a device with this kiosk first: the test is done on its screen."))
    if not 1 <= len(employees) <= MOST_PEOPLE:
        raise KioskError("people_range", _("Choose one to %(most)d employees for the test.") % {"most": MOST_PEOPLE})
    for employee in employees:
        if not can_verify(employee):
            raise KioskError(
                "not_enrolled", _("%(name)s has no face enrolled. Choose somebody who has.") % {"name": employee.name}
            )
    conditions = asdict(conditions_of(chosen=KioskSettings.of(kiosk), door=door_of(kiosk)))
    now = timezone.now()
    site_tests_expire()
    try:
        with transaction.atomic():
            return KioskTest.objects.create(
                kiosk=kiosk,
                started_by=by,
                started_at=now,
                alive_until=now + KioskTest.PATIENCE,
                steps=[step.as_dict() for step in steps_for([employee.pk for employee in employees])],
                conditions=conditions,
            )
    except IntegrityError as error:
        raise KioskError("test_running", _("This kiosk is being tested already. End that test first.")) from error


def conditions_of(*, chosen: KioskSettings, door: Door | None, view: GalleryView | None = None) -> Conditions:
    """How a kiosk is set, as far as a test may propose something else. Raises ``ModelUnavailable``."""
    strictness = strictness_of(use=use_of(door), view=view)
    return Conditions(
        liveness=liveness_policy(chosen, door=door).strength,
        use=use_of(door),
        target=strictness.target,
        stricter=strictness.stricter,
        verifies=chosen.mode == KioskSettings.Mode.VERIFY,
    )


def site_test_of(*, kiosk: Kiosk) -> KioskTest | None:
    """The test of this kiosk that is going on."""
    return KioskTest.objects.going_on().filter(kiosk=kiosk).first()


def site_test_is_shown(*, kiosk: Kiosk) -> bool:
    """Whether the device shows a test now, and so clocks nobody."""
    return KioskTest.objects.going_on().filter(kiosk=kiosk, shown_at__isnull=False).exists()


def site_test_show(*, kiosk: Kiosk) -> KioskTest | None:
    """The device shows the test from now on, and clocks nobody until it is over."""
    with transaction.atomic():
        test = _held(kiosk)
        if test is not None and test.shown_at is None:
            test.shown_at = timezone.now()
            _keep(test, "shown_at")
        return test


def site_test_look(
    *, kiosk: Kiosk, step: int, images: Sequence[bytes], times: str = ""
) -> tuple[KioskTest | None, TakenLook | None]:
    """Take one look at the kiosk's camera for this step: the test, and what came of the look.

    None for the look where the step is over meanwhile, and for the test where that is. Raises what ``identify`` raises
    for the pictures.
    """
    test = site_test_of(kiosk=kiosk)
    if test is None or test.step != step:
        return test, None
    asked = test.current
    claimed = asked.employee if asked.employee is not None else test.steps[0]["employee"]
    chosen = KioskSettings.of(kiosk)
    person = Employee.objects.filter(pk=claimed).first() if chosen.mode == KioskSettings.Mode.VERIFY else None
    answer = frames_examine(chosen=chosen, use=use_of(door_of(kiosk)), images=images, times=times, claimed=person)
    shown = None if asked.employee is None else Employee.objects.filter(pk=asked.employee).first()
    with transaction.atomic():
        held = _held(kiosk)
        if held is None or held.pk != test.pk or held.step != step:
            return held, None
        KioskTestLook.objects.create(
            test=held,
            step=step,
            kind=asked.kind,
            condition=asked.condition,
            employee=shown,
            **outcome_of(answer, shown),
        )
        if usable_looks(held) >= asked.looks:
            _step_on(held)
        _keep(held)
    counts = answer.outcome in USABLE
    return held, TakenLook(counts, answer.outcome, "" if counts else answer.advice)


def site_test_skip(*, kiosk: Kiosk, step: int) -> KioskTest | None:
    """Go on from this step to the next one, if it still is the current one; None where the test is over."""
    with transaction.atomic():
        test = _held(kiosk)
        if test is not None:
            if test.step == step:
                _step_on(test)
            _keep(test)
    return test


def site_test_end(*, kiosk: Kiosk) -> KioskTest | None:
    """End the kiosk's test before its last step; what was seen until then makes its report."""
    with transaction.atomic():
        test = KioskTest.objects.select_for_update().filter(kiosk=kiosk, ended_at=None).first()
        if test is not None:
            _end(test, Ending.STOPPED)
            _keep(test)
        return test


def site_tests_expire() -> int:
    """End what was left alone; how many tests that were."""
    return KioskTest.objects.left_alone().update(ended_at=timezone.now(), ending=Ending.ABANDONED)


def usable_looks(test: KioskTest) -> int:
    """How many looks of the current step count."""
    return test.looks.filter(step=test.step, outcome__in=USABLE).count()


def outcome_of(answer: Answer, shown: Employee | None) -> dict[str, Any]:
    """What is stored of an answer, where the camera was shown this person, or somebody who is not enrolled."""
    named = ""
    if answer.employee is not None:
        named = "right" if answer.employee == shown else "other"
    decision = answer.decision
    return {
        "outcome": answer.outcome,
        "reason": answer.reason,
        "named": named,
        "confidence": answer.confidence,
        "liveness": decision.liveness,
        "liveness_score": decision.liveness_figures.get("score"),
    }


def _held(kiosk: Kiosk) -> KioskTest | None:
    return KioskTest.objects.going_on().select_for_update().filter(kiosk=kiosk).first()


def _keep(test: KioskTest, *fields: str) -> None:
    """Store it; whatever happens at the kiosk shows that somebody is there."""
    test.alive_until = timezone.now() + KioskTest.PATIENCE
    test.save(update_fields=["alive_until", "step", "ended_at", "ending", *fields])


def _step_on(test: KioskTest) -> None:
    if test.step + 1 < len(test.steps):
        test.step += 1
    else:
        _end(test, Ending.DONE)


def _end(test: KioskTest, how: str) -> None:
    test.ended_at, test.ending = timezone.now(), how
