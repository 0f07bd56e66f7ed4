"""Run a LiteRT file from several threads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognition.engine.pool import Pool
from recognition.engine.types import ModelUnavailable

FloatArray = NDArray[np.float32]


class LiteRT:
    """One network with one input; interpreters come from a pool, each with its own tensors."""

    def __init__(self, path: Path, *, batch: int, threads: int, size: int) -> None:
        """Load ``path`` for inputs of ``batch`` pictures. Raises ``ModelUnavailable`` when LiteRT refuses the file."""
        self._path, self._batch, self._threads = path, batch, threads
        self._pool: Pool[Any] = Pool(self._create, size)

    def _create(self) -> Any:
        from ai_edge_litert.interpreter import Interpreter

        try:
            interpreter = Interpreter(str(self._path), num_threads=self._threads)
            entry = interpreter.get_input_details()[0]
            if entry["shape"][0] != self._batch:
                interpreter.resize_tensor_input(entry["index"], [self._batch, *entry["shape"][1:]])
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelUnavailable(
                f"LiteRT cannot load {self._path} ({error}); run `manage.py build_models`.", code="model_corrupt"
            ) from error
        return interpreter

    def run(self, pictures: FloatArray) -> list[FloatArray]:
        """The network's outputs, in its own order, for (batch, height, width, 3) float32."""
        with self._pool.borrow() as interpreter:
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], pictures)
            interpreter.invoke()
            return [interpreter.get_tensor(entry["index"]) for entry in interpreter.get_output_details()]
