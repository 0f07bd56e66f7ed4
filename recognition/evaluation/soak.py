"""Does memory stay flat? Many requests through one engine, with the process's memory read along the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from recognition.engine.protocol import Engine
from recognition.engine.types import RGB

PAGE_STATUS = "/proc/self/status"
SAMPLES = 20
# Interpreters and detectors are made lazily, and the allocator keeps what its busiest moment needed.
WARM_UP = 0.2


@dataclass(frozen=True, slots=True)
class SoakReport:
    """Resident memory in MiB at even steps of ``requests`` requests, the first once everything was warm."""

    requests: int
    memory: tuple[float, ...]

    @property
    def growth(self) -> float:
        """MiB gained from the mean of the first half after the warm-up to the mean of the second."""
        half = len(self.memory) // 2
        return sum(self.memory[half:]) / (len(self.memory) - half) - sum(self.memory[:half]) / half


def resident() -> float:
    """The process's resident memory in MiB, as Linux reports it."""
    with open(PAGE_STATUS, encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def soak(
    engine: Engine,
    images: Sequence[RGB],
    requests: int,
    *,
    threads: int = 4,
    progress: Callable[[int, int], None] | None = None,
) -> SoakReport:
    """Detect, measure and embed ``requests`` times, going round ``images``, from several threads.

    ``progress(done, requests)`` is called at each reading. Raises whatever the engine raises, and ``ValueError`` when
    there are no images.
    """
    if not images:
        raise ValueError("a soak needs at least one image")

    def request(number: int) -> None:
        image = images[number % len(images)]
        for face in engine.detect(image)[:1]:
            engine.quality(image, face, purpose="probe")
            engine.embed(image, face)

    memory, done = [], 0
    with ThreadPoolExecutor(threads) as workers:
        for step in range(1, SAMPLES + 1):
            until = requests * step // SAMPLES
            list(workers.map(request, range(done, until)))
            done = until
            if step > WARM_UP * SAMPLES:
                memory.append(resident())
            if progress:
                progress(done, requests)
    return SoakReport(requests, tuple(memory))
