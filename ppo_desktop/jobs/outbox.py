"""News on their way from one thread to another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any


class Growing:
    """News that may wait, and that later ones of their kind replace or complete."""

    def added_to(self, _earlier: Any) -> Any:
        """Return what says both; here, that the latest says all."""
        return self


class Outbox:
    """One delivery at a time, acknowledged by taking it; the latest of what grows.

    Args:
        deliver: Is called in the thread that posts when there is something to take. After `close` it is not,
            so that a thread that answers late does not reach a window that has gone on, or is gone.
        seconds: Shortest time between two deliveries of what only grows.
    """

    def __init__(self, deliver: Callable[[], object], seconds: float) -> None:
        self._deliver: Callable[[], object] | None = deliver
        self._seconds = seconds
        self._lock = threading.Lock()
        self._news: list[Any] = []
        self._is_delivering = False
        self._taken_at = 0.0

    def post(self, news: Any) -> None:
        """Leave news; what replaces or completes earlier news still waiting is joined to them."""
        with self._lock:
            if self._deliver is not None:
                _add(self._news, news)
                self._deliver_if_due()

    def flush(self) -> None:
        """Deliver what was held back because the last delivery was only just before."""
        with self._lock:
            self._deliver_if_due()

    def take(self) -> list[Any]:
        """Return what has come since the last time, in order."""
        with self._lock:
            news, self._news = self._news, []
            self._is_delivering, self._taken_at = False, time.monotonic()
            return news

    def close(self) -> None:
        """Let nothing come any more."""
        with self._lock:
            self._deliver = None
            self._news.clear()

    def _deliver_if_due(self) -> None:
        if self._deliver is None or self._is_delivering or not self._news:
            return
        can_wait = all(isinstance(news, Growing) for news in self._news)
        if can_wait and time.monotonic() - self._taken_at < self._seconds:
            return
        self._is_delivering = True
        self._deliver()


def _add(waiting: list[Any], news: Any) -> None:
    """Append news, or join them to what waits, as long as nothing that cannot wait came between."""
    if isinstance(news, Growing):
        for place in range(len(waiting) - 1, -1, -1):
            earlier = waiting[place]
            if type(earlier) is type(news):
                waiting[place] = news.added_to(earlier)
                return
            if not isinstance(earlier, Growing):
                break
    waiting.append(news)
