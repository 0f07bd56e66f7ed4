"""People read the text, agree for the purposes they choose, and withdraw as easily; each act is in the chain."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from common import append_only
from common.chain import chain_extend
from common.models import AuditEntry
from common.redaction import redact
from doors.models import Door
from doors.services import access_request
from employees.consent_texts import consent_text
from employees.models import Consent, ConsentText, Employee, User
from employees.services import consent_give
from privacy.models import ConsentLink, Erasure
from recognition import gallery
from recognition.models import Decision, Refreshment
from recognition.services import identify, photo_add, photo_process
from recognition.services.refresh import refresh_choose, refresh_hold
from recognition.tests.fake_engine import fake_photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keys(settings: Settings, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path / "keys"


def agree(client: Client, address: str, *purposes: str) -> str:
    page = client.get(address).content.decode()
    version = re.search(r'name="version" value="([^"]+)"', page)
    assert version is not None, page
    data = {"agreed": "yes", "version": version[1], **dict.fromkeys(purposes, "yes")}
    return str(client.post(address, data, follow=True).content.decode())


def test_a_person_reads_agrees_and_withdraws_by_themselves(colleague_client: Client, colleague: User) -> None:
    page = reverse("own_consent")
    assert "as easily as you gave it" in colleague_client.get(page).content.decode()
    assert "You have agreed" in agree(colleague_client, page, "doors")
    consent = Consent.objects.get()
    assert (consent.method, consent.doors, consent.pictures, consent.refresh) == ("own", True, False, False)
    assert consent.text == ConsentText.objects.get(version="2026-1", language="en")
    receipt = colleague_client.get(reverse("consent_receipt", args=[consent.pk]))
    assert receipt.content.startswith(b"%PDF")
    said = colleague_client.post(page, {"do": "withdraw"}, follow=True).content.decode()
    assert "withdrawn" in said
    consent.refresh_from_db()
    assert consent.withdrawn_at is not None
    assert Erasure.objects.get().cause == "withdrawal"
    assert {one.actor for one in AuditEntry.objects.filter(act__startswith="consent.")} == {"employee 2003"}


def test_a_link_lets_somebody_without_an_account_agree_once_and_withdraw(
    hr_client: Client, ana: Employee, client: Client
) -> None:
    Consent.objects.all().delete()
    said = hr_client.post(reverse("consent_link_make", args=[ana.number]), follow=True).content.decode()
    address = re.search(r"/consent/[\w-]+/", said)
    assert address is not None
    assert address[0] not in redact(address[0])
    agree(client, address[0], "pictures", "refresh")
    consent = Consent.objects.get()
    assert (consent.employee, consent.method) == (ana, "link")
    assert (consent.doors, consent.pictures, consent.refresh) == (False, True, True)
    client.post(address[0], {"do": "withdraw"})
    assert not Consent.objects.filter(withdrawn_at=None).exists()
    # Whoever finds the link later agrees to nothing with it.
    assert "was used already" in client.get(address[0]).content.decode()
    client.post(address[0], {"agreed": "yes", "version": "2026-1"})
    assert not Consent.objects.filter(withdrawn_at=None).exists()


def test_a_person_ends_one_purpose_and_keeps_the_others(
    colleague_client: Client, colleague: User, settings: Settings
) -> None:
    settings.KEEP_IMAGES = True
    employee, page = colleague.employee, reverse("own_consent")
    agree(colleague_client, page, "doors", "pictures", "refresh")
    for variation in range(3):
        photo_process(photo_add(employee=employee, content=fake_photo(3, variation=variation), source="upload").pk)
    decision = identify(images=[fake_photo(3, variation=4)], asker=Decision.Asker.KIOSK).decision
    assert storages["faces"].exists(decision.image_path)

    colleague_client.post(page, {"do": "change", "doors": "yes"})

    standing = Consent.objects.get(withdrawn_at=None)
    assert (standing.doors, standing.pictures, standing.refresh) == (True, False, False)
    assert Consent.objects.exclude(withdrawn_at=None).count() == 1, "what was agreed to before stays as evidence"
    assert not storages["faces"].exists(decision.image_path)
    assert employee.photos.count() == 3, "clocking goes on, and nothing else is erased"
    assert not Erasure.objects.exists()
    colleague_client.post(page, {"do": "change", "doors": "yes", "pictures": "yes"})
    assert Consent.objects.get(withdrawn_at=None).pictures


def test_a_link_ends_a_purpose_and_begins_none(hr_client: Client, ana: Employee, client: Client) -> None:
    said = hr_client.post(reverse("consent_link_make", args=[ana.number]), follow=True).content.decode()
    address = re.search(r"/consent/[\w-]+/", said)
    assert address is not None
    assert 'name="pictures"' not in client.get(address[0]).content.decode()
    client.post(address[0], {"do": "change", "pictures": "yes", "refresh": "yes"})
    standing = Consent.objects.get(employee=ana, withdrawn_at=None)
    assert (standing.doors, standing.pictures, standing.refresh) == (False, False, False)


def test_an_old_a_replaced_and_an_invented_link_open_nothing(hr_client: Client, ana: Employee, client: Client) -> None:
    addresses = []
    for _turn in range(2):
        said = hr_client.post(reverse("consent_link_make", args=[ana.number]), follow=True).content.decode()
        found = re.search(r"/consent/[\w-]+/", said)
        assert found is not None
        addresses.append(found[0])
    assert client.get(addresses[0]).status_code == 404
    assert client.get(addresses[1]).status_code == 200
    ConsentLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(addresses[1]).status_code == 404
    assert client.get("/consent/invented/").status_code == 404


def test_nobody_agrees_to_a_text_that_they_were_not_shown(
    colleague_client: Client, colleague: User, settings: Settings
) -> None:
    ConsentText.objects.create(version="2027-1", language="en", text="Another text.")
    settings.CONSENT_POLICY_VERSION = "2027-1"
    page = reverse("own_consent")
    assert "Another text." in colleague_client.get(page).content.decode()
    said = colleague_client.post(page, {"agreed": "yes", "version": "2026-1"}, follow=True).content.decode()
    assert "Read it again" in said
    colleague_client.post(page, {"version": "2027-1"})
    assert not Consent.objects.exists()


def test_the_text_is_shown_in_the_reader_s_language_and_stored(colleague_client: Client, colleague: User) -> None:
    page = colleague_client.get(reverse("own_consent"), HTTP_ACCEPT_LANGUAGE="es").content.decode()
    assert "Usted" in page or "usted" in page
    assert set(ConsentText.objects.values_list("language", flat=True)) == {"es"}


def test_a_changed_text_is_found_by_the_chain(ana: Employee) -> None:
    text = consent_text(language="en")
    Consent.objects.all().delete()
    consent_give(employee=ana, method="paper", text=text)
    chain_extend()
    append_only.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE employees_consenttext SET text = 'I agree to everything'")
    append_only.install(connection)
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("audit_verify", stdout=said)
    assert "row_changed employees.consenttext" in said.getvalue()


def test_a_door_stays_shut_for_a_face_without_that_consent(ana: Employee) -> None:
    door = Door.objects.create(name="Store")
    for consent in Consent.objects.all():
        consent.doors = False
        consent.save()
    shut = access_request(door=door, employee=ana, method="face", key="1")
    assert (shut.outcome, shut.reason) == ("refused", "no_consent")
    assert access_request(door=door, employee=ana, method="pin", key="2").outcome == "granted"


def test_no_box_is_ticked_beforehand(colleague_client: Client, hr_client: Client, colleague: User) -> None:
    for page in (
        colleague_client.get(reverse("own_consent")),
        hr_client.get(reverse("enrol", args=[colleague.employee.number])),
    ):
        boxes = re.findall(r'<input type="checkbox"\s+name=[^>]*>', page.content.decode())
        assert len(boxes) >= 4
        assert [one for one in boxes if "checked" in one] == []


@pytest.mark.parametrize("method", ["own", "link"])
def test_hr_cannot_record_that_the_person_agreed_alone(hr_client: Client, colleague: User, method: str) -> None:
    hr_client.post(reverse("enrol_consent", args=[colleague.employee.number]), {"method": method, "agreed": "yes"})
    assert not Consent.objects.exists()


def test_each_purpose_is_asked_for_where_it_matters(enrolled_ana: Employee, settings: Settings) -> None:
    """Without the box nothing is kept, nothing is added, and no door opens; with it each of them happens."""
    settings.KEEP_IMAGES = True
    refresh_choose(on=True, by=None)
    door = Door.objects.create(name="Store")
    for agreed in (False, True):
        for consent in Consent.objects.filter(employee=enrolled_ana):
            consent.doors = consent.pictures = consent.refresh = agreed
            consent.save()
        decision = identify(images=[fake_photo(1, variation=4)], asker=Decision.Asker.KIOSK).decision
        assert decision.employee == enrolled_ana
        passed = access_request(door=door, employee=enrolled_ana, method="face", decision=decision, key=str(agreed))
        assert (passed.outcome == "granted") == agreed
        assert bool(decision.image_path) == agreed
        living = Decision.objects.create(
            asker="kiosk", outcome="identified", employee=enrolled_ana, confidence=0.9999, liveness="live"
        )
        refresh_hold(decision=living, image=fake_photo(1, variation=4), view=gallery.current())
        assert Refreshment.objects.filter(decision=living).exists() == agreed


def test_somebody_without_a_person_and_visitors_have_no_such_page(hr_client: Client, client: Client) -> None:
    assert hr_client.get(reverse("own_consent")).status_code == 404
    assert client.get(reverse("own_consent")).status_code == 302


def test_another_s_receipt_is_not_handed_out(colleague_client: Client, ana: Employee) -> None:
    consent = Consent.objects.get(employee=ana)
    assert colleague_client.get(reverse("consent_receipt", args=[consent.pk])).status_code == 404
