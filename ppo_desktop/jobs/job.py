"""Work that takes a while: what a comparison, a search and a check have in common."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from ppo_desktop.jobs.pace import Pace
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.runs.runner import Runner

IDLE_SECONDS = 0.2
"""Longest time without an event."""

EventT = TypeVar("EventT")
logger = logging.getLogger(__name__)


class EndReason(Enum):
    """Why a job is over."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class Idle:
    """Nothing has happened for a moment; said so that the listener can look at other things."""


@dataclass(frozen=True)
class Ended:
    """The job is over; always the last event.

    Attributes:
        reason: Why.
        message: What went wrong, in one line; empty if nothing did.
    """

    reason: EndReason
    message: str = ""


class Job(ABC, Generic[EventT]):
    """Runs that learn side by side for one purpose, as a source of events.

    The thread that asks for events drives the job; the runs learn in threads of their own. Any thread may
    pause, resume or cancel it.

    Args:
        enough: Work that has to be done before the pace of the job says something.
    """

    def __init__(self, enough: float) -> None:
        self._runner: Runner | None = None
        self._progressed: SimpleQueue[Any] = SimpleQueue()
        self._is_paused = self._is_cancelled = False
        self._is_over = False
        self._pace = Pace(enough)

    # ---- what one may wish, from any thread ----------------------------------------------------

    def pause(self) -> None:
        """Let all runs rest after the update they are in."""
        self._is_paused = True
        self._follow_wishes()

    def resume(self) -> None:
        """Go on."""
        self._is_paused = False
        self._follow_wishes()

    def cancel(self) -> None:
        """End now; what is done is kept."""
        self._is_cancelled = True
        self._follow_wishes()

    # ---- what one may read ---------------------------------------------------------------------

    @property
    @abstractmethod
    def done(self) -> float:
        """The work that is done, of `total`."""

    @property
    @abstractmethod
    def total(self) -> float | None:
        """All work; None if it has no end but to be cancelled."""

    @property
    def worked(self) -> float:
        """The work that has really been done, where some counts as done that is spared."""
        return self.done

    @property
    def seconds_left(self) -> float | None:
        """About how long it still takes without a pause; None while that cannot be said."""
        return None if self.total is None else self._pace.seconds_for(self.total - self.done)

    def expect(self, seconds_each: float | None) -> None:
        """Take the time anew, and trust that each unit of work takes so long until it says better."""
        self._pace.begin(seconds_each)

    # ---- the job -------------------------------------------------------------------------------

    def events(self) -> Generator[EventT | Idle | Ended]:
        """Begin, or go on, and return what happens up to the end, at least five times a second.

        What was wished before the job began counts; what was wished since it was over does not. Closing the
        generator cancels the job.
        """
        if self._is_over:
            self._is_over = self._is_paused = self._is_cancelled = False
        return self._events()

    def _events(self) -> Generator[EventT | Idle | Ended]:
        try:
            ended = yield from self._work()
        except Exception as error:
            logger.exception("A job cannot go on")
            ended = Ended(EndReason.FAILED, what_went_wrong(error))
        finally:
            self._is_over = self._is_cancelled = True  # nothing goes on that nobody asks for any more
        yield ended

    @abstractmethod
    def _work(self) -> Generator[EventT | Idle, None, Ended]:
        """Yield what happens, and return how the job ended."""

    def _reason(self) -> EndReason:
        return EndReason.CANCELLED if self._is_cancelled else EndReason.COMPLETED

    def _next_progress(self) -> Any:
        """Wait until a run puts into `_progressed` that it has come farther, and return what it puts there.

        None after a moment in which none has, and as soon as something is wished.
        """
        self._pace.count(self.worked, is_paused=self._is_paused)
        try:
            return self._progressed.get(timeout=IDLE_SECONDS)
        except Empty:
            return None

    def _follow_wishes(self) -> None:
        if self._runner is not None:
            rests = self._is_paused or self._is_cancelled
            self._runner.pause() if rests else self._runner.resume()
        self._progressed.put(None)  # the thread that waits looks at once
