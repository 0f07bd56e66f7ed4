"""Typed, loud readers of environment variables: a wrong value stops the program and says how to mend it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from common.kept_secrets import secret_read, too_weak
from common.unsent_mail import BACKEND

T = TypeVar("T")

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def _read(name: str, default: T, convert: Callable[[str], T], expected: str) -> T:
    raw = os.environ.get(name)
    if raw is None or raw == "":
        return default
    try:
        return convert(raw)
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(f"{name}={raw!r} is not {expected}. Change it or unset it.") from error


def text(name: str, default: str = "") -> str:
    return os.environ.get(name) or default


def secret(name: str, file: Path) -> str:
    """A secret from the environment or a file, empty where there is neither; one that is easily guessed is refused."""
    found, where = os.environ.get(name), name
    if not found:
        if not file.exists():
            return ""
        found, where = secret_read(file), str(file)
    if weakness := too_weak(found):
        raise ImproperlyConfigured(
            f"{where} {weakness}. Restore the key from the backup; where nobody is enrolled yet "
            + ("unset it, and one is made." if where == name else "delete the file, and one is made.")
        )
    return found


def flag(name: str, default: bool = False) -> bool:
    """1/true/yes/on or 0/false/no/off; raises ImproperlyConfigured for anything else."""

    def convert(raw: str) -> bool:
        lowered = raw.strip().lower()
        if lowered in _TRUE:
            return True
        if lowered in _FALSE:
            return False
        raise ValueError(raw)

    return _read(name, default, convert, "one of 1, 0, true, false, yes, no, on, off")


def integer(name: str, default: int, *, minimum: int = 0, maximum: int | None = None) -> int:
    """A whole number of at least ``minimum`` and at most ``maximum``; raises ImproperlyConfigured otherwise."""

    def convert(raw: str) -> int:
        value = int(raw)
        if value < minimum or (maximum is not None and value > maximum):
            raise ValueError(raw)
        return value

    most = "" if maximum is None else f" and at most {maximum}"
    return _read(name, default, convert, f"a whole number of at least {minimum}{most}")


def choice(name: str, default: str, known: tuple[str, ...]) -> str:
    """One of the known words."""

    def convert(raw: str) -> str:
        return known[known.index(raw.strip().lower())]

    return _read(name, default, convert, f"one of {', '.join(known)}")


def names(name: str, default: list[str]) -> list[str]:
    """A comma-separated list."""
    return _read(name, default, lambda raw: [part.strip() for part in raw.split(",") if part.strip()], "a list")


def networks(name: str, default: list[str]) -> list[IPv4Network | IPv6Network]:
    """A comma-separated list of networks, such as 10.1.0.0/16."""
    expected = "a list of networks such as 127.0.0.0/8,10.1.0.0/16"
    return _read(
        name, [*map(ip_network, default)], lambda raw: [ip_network(one.strip()) for one in raw.split(",")], expected
    )


def folder(name: str, default: Path) -> Path:
    """An absolute folder; it need not exist yet."""
    return _read(name, default, lambda raw: Path(raw).expanduser().resolve(), "a folder").resolve()


@dataclass(frozen=True, slots=True)
class Mail:
    """Where messages go; ``starttls`` turns to encryption after the greeting, ``tls`` begins with it."""

    backend: str
    folder: str | None = None
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False


def mail(name: str) -> Mail:
    """``console:`` (the default: nothing is sent), ``file:///folder``, ``smtp://user:password@host:587`` (with
    STARTTLS; without it by ``?tls=0``) or ``smtps://user:password@host:465``.
    """
    url = os.environ.get(name) or "console:"
    parts = urlsplit(url)
    backends = "django.core.mail.backends"
    if parts.scheme == "console":
        return Mail(BACKEND)
    if parts.scheme == "file" and parts.path:
        return Mail(f"{backends}.filebased.EmailBackend", folder=unquote(parts.path))
    if parts.scheme in {"smtp", "smtps"} and parts.hostname:
        tls = parts.scheme == "smtps"
        return Mail(
            f"{backends}.smtp.EmailBackend",
            host=parts.hostname,
            port=parts.port or (465 if tls else 587),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls=tls,
            starttls=not tls and dict(parse_qsl(parts.query)).get("tls") != "0",
        )
    # The address may hold a password: it is not repeated.
    raise ImproperlyConfigured(
        f"{name} is not a way to send mail that Presente knows. Use console:, file:///folder, "
        "smtp://user:password@host:587 or smtps://user:password@host:465."
    )


@dataclass(frozen=True, slots=True)
class Oidc:
    """An OpenID Connect provider, and who this program is to it."""

    issuer: str
    client_id: str
    secret: str
    name: str

    @property
    def origin(self) -> str:
        """Scheme, host and port of the provider."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


def oidc(file: Path) -> Oidc | None:
    """``PRESENTE_OIDC_ISSUER``, ``_CLIENT`` and ``_SECRET`` (or the secret in ``file``); ``_NAME`` for the button."""
    issuer, client_id = text("PRESENTE_OIDC_ISSUER").rstrip("/"), text("PRESENTE_OIDC_CLIENT")
    if not issuer:
        return None
    parts = urlsplit(issuer)
    near = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1"}
    if not parts.hostname or not (parts.scheme == "https" or near):
        raise ImproperlyConfigured(
            f"PRESENTE_OIDC_ISSUER={issuer!r} is not an https:// address. Change it or unset it."
        )
    secret_ = text("PRESENTE_OIDC_SECRET") or (secret_read(file) if file.exists() else "")
    if not client_id or not secret_:
        raise ImproperlyConfigured(
            f"PRESENTE_OIDC_ISSUER is set: set PRESENTE_OIDC_CLIENT too, and PRESENTE_OIDC_SECRET or the file {file}."
        )
    return Oidc(issuer, client_id, secret_, text("PRESENTE_OIDC_NAME"))


def database(name: str, default: Path) -> dict[str, Any]:
    """Django's DATABASES entry from ``sqlite:///file`` or ``postgres://user:password@host:port/name``."""
    url = os.environ.get(name) or f"sqlite:///{default}"
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path.removeprefix("/")),
            "OPTIONS": {
                # Writers take the lock at BEGIN and wait for it, instead of failing when a read turns into a write.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    raise ImproperlyConfigured(
        f"{name}={url!r} is not a database Presente knows. Use sqlite:///path/to/file or "
        "postgres://user:password@host:5432/name."
    )
