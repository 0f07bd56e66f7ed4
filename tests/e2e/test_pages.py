"""Each page of the program once, in a width, a light and a language by turns; `python -m scripts.pages` walks all."""

from __future__ import annotations

import pytest
from pytest_django.live_server_helper import LiveServer

from scripts.pages.company import fill
from scripts.pages.looking import LANGUAGES, SCHEMES, WIDTHS
from scripts.pages.roles import ROLES
from scripts.pages.walking import Walk, table
from tests.e2e.conftest import Launch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_nothing_is_cut_covered_too_small_or_unusable(launch: Launch, server: LiveServer) -> None:
    walk = Walk(server.url, fill(), roles=ROLES, widths=WIDTHS, languages=LANGUAGES, schemes=SCHEMES, pages=[""])

    walk.sample(launch())

    assert len(walk.walked) > 100
    assert walk.missing.get("hr", []) == [], "give these a row in scripts/pages/company.py"
    assert walk.faults == [], table(walk.faults)
