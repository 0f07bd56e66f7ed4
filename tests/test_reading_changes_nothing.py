"""Looking at an address changes nothing: browsers fetch links ahead, and chats and mail programs preview them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from employees.models import Employee, User
from tests.test_every_address import address, patterns

pytestmark = pytest.mark.django_db

KEPT = re.compile(r"django_session|employees_loginsession|common_auditentry|employees_consenttext|kiosk_queuekey")
"""Rows that say that somebody looked, the session's and the audit trail's; and what is made once, whoever comes first:
the consent's text that is shown, the key that phones and kiosks seal kept punches to."""
WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)


@contextmanager
def written() -> Iterator[list[str]]:
    """The tables that were written to meanwhile."""
    found: list[str] = []

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        match = WRITES.match(sql)
        if match and not KEPT.fullmatch(match[1]):
            found.append(match[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield found


def test_no_address_writes_when_it_is_only_looked_at(
    client_of: Callable[[User], Client], hr: User, colleague: User, ana: Employee
) -> None:
    wrong = []
    for user in (hr, colleague):
        browser = client_of(user)
        browser.raise_request_exception = False
        for name, pattern in patterns():
            url = None if name.endswith("None") or "logout" in name else address(name, pattern, ana)
            if url is None:
                continue
            with written() as tables:
                answer = browser.get(url)
                b"".join(answer) if answer.streaming else answer.content
            wrong += [f"{user.username} {name} {url} {answer.status_code}: {tables}"] if tables else []
    assert wrong == [], "\n".join(wrong)
