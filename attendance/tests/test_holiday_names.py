"""Public holidays have the names of their country, whatever language the server speaks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from attendance.rules.holiday_calendar import public_holidays


@pytest.fixture
def unread() -> Iterator[None]:
    public_holidays.cache_clear()
    yield
    public_holidays.cache_clear()


@pytest.mark.parametrize("spoken", ["C", "en_US", "es", "uk"])
def test_a_holiday_has_the_same_name_on_every_server(
    spoken: str, monkeypatch: pytest.MonkeyPatch, unread: None
) -> None:
    monkeypatch.setenv("LANGUAGE", spoken)

    assert public_holidays("BO", "", 2027)[date(2027, 1, 1)] == "Año Nuevo"
    assert public_holidays("MD", "", 2027)[date(2027, 1, 1)] == "Anul Nou"


def test_a_country_whose_names_are_in_one_language_alone_has_those(unread: None) -> None:
    assert public_holidays("GB", "ENG", 2027)[date(2027, 12, 27)].startswith("Christmas Day")
