"""Files in an S3-compatible object storage instead of on the local disk, where ``PRESENTE_STORAGE`` names one.

Imported by Django's storages alone, and only then.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage


class ObjectStorage(S3Storage):  # type: ignore[misc]
    """django-storages' S3, which fails as a disk does, soon and with ``OSError``; our services say that in words."""

    def __init__(self, **options: Any) -> None:
        # Somebody waits for most of it: seconds, not the minutes that are usual.
        limits = {"connect_timeout": 3, "read_timeout": 20, "retries": {"mode": "standard", "max_attempts": 3}}
        style = {"addressing_style": options.get("addressing_style")}
        super().__init__(client_config=Config(s3=style, **limits), **options)

    def bucket_make(self) -> bool:
        """Make the bucket where a storage of the company's own has none yet; whether it did. Raises ``OSError``."""
        if not self.endpoint_url:
            return False  # a provider's is made where it is paid for
        client = self.connection.meta.client
        with _as_disk():
            try:
                client.head_bucket(Bucket=self.bucket_name)
            except ClientError as error:
                if error.response["Error"]["Code"] in {"404", "NoSuchBucket"}:
                    client.create_bucket(Bucket=self.bucket_name)
                    return True
                # Who may not ask for the bucket itself may use it all the same.
        return False

    def _open(self, name: str, mode: str = "rb") -> Any:
        with _as_disk():
            return super()._open(name, mode)

    def _save(self, name: str, content: Any) -> Any:
        with _as_disk():
            if getattr(content, "file", None) is not None:
                return super()._save(name, content)
            # Made while it is read, as an export is: an upload wants to read it twice where the first try fails.
            with tempfile.TemporaryFile() as file:
                for piece in content.chunks():
                    file.write(piece)
                return super()._save(name, File(file, name))

    def delete(self, name: str) -> None:
        """Remove it; nothing happens where it is not there."""
        with _as_disk():
            super().delete(name)

    def exists(self, name: str) -> bool:
        """Whether it is there."""
        with _as_disk():
            return bool(super().exists(name))

    def listdir(self, path: str) -> Any:
        """The folders and the files in a folder; a folder that is not there has none."""
        with _as_disk():
            return super().listdir(path)


@contextlib.contextmanager
def _as_disk() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OSError(f"the object storage refused or did not answer: {error}") from error
