"""Garbage is collected in the window's thread, between two of its tasks, and never among the libraries."""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer, Slot

_OLDEST = 2
_MILLISECONDS = 100
"""Also when nothing learns: with a second, what piled up at the beginning of a comparison took 200 ms."""
_OLDEST_SECONDS = 60.0
"""At least so long from one look through everything to the next: each takes up to 100 ms."""


class GarbageCollector(QObject):
    """Collects garbage in place of Python itself, from the first window to the last one.

    Python does so in whatever thread creates many objects. While PyTorch or Optuna is being loaded, that
    stopped the window for up to 208 ms, several times; and what belongs to Qt must not be destroyed in
    another thread than the window's.
    """

    _n_at_work = 0

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        GarbageCollector._n_at_work += 1
        gc.disable()
        parent.destroyed.connect(_end_one)
        self._looked_through_at = time.monotonic()
        timer = QTimer(self)
        timer.timeout.connect(self._collect_when_due)
        timer.start(_MILLISECONDS)

    @Slot()
    def spare_what_is_loaded(self) -> None:
        """Pass over what there is now: what comes later is looked through as ever."""
        gc.freeze()

    @Slot()
    def _collect_when_due(self) -> None:
        """Collect the generations of which it is time, by Python's own thresholds."""
        counts = zip(gc.get_count(), gc.get_threshold(), strict=True)
        due = [generation for generation, (count, threshold) in enumerate(counts) if count > threshold]
        if _OLDEST in due and time.monotonic() - self._looked_through_at < _OLDEST_SECONDS:
            due.remove(_OLDEST)
        if due:
            gc.collect(due[-1])
        if _OLDEST in due:
            self._looked_through_at = time.monotonic()


def _end_one() -> None:
    GarbageCollector._n_at_work -= 1
    if not GarbageCollector._n_at_work:
        gc.enable()
