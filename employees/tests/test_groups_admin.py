"""Groups are given their permissions in the reader's language."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse


def test_permissions_have_the_names_of_the_pages(hr_client: Client) -> None:
    hr_client.cookies["django_language"] = "es"

    page = hr_client.get(reverse("admin:auth_group_add")).content.decode()

    assert ">Turno: ver</option>" in page
    assert ">Turno: agregar</option>" in page
    assert "Can view" not in page
    assert "| " not in page.partition('name="permissions"')[2].partition("</select>")[0]
