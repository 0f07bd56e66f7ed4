"""POST /api/v1/identify: the answer, who may ask, and every picture that is none."""

from __future__ import annotations

import io
import struct
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from common.tests.problems import assert_problem
from employees.models import ApiKey, Department, Employee, User
from employees.services import api_key_create, consent_withdraw
from recognition import engine_holder
from recognition.engine.images import MAX_BYTES
from recognition.engines import PUBLISHED
from recognition.models import Decision, ModelVersion
from recognition.tests.fake_engine import fake_nobody, fake_pair, fake_photo, flat

URL = "/api/v1/identify"
ANA, STRANGER = 1, 90
ClientFactory = Callable[..., APIClient]


@pytest.fixture
def client(api_client_factory: ClientFactory) -> APIClient:
    return api_client_factory("identify")


def ask(client: Any, content: bytes, name: str = "photo.jpg", **fields: Any) -> Any:
    data = {"file": SimpleUploadedFile(name, content), **fields}
    if isinstance(client, APIClient):
        return client.post(URL, data, format="multipart")
    return client.post(URL, data)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def picture(person: int = ANA, variation: int = 3) -> Image.Image:
    return Image.fromarray(flat(person, variation=variation))


def bomb(side: int = 60_000) -> bytes:
    """A PNG of a few hundred bytes that announces gigabytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00" * 100_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_a_known_face_is_answered_with_its_person_and_stored_as_evidence(
    client: APIClient, enrolled_ana: Employee
) -> None:
    response = ask(client, fake_photo(ANA, variation=4, kind="JPEG"))

    assert response.status_code == 200, response.content
    answer = response.json()
    assert answer["person"] == {"number": "1001", "name": "Ana Demo"}
    assert answer["outcome"] == "identified"
    assert 0.85 <= answer["confidence"] <= 1
    assert answer["box"] == [0, 0, 200, 200]
    assert answer["model_version"] == "fake-1"
    assert answer["milliseconds"]["total"] >= 0
    decision = Decision.objects.get(pk=uuid.UUID(answer["decision"]))
    assert decision.asker == Decision.Asker.API
    assert decision.asker_id
    assert decision.employee == enrolled_ana
    assert decision.image_path == ""


def test_a_stranger_has_no_person(client: APIClient, enrolled_ana: Employee) -> None:
    answer = ask(client, fake_photo(STRANGER)).json()

    assert answer["outcome"] == "unknown"
    assert answer["person"] is None
    assert answer["advice"]


def test_whoever_withdraws_consent_is_a_stranger_at_once(client: APIClient, enrolled_ana: Employee, hr: User) -> None:
    assert ask(client, fake_photo(ANA)).json()["person"]
    consent_withdraw(employee=enrolled_ana, by=hr)

    answer = ask(client, fake_photo(ANA)).json()

    assert (answer["outcome"], answer["person"]) == ("unknown", None)


def test_the_caller_may_ask_for_more_certainty(client: APIClient, enrolled_ana: Employee) -> None:
    answer = ask(client, fake_photo(ANA, variation=4), acceptance="1").json()

    assert (answer["outcome"], answer["person"]) in [("unknown", None), ("identified", answer["person"])]
    assert Decision.objects.get(pk=answer["decision"]).acceptance == 1.0


@pytest.mark.parametrize("acceptance", ["0.5", "1"])
def test_a_key_of_a_department_is_not_told_who_works_in_the_others(
    client: APIClient, enrolled_ana: Employee, department: Department, other_department: Department, acceptance: str
) -> None:
    """Not by the name, and not by how near the face is to somebody who is not named."""
    row = ApiKey.objects.get()
    row.departments.set([other_department])
    answers = [ask(client, fake_photo(person, variation=4), acceptance=acceptance).json() for person in (ANA, 7)]
    told = [{name: one[name] for name in ("person", "confidence", "outcome", "reason")} for one in answers]
    assert told == [{"person": None, "confidence": 0.0, "outcome": "unknown", "reason": "unknown"}] * 2
    row.departments.set([department])
    assert ask(client, fake_photo(ANA, variation=4), acceptance="0.5").json()["person"]["number"] == enrolled_ana.number


@pytest.mark.parametrize("acceptance", ["1.01", "-0.1", "nan", "inf", "high"])
def test_an_acceptance_that_is_no_probability_is_refused(client: APIClient, acceptance: str) -> None:
    content = assert_problem(ask(client, fake_photo(ANA), acceptance=acceptance), 400, "invalid")

    assert [error["field"] for error in content["errors"]] == ["acceptance"]
    assert content["errors"][0]["remedy"]
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("content", "outcome", "reason"),
    [
        pytest.param(fake_nobody(), "no_face", "no_face", id="no-face"),
        pytest.param(fake_pair(ANA, STRANGER), "several_faces", "several_faces", id="two-faces"),
        pytest.param(fake_photo(ANA, size=20), "poor_quality", "too_small", id="20-pixels"),
    ],
)
def test_a_picture_nobody_can_be_identified_in_says_why(
    client: APIClient, enrolled_ana: Employee, content: bytes, outcome: str, reason: str
) -> None:
    answer = ask(client, content).json()

    assert (answer["outcome"], answer["reason"], answer["person"]) == (outcome, reason, None)
    assert answer["confidence"] == 0
    assert answer["advice"]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(saved(picture().convert("RGBA"), "PNG"), "a.png", id="rgba"),
        pytest.param(
            saved(picture(), "GIF", save_all=True, append_images=[picture(STRANGER), picture(STRANGER)]),
            "a.gif",
            id="animated-gif",
        ),
        pytest.param(saved(picture(), "WEBP", lossless=True), "a.webp", id="webp"),
        pytest.param(saved(picture(), "BMP"), "wrong-name.jpg", id="bmp-called-jpg"),
    ],
)
def test_pictures_of_many_kinds_are_read(client: APIClient, enrolled_ana: Employee, content: bytes, name: str) -> None:
    response = ask(client, content, name)

    assert response.status_code == 200, response.content
    assert response.json()["person"] == {"number": "1001", "name": "Ana Demo"}


def test_heic_is_read(client: APIClient, enrolled_ana: Employee) -> None:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(picture()).save(buffer, quality=-1)

    assert ask(client, buffer.getvalue(), "IMG_0001.HEIC").json()["outcome"] == "identified"


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(Image.new("L", (120, 120), 146), id="grey"),
        pytest.param(Image.new("I;16", (120, 120), 146 * 257), id="16-bit"),
    ],
)
def test_grey_and_deep_pictures_are_read_as_the_same_grey(client: APIClient, image: Image.Image) -> None:
    assert ask(client, saved(image, "PNG"), "a.png").json()["box"] == [0, 0, 120, 120]


def test_the_cameras_rotation_is_applied(client: APIClient) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = saved(Image.new("RGB", (300, 200), (146, 98, 194)), "JPEG", exif=exif.tobytes())

    assert ask(client, content).json()["box"] == [0, 0, 200, 300]


JPEG = fake_photo(ANA, kind="JPEG")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        pytest.param(b"just text, called .jpg", 422, "not_an_image", id="text"),
        pytest.param(b"", 422, "empty_file", id="0-bytes"),
        pytest.param(JPEG[: len(JPEG) // 2], 422, "truncated", id="truncated"),
        pytest.param(JPEG[:4], 422, "truncated", id="4-bytes"),
        pytest.param(saved(Image.new("1", (12_000, 12_000)), "PNG"), 422, "too_many_pixels", id="12000x12000"),
        pytest.param(bomb(), 422, "too_many_pixels", id="bomb"),
        pytest.param(b"\xff\xd8\xff" + b"0" * MAX_BYTES, 413, "too_large", id="too-many-bytes"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "not_an_image", id="svg"),
    ],
)
def test_bytes_that_are_no_usable_picture_are_refused_by_name(
    client: APIClient, content: bytes, status: int, code: str
) -> None:
    problem = assert_problem(ask(client, content), status, code)

    assert problem["errors"][0]["field"] == "file"
    assert problem["errors"][0]["remedy"]
    assert not Decision.objects.exists()


def test_the_limit_is_said(client: APIClient) -> None:
    assert "50 million" in ask(client, bomb()).json()["detail"]
    assert "20 MiB" in ask(client, b"\xff\xd8\xff" + b"0" * MAX_BYTES).json()["detail"]


def test_a_flood_is_refused_by_its_announced_length(client: APIClient) -> None:
    response = client.generic(
        "POST", URL, "x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(5 * 2**30)
    )

    assert_problem(response, 413, "too_large")


def test_a_missing_file_is_named(client: APIClient) -> None:
    problem = assert_problem(client.post(URL, {}, format="multipart"), 400, "invalid")

    assert problem["errors"][0]["field"] == "file"
    assert problem["errors"][0]["code"] == "required"


def test_a_field_in_place_of_the_file_is_named(client: APIClient) -> None:
    problem = assert_problem(client.post(URL, {"file": "photo.jpg"}, format="multipart"), 400, "invalid")

    assert problem["errors"][0]["field"] == "file"


def test_two_files_are_refused(client: APIClient) -> None:
    two = [SimpleUploadedFile("a.png", fake_photo(ANA)), SimpleUploadedFile("b.png", fake_photo(STRANGER))]

    problem = assert_problem(client.post(URL, {"file": two}, format="multipart"), 400, "invalid")

    assert problem["errors"][0]["code"] == "several_files"


def test_a_misspelt_field_is_named(client: APIClient) -> None:
    problem = assert_problem(ask(client, fake_photo(ANA), acceptence="0.9"), 400, "invalid")

    assert [(e["field"], e["code"]) for e in problem["errors"]] == [("acceptence", "unknown_field")]


def test_a_broken_form_is_a_bad_request(client: APIClient) -> None:
    response = client.generic("POST", URL, "--x\r\nnonsense", content_type="multipart/form-data; boundary=")

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


def test_a_bare_picture_is_told_to_come_as_a_form(client: APIClient) -> None:
    assert_problem(client.generic("POST", URL, "bare bytes", content_type="image/jpeg"), 415, "unsupported_media_type")


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_other_methods_are_refused(client: APIClient, method: str) -> None:
    response = getattr(client, method)(URL)

    assert_problem(response, 405, "method_not_allowed")
    assert "POST" in response["Allow"]


@pytest.mark.usefixtures("no_version")
def test_no_active_model_is_503_without_a_path_of_ours(client: APIClient, settings: Settings, tmp_path: Path) -> None:
    settings.ENGINE, settings.MODELS_DIR = PUBLISHED, tmp_path
    engine_holder.reset()

    response = ask(client, fake_photo(ANA))

    assert_problem(response, 503, "model_missing")
    assert str(tmp_path) not in response.content.decode()
    assert int(response["Retry-After"]) > 0
    assert not Decision.objects.exists()


@pytest.mark.usefixtures("no_version")
@pytest.mark.parametrize("manifest", [None, "{"])
def test_a_missing_or_corrupted_model_file_is_503(
    client: APIClient, settings: Settings, tmp_path: Path, manifest: str | None
) -> None:
    settings.ENGINE, settings.MODELS_DIR = PUBLISHED, tmp_path
    ModelVersion.objects.create(name="v1", state=ModelVersion.State.ACTIVE)
    (tmp_path / "v1").mkdir()
    if manifest is not None:
        (tmp_path / "v1" / "manifest.json").write_text(manifest)
    engine_holder.reset()

    assert_problem(ask(client, fake_photo(ANA)), 503, "model_missing" if manifest is None else "model_corrupt")


def test_a_visitor_has_to_authenticate(db: None) -> None:
    response = ask(Client(), fake_photo(ANA))

    assert_problem(response, 401, "not_authenticated")
    assert response["WWW-Authenticate"].startswith("Api-Key")


def test_hr_may_ask_and_is_named_as_the_asker(hr_client: Client, hr: User, enrolled_ana: Employee) -> None:
    answer = ask(hr_client, fake_photo(ANA)).json()

    decision = Decision.objects.get(pk=answer["decision"])
    assert (decision.asker, decision.asker_id) == (Decision.Asker.USER, str(hr.pk))


@pytest.mark.parametrize("role", ["colleague_client", "manager_client", "outsider_client"])
def test_nobody_else_may_ask(request: pytest.FixtureRequest, role: str) -> None:
    assert_problem(ask(request.getfixturevalue(role), fake_photo(ANA)), 403, "role_missing")
    assert not Decision.objects.exists()


def test_a_key_without_the_scope_may_not_ask(api_client_factory: ClientFactory) -> None:
    client = api_client_factory("attendance:read", "attendance:write")

    problem = assert_problem(ask(client, fake_photo(ANA)), 403, "scope_missing")

    assert "identify" in problem["detail"]


def test_forged_addresses_change_nothing(enrolled_ana: Employee) -> None:
    row, key = api_key_create(name="door", scopes=["identify"])
    client = APIClient()
    client.credentials(
        HTTP_X_API_KEY=key, HTTP_X_FORWARDED_FOR="10.0.0.1, 127.0.0.1", HTTP_REFERER="https://evil.example/admin/"
    )

    answer = ask(client, fake_photo(ANA)).json()

    assert Decision.objects.get(pk=answer["decision"]).asker_id == row.prefix


def test_a_forged_host_is_refused(client: APIClient) -> None:
    data = {"file": SimpleUploadedFile("a.png", fake_photo(ANA))}

    response = client.post(URL, data, format="multipart", HTTP_HOST="evil.example")

    assert_problem(response, 400, "host_not_allowed")
    assert b"evil.example" not in response.content
    assert not Decision.objects.exists()
