"""What tests of a kiosk share: a paired one with its browser."""

from __future__ import annotations

import pytest
from django.test import Client

from attendance.models import Kiosk
from kiosk.tests.kiosk_kit import paired


@pytest.fixture
def door(db: None) -> tuple[Kiosk, Client]:
    """A paired kiosk and its browser."""
    return paired()
