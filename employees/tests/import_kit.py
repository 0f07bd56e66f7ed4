"""A file through HR's pages, as a browser sends it: upload, answers, confirmation, and the worker that stores it."""

from __future__ import annotations

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from employees.importing.plan import Plan
from employees.models import Import
from employees.services.imports import import_read, import_run


def upload(
    client: Client, *lines: str, kind: str = "people", encoding: str = "utf-8", name: str = "rows.csv"
) -> tuple[Import | None, str]:
    """The file that was kept, and the text of the page that followed."""
    return upload_bytes(client, "\r\n".join(lines).encode(encoding), kind=kind, name=name)


def upload_bytes(
    client: Client, content: bytes, *, kind: str = "people", name: str = "rows.csv"
) -> tuple[Import | None, str]:
    """The same for a file's bytes."""
    before = set(Import.objects.values_list("pk", flat=True))
    answer: Any = client.post(
        reverse("imports"), {"kind": kind, "file": SimpleUploadedFile(name, content)}, follow=True
    )
    job = Import.objects.exclude(pk__in=before).first()
    return job, text_of(answer)


def page(client: Client, job: Import | None) -> str:
    """The file's page as it is now."""
    assert job is not None
    return text_of(client.get(reverse("import_file", kwargs={"key": job.pk})))


def plan_of(job: Import | None) -> Plan:
    """What would become of the file."""
    assert job is not None
    job.refresh_from_db()
    return import_read(job=job).plan


def answer(client: Client, job: Import | None, answers: dict[str, str] | None = None, **choices: str) -> str:
    """Answer questions by their keys' beginnings, and say how the file is to be read."""
    assert job is not None
    questions = plan_of(job).questions
    posted: dict[str, Any] = {"do": "answer", "key": [one.key for one in questions], **choices}
    for number, question in enumerate(questions):
        for begin, value in (answers or {}).items():
            if question.key.startswith(begin):
                posted[f"answer-{number}"] = value
    return text_of(client.post(reverse("import_file", kwargs={"key": job.pk}), posted, follow=True))


def save(client: Client, job: Import | None) -> Import:
    """Confirm what the page shows, and let the worker do its part."""
    assert job is not None
    shown = client.get(reverse("import_file", kwargs={"key": job.pk})).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', shown)
    client.post(
        reverse("import_file", kwargs={"key": job.pk}),
        {"do": "save", "seen": seen.group(1) if seen else ""},
        follow=True,
    )
    return import_run(job_id=job.pk)


def imported(client: Client, *lines: str, kind: str = "people") -> Import:
    """A file without questions from upload to stored."""
    job, _text = upload(client, *lines, kind=kind)
    return save(client, job)


def text_of(response: Any) -> str:
    """What somebody reads on the page."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())
