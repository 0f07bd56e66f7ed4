"""The chain over all sealed rows: extended in the background, so that nobody who stores evidence waits for another.

Each sealed row gets a link some seconds after it was stored; until then its seal protects what it says, but not that it
is there. The head is written to the folder of keys as well, so that a chain cut off at its end is noticed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.utils import timezone

from common.kept_secrets import write_durably
from common.models import ChainAnchor, ChainHead, ChainLink
from common.sealed import Sealed, raw_seals
from common.seals import keys_folder, seal, seal_key

AT_ONCE = 5000
LATE = timedelta(hours=1)
"""So long after its own time a row may become visible and is still found without looking at all of them."""
START = b"presente chain 1"
LINK = ("number", "table", "row", "kind", "seal", "hash")
"""The columns of a link."""
NUMBER, HEXADECIMAL = re.compile(r"[0-9]{1,18}"), re.compile(r"[0-9a-f]{32}")

Row = tuple[str, bytes, str, bytes]
"""Key as text, seal as stored, what it was sealed as, and the seal computed anew."""


def sealed_models() -> list[type[models.Model]]:
    """Each model whose rows are sealed."""
    return sorted((one for one in apps.get_models() if issubclass(one, Sealed)), key=lambda one: one._meta.label_lower)


def key_text(value: Any) -> str:
    """A primary key as the chain writes it."""
    return getattr(value, "hex", None) or str(value).replace("-", "")


def link_hash(key: bytes, before: bytes, number: int, table: str, row: str, kind: str, sealed: bytes) -> bytes:
    """The hash of a link that follows the one with the hash ``before``; ``key`` is that of seals."""
    return hmac.digest(
        key,
        b"%s%d|%s|%s|%s|%s" % (before, number, table.encode(), row.encode(), kind.encode(), sealed),
        hashlib.sha256,
    )


def chain_extend(*, everything: bool = False) -> int:
    """Add a link for each sealed row that has none as it is now; how many. ``everything``: also look at old rows.

    A row whose seal does not fit gets none: verification tells of it.
    """
    added = 0
    for model in sealed_models():
        table, after = model._meta.label_lower, ""
        while page := _unlinked(model, everything, after):
            found = [(row, stored) for row, stored, _table, computed in page if stored == computed]
            with transaction.atomic():
                head = _head()
                linked = {
                    (link.row, bytes(link.seal))
                    for link in ChainLink.objects.filter(table=table, row__in=[row for row, _seal in found])
                }
                new = [(row, sealed) for row, sealed in found if (row, sealed) not in linked]
                _append(head, [(table, row, ChainLink.Kind.STORED, sealed) for row, sealed in new])
            added += len(new)
            if len(page) < AT_ONCE:
                break
            after = page[-1][0]
    head_publish()
    return added


def chain_removed(*, model: type[models.Model], keys: Sequence[Any]) -> None:
    """Say in the chain that the program removes these rows. Call it in the transaction that removes them."""
    table = model._meta.label_lower
    _append(_head(), [(table, key_text(key), ChainLink.Kind.REMOVED, b"") for key in keys])


def anchor_make(*, day: date | None = None) -> ChainAnchor:
    """The anchor of the day (today, UTC): the head as it is now; one that is made already is given back."""
    chain_extend()
    with transaction.atomic():
        head = _head()
        anchor, _created = ChainAnchor.objects.get_or_create(
            day=day or timezone.now().date(), defaults={"number": head.number, "hash": bytes(head.hash)}
        )
    return anchor


def head_publish() -> None:
    """Write the head to the folder of keys, sealed; one that is no longer part of the chain stays, as a witness."""
    head = ChainHead.objects.filter(pk=1).first()
    before = head_published()
    if head is None or (before is not None and not head_holds(before)):
        return
    said = {"number": head.number, "hash": bytes(head.hash).hex()}
    content = json.dumps({**said, "seal": seal(json.dumps(said).encode()).hex()})
    path = keys_folder() / "audit.head"
    if path.exists() and path.read_text() == content:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(path, content.encode(), replace=True)


def head_published() -> dict[str, Any] | None:
    """The head as it was last written there; None where it never was, ``number`` -1 where somebody changed it."""
    try:
        content = json.loads((keys_folder() / "audit.head").read_text())
        said = {"number": content["number"], "hash": content["hash"]}
        return said if seal(json.dumps(said).encode()).hex() == content["seal"] else {"number": -1, "hash": ""}
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return {"number": -1, "hash": ""}


def head_holds(published: dict[str, Any]) -> bool:
    """Whether the chain still has the link that was once its last."""
    hashed = ChainLink.objects.filter(number=published["number"]).values_list("hash", flat=True).first()
    return hashed is not None and bytes(hashed).hex() == published["hash"]


def rows_of(model: type[models.Model], where: str = "", values: Sequence[Any] = ()) -> Iterator[Row]:
    """Rows as they lie in the database, past the ORM: quick, and just what is stored."""
    quote = connection.ops.quote_name
    meta = model._meta
    columns, computed = raw_seals(model, quote, connection.vendor)
    names = ", ".join([_key_column(model), quote("seal"), *columns])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM {quote(meta.db_table)} {where}", list(values))
        while page := cursor.fetchmany(AT_ONCE):
            for key, stored, *rest in page:
                yield key, bytes(stored or b""), meta.label_lower, computed(rest)


def rows_by_key(model: type[models.Model], keys: Iterable[str]) -> Iterator[Row]:
    """The rows with these keys, as the chain writes them; what can be no key of that table is passed over."""
    quote, pk = connection.ops.quote_name, model._meta.pk
    assert pk is not None
    counted = isinstance(pk, models.IntegerField)
    fits = NUMBER.fullmatch if counted else HEXADECIMAL.fullmatch
    wanted = [key for key in keys if fits(key)]
    name = f"{quote(model._meta.db_table)}.{quote(str(pk.column))}"
    if connection.vendor == "postgresql":
        kind = "bigint" if counted else "uuid"
        return rows_of(model, f"WHERE {name} = ANY(CAST(%s AS {kind}[]))", [wanted])
    given = json.dumps([int(key) for key in wanted] if counted else wanted)
    return rows_of(model, f"WHERE {name} IN (SELECT value FROM json_each(%s))", [given])


def rows_without_link(model: type[models.Model]) -> Iterator[Row]:
    """The rows that no link names."""
    return rows_of(model, f"WHERE NOT EXISTS ({_links_of(model)})", [model._meta.label_lower])


def _key_column(model: type[models.Model]) -> str:
    """The primary key as the chain writes it, in SQL."""
    meta = model._meta
    assert meta.pk is not None
    name = f"{connection.ops.quote_name(meta.db_table)}.{connection.ops.quote_name(str(meta.pk.column))}"
    if isinstance(meta.pk, models.IntegerField):
        return f"CAST({name} AS TEXT)"
    return name if connection.vendor == "sqlite" else f"REPLACE(CAST({name} AS TEXT), '-', '')"


def _links_of(model: type[models.Model]) -> str:
    """The links of a row, as a subquery with the table's label as its parameter."""
    quote = connection.ops.quote_name
    return f"SELECT 1 FROM common_chainlink l WHERE l.{quote('table')} = %s AND l.{quote('row')} = {_key_column(model)}"


def _unlinked(model: type[models.Model], everything: bool, after: str) -> list[Row]:
    """Rows that have no link of their seal, at most ``AT_ONCE``, in the order of their keys behind ``after``."""
    quote, pk = connection.ops.quote_name, model._meta.pk
    assert pk is not None
    own = f"{quote(model._meta.db_table)}.{quote(str(pk.column))}"
    where = f"WHERE NOT EXISTS ({_links_of(model)} AND l.seal = {quote(model._meta.db_table)}.seal)"
    values: list[Any] = [model._meta.label_lower]
    if not everything:
        stamp = model._meta.get_field(str(model.STAMP))  # type: ignore[attr-defined]
        where += f" AND {quote(str(getattr(stamp, 'column', '')))} >= %s"
        values.append(connection.ops.adapt_datetimefield_value(timezone.now() - LATE))
    if after:
        where += f" AND {own} > %s"
        values.append(pk.get_db_prep_value(pk.to_python(after), connection))
    return list(rows_of(model, f"{where} ORDER BY {own} LIMIT {AT_ONCE}", values))


def _head() -> ChainHead:
    ChainHead.objects.get_or_create(pk=1, defaults={"hash": START})
    return ChainHead.objects.select_for_update().get(pk=1)


def _append(head: ChainHead, rows: Iterable[tuple[str, str, str, bytes]]) -> None:
    number, last, key = head.number, bytes(head.hash), seal_key()
    links = []
    for table, row, kind, sealed in rows:
        number += 1
        last = link_hash(key, last, number, table, row, kind, sealed)
        links.append((number, table, row, kind, sealed, last))
    # Past the ORM: a million links are made in a fraction of the time.
    with connection.cursor() as cursor:
        columns = ", ".join(map(connection.ops.quote_name, LINK))
        cursor.executemany(f"INSERT INTO common_chainlink ({columns}) VALUES (%s, %s, %s, %s, %s, %s)", links)
    head.number, head.hash = number, last
    head.save(update_fields=["number", "hash"])
