"""A place to measure in: a data folder that is thrown away, and a running Presente on it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
OUR_OWN = ("DATABASE_URL", "REDIS_URL", "PRESENTE_IDENTIFY_RATE", "PRESENTE_ENGINE", "PRESENTE_QUEUE_PREFIX")


@contextmanager
def throwaway(*, own_models: bool = False, **settings: str) -> Iterator[Path]:
    """The program on a data folder that is thrown away, whatever database the environment names.

    ``own_models``: a folder of models that versions may be added to, with those that are built linked into it.
    ``settings``: further ones of the environment. To be entered once in a process, before Django is set up.
    """
    data = Path(tempfile.mkdtemp(prefix="presente-bench-"))
    for name in OUR_OWN:
        os.environ.pop(name, None)
    os.environ.setdefault("PRESENTE_BROWSER_FILES", str(ROOT / "var" / "browser"))
    os.environ.setdefault("PRESENTE_MODELS", str(ROOT / "var" / "models"))
    if own_models:
        _link_models(data / "models")
    os.environ |= {"PRESENTE_DATA": str(data), "DJANGO_SETTINGS_MODULE": "presente.settings", **settings}
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        import django

        django.setup()
        yield data
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def own_database(server: str | None) -> Iterator[dict[str, Any]]:
    """The setting that names a new database on that PostgreSQL server, dropped afterwards; none for SQLite."""
    if not server:
        yield {}
        return
    name = f"presente_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield {"DATABASE_URL": urlsplit(server)._replace(path=f"/{name}").geturl()}
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _link_models(folder: Path) -> None:
    folder.mkdir()
    built = Path(os.environ["PRESENTE_MODELS"])
    for path in built.iterdir() if built.is_dir() else ():
        (folder / path.name).symlink_to(path.resolve())
    os.environ["PRESENTE_MODELS"] = str(folder)
