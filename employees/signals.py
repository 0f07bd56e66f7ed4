"""What happens to people that apps above this one act upon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.dispatch import Signal

consent_withdrawn = Signal()
"""Sent in the transaction in which somebody's face stops being used; ``employee``."""

change_asked = Signal()
"""Somebody is about to save or delete what people's time is counted from: ``change``, which does it.

A receiver may call it, look, and take it back; it answers with what has to be read first, as ``Said``.
"""


class Said(NamedTuple):
    """Sentences to read before a change: what it would have done to locked periods, and what it moves on open days."""

    locked: list[str]
    moved: list[str]

    def __bool__(self) -> bool:
        return bool(self.locked or self.moved)


def ask_first(sender: type, change: Callable[[], Any]) -> Said:
    """What has to be read before ``change``, which is tried and taken back; what it raises comes through."""
    answers: list[tuple[Any, Any]] = change_asked.send(sender, change=change)
    return Said(
        [text for _who, one in answers for text in one.locked], [text for _who, one in answers for text in one.moved]
    )


people_merging = Signal()
"""Sent in the transaction before the photos of ``employee`` become those of ``into``; a receiver refuses by raising a
``Refusal``."""

employment_changing = Signal()
"""Sent in the transaction before a person's periods of employment change, which a receiver refuses by raising a
``Refusal``; ``employee``, and ``before`` and ``after``, the periods as first and last day (None: still)."""

import_ended = Signal()
"""Sent in the transaction in which the last line of a file was stored, or its import failed: ``job``."""
delegate_named = Signal()
"""Somebody was named to act for a manager: ``delegation``. Sent in that transaction."""
