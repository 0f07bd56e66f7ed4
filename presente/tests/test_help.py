"""The documentation in the program: every page opens, its links stay inside, and nothing else of the disk is read."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from presente.help import FOLDER, names, page, version

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", names())
def test_each_page_has_a_title_and_links_that_lead_somewhere(name: str) -> None:
    title, text = page(name)
    inside = re.findall(r'href="/help/(?!images/)([\w/-]+)/', text)
    pictures = re.findall(r'(?:href|src)="/help/images/([^"]+)"', text)

    assert title
    assert [one for one in inside if one not in names()] == []
    assert [one for one in pictures if not (FOLDER / "images" / one).is_file()] == []


def test_a_page_is_read_by_whoever_is_logged_in(colleague_client: Client, client: Client) -> None:
    shown = colleague_client.get(reverse("help_first"))

    assert "Setting up a company" in shown.text
    assert f"Presente {version()}" in shown.text
    assert client.get(reverse("help_first")).status_code == 302


@pytest.mark.parametrize("name", ["../README", "secret", "images/presence"])
def test_there_is_no_other_page(colleague_client: Client, name: str) -> None:
    assert colleague_client.get(f"/help/{name}/").status_code == 404


def test_pictures_come_from_their_folder_alone(colleague_client: Client) -> None:
    picture = colleague_client.get(reverse("help_picture", args=["presence.png"]))

    assert picture["Content-Type"] == "image/png"
    assert colleague_client.get("/help/images/../../manage.py").status_code == 404
    assert colleague_client.get("/help/images/%2e%2e/%2e%2e/manage.py").status_code == 404
