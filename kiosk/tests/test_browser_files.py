"""The kiosk page's own tools: fetched once, held against their hashes, left out without harm."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from kiosk import browser_files
from kiosk.browser_files import BrowserFilesError, Package

CONTENT = b"export const answer = 42;\n"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Path]:
    """A registry on this machine, and no npm; the folder that it serves."""
    served = tmp_path / "registry"
    (served / "tiny" / "-").mkdir(parents=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("PATH", str(tmp_path))
    settings.BROWSER_DIR = tmp_path / "browser"
    (settings.BROWSER_DIR / browser_files.DETECTOR).parent.mkdir(parents=True)
    (settings.BROWSER_DIR / browser_files.DETECTOR).write_bytes(b"here already")
    yield served
    server.shutdown()
    server.server_close()


def offer(served: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, *, sha512: str = "") -> None:
    (served / "tiny" / "-" / "tiny-1.0.0.tgz").write_bytes(content)
    wanted = sha512 or hashlib.sha512(content).hexdigest()
    package = Package("tiny", "1.0.0", wanted, {"tiny/index.js": "package/index.js"})
    monkeypatch.setattr(browser_files, "PACKAGES", (package,))
    monkeypatch.setattr(browser_files, "NAMES", frozenset({"tiny/index.js", browser_files.DETECTOR}))


def test_without_npm_the_registry_is_asked_directly(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(registry, monkeypatch, archive({"package/index.js": CONTENT}))
    assert not browser_files.stand()
    browser_files.fetch()
    kept = browser_files.folder() / "tiny" / "index.js"
    assert kept.read_bytes() == CONTENT
    assert gzip.decompress(kept.with_name("index.js.gz").read_bytes()) == CONTENT
    assert browser_files.stand()


def test_what_is_there_is_not_fetched_again(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(registry, monkeypatch, archive({"package/index.js": CONTENT}))
    browser_files.fetch()
    (registry / "tiny" / "-" / "tiny-1.0.0.tgz").unlink()
    browser_files.fetch()


def test_another_archive_than_the_pinned_one_is_not_kept(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(registry, monkeypatch, archive({"package/index.js": b"evil"}), sha512="0" * 128)
    with pytest.raises(CommandError, match="SHA-512 differs"):
        call_command("fetch_browser_files")
    assert not (browser_files.folder() / "tiny").exists()


def test_a_registry_out_of_reach_says_what_to_do(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(registry, monkeypatch, archive({}))
    (registry / "tiny" / "-" / "tiny-1.0.0.tgz").unlink()
    with pytest.raises(BrowserFilesError, match="NPM_CONFIG_REGISTRY"):
        browser_files.fetch()
