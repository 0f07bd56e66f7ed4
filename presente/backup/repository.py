"""A folder of backups: encrypted pieces named by their content, and a sealed manifest for each backup.

A file is cut into pieces; a piece that is there is not stored again, so a second backup costs what changed, and one
that was interrupted goes on where it stopped. Layout: ``repository.json`` (salt, and by what a wrong secret is known),
``pieces/ab/abcd…``, ``backups/<time>.json``.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from common.cipher import VaultError, decrypt, encrypt
from common.kept_secrets import write_durably

FORMAT = "presente-backup-1"
PIECE = 4 * 2**20
SEALING_BYTES = 28
"""What encryption adds to each piece: no whole one is as short."""
"""Bytes of a piece; SQLite changes its file in place, so most pieces of a database are those of the day before."""
Kind = Literal["data", "keys"]


class BackupError(Exception):
    """A backup that cannot be made, read or put back; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One file of a backup. ``sha256`` is that of its content before it was encrypted."""

    path: str
    size: int
    sha256: str
    pieces: list[str]
    mtime_ns: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one backup holds, and of what: ``about`` has the version, the database and its schema."""

    id: str
    made_at: str
    about: dict[str, Any]
    files: list[Stored] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(one.size for one in self.files)

    def file(self, path: str) -> Stored | None:
        return next((one for one in self.files if one.path == path), None)


class Repository:
    """An opened folder of backups. ``stored_bytes`` counts what this object wrote."""

    def __init__(self, folder: Path, keys: bytes) -> None:
        self.folder = folder
        self._encrypting, self._naming, self._sealing = keys[:32], keys[32:64], keys[64:96]
        self.stored_bytes = 0

    def piece_path(self, name: str) -> Path:
        return self.folder / "pieces" / name[:2] / name

    def has(self, file: Stored) -> bool:
        """Whether each piece of the file is there."""
        return all(self.piece_path(name).exists() for name in file.pieces)

    def store(self, path: str, source: IO[bytes], mtime_ns: int = 0) -> Stored:
        """Store what can be read from ``source`` under the name ``path``."""
        digest, size, pieces = hashlib.sha256(), 0, []
        while content := source.read(PIECE):
            # A pipe may give less than was asked for, and pieces are found again by where they are cut.
            while len(content) < PIECE and (more := source.read(PIECE - len(content))):
                content += more
            digest.update(content)
            size += len(content)
            pieces.append(self._piece_store(content))
        return Stored(path, size, digest.hexdigest(), pieces, mtime_ns)

    def read(self, file: Stored, target: IO[bytes] | None = None) -> None:
        """Write the file's content to ``target``, or only verify it. Raises ``BackupError`` where it was changed."""
        digest, size = hashlib.sha256(), 0
        for name in file.pieces:
            content = self._piece_read(name)
            digest.update(content)
            size += len(content)
            if target is not None:
                target.write(content)
        if (size, digest.hexdigest()) != (file.size, file.sha256):
            raise BackupError(f"{file.path} in the backup {self.folder} is not what was stored. {OTHER_BACKUP}")

    def manifest_store(self, manifest: Manifest) -> None:
        """Have the backup: from here on it is listed. What was stored before lies on the disk by then."""
        os.sync()
        content = {"format": FORMAT, **asdict(manifest)}
        sealed = {**content, "seal": self._seal(content)}
        folder = self.folder / "backups"
        folder.mkdir(mode=0o700, exist_ok=True)
        write_durably(folder / f"{manifest.id}.json", json.dumps(sealed, indent=1).encode(), replace=True)

    def ids(self) -> list[str]:
        """The backups that are whole, oldest first."""
        return sorted(path.stem for path in (self.folder / "backups").glob("[!.]*.json"))

    def manifest(self, id: str | None = None) -> Manifest:
        """The backup of that id, the newest without one. Raises ``BackupError``."""
        known = self.ids()
        if not known or (id is not None and id not in known):
            found = f"it has {', '.join(known[-3:])}" if known else "no backup was finished there"
            raise BackupError(f"{self.folder} has no backup{f' {id}' if id else ''}: {found}.")
        path = self.folder / "backups" / f"{id or known[-1]}.json"
        try:
            content = json.loads(path.read_text())
            given = content.pop("seal")
            if not hmac.compare_digest(str(given), self._seal(content)) or content.pop("format") != FORMAT:
                raise ValueError
            files = [Stored(**one) for one in content.pop("files")]
            return Manifest(**content, files=files)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BackupError(f"The manifest {path} is damaged or was changed. {OTHER_BACKUP}") from error

    def manifests(self) -> Iterator[Manifest]:
        """Every backup, oldest first."""
        for id in self.ids():
            yield self.manifest(id)

    def forget(self, ids: list[str]) -> None:
        """Remove these backups, and each piece that no other one needs."""
        if not ids:
            return
        for id in ids:
            (self.folder / "backups" / f"{id}.json").unlink(missing_ok=True)
        needed = {name for one in self.manifests() for file in one.files for name in file.pieces}
        for path in (self.folder / "pieces").glob("*/*"):
            if path.name not in needed:
                _destroy(path)

    def forget_files(self, unwanted: Callable[[Stored], bool]) -> int:
        """Take the unwanted files out of every backup and destroy the pieces of theirs alone; how many pieces."""
        gone: set[str] = set()
        needed: set[str] = set()
        for one in self.manifests():
            out = [file for file in one.files if unwanted(file)]
            kept = [file for file in one.files if not unwanted(file)]
            needed.update(name for file in kept for name in file.pieces)
            if out:
                gone.update(name for file in out for name in file.pieces)
                self.manifest_store(Manifest(one.id, one.made_at, one.about, kept))
        for name in gone - needed:
            _destroy(self.piece_path(name))
        return len(gone - needed)

    def _piece_store(self, content: bytes) -> str:
        name = hmac.digest(self._naming, content, "sha256").hex()
        path = self.piece_path(name)
        if path.exists() and path.stat().st_size > SEALING_BYTES:
            return name
        # A machine that lost its power may have left an empty file where a piece was being stored.
        packed = zlib.compress(content, 1)
        plain = b"z" + packed if len(packed) < 0.95 * len(content) else b"-" + content
        sealed = encrypt(self._encrypting, plain, context=name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{name}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(sealed)
            os.replace(draft, path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        self.stored_bytes += len(sealed)
        return name

    def _piece_read(self, name: str) -> bytes:
        path = self.piece_path(name)
        try:
            plain = decrypt(self._encrypting, path.read_bytes(), context=name)
            return zlib.decompress(plain[1:]) if plain[:1] == b"z" else plain[1:]
        except FileNotFoundError as error:
            raise BackupError(f"{path} is missing. {OTHER_BACKUP}") from error
        except (OSError, VaultError, zlib.error) as error:
            raise BackupError(f"{path} is damaged or was changed. {OTHER_BACKUP}") from error

    def _seal(self, content: dict[str, Any]) -> str:
        plain = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
        return hmac.digest(self._sealing, plain, "sha256").hex()


OTHER_BACKUP = "Nothing was changed here. Restore another backup (--at), or fetch this one from its second place."


def repository_open(folder: Path, *, kind: Kind, secret: str | None) -> Repository:
    """The repository in ``folder``. Raises ``BackupError`` where there is none, or the secret is another one.

    ``secret`` None: the one that the folder itself names, where its backups are not encrypted against whoever has it.
    """
    about = _about(folder, kind)
    used = about.get("secret") or secret
    if not used:
        raise BackupError(f"{folder} is encrypted with a passphrase: give it with --passphrase-file.")
    keys = _derive(used, bytes.fromhex(about["salt"]))
    if not hmac.compare_digest(_check(keys), about["check"]):
        remedy = {
            "data": "Its key is backup.key in the folder of keys: give the backup of that folder with --keys.",
            "keys": "Give the passphrase that it was made with: --passphrase-file.",
        }[kind]
        raise BackupError(f"This is not the secret that {folder} was encrypted with. {remedy}")
    return Repository(folder, keys)


def repository_make(folder: Path, *, kind: Kind, secret: str | None) -> Repository:
    """The repository in ``folder``, begun now where the folder is missing or empty. Raises ``BackupError``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "repository.json").exists():
        if any(path.name != ".lock" for path in folder.iterdir()):
            raise BackupError(f"{folder} holds other files, and no backups. Name an empty folder or a new one.")
        own = None if secret else secrets.token_urlsafe(48)
        salt = os.urandom(16)
        about = {
            "format": FORMAT,
            "kind": kind,
            "salt": salt.hex(),
            "check": _check(_derive(secret or own or "", salt)),
        }
        write_durably(folder / "repository.json", json.dumps({**about, **({"secret": own} if own else {})}).encode())
    elif secret and _about(folder, kind).get("secret"):
        raise BackupError(f"{folder} was begun without a passphrase and opens by itself. Name an empty folder.")
    (folder / "backups").mkdir(mode=0o700, exist_ok=True)
    return repository_open(folder, kind=kind, secret=secret)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One command at a time writes to a folder of backups. Raises ``BackupError``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BackupError(f"Another backup into {folder} is under way. Wait until it has ended.") from error
        yield


@contextlib.contextmanager
def telling_full_disks(folder: Path) -> Iterator[None]:
    """Make ``BackupError`` of a disk that is full or cannot be written."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise BackupError(
                f"The disk that holds {folder} is full. What was finished before is whole: free some space, and run it "
                "again."
            ) from error
        raise BackupError(f"{where} cannot be used ({error.strerror or error}).") from error


def new_id() -> str:
    """The name of a backup that is made now; later ones sort behind it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S-%fZ")


def _about(folder: Path, kind: Kind) -> dict[str, str]:
    path = folder / "repository.json"
    try:
        about: dict[str, str] = json.loads(path.read_text())
        if about["format"] != FORMAT or not {"salt", "check", "kind"} <= set(about):
            raise ValueError
        bytes.fromhex(about["salt"])
    except FileNotFoundError as error:
        raise BackupError(f"{folder} is no folder of backups: repository.json is missing there.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{path} is damaged or of another version. {OTHER_BACKUP}") from error
    if about["kind"] != kind:
        raise BackupError(f"{folder} holds {about['kind']}, not {kind}. Give the data as DIR and the keys with --keys.")
    return about


def _derive(secret: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=96, n=2**15, r=8, p=1).derive(secret.encode())


def _check(keys: bytes) -> str:
    return hmac.digest(keys[64:96], b"presente backup", "sha256").hex()


def _destroy(path: Path) -> None:
    """Overwrite, then remove: a key that was destroyed must not be found on this disk either."""
    with contextlib.suppress(FileNotFoundError):
        with path.open("r+b") as file:
            file.write(os.urandom(min(path.stat().st_size, PIECE + 64)))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
