"""What runs may take of this machine's processors, and how much of them is free at the moment."""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
import threading
import time

LITTLE = 3
"""Niceness of the run that the window shows, and of what is exported: enough for the window, but beside other
programs in the same group of the system's scheduler a run with 5 had a third of the speed."""
_NICENESS = 10
_ABOVE_NORMAL = 1
"""`THREAD_PRIORITY_ABOVE_NORMAL` of Windows."""
_USER_INTERACTIVE = 0x21
"""`QOS_CLASS_USER_INTERACTIVE` of macOS."""
_beside_window = threading.Event()
_MEASURING_SECONDS = 0.25
_LONGEST_SECONDS = 1.0
"""The same on a busy machine, where threads of low priority have their turns seldom."""
_BUSY = 0.5
"""Processors for each thread, below which a machine is busy."""
_BLOCK = bytes(1 << 18)
"""Hashed again and again: it takes some tenths of a millisecond and does not hold the interpreter's lock."""


def put_window_first() -> None:
    """Have this thread, which is the window's, come before runs that begin in this process from now on.

    Without a window nothing has to stay fluid: a command takes its fair share of a busy machine, or less
    where it was started with `nice`. Windows and macOS let any thread be put before others: so the window is,
    and no run waits behind other programs with the interpreter's lock in its hand. On Linux a thread can only
    be put behind: so runs are, see `give_way`.
    """
    _beside_window.set()
    if sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        kernel.GetCurrentThread.restype = ctypes.c_void_p
        kernel.SetThreadPriority(ctypes.c_void_p(kernel.GetCurrentThread()), _ABOVE_NORMAL)
    elif sys.platform == "darwin":
        ctypes.CDLL(None).pthread_set_qos_class_self_np(_USER_INTERACTIVE, 0)


def give_way(niceness: int = _NICENESS) -> None:
    """Let this thread, beside a window, have a processor as far as others leave it one; see also `LITTLE`."""
    if _beside_window.is_set() and sys.platform == "linux":  # where each thread has its own priority
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(niceness, os.getpriority(os.PRIO_PROCESS, thread)))


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
