"""An anchor that an authority outside signed shows that the chain was not written anew by whoever has all the keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from common import append_only, audit
from common.models import AnchorTimestamp, ChainAnchor
from common.tests.test_outgoing import serving
from common.tests.timestamp_kit import Authority, handler
from privacy import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def url(authority: Authority, settings: Settings, tmp_path: Path) -> Iterator[str]:
    """The address of the authority, which the installation trusts."""
    settings.KEYS_DIR, settings.WEBHOOK_LOOPBACK = tmp_path / "keys", True
    settings.TIMESTAMP_ROOTS = str(tmp_path / "root.pem")
    (tmp_path / "root.pem").write_text(authority.root)
    audit.record("export", object="hours")
    with serving(handler(authority)) as port:
        yield f"http://127.0.0.1:{port}/tsr"


def sql(statement: str, *values: Any) -> None:
    append_only.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
    append_only.install(connection)


def verify(**options: Any) -> dict[str, Any]:
    said = StringIO()
    try:
        call_command("audit_verify", "--json", stdout=said, **options)
    except CommandError:
        assert json.loads(said.getvalue())["findings"]
    return dict(json.loads(said.getvalue()))


def test_todays_anchor_is_signed_and_verifies(url: str) -> None:
    said = StringIO()
    call_command("audit_anchor", "--timestamp", url, stdout=said)
    row = AnchorTimestamp.objects.get()
    assert f"signed at {row.signed_at.isoformat()} by {url}" in said.getvalue()
    result = verify()
    assert (result["timestamps"], result["findings"]) == (1, [])


def test_an_anchor_that_was_changed_after_it_was_signed_is_found(url: str) -> None:
    call_command("audit_anchor", "--timestamp", url, stdout=StringIO())
    sql("UPDATE common_chainanchor SET number = number + 1")
    assert "timestamp_invalid" in {one["code"] for one in verify()["findings"]}


def test_a_signature_of_somebody_else_s_authority_is_found(url: str, authority: Authority) -> None:
    """Whoever writes the chain anew can sign it too, but not in the name of the authority that is trusted."""
    call_command("audit_anchor", "--timestamp", url, stdout=StringIO())
    other = Authority("Another")
    with serving(handler(other)) as port, pytest.raises(CommandError, match="does not verify"):
        call_command("audit_anchor", "--timestamp", f"http://127.0.0.1:{port}/", stdout=StringIO())
    forged = AnchorTimestamp.objects.get()
    request = _request_for(forged.anchor)
    sql("UPDATE common_anchortimestamp SET response = %s, roots = %s", other.answer(request), other.root)
    assert [one["code"] for one in verify()["findings"]] == ["timestamp_invalid"]


def test_an_exported_timestamp_is_verified_after_the_program_lost_its_own(url: str, tmp_path: Path) -> None:
    call_command("audit_anchor", "--timestamp", url, stdout=StringIO())
    exported = StringIO()
    call_command("audit_anchors", stdout=exported)
    kept = tmp_path / "anchors.jsonl"
    kept.write_text(exported.getvalue())
    sql("DELETE FROM common_anchortimestamp")
    assert verify(anchors=kept)["timestamps"] == 1
    one = json.loads(exported.getvalue())
    kept.write_text(json.dumps({**one, "hash": "00" * 32}))
    assert {found["code"] for found in verify(anchors=kept)["findings"]} == {"anchor_differs", "timestamp_invalid"}


def test_each_day_s_anchor_is_signed_once_where_an_authority_is_set(url: str, settings: Settings) -> None:
    settings.TIMESTAMP_URL = url
    tasks.audit_anchor()
    tasks.audit_anchor()
    assert AnchorTimestamp.objects.count() == 1


def test_an_authority_that_does_not_answer_leaves_the_anchor_for_the_next_hour(url: str, settings: Settings) -> None:
    settings.TIMESTAMP_URL = "http://127.0.0.1:9/"
    tasks.audit_anchor()
    assert (ChainAnchor.objects.count(), AnchorTimestamp.objects.count()) == (1, 0)
    with pytest.raises(CommandError, match="did not answer"):
        call_command("audit_anchor", "--timestamp", "http://127.0.0.1:9/", stdout=StringIO())


def test_without_a_root_no_timestamp_is_taken(url: str, settings: Settings) -> None:
    settings.TIMESTAMP_ROOTS = ""
    with pytest.raises(CommandError, match="PRESENTE_TIMESTAMP_ROOTS"):
        call_command("audit_anchor", "--timestamp", url, stdout=StringIO())
    with pytest.raises(CommandError, match="holds no certificate"):
        call_command("audit_anchor", "--timestamp", url, "--roots", "/nowhere.pem", stdout=StringIO())


def _request_for(anchor: ChainAnchor) -> bytes:
    from rfc3161_client import TimestampRequestBuilder

    from common.timestamps import statement_of

    return TimestampRequestBuilder().data(statement_of(anchor)).build().as_bytes()
