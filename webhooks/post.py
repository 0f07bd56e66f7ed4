"""Sending one message, and what came back of it."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from common.outgoing import AddressRefused, send

WAIT_SECONDS = 5.0
DEADLINE_SECONDS = 15.0
KEPT_ANSWER = 300
"""So many characters of an answer are kept: what a receiver says about its refusal."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status, or None with the reason why there is none."""

    status: int | None
    detail: str

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send the body; any failure is an answer too, so that it can be logged and tried again."""
    try:
        status, answer = send(url, body, headers, wait=WAIT_SECONDS, deadline=DEADLINE_SECONDS, most=KEPT_ANSWER * 4)
    except AddressRefused as refused:
        return Answer(None, refused.message)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Answer(None, f"{type(error).__name__}: {error}"[:KEPT_ANSWER])
    text = " ".join(answer.decode(errors="replace").split())
    return Answer(status, text[:KEPT_ANSWER].replace("\x00", ""))
