"""How much of this machine runs can have at the moment."""

from __future__ import annotations

import hashlib
import threading
import time

from ppo_desktop.runs.priority import give_way

_MEASURING_SECONDS = 0.25
_LONGEST_SECONDS = 1.0
"""The same on a busy machine, where threads of low priority have their turns seldom."""
_BUSY = 0.5
"""Processors for each thread, below which a machine is busy."""
_BLOCK = bytes(1 << 18)
"""Hashed again and again: it takes some tenths of a millisecond and does not hold the interpreter's lock."""


def free_processors(threads: int) -> float:
    """Return how many processors so many threads of a runner would have between them, above 0.

    They are tried: threads of the same priority compute for a moment. What this process computes beside them
    counts as free, for it rests while runs learn.
    """
    free = _tried(threads, _MEASURING_SECONDS)
    if free < _BUSY * threads:
        free = _tried(threads, _LONGEST_SECONDS)
    return min(float(threads), max(0.01, free))


def _tried(threads: int, for_seconds: float) -> float:
    begun, used = time.perf_counter(), time.process_time()
    trying = [threading.Thread(target=_compute, args=(begun + for_seconds,)) for _ in range(threads)]
    for thread in trying:
        thread.start()
    for thread in trying:
        thread.join()
    return (time.process_time() - used) / (time.perf_counter() - begun)


def _compute(until: float) -> None:
    give_way()
    while time.perf_counter() < until:
        hashlib.sha256(_BLOCK).digest()
