"""Verify the chain and every sealed row: what was changed, removed, put in or put back, a finding each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import islice
from typing import Any

from django.db import connection, models
from django.db.models import Count, Max, Min

from common import append_only
from common.chain import (
    AT_ONCE,
    START,
    head_holds,
    head_published,
    link_hash,
    rows_by_key,
    rows_without_link,
    sealed_models,
)
from common.models import ChainAnchor, ChainHead, ChainLink
from common.seals import seal_key
from common.timestamps import timestamps_check

MOST = 1000
"""Findings that are listed; a table that was emptied needs no million lines."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``code``: ``row_changed``, ``row_removed``, ``row_inserted``, ``row_copied``, ``chain_broken``, ``chain_cut``,
    ``anchor_differs``, ``timestamp_invalid`` or ``triggers_missing``."""

    code: str
    table: str = ""
    row: str = ""
    detail: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Kept:
    """An anchor that was exported: the link's number and hash, and the timestamps of it."""

    number: int
    hash: str
    timestamps: tuple[bytes, ...] = ()


@dataclass(slots=True)
class Verified:
    """What was looked at, and what was found."""

    links: int = 0
    rows: int = 0
    timestamps: int = 0
    findings: list[Finding] = field(default_factory=list)


def chain_check(*, anchors: Mapping[date, Kept] | None = None) -> Verified:
    """Go through all links and rows. ``anchors``: exported ones by day."""
    result = Verified()

    def found(code: str, table: str = "", row: str = "", detail: str = "") -> None:
        if len(result.findings) < MOST:
            result.findings.append(Finding(code, table, row, detail))

    if not append_only.is_protected(connection):
        found("triggers_missing", detail="a table of evidence lacks its triggers: run `manage.py migrate`")
    models_by_table = {model._meta.label_lower: model for model in sealed_models()}
    latest = _several()
    hashes = _anchored(anchors or {})
    before, expected, key = START, 0, seal_key()
    seen: Counter[str] = Counter()
    for page in _pages():
        wanted: dict[str, dict[str, bytes]] = defaultdict(dict)
        for number, table, row, kind, sealed, hashed in page:
            expected += 1
            if number != expected:
                found("chain_broken", detail=f"link {expected} is missing, {number} follows")
                expected = number
            elif hashed != link_hash(key, before, number, table, row, kind, sealed):
                found("chain_broken", table, row, f"link {number} was changed, or put in")
            before = hashed
            if number in hashes and hashed.hex() not in hashes[number]:
                found("anchor_differs", detail=f"link {number} is another one than its anchor says")
            hashes.pop(number, None)
            if latest.get((table, row), number) == number and kind == ChainLink.Kind.STORED:
                wanted[table][row] = sealed
        result.links += len(page)
        for table, rows in wanted.items():
            seen[table] += _compare(models_by_table.get(table), table, rows, found)
    _check_end(expected, before, hashes, found)
    for table, model in models_by_table.items():
        total = model._default_manager.count()
        result.rows += total
        if total != seen[table]:
            _check_unlinked(model, found)
        if isinstance(model._meta.pk, models.AutoField):
            _check_copies(model, found)
    exported = [
        (day, one.number, one.hash, response) for day, one in (anchors or {}).items() for response in one.timestamps
    ]
    result.timestamps, invalid = timestamps_check(exported)
    for day, why in invalid:
        found("timestamp_invalid", detail=f"the timestamp of the anchor of {day} proves nothing: {why}")
    return result


def _compare(model: type[models.Model] | None, table: str, rows: dict[str, bytes], found: Any) -> int:
    """Hold the rows against their links; how many there are."""
    if model is None:
        for row in rows:
            found("row_removed", table, row, "there is no such table")
        return 0
    there = 0
    missing = set(rows)
    for key, stored, _table, computed in rows_by_key(model, rows):
        there += 1
        missing.discard(key)
        if computed != stored:
            found("row_changed", table, key, "its seal does not fit what it says")
        elif stored != rows[key]:
            found("row_changed", table, key, "it is not as it was last sealed")
    for row in sorted(missing):
        found("row_removed", table, row)
    return there


def _check_unlinked(model: type[models.Model], found: Any) -> None:
    """Rows that no link stands for: put in past the program, or put back. Others were stored a moment ago."""
    table = model._meta.label_lower
    for key, stored, _table, computed in rows_without_link(model):
        if stored != computed:
            found("row_inserted", table, key, "the program did not write it")
    gone = ChainLink.objects.filter(table=table, kind=ChainLink.Kind.REMOVED).order_by("number")
    rows = gone.values_list("row", flat=True).iterator(chunk_size=AT_ONCE)
    while page := set(islice(rows, AT_ONCE)):
        for key, stored, _table, computed in rows_by_key(model, page):
            last = ChainLink.objects.filter(table=table, row=key).order_by("-number")[0]
            if stored == computed and last.kind == ChainLink.Kind.REMOVED:
                found("row_inserted", table, key, "it had been removed, and was put back")


def _check_copies(model: type[models.Model], found: Any) -> None:
    """A key that the database gives is not part of the seal: a row could be there twice."""
    rows = model._default_manager.exclude(seal=b"").values("seal").annotate(of=Min("pk"), copies=Count("pk"))
    for one in rows.filter(copies__gt=1).order_by():
        copies = model._default_manager.filter(seal=one["seal"]).exclude(pk=one["of"]).order_by("pk")
        for key in copies.values_list("pk", flat=True)[:MOST]:
            found("row_copied", model._meta.label_lower, str(key), f"it is a copy of {one['of']}")


def _check_end(last: int, hashed: bytes, anchors: Mapping[int, set[str]], found: Any) -> None:
    head = ChainHead.objects.filter(pk=1).first()
    if head is not None and (head.number, bytes(head.hash)) != (last, hashed):
        found("chain_cut", detail=f"the chain ends at {last}, its head says {head.number}")
    if (published := head_published()) is not None and not head_holds(published):
        found("chain_cut", detail=f"the chain ends at {last}, and audit.head in the folder of keys is no part of it")
    for number in anchors:
        found("anchor_differs", detail=f"link {number}, which an anchor names, is missing")


def _anchored(exported: Mapping[date, Kept]) -> dict[int, set[str]]:
    """By link, the hashes that anchors name; each must be the link's own."""
    known: dict[int, set[str]] = defaultdict(set)
    stored = ((one.number, bytes(one.hash).hex()) for one in ChainAnchor.objects.all())
    for number, hashed in [*((one.number, one.hash) for one in exported.values()), *stored]:
        if number:
            known[number].add(hashed)
    return {number: one if len(one) == 1 else {"none: anchors differ"} for number, one in known.items()}


def _several() -> dict[tuple[str, str], int]:
    """The last link of each row that has more than one."""
    rows = ChainLink.objects.values("table", "row").annotate(links=Count("number"), last=Max("number"))
    return {(one["table"], one["row"]): one["last"] for one in rows.filter(links__gt=1).iterator()}


def _pages() -> Iterator[list[tuple[int, str, str, str, bytes, bytes]]]:
    after = 0
    while True:
        with connection.cursor() as cursor:
            quote = connection.ops.quote_name
            columns = ", ".join(quote(one) for one in ("number", "table", "row", "kind", "seal", "hash"))
            cursor.execute(
                f"SELECT {columns} FROM common_chainlink WHERE number > %s ORDER BY number LIMIT {AT_ONCE}", [after]
            )
            page = [
                (number, table, row, kind, bytes(sealed), bytes(hashed))
                for number, table, row, kind, sealed, hashed in cursor.fetchall()
            ]
        if not page:
            return
        yield page
        after = page[-1][0]
