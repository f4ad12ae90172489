"""Many runs side by side, in threads of one process: what comparisons and searches stand on."""

from __future__ import annotations

import heapq
import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType

from ppo_desktop.ppo.environments import EnvironmentFailure, UnsupportedEnvironment
from ppo_desktop.ppo.events import Event, FinishReason, RunFinished, UpdateFinished
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer
from ppo_desktop.runs.abandoned import join_for_a_moment
from ppo_desktop.runs.processors import give_way

logger = logging.getLogger(__name__)


class RunCancelled(Exception):
    """Raised while a run is made or an event of it is taken, to end it there; that is no failure."""


@dataclass(order=True)
class _Run:
    """A run that waits for its turn; the smallest is the next.

    Runs of a lower group go before others; then those of a lower rank, their steps where all are to go on
    together, else always 0; then those that were added first.
    """

    group: int
    rank: int
    number: int
    create: Callable[[], Trainer] = field(compare=False)
    take: Callable[[Event], None] = field(compare=False)
    events: Iterator[Event] | None = field(default=None, compare=False)
    steps: int = field(default=0, compare=False)

    def go_on(self, is_to_stop: Callable[[], bool]) -> bool:
        """Take events up to an end of an update, or until it is to stop; return whether there can be more."""
        if self.events is None:
            trainer = self.create()
            trainer.stride = LONGEST_STRIDE
            self.events = trainer.events()
        for event in self.events:
            if is_to_stop():  # the runner may be closed, and nothing wait for this event any more
                return True
            if isinstance(event, RunFinished):
                self.take(self._closed(event))
                return False
            self.take(event)
            if isinstance(event, UpdateFinished):
                self.steps = event.steps
                return True
        return False

    def _closed(self, end: RunFinished) -> RunFinished:
        """Close its environments, so that others can be made to evaluate in; return its end after that."""
        try:
            self._close()
        except EnvironmentFailure as failure:
            if end.reason is not FinishReason.FAILED:
                return RunFinished(FinishReason.FAILED, end.steps, str(failure))
        return end

    def close(self) -> None:
        """Close its environments, if it has begun, whatever they do."""
        try:
            self._close()
        except BaseException:
            logger.exception("The environments of a run could not be closed")

    def _close(self) -> None:
        close = getattr(self.events, "close", None)
        if close is not None:
            close()


class Runner:
    """Lets runs go on, update by update, in as many threads as there are processors.

    A run is the same as alone, bit for bit. With the compiled engine the threads really compute at
    the same time; with the PyTorch engine they take turns. On Linux they give way to the window of this
    process, if there is one: it stutters when it waits for a processor behind all of them. Elsewhere the
    system decides.

    Use it as a context, or call `close`.

    Args:
        threads: How many runs go on at a time; None for one for each processor.
        together: Whether the run with the fewest steps is always the next, so that all go on together;
            else the one that was added first, so that some have ended when others begin.
    """

    def __init__(self, threads: int | None = None, *, together: bool = True) -> None:
        self._together = together
        self._changed = threading.Condition()
        self._waiting: list[_Run] = []
        self._n_going_on = 0
        self._n_added = 0
        self._is_paused = False
        self._is_closed = self._has_ended = False
        self._threads = [
            threading.Thread(target=self._work, name=f"runner-{number}", daemon=True)
            for number in range(threads or os.cpu_count() or 1)
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, create: Callable[[], Trainer], take: Callable[[Event], None], group: int = 0) -> None:
        """Let another run begin when its turn comes.

        Args:
            create: Makes it; called in one of the threads.
            take: Takes its events, in order, each in the thread the run happens to be in. The last
                is a `RunFinished`, taken when its environments are closed, unless the runner is closed
                before, or `create` or `take` raises `RunCancelled`; a run that cannot be made, or whose
                `take` fails otherwise, has failed.
            group: Runs of a lower group go on before those of a higher one.

        Raises:
            RuntimeError: The runner is closed.
        """
        with self._changed:
            if self._is_closed:
                raise RuntimeError("The runner is closed.")
            self._n_added += 1
            heapq.heappush(self._waiting, _Run(group, 0, self._n_added, create, take))
            self._changed.notify_all()

    def pause(self) -> None:
        """Let every run rest after the update it is in."""
        with self._changed:
            self._is_paused = True

    def resume(self) -> None:
        """Let all runs go on."""
        with self._changed:
            self._is_paused = False
            self._changed.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all runs have ended, or so many seconds; return whether they have."""
        with self._changed:
            return self._changed.wait_for(self._is_idle, timeout)

    def wait_for_rest(self, timeout: float | None = None) -> bool:
        """Wait until no run goes on after `pause`, or so many seconds; return whether none does."""
        with self._changed:
            return self._changed.wait_for(lambda: self._has_ended or self._n_going_on == 0, timeout)

    def close(self) -> None:
        """End all runs where they are, and the threads. Waiting ends too.

        A thread that an environment holds for longer than a moment is abandoned, and no
        more event of its run is taken.
        """
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        join_for_a_moment(self._threads)
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

    def _work(self) -> None:
        """What each thread does: give one run after the other its turn."""
        give_way()
        while (run := self._next()) is not None:
            goes_on = self._advance(run)
            with self._changed:
                self._n_going_on -= 1
                if goes_on:
                    run.rank = run.steps if self._together else 0
                    heapq.heappush(self._waiting, run)
                # Else no thread is woken: this one takes a run itself, and the sleeping ones found none.
                if self._is_paused or not goes_on:
                    self._changed.notify_all()
            del run  # one that has ended is not kept in memory while the thread waits
        self._close_waiting()

    def _close_waiting(self) -> None:
        """Close the environments of runs that have been left where they are."""
        while True:
            with self._changed:
                if not self._waiting:
                    return
                run = self._waiting.pop()
            run.close()

    def _next(self) -> _Run | None:
        """Wait for a run that can go on; None when the runner is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or (self._waiting and not self._is_paused))
            if self._is_closed:
                return None
            self._n_going_on += 1
            return heapq.heappop(self._waiting)

    def _advance(self, run: _Run) -> bool:
        """Give a run its turn; return whether it goes on."""
        try:
            if run.go_on(lambda: self._is_closed):
                return True
        except RunCancelled:
            pass
        except BaseException as error:  # a thread that died would keep everybody waiting
            logger.exception("A run failed")
            if not self._is_closed:
                is_explained = isinstance(error, EnvironmentFailure | UnsupportedEnvironment)
                self._report_failure(run, str(error) if is_explained else what_went_wrong(error))
        run.close()
        return False

    def _report_failure(self, run: _Run, message: str) -> None:
        try:
            run.take(RunFinished(FinishReason.FAILED, run.steps, message))
        except BaseException:
            logger.exception("The failure of a run could not be reported")

    def _is_idle(self) -> bool:
        return self._has_ended or (not self._waiting and self._n_going_on == 0)
