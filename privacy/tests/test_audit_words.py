"""The audit trail says in the reader's language who did what: no code stands alone."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from common import audit
from common.models import AuditEntry
from planning.models import Swap
from privacy.acts import ACTS
from privacy.templatetags.privacy import actor_said, changes, object_said, said

RECORDED = re.compile(r"""audit\.record(?:_for)?\(\s*"([a-z_.]+)\"""")


def test_every_act_that_is_recorded_has_words() -> None:
    found = {
        act
        for app in settings.OWN_APPS
        for path in (settings.BASE_DIR / app).rglob("*.py")
        if "tests" not in path.parts
        for act in RECORDED.findall(path.read_text())
    }

    assert len(found) > 25
    assert found - set(ACTS) == set()


@pytest.mark.parametrize("state", ["asked", *Swap.State.values])
def test_a_swap_says_how_it_stands(state: str) -> None:
    with override("es"):
        words = said(AuditEntry(act=f"plan.swap_{state}"))

    assert words.startswith("Cambio de turno: ")
    assert state not in words


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        ("user ana", "usuario ana"),
        ("kiosk Front door", "terminal Front door"),
        ("key Payroll", "clave de API Payroll"),
        ("task kiosk.watch", "tarea de fondo kiosk.watch"),
        ("somebody else", "somebody else"),
        ("user", "user"),
    ],
)
def test_who_was_at_work_is_said_in_the_readers_language(actor: str, words: str) -> None:
    with override("es"):
        assert actor_said(actor) == words


def test_a_row_has_the_name_of_its_page() -> None:
    with override("es"):
        assert object_said("enrolmentphoto 7") == "foto de registro facial 7"
        assert object_said("ana.csv") == "ana.csv"


def test_details_are_said_in_words_and_days_in_the_pages_style() -> None:
    entry = AuditEntry(
        act="plan.published", details={"days": {"2026-12-07": "free", "2026-12-08": "Mañana"}, "from": "2026-12-07"}
    )
    with override("es"):
        assert [tuple(one) for one in changes(entry)] == [
            ("Días", "07/12/2026: libre; 08/12/2026: Mañana", None),
            ("Desde", "07/12/2026", None),
        ]


def test_what_only_looks_like_a_day_stays_as_it_is() -> None:
    entry = AuditEntry(act="export", details={"address": "2026-02-31"})

    assert changes(entry)[0].before == "2026-02-31"


@pytest.mark.django_db
def test_the_page_shows_the_words(hr_client: Client) -> None:
    with audit.acting("user ana"):
        audit.record("plan.published", subject="1001", object="plan")
    hr_client.cookies["django_language"] = "es"

    page = " ".join(hr_client.get(reverse("audit_trail")).content.decode().split())

    assert "Planificación publicada" in page
    assert "usuario ana" in page
