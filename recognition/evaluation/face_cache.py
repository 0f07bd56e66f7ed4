"""Vectors of photos that were embedded before, so that measuring again takes seconds.

A face's vector identifies a person as the face does: the file is encrypted with a key of the caches'. It is a
cache and nothing else, below ``var/cache``: it can be deleted at any time, and is when somebody is erased.
"""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from employees import key_store, vault
from employees.vault import VaultError
from recognition import engine as engine_package
from recognition.engine.protocol import Engine
from recognition.services.checkpoints import cache_folder

Seen = dict[str, tuple[NDArray[np.float32], float]]


def load(engine: Engine, folder: Path) -> Seen:
    """What is known of the photos of ``folder`` under this engine; nothing where there is no cache or it is damaged."""
    path = _path(engine, folder)
    try:
        plain = vault.unwrap(path.read_bytes(), context=f"faces:{path.stem}", key=key_store.CACHE)
        with np.load(io.BytesIO(plain)) as arrays:
            digests, found, vectors, weights = (arrays[name] for name in ("digests", "found", "vectors", "weights"))
    except (OSError, VaultError, ValueError, KeyError):
        return {}
    empty = np.zeros(0, np.float32)
    rows = zip(digests.tolist(), found.tolist(), vectors, weights.tolist(), strict=True)
    return {digest: (vector if seen else empty, weight) for digest, seen, vector, weight in rows}


def save(engine: Engine, folder: Path, seen: Seen) -> None:
    """Keep ``seen``, whole or not at all."""
    path = _path(engine, folder)
    wide = max((len(vector) for vector, _weight in seen.values()), default=0)
    buffer = io.BytesIO()
    np.savez(
        buffer,
        digests=np.array(list(seen)),
        found=np.array([len(vector) > 0 for vector, _weight in seen.values()]),
        vectors=np.array([vector if len(vector) else np.zeros(wide) for vector, _weight in seen.values()], np.float32),
        weights=np.array([weight for _vector, weight in seen.values()]),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(vault.wrap(buffer.getvalue(), context=f"faces:{path.stem}", key=key_store.CACHE))
    os.replace(draft, path)


def _path(engine: Engine, folder: Path) -> Path:
    key = hashlib.sha256(f"{engine.version}\n{_code()}\n{folder.resolve()}".encode()).hexdigest()
    return cache_folder() / f"{key[:32]}.sealed"


def _code() -> str:
    """SHA-256 of the engine's own source: a changed aligner makes other vectors of the same photo."""
    digest = hashlib.sha256()
    for path in sorted(Path(engine_package.__path__[0]).glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
