"""Reading the weights in a file that PyTorch wrote, without PyTorch and without running what a pickle may name.

The format is that of ``torch.save`` before version 1.6: three short pickles (a magic number, a protocol number, the
writer's machine), the pickle of the state dict, whose tensors name storages by keys, the pickled list of those keys,
and then each storage: its number of elements (int64) and the elements, little-endian.
"""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognition.engine.types import ModelUnavailable

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
DTYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}
MAX_BYTES = 64 * 1024 * 1024

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Storage:
    """Where a tensor's numbers come from: the storage's key and the type of its elements."""

    key: str
    dtype: str


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A tensor as its pickle describes it, before the storages are read."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _tensor(storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_rest: Any) -> _Tensor:
    return _Tensor(storage, offset, shape, strides)


class _Unpickler(pickle.Unpickler):
    """Knows the few names that a state dict needs, and refuses every other."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        raise pickle.UnpicklingError(f"it names {module}.{name}, which no weights need")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _device, _count, view = pid
        if kind != "storage" or view is not None or dtype not in DTYPES.values():
            raise pickle.UnpicklingError(f"it refers to {pid!r}, which is no storage")
        return _Storage(str(key), dtype)


def read_state_dict(path: Path) -> dict[str, FloatArray]:
    """The float tensors of the state dict in ``path`` by name, without ``DataParallel``'s prefix ``module.``.

    Raises ``ModelUnavailable``: ``model_missing`` when there is no file, ``model_format`` when it is not such a file
    or names anything but weights.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read ({error.strerror}).", code="model_missing") from error
    if not data:
        raise _refused(path, f"it has {size} bytes, a file of weights has 1 to {MAX_BYTES}")
    try:
        return _read(io.BytesIO(data))
    # Whatever damaged bytes make a pickle do, the file is not what it should be.
    except Exception as error:
        raise _refused(path, str(error) or type(error).__name__) from error


def _read(file: io.BytesIO) -> dict[str, FloatArray]:
    if _load(file) != MAGIC or _load(file) != PROTOCOL:
        raise ValueError("its first bytes are not those of torch.save before version 1.6")
    if not _load(file).get("little_endian"):
        raise ValueError("it was written on a big-endian machine")
    tensors, keys = _load(file), _load(file)
    dtypes = {tensor.storage.key: np.dtype(tensor.storage.dtype) for tensor in tensors.values()}
    storages = {}
    for key in keys:
        count = int(np.frombuffer(file.read(8), "<i8")[0])
        storages[key] = np.frombuffer(file.read(count * dtypes[key].itemsize), dtypes[key])
        if len(storages[key]) != count:
            raise ValueError("it is cut short")
    return {
        name.removeprefix("module."): _array(tensor, storages[tensor.storage.key])
        for name, tensor in tensors.items()
        if tensor.storage.dtype == DTYPES["FloatStorage"]
    }


def _array(tensor: _Tensor, storage: NDArray[Any]) -> FloatArray:
    last = tensor.offset + sum((side - 1) * step for side, step in zip(tensor.shape, tensor.strides, strict=True))
    if not tensor.shape or min(tensor.shape) < 1 or min(tensor.strides) < 0 or not 0 <= last < len(storage):
        raise ValueError("a tensor reaches past its storage")
    steps = tuple(step * storage.itemsize for step in tensor.strides)
    view = np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, steps, writeable=False)
    return np.array(view, np.float32)


def _load(file: io.BytesIO) -> Any:
    return _Unpickler(file).load()


def _refused(path: Path, why: str) -> ModelUnavailable:
    return ModelUnavailable(f"{path} holds no weights that this program can read: {why}.", code="model_format")
