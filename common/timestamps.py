"""Timestamps of anchors by an authority outside (RFC 3161): who has database and keys cannot make an older one.

The authority is asked for a signature over the anchor's day, number and hash; it learns a digest of them, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import httpx
from cryptography import x509
from django.conf import settings
from rfc3161_client import (
    TimestampRequestBuilder,
    VerificationError,
    Verifier,
    VerifierBuilder,
    decode_timestamp_response,
)

from common.models import AnchorTimestamp, ChainAnchor
from common.outgoing import AddressRefused, send
from common.refusals import Refusal

HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
WAIT, DEADLINE, MOST = 10.0, 30.0, 256 * 1024


class TimestampRefused(Refusal):
    """No timestamp was got, or one that cannot be trusted."""


def statement(day: date, number: int, hashed: str) -> bytes:
    """What is timestamped of an anchor."""
    return f"presente anchor 1\n{day.isoformat()}\n{number}\n{hashed}\n".encode()


def statement_of(anchor: ChainAnchor) -> bytes:
    return statement(anchor.day, anchor.number, bytes(anchor.hash).hex())


def roots_read(path: str | Path) -> str:
    """The PEM certificates of the authority's roots; raises ``TimestampRefused``."""
    try:
        text = Path(path).read_text()
        x509.load_pem_x509_certificates(text.encode())
    except (OSError, ValueError) as error:
        raise TimestampRefused(
            "roots_unreadable",
            f"{path} holds no certificate ({error}). Save the authority's root certificate there as PEM.",
        ) from error
    return text


def roots_chosen() -> str:
    """The roots that the installation trusts (PRESENTE_TIMESTAMP_ROOTS); empty where none are set."""
    return roots_read(settings.TIMESTAMP_ROOTS) if settings.TIMESTAMP_ROOTS else ""


def timestamp_fetch(*, anchor: ChainAnchor, url: str, roots: str) -> AnchorTimestamp:
    """Ask the authority at ``url`` and keep its answer once it verifies. Raises ``TimestampRefused``."""
    message = statement_of(anchor)
    request = TimestampRequestBuilder().data(message).build()
    try:
        status, answer = send(url, request.as_bytes(), HEADERS, wait=WAIT, deadline=DEADLINE, most=MOST)
    except (AddressRefused, httpx.HTTPError) as error:
        raise TimestampRefused("authority_away", f"{url} did not answer: {error}") from error
    if status != 200:
        raise TimestampRefused("authority_refused", f"{url} answered with status {status}.")
    try:
        response = decode_timestamp_response(answer)
        _verifier(roots, nonce=request.nonce).verify_message(response, message)
    except (ValueError, VerificationError) as error:
        raise TimestampRefused("timestamp_invalid", f"The answer of {url} does not verify: {error}") from error
    return AnchorTimestamp.objects.create(
        anchor=anchor, authority=url[:300], response=answer, roots=roots, signed_at=response.tst_info.gen_time
    )


def timestamp_fault(message: bytes, response: bytes, roots: str) -> str:
    """Why a timestamp does not prove ``message``; empty where it does."""
    try:
        _verifier(roots).verify_message(decode_timestamp_response(response), message)
    except (ValueError, VerificationError) as error:
        return str(error)
    return ""


def timestamps_check(kept: Sequence[tuple[date, int, str, bytes]] = ()) -> tuple[int, list[tuple[str, str]]]:
    """Verify each timestamp that is stored, and those ``kept`` elsewhere (day, number, hash, response).

    How many there were, and for each that proves nothing its day and why. The roots are those that the installation
    trusts now; where none are set, those it trusted when the timestamp was got.
    """
    chosen = roots_chosen()
    rows = AnchorTimestamp.objects.select_related("anchor").order_by("pk")
    told: list[tuple[str, str]] = []
    count = 0
    for row in rows.iterator():
        count += 1
        if fault := timestamp_fault(statement_of(row.anchor), bytes(row.response), chosen or row.roots):
            told.append((row.anchor.day.isoformat(), fault))
    stored_roots = chosen or "".join(sorted(set(AnchorTimestamp.objects.values_list("roots", flat=True))))
    for day, number, hashed, response in kept:
        count += 1
        if fault := timestamp_fault(statement(day, number, hashed), response, stored_roots):
            told.append((day.isoformat(), f"exported: {fault}"))
    return count, told


def _verifier(roots: str, nonce: int | None = None) -> Verifier:
    certificates = x509.load_pem_x509_certificates(roots.encode()) if roots else []
    if not certificates:
        raise VerificationError("no root certificate of the authority is known: set PRESENTE_TIMESTAMP_ROOTS")
    return VerifierBuilder(roots=certificates, nonce=nonce).build()
