"""A real S3 server for tests (SeaweedFS), on ports of its own, whose files go when it ends."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bench.chaos_parts import free_port
from common.subprocesses import DIE_WITH_PARENT
from common.testing import skip_or_fail

PROGRAM = Path(sys.executable).with_name("weed")
KEY, SECRET, BUCKET = "presente", "for-this-test-alone", "company"
SECONDS = 120.0


@contextlib.contextmanager
def object_server(folder: Path) -> Iterator[str]:
    """The address of a server with the bucket ``BUCKET``, until the block ends."""
    if not PROGRAM.exists():
        skip_or_fail("SeaweedFS, which the requirements for development bring, has no program for this machine")
    rights = {"name": "presente", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    (folder / "rights.json").write_text(json.dumps({"identities": [rights]}))
    (folder / "files").mkdir()
    ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
    options = [f"-{name}.port.grpc={free_port()}" for name in ports]
    options += [f"-{name}.port={port}" for name, port in ports.items()]
    options += ["-filer", "-s3", f"-s3.config={folder / 'rights.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    options += [
        "-master.volumeSizeLimitMB=64",
        "-volume.max=20",
        "-volume.preStopSeconds=0",
        f"-dir={folder / 'files'}",
    ]
    line = [*DIE_WITH_PARENT, str(PROGRAM), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", *options]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(line, stdout=log, stderr=log, cwd=folder, env={"PATH": os.environ["PATH"]})
    address = f"http://127.0.0.1:{ports['s3']}"
    try:
        _make_bucket(address, process, folder / "log")
        yield address
    finally:
        process.kill()
        process.wait(30)


def _make_bucket(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    quick = Config(connect_timeout=2, read_timeout=30, retries={"max_attempts": 0})
    client = boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
        config=quick,
    )
    end = time.monotonic() + SECONDS
    while True:
        try:
            client.create_bucket(Bucket=BUCKET)
            # The disks behind it are there a moment later.
            client.put_object(Bucket=BUCKET, Key="stands", Body=b"yes")
            return
        except (BotoCoreError, ClientError) as error:
            said = getattr(error, "response", {}).get("Error", {}).get("Code", "")
            if said in {"BucketAlreadyExists", "BucketAlreadyOwnedByYou"}:
                client.put_object(Bucket=BUCKET, Key="stands", Body=b"yes")
                return
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{error}: {log.read_text()[-2000:]}") from error
            time.sleep(0.05)
