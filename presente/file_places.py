"""Where files lie: in the data folder, or in an S3-compatible object storage that ``PRESENTE_STORAGE`` names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

FOLDERS = ("faces", "exports", "shared")
"""``shared``: the models, the kiosk page's files and the gallery's snapshot, which each machine has a copy of."""


def storages(name: str, data: Path) -> dict[str, Any]:
    """Django's STORAGES from ``s3://bucket/folder?endpoint=https://…&region=…``; unset: the data folder.

    Who may use the bucket is said as to every program of that kind: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or
    the machine's own role.
    """
    url = os.environ.get(name) or ""
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    if not url:
        modes = {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
        return {
            "default": _disk(data / "files"),
            "faces": _disk(data / "faces", **modes),
            "exports": _disk(data / "exports", **modes),
            "staticfiles": static,
        }
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    endpoint = urlsplit(options.get("endpoint", "https://"))
    if parts.scheme != "s3" or not parts.hostname or parts.username or set(options) - {"endpoint", "region"}:
        raise ImproperlyConfigured(
            f"{name} is not a place for files that Presente knows. Unset it for the data folder, or use "
            "s3://bucket/folder?endpoint=https://storage.example.com&region=eu-1 (keys in AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY)."
        )
    if endpoint.scheme not in {"https", "http"}:
        raise ImproperlyConfigured(f"{name}: the endpoint has to begin with https:// (or http:// in a closed network).")
    common = {
        "bucket_name": parts.hostname,
        "endpoint_url": options.get("endpoint"),
        "region_name": options.get("region"),
        # Named by path: a server inside the company has no name for each bucket.
        "addressing_style": "path" if "endpoint" in options else None,
        "file_overwrite": True,
    }
    base = unquote(parts.path).strip("/")
    places = {one: _bucket({**common, "location": f"{base}/{one}".strip("/")}) for one in FOLDERS}
    return {"default": _bucket({**common, "location": f"{base}/files".strip("/")}), "staticfiles": static, **places}


def _disk(folder: Path, **options: int) -> dict[str, Any]:
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder, **options}}


def _bucket(options: dict[str, Any]) -> dict[str, Any]:
    return {"BACKEND": "common.object_storage.ObjectStorage", "OPTIONS": options}
