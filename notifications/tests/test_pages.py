"""The bell, its page and what each person chooses: their own alone, in a number of statements that does not grow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from employees.models import User
from notifications.models import Channel, Kind, Notification
from notifications.services.telling import tell
from notifications.tests.kit import away, send_all

pytestmark = pytest.mark.django_db
PAGE, CHOICES = "/notifications/", "/notifications/choices/"


def unread(client: Client) -> int:
    badges = {one["href"]: one["count"] for one in client.get("/find/badges/").json()["badges"]}
    return int(badges.get(PAGE, 0))


def test_what_one_was_told_is_unread_until_it_is_opened(
    colleague: User, manager: User, manager_client: Client, colleague_client: Client
) -> None:
    away(colleague)
    assert (unread(manager_client), unread(colleague_client)) == (1, 0)
    page = manager_client.get(PAGE)
    assert "Cleo Demo requests time off" in page.text
    assert "1 unread" in page.text
    key = Notification.objects.get().pk
    assert colleague_client.post(f"{PAGE}{key}/open/").status_code == 404
    answer = manager_client.post(f"{PAGE}{key}/open/")
    assert answer["Location"] == "/attendance/exceptions/"
    assert unread(manager_client) == 0
    assert "Cleo Demo requests time off" in manager_client.get(PAGE).text


def test_all_are_marked_as_read_and_nobody_else_s(hr: User, manager: User, hr_client: Client) -> None:
    for number in range(3):
        tell(kind=Kind.BACKUP, key=f"backup:{number}", users=[hr, manager], data={"days": number})
    hr_client.post("/notifications/read/")
    assert list(Notification.objects.filter(read_at=None).values_list("user__username", flat=True)) == ["manager"] * 3


@pytest.mark.parametrize("path", [PAGE, CHOICES])
def test_the_statements_do_not_grow_with_the_rows(
    hr: User, hr_client: Client, django_assert_max_num_queries: Callable[[int], Any], path: str
) -> None:
    for number in range(60):
        tell(kind=Kind.BACKUP, key=f"backup:{number}", users=[hr], data={"days": number})
    hr_client.get(path)
    with django_assert_max_num_queries(14):
        assert hr_client.get(path).status_code == 200


def test_a_page_lists_fifty(hr: User, hr_client: Client) -> None:
    for number in range(60):
        tell(kind=Kind.BACKUP, key=f"backup:{number}", users=[hr], data={"days": number})
    assert hr_client.get(PAGE).text.count("told__item ") == 50
    assert "Page 2 of 2" in hr_client.get(f"{PAGE}?page=2").text


def test_each_chooses_channels_and_times(colleague: User, manager: User, manager_client: Client) -> None:
    page = manager_client.get(CHOICES).text
    assert 'value="request:email"' in page
    # A kind that goes to HR and IT alone.
    assert 'value="kiosk:email"' not in page
    form = {"wanted": ["request:app", "late:app", "late:email"], "digest": "", "digest_hour": "7"}
    assert manager_client.post(CHOICES, form).status_code == 302
    away(colleague)
    send_all()
    assert mail.outbox == []
    assert unread(manager_client) == 1
    assert manager_client.post(CHOICES, {**form, "wanted": []}).status_code == 302
    late = {"name": "Cleo", "day": "2026-03-02", "time": "09:00"}
    tell(kind=Kind.LATE, key="late:1:2026-03-02", users=[manager], data=late)
    # By no channel: nothing is shown either.
    assert unread(manager_client) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_from": "22:00"},
        {"digest": "weekly"},
        {"digest_hour": "24"},
        {"wanted": ["nothing:email"]},
    ],
)
def test_what_cannot_be_chosen_is_said(colleague_client: Client, wrong: dict[str, Any]) -> None:
    form = {"wanted": [], "digest": "", "digest_hour": "7", **wrong}
    assert colleague_client.post(CHOICES, form).status_code == 422


def test_a_changed_account_is_mailed_whatever_somebody_chose(colleague: User, colleague_client: Client) -> None:
    colleague_client.post(CHOICES, {"wanted": [], "digest": "daily", "digest_hour": "7"})
    tell(kind=Kind.ACCOUNT, key="account:1", users=[colleague], data={"change": "password"})
    send_all()
    assert [message.to for message in mail.outbox] == [["colleague@example.com"]]


def test_the_company_s_chat_is_hr_s_and_it_s(
    hr_client: Client, manager_client: Client, client_of: Callable[[User], Client], technician: User
) -> None:
    answers = [one.get("/notifications/company/").status_code for one in (hr_client, client_of(technician))]
    assert answers == [200, 200]
    assert manager_client.get("/notifications/company/").status_code == 403
    assert "/notifications/company/" not in manager_client.get(CHOICES).text


def test_every_kind_has_a_box_for_every_channel(hr_client: Client) -> None:
    page = hr_client.get(CHOICES).text
    for kind in (Kind.REQUEST, Kind.KIOSK, Kind.PERIOD, Kind.BACKUP, Kind.ACCOUNT):
        for channel in Channel.values:
            assert f'value="{kind}:{channel}"' in page
