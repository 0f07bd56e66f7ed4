"""``EMAIL_URL``: each way to send mail, and a wrong one is said without its password."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from presente import env


@pytest.mark.parametrize(
    ("url", "backend", "port", "starttls", "tls"),
    [
        ("", "", 0, False, False),
        ("smtp://me%40a.es:s%2Fx@mail.a.es", "smtp", 587, True, False),
        ("smtp://mail.a.es:25?tls=0", "smtp", 25, False, False),
        ("smtps://me:x@mail.a.es", "smtp", 465, False, True),
        ("file:///tmp/mail", "filebased", 0, False, False),
    ],
)
def test_each_way(
    url: str, backend: str, port: int, starttls: bool, tls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_URL", url)

    found = env.mail("EMAIL_URL")

    expected = f"django.core.mail.backends.{backend}" if backend else "common.unsent_mail"
    assert found.backend == f"{expected}.EmailBackend"
    assert (found.port, found.starttls, found.tls) == (port, starttls, tls)
    if "%40" in url:
        assert (found.user, found.password) == ("me@a.es", "s/x")


@pytest.mark.parametrize("url", ["imap://me:secret@a.es", "smtp:", "mail.a.es", "file:"])
def test_a_wrong_one_is_said_without_its_password(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", url)

    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL") as said:
        env.mail("EMAIL_URL")

    assert "secret" not in str(said.value)
