"""The timesheet to sign prints names in any script that a font of the machine has, and says where none has."""

from __future__ import annotations

import io
from typing import Any

import pypdf
import pytest
from django.test import Client

from employees.models import Employee
from reporting.files.fonts import unprintable

pytestmark = pytest.mark.django_db


def printed(client: Client, number: str) -> str:
    answer: Any = client.get(f"/attendance/people/{number}/2026-11/timesheet.pdf")
    assert answer.status_code == 200
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)


@pytest.mark.parametrize("name", ["محمد", "שלום", "Ελένη", "Зоя", "สมชาย"])
def test_a_name_in_another_script_is_printed(hr_client: Client, ana: Employee, name: str) -> None:
    Employee.objects.filter(pk=ana.pk).update(first_name=name)

    text = printed(hr_client, "1001")

    assert not unprintable(name)
    # Shaped and right to left, letters come back as drawn: one of them is enough to know that they are there.
    assert set(name) & set(text)
