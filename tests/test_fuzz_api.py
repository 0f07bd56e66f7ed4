"""The API asked for what its schema allows and for what it does not, with a key of each scope: no answer is a 5xx."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode

from employees.models import ApiKey, Employee

EXAMPLES = int(os.environ.get("PRESENTE_FUZZ_EXAMPLES", "3"))
"""For each operation, scope and mode."""
quick = settings(
    max_examples=EXAMPLES,
    derandomize="PRESENTE_FUZZ_EXAMPLES" not in os.environ,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)
ALL = "all"
SCOPES = [*ApiKey.Scope.values, ALL, ""]


@pytest.fixture
def schema(db: None) -> Iterator[Any]:
    """What the program says of its API. Its requests leave the test's transaction open, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/schema/?format=json", WSGIHandler())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope or "no scope")
def test_no_operation_fails(schema: Any, scope: str, mode: GenerationMode, enrolled_ana: Employee) -> None:
    scopes = ApiKey.Scope.values if scope == ALL else [scope] if scope else []
    _row, key = ApiKey.objects.create_key(name="fuzz", scopes=scopes)
    wrong: list[str] = []
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy(generation_mode=mode))
        @quick
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            answer = case.call(headers={"Authorization": f"Api-Key {key}"})
            if answer.status_code >= 500 and answer.status_code != 503:
                wrong.append(f"{answer.status_code} {case.as_curl_command()}")
            assert not connection.needs_rollback

        try:
            ask()
        except Exception as error:
            # There is nothing wrong that could be sent to an operation without parameters.
            if "nsatisf" not in type(error).__name__:
                raise
    assert asked > EXAMPLES
    assert wrong == [], "\n".join(wrong)
