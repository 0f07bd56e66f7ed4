"""A burst that has to show life: what is noted, when a request is made, and what an answer to it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import storages
from django.utils import timezone

from employees.models import Consent, Employee
from recognition.models import Decision, LivenessChallenge, SeenFrame
from recognition.services import (
    Answer,
    LivenessError,
    LivenessPolicy,
    challenge_answer,
    challenge_issue,
    challenge_request,
    identify,
    moments,
    photo_add,
    photo_process,
)
from recognition.services.liveness import Strength, challenge_take
from recognition.tests.fake_engine import fake_photo, fake_pose

pytestmark = pytest.mark.django_db

ANA, STRANGER, SIDE = 1, 7, 120
ALWAYS, UNSURE, FLAG = LivenessPolicy("always"), LivenessPolicy("unsure"), LivenessPolicy("flag")
Cues = Sequence[tuple[str, float]]


def burst(person: int = ANA, *, first: int = 0) -> list[bytes]:
    """Five frames of somebody who stands still."""
    return [fake_pose(person, "rest", tick=first + index, size=SIDE) for index in range(5)]


def film(cues: Cues, *, person: int = ANA, delay: float = 0.6, pace: int = 8) -> tuple[list[bytes], list[float]]:
    """Somebody who does what the cues ask, ``delay`` seconds after each."""
    times = [index / pace for index in range(int((cues[-1][1] + 2.2) * pace) + 1)]
    return [fake_pose(person, pose_at(cues, at, delay), tick=index, size=SIDE) for index, at in enumerate(times)], times


def pose_at(cues: Cues, at: float, delay: float) -> str:
    for action, cue in cues:
        if cue + delay <= at < cue + delay + 0.6:
            return action
    return "rest"


def asked(kiosk: str = "door") -> LivenessChallenge:
    """A request made of the person before the kiosk, long enough ago for a whole film."""
    answer = identify(images=burst(), asker="kiosk", asker_id=kiosk, liveness=ALWAYS)
    assert answer.outcome == "challenge"
    challenge = challenge_issue(decision=answer.decision)
    early = timedelta(seconds=12)
    challenge.issued_at -= early
    challenge.save()
    return challenge


def reply(challenge: LivenessChallenge, images: Sequence[bytes], times: Sequence[float], kiosk: str = "door") -> Answer:
    return challenge_answer(
        challenge_id=str(challenge.pk), images=images, times=times, asker="kiosk", asker_id=kiosk, liveness=ALWAYS
    )


def test_without_a_policy_nothing_is_examined(enrolled_ana: Employee) -> None:
    decision = identify(images=burst(), asker="api").decision
    assert (decision.outcome, decision.liveness, decision.liveness_figures) == ("identified", "", {})


def test_a_doubt_is_noted_and_stops_nobody_where_it_is_only_flagged(enrolled_ana: Employee) -> None:
    first = identify(images=burst(), asker="kiosk", asker_id="door", liveness=FLAG)
    again = identify(images=burst(), asker="kiosk", asker_id="door", liveness=FLAG)
    elsewhere = identify(images=burst(), asker="kiosk", asker_id="other", liveness=FLAG)
    assert [answer.employee for answer in (first, again, elsewhere)] == [enrolled_ana] * 3
    assert (first.decision.liveness, again.decision.liveness) == ("unsure", "suspect")
    assert again.decision.liveness_figures["reasons"] == ["replayed"]
    assert elsewhere.decision.liveness == "unsure"


@pytest.mark.parametrize("people", [(ANA, ANA, STRANGER, STRANGER, STRANGER), (STRANGER, ANA, ANA, ANA, STRANGER)])
def test_a_burst_of_two_people_names_nobody_however_little_hr_cares(
    enrolled_ana: Employee, people: Sequence[int]
) -> None:
    frames = [fake_pose(person, "rest", tick=tick, size=SIDE) for tick, person in enumerate(people)]
    answer = identify(images=frames, asker="kiosk", asker_id="door", liveness=FLAG)
    assert (answer.outcome, answer.employee, answer.decision.employee) == ("several_faces", None, None)
    assert (answer.decision.liveness, answer.decision.liveness_figures["reasons"]) == ("suspect", ["two_people"])


def test_in_doubt_a_request_is_made_and_no_name_given(enrolled_ana: Employee) -> None:
    answer = identify(images=burst(), asker="kiosk", asker_id="door", liveness=UNSURE)
    assert (answer.outcome, answer.employee) == ("challenge", None)
    assert answer.decision.employee == enrolled_ana
    assert answer.decision.reason == "unsure"


def test_a_stranger_is_asked_nothing(enrolled_ana: Employee) -> None:
    answer = identify(images=burst(STRANGER), asker="kiosk", asker_id="door", liveness=ALWAYS)
    assert answer.outcome == "unknown"


def test_pictures_without_a_mesh_leave_a_doubt_where_everybody_has_to_move(enrolled_ana: Employee) -> None:
    answer = identify(images=[fake_photo(ANA)], asker="kiosk", asker_id="door", liveness=ALWAYS)
    assert answer.outcome == "challenge"


def test_requests_differ_and_each_has_a_turn(enrolled_ana: Employee) -> None:
    decision = identify(images=burst(), asker="kiosk", asker_id="door").decision
    seen = set()
    for _try in range(20):
        challenge = challenge_issue(decision=decision)
        actions = [action for action, _at in challenge.cues]
        assert len(set(actions)) == 3
        assert {"turn_left", "turn_right"} & set(actions)
        seen.add((*actions, challenge.cues[0][1]))
        challenge.delete()
    assert len(seen) > 15


def test_nobody_is_asked_the_same_again_soon(enrolled_ana: Employee, ben: Employee) -> None:
    orders: dict[Employee, list[list[str]]] = {enrolled_ana: [], ben: []}
    for _visit in range(40):
        for person, before in orders.items():
            look = Decision.objects.create(asker="kiosk", outcome="challenge", employee=person)
            order = [action for action, _at in challenge_issue(decision=look).cues]
            assert order not in before[-20:]
            before.append(order)


def test_who_does_what_is_asked_is_named(enrolled_ana: Employee) -> None:
    challenge = asked()
    answer = reply(challenge, *film(challenge.cues))
    assert (answer.outcome, answer.employee, answer.decision.liveness) == ("identified", enrolled_ana, "passed")
    challenge.refresh_from_db()
    assert challenge.answer == answer.decision


@pytest.mark.parametrize("delay", [-0.4, 3.0])
def test_too_early_or_too_late_does_not_count(enrolled_ana: Employee, delay: float) -> None:
    challenge = asked()
    answer = reply(challenge, *film(challenge.cues, delay=delay))
    assert (answer.outcome, answer.employee, answer.decision.liveness) == ("not_live", None, "failed")


def test_another_request_s_answer_does_not_count_and_leaves_its_picture(enrolled_ana: Employee) -> None:
    Consent.objects.update(pictures=True)
    challenge = asked()
    challenge.cues = [("turn_left", 1.2), ("blink", 3.6), ("smile", 6.0)]
    challenge.save()
    wrong = [("turn_right", 1.2), ("smile", 3.6), ("nod", 6.0)]
    answer = reply(challenge, *film(wrong))
    assert answer.outcome == "not_live"
    assert answer.advice
    assert answer.decision.employee == enrolled_ana
    assert storages["faces"].exists(answer.decision.image_path)


def test_a_picture_of_somebody_who_did_not_agree_to_that_is_not_kept(enrolled_ana: Employee) -> None:
    challenge = asked()
    answer = reply(challenge, *film(challenge.cues, delay=3.0))
    assert (answer.outcome, answer.decision.employee) == ("not_live", enrolled_ana)
    assert answer.decision.image_path == ""


def test_one_person_s_look_and_another_one_s_moves_do_not_count(enrolled_ana: Employee) -> None:
    challenge = asked()
    images, times = film(challenge.cues, person=STRANGER)
    for index, at in enumerate(times):
        if at < challenge.cues[0][1]:
            images[index] = fake_pose(ANA, "rest", tick=index, size=SIDE)
    answer = reply(challenge, images, times)
    assert (answer.outcome, answer.decision.reason) == ("not_live", "two_people")


def test_the_person_s_picture_between_another_one_s_frames_does_not_count(enrolled_ana: Employee) -> None:
    challenge = asked()
    images, times = film(challenge.cues, person=STRANGER)
    for index in range(0, len(images), 3):
        if times[index] < challenge.cues[0][1]:
            images[index] = fake_pose(ANA, "rest", tick=index, size=SIDE)
    answer = reply(challenge, images, times)
    assert (answer.outcome, answer.decision.reason) == ("not_live", "two_people")


def test_somebody_else_cannot_answer_for_the_person(enrolled_ana: Employee, ben: Employee) -> None:
    challenge = asked()
    answer = reply(challenge, *film(challenge.cues, person=STRANGER))
    assert answer.outcome == "unknown"
    assert answer.employee is None


def test_another_employee_cannot_answer_for_the_person(enrolled_ana: Employee, ben: Employee) -> None:
    other = 5
    for variation in range(3):
        content = fake_photo(other, variation=variation)
        photo_process(photo_add(employee=ben, content=content, source="upload", queue=False).pk)
    assert identify(images=burst(other), asker="api").employee == ben

    challenge = asked()
    answer = reply(challenge, *film(challenge.cues, person=other))

    assert (answer.outcome, answer.employee) == ("not_live", None)
    assert (answer.decision.reason, answer.decision.employee) == ("two_people", ben)


@pytest.mark.parametrize("count", [4, 20])
def test_a_loop_does_not_count(enrolled_ana: Employee, count: int) -> None:
    challenge = asked()
    images, times = film(challenge.cues)
    answer = reply(challenge, [images[index % count] for index in range(len(images))], times)
    assert (answer.outcome, answer.decision.reason) == ("not_live", "looped")


def test_an_answer_is_taken_once(enrolled_ana: Employee) -> None:
    challenge = asked()
    assert reply(challenge, *film([("smile", 1.2)])).outcome == "not_live"
    with pytest.raises(LivenessError) as refused:
        reply(challenge, *film(challenge.cues))
    assert refused.value.code == "challenge_used"
    assert Decision.objects.filter(outcome="identified").count() == 0


def test_only_the_asker_may_answer(enrolled_ana: Employee) -> None:
    challenge = asked()
    with pytest.raises(LivenessError) as refused:
        reply(challenge, *film(challenge.cues), kiosk="other")
    assert refused.value.code == "challenge_unknown"
    challenge.refresh_from_db()
    assert challenge.answered_at is None


def test_a_request_expires(enrolled_ana: Employee) -> None:
    challenge = asked()
    challenge.expires_at = timezone.now() - timedelta(seconds=1)
    challenge.save()
    with pytest.raises(LivenessError) as refused:
        reply(challenge, *film(challenge.cues))
    assert refused.value.code == "challenge_expired"


def test_a_film_older_than_its_request_is_refused(enrolled_ana: Employee) -> None:
    challenge = asked()
    challenge.issued_at = timezone.now()
    challenge.save()
    with pytest.raises(LivenessError) as refused:
        reply(challenge, *film(challenge.cues))
    assert refused.value.code == "challenge_expired"


@pytest.mark.parametrize(
    ("strength", "asks"),
    [
        ("off", set()),
        ("flag", set()),
        ("suspect", {"suspect"}),
        ("unsure", {"suspect", "unsure"}),
        ("always", {"", "live", "suspect", "unsure"}),
    ],
)
def test_who_is_asked_to_move_follows_from_the_strength(strength: Strength, asks: set[str]) -> None:
    policy = LivenessPolicy(strength)
    assert {outcome for outcome in ("", "live", "suspect", "unsure") if policy.requests(outcome)} == asks


def test_the_page_is_told_each_step_and_how_long_it_all_takes(enrolled_ana: Employee) -> None:
    challenge = asked()

    told = challenge_request(challenge)

    assert told["id"] == str(challenge.pk)
    assert [(step["action"], step["at"]) for step in told["steps"]] == [tuple(cue) for cue in challenge.cues]
    assert all(step["text"] for step in told["steps"])
    assert told["seconds"] > challenge.cues[-1][1]
    # Beside the film, whoever answers has ten seconds to send it.
    until = challenge.issued_at + timedelta(seconds=12 + told["seconds"] + 10)
    assert abs((challenge.expires_at - until).total_seconds()) < 0.01


def test_a_request_that_is_none_is_unknown(enrolled_ana: Employee) -> None:
    for made_up in ("x", "5c0e6dc7-0a57-4f1c-8b7e-3a0c3f8a1d10"):
        with pytest.raises(LivenessError) as refused:
            challenge_take(challenge_id=made_up, asker_id="door", seconds=1)
        assert (refused.value.code, refused.value.status) == ("challenge_unknown", 404)


@pytest.mark.parametrize(("late", "seconds", "taken"), [(0, 5.7, True), (0, 5.8, False), (15, 5, True), (16, 5, False)])
def test_a_film_fits_between_its_request_and_the_end(
    enrolled_ana: Employee, late: int, seconds: float, taken: bool
) -> None:
    challenge = asked()
    begun = timezone.now()
    LivenessChallenge.objects.update(issued_at=begun, expires_at=begun + timedelta(seconds=20))

    with time_machine.travel(begun + timedelta(seconds=5 + late), tick=False):
        if taken:
            used = challenge_take(challenge_id=str(challenge.pk), asker_id="door", seconds=seconds)
            assert used.answered_at == begun + timedelta(seconds=5 + late)
            return
        with pytest.raises(LivenessError) as refused:
            challenge_take(challenge_id=str(challenge.pk), asker_id="door", seconds=seconds)
    assert (refused.value.code, refused.value.status) == ("challenge_expired", 409)


@pytest.mark.parametrize(
    ("sent", "count", "seconds"),
    [("", 3, [0, 0.12, 0.24]), ("[1000, 1100, 1300]", 3, [0, 0.1, 0.3]), ("[5]", 1, [0]), ("[-50, 50]", 2, [0, 0.1])],
)
def test_the_times_of_frames_are_counted_from_the_first(sent: str, count: int, seconds: list[float]) -> None:
    assert moments(sent, count) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("sent", "count"),
    [
        ("[1, 2]", 3),
        ("[1, 1]", 2),
        ("[2, 1]", 2),
        ("x", 1),
        ("[null]", 1),
        ('["x"]', 1),
        ("[1, 1e14]", 2),
        ("[NaN]", 1),
    ],
)
def test_times_that_make_no_sense_are_refused(sent: str, count: int) -> None:
    with pytest.raises(LivenessError) as refused:
        moments(sent, count)
    assert (refused.value.code, refused.value.status) == ("times_invalid", 400)


def test_frames_are_remembered_for_a_quarter_of_an_hour(enrolled_ana: Employee) -> None:
    def seen() -> str:
        return identify(images=burst(), asker="kiosk", asker_id="door", liveness=FLAG).decision.liveness

    assert [seen(), seen()] == ["unsure", "suspect"]
    for minutes, expected in ((14, "suspect"), (16, "unsure")):
        SeenFrame.objects.update(at=timezone.now() - timedelta(minutes=minutes))
        assert seen() == expected


def test_what_waited_for_a_network_is_not_held_against_the_kiosk(enrolled_ana: Employee) -> None:
    policy = LivenessPolicy("flag", remember=False)
    for _time in range(2):
        assert identify(images=burst(), asker="kiosk", liveness=policy).decision.liveness == "unsure"
    assert not SeenFrame.objects.exists()
