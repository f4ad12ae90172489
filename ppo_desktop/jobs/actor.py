"""A thread that obeys orders, one after the other, among them jobs."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ppo_desktop.jobs.job import Ended, EndReason, Idle, Job
from ppo_desktop.jobs.outbox import Growing, Outbox
from ppo_desktop.ppo.messages import what_went_wrong

JobT = TypeVar("JobT", bound=Job[Any])
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress(Growing):
    """How far a job is.

    Attributes:
        total: All of it; None where it has no end.
        seconds_left: About how long the rest takes; None while that cannot be said.
    """

    done: float
    total: float | None
    seconds_left: float | None


class _Request(Generic[JobT]):
    """A job that is to be done, and what is wished of it before it has begun."""

    def __init__(self, create: Callable[[], JobT]) -> None:
        self.create = create
        self.wishes: list[Callable[[JobT], None]] = []


class JobActor(Generic[JobT]):
    """What lives in the thread, and what posts to an outbox how far its job is, and how that ended.

    Args:
        outbox: Where news go.
        attend: Is called in the thread with each event of a job but the last, before it is posted how far the
            job is.

    Attributes:
        interval: Seconds between two looks at other things; None for never.
    """

    def __init__(self, outbox: Outbox, attend: Callable[[Any], None] = lambda _event: None) -> None:
        self.interval: float | None = None
        self._outbox = outbox
        self._attend = attend
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._is_closing = threading.Event()
        self._lock = threading.Lock()
        self._job: JobT | None = None
        self._requests: list[_Request[JobT]] = []
        self._posted: Progress | None = None
        self._looked_at = 0.0

    # ---- called from any thread ----------------------------------------------------------------

    def post(self, order: Callable[[], None]) -> None:
        """Have something done as soon as the thread comes to it."""
        self._orders.put(order)

    def run(self, create: Callable[[], JobT]) -> None:
        """Have a job done when those before it are over.

        Args:
            create: Makes it, in the thread.
        """
        with self._lock:
            self._requests.append(_Request(create))
        self.post(self._run_next)

    def wish(self, wish: Callable[[JobT], None]) -> None:
        """Pass a wish to the job that was requested last: at once, or when it begins."""
        with self._lock:
            if self._requests:
                self._requests[-1].wishes.append(wish)
            elif self._job is not None:
                wish(self._job)

    def close(self) -> None:
        """Cancel the job and end the thread; no other begins."""
        with self._lock:
            self._is_closing.set()
            self._requests.clear()
        self.wish(lambda job: job.cancel())
        self.post(lambda: None)

    # ---- in the thread -------------------------------------------------------------------------

    def work(self) -> None:
        """Do what is ordered until it is closed."""
        while not self._is_closing.is_set():
            self._outbox.flush()
            try:
                order = self._orders.get(timeout=self.interval)
            except queue.Empty:
                self._look()
            else:
                self._obey(order)

    def _obey(self, order: Callable[[], None]) -> None:
        """Do what is ordered; whatever goes wrong, what comes after it is done, too."""
        try:
            order()
        except Exception as error:
            self._complain(error)

    def _run_next(self) -> None:
        """Follow the jobs that are requested, each to its end, unless one is being followed."""
        if self._job is not None:
            return
        while (request := self._next_request()) is not None:
            ended = self._follow(request)
            self._look()
            self._outbox.post(ended)

    def _next_request(self) -> _Request[JobT] | None:
        with self._lock:  # closing forgets all of them
            return next(iter(self._requests), None)

    def _follow(self, request: _Request[JobT]) -> Ended:
        """Begin a job, follow it, and return how it ended."""
        try:
            job = request.create()
            events = job.events()
            with self._lock:
                if self._is_closing.is_set():
                    return Ended(EndReason.CANCELLED)
                self._job = job
                self._requests.remove(request)
                for wish in request.wishes:
                    wish(job)
            return self._attend_to(job, events)
        except Exception as error:
            return Ended(EndReason.FAILED, self._reason(error))
        finally:
            with self._lock:
                self._job = None
                if request in self._requests:
                    self._requests.remove(request)

    def _attend_to(self, job: JobT, events: Iterator[Any]) -> Ended:
        """Attend to what happens up to the end, and obey in between what else is ordered."""
        for event in events:
            if isinstance(event, Ended):
                self._post_progress(job)
                return event
            if not isinstance(event, Idle):
                self._attend(event)
            self._post_progress(job)
            while not self._orders.empty():
                self._obey(self._orders.get())
            if self.interval is not None and time.monotonic() - self._looked_at > self.interval:
                self._look()
        raise AssertionError("The last event says that a job has ended.")

    def _post_progress(self, job: JobT) -> None:
        progress = self._progress(job)
        if progress != self._posted:
            self._posted = progress
            self._outbox.post(progress)
        else:
            self._outbox.flush()

    def _progress(self, job: JobT) -> Progress:
        return Progress(job.done, job.total, job.seconds_left)

    def _look(self) -> None:
        """Look at other things; there are none."""

    def _complain(self, error: Exception) -> None:
        """Say what went wrong with an order."""
        logger.error("Something could not be done", exc_info=error)

    def _reason(self, error: Exception) -> str:
        """Return the reason for the user, in one line."""
        logger.error("A job cannot go on", exc_info=error)
        return what_went_wrong(error)
