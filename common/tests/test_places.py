"""What people read of a zone."""

from __future__ import annotations

import pytest
from django.utils import translation

from common.places import zone_text


@pytest.mark.parametrize(
    ("language", "zone", "text"),
    [
        ("en", "America/La_Paz", "La Paz time"),
        ("es", "America/La_Paz", "hora de La Paz"),
        ("en", "America/Argentina/Buenos_Aires", "Buenos Aires time"),
        ("es", "America/New_York", "hora de Nueva York"),
        ("es", "UTC", "UTC"),
        ("en", "Etc/GMT+4", "Etc/GMT+4"),
    ],
)
def test_a_zone_is_said_in_words(language: str, zone: str, text: str) -> None:
    with translation.override(language):
        assert zone_text(zone) == text
