"""Load the model and the gallery when a process starts, before the first person comes."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from django.db import DatabaseError, connections

from recognition import gallery
from recognition.engine.aligner import CHIP, TEMPLATE
from recognition.engine.protocol import Engine
from recognition.engine.types import RGB, Box, Face, ModelUnavailable
from recognition.services.frames import LOOKS

logger = logging.getLogger(__name__)
GREY: RGB = np.full((4 * CHIP, 4 * CHIP, 3), 128, np.uint8)
SOMEBODY = Face(Box(0, 0, 4 * CHIP, 4 * CHIP), 4 * TEMPLATE, 1.0)


def warm() -> None:
    """Load the model and who can be recognised, and let each network run once in as many copies as a burst needs.

    What stands in the way is logged: the first question will say it to whoever asks.
    """
    try:
        _run_once(gallery.current().engine)
    except (ModelUnavailable, DatabaseError) as error:
        logger.warning("Nothing is loaded before the first question: %s", error)
    finally:
        connections.close_all()


def _run_once(engine: Engine) -> None:
    def look(_copy: int) -> None:
        engine.detect(GREY)
        engine.quality(GREY, SOMEBODY, purpose="probe")

    with ThreadPoolExecutor(LOOKS) as threads:
        list(threads.map(look, range(LOOKS)))
    engine.embed(GREY, SOMEBODY)
