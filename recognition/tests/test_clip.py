"""A clip of the webcam becomes a few photos: the best frame, and those that show another pose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from employees.models import Employee, EnrolmentPhoto, User
from employees.services import consent_withdraw
from recognition.engine.poses import pick
from recognition.engine.types import Quality
from recognition.services import photo_process
from recognition.services.clip import MOST_FRAMES
from recognition.tests.fake_engine import fake_nobody, fake_pair, fake_photo, fake_pose

POSES = ("rest", "rest", "turn_left", "turn_left", "rest", "turn_right", "turn_right", "rest")


def quality(score: float, yaw: float = 0.0, pitch: float = 0.0, smile: float = 0.0) -> Quality:
    return Quality(score, 60, 300, 0.5, yaw, pitch, 0, smile, 0)


def test_the_best_frame_comes_first_then_those_that_differ_most() -> None:
    poses = [quality(0.8), quality(0.9, 2), quality(0.9, 30), quality(0.5, 31), quality(0.7, -20), quality(0.9, 3)]
    assert pick(poses) == [1, 2, 4]


def test_a_chin_that_is_lifted_and_a_smile_are_other_poses_too() -> None:
    assert pick([quality(0.9), quality(0.8, pitch=15), quality(0.7, smile=0.9)]) == [0, 2, 1]


def test_of_a_head_held_still_one_frame_is_kept_and_of_a_turning_one_no_more_than_asked_for() -> None:
    assert pick([quality(0.9, yaw) for yaw in range(6)]) == [0]
    assert len(pick([quality(0.9, 8 * step) for step in range(12)])) == 5
    assert pick([]) == []


def send(client: Client, frames: Sequence[bytes], number: str = "1001") -> Any:
    files = [SimpleUploadedFile(f"{place}.png", frame, "image/png") for place, frame in enumerate(frames)]
    return client.post(reverse("enrol_clip", args=[number]), {"file": files})


@pytest.mark.django_db
def test_each_pose_of_a_clip_becomes_a_photo_that_is_judged(hr_client: Client, ana: Employee, hr: User) -> None:
    clip = [fake_nobody(), *(fake_pose(1, pose, tick=tick) for tick, pose in enumerate(POSES))]

    answer = send(hr_client, clip)

    assert answer.status_code == 201
    taken = EnrolmentPhoto.objects.filter(employee=ana)
    assert [one["id"] for one in answer.json()["photos"]] == [str(photo.pk) for photo in taken.order_by("file_name")]
    assert {(photo.source, photo.uploaded_by, photo.state) for photo in taken} == {("webcam", hr, "queued")}
    assert all(photo.taken_at is not None and photo.taken_at <= timezone.now() for photo in taken)
    yaws = sorted(photo_process(photo.pk).quality["yaw"] for photo in taken)
    assert yaws == pytest.approx([-25, 0, 25], abs=1)
    assert {photo.state for photo in EnrolmentPhoto.objects.all()} == {"accepted"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("clip", "status", "code"),
    [
        ([], 400, "no_frames"),
        ([fake_photo(1)] * (MOST_FRAMES + 1), 400, "too_many_frames"),
        ([fake_nobody(), fake_nobody(), fake_pair(1, 60)], 422, "no_face"),
        ([fake_pair(1, 60)], 422, "several_faces"),
        ([b"junk"], 422, "not_an_image"),
    ],
)
def test_a_clip_without_a_good_frame_is_refused_with_the_reason(
    hr_client: Client, ana: Employee, clip: list[bytes], status: int, code: str
) -> None:
    answer = send(hr_client, clip)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not EnrolmentPhoto.objects.exists()


@pytest.mark.django_db
def test_without_consent_no_clip_is_looked_at(hr_client: Client, hr: User, ana: Employee) -> None:
    consent_withdraw(employee=ana, by=hr)
    answer = send(hr_client, [fake_pose(1, "rest", tick=0)])
    assert (answer.status_code, answer.json()["code"]) == (409, "no_consent")
