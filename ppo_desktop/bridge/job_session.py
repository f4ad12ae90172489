"""What a page shows of a job."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from ppo_desktop.bridge.job_thread import JobThread
from ppo_desktop.bridge.notices import Notices
from ppo_desktop.jobs.actor import JobActor, Progress
from ppo_desktop.jobs.job import Ended, EndReason, Job


class JobState(Enum):
    """What the comparison or the study shown is doing.

    Attributes:
        EMPTY: None is shown.
        OPENING: One is being opened or created; that can be given up with `stop`.
        RESTING: Nothing of it learns; it can go on.
        RUNNING: Its runs learn.
        PAUSED: They rest, in the middle.
        FINISHING: No more begin; those that run come to their end, or are being stopped.
        COMPLETE: Nothing is left of it to be done.
    """

    EMPTY = "empty"
    OPENING = "opening"
    RESTING = "resting"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHING = "finishing"
    COMPLETE = "complete"


class JobSession(QObject):
    """What a job is doing, how far it is, what is pointed at, and what there is to say.

    Attributes:
        progress: How far it is; None before anything is known.
        highlighted: Number of what is pointed at, None for nothing.
    """

    state_changed = Signal()
    progress_changed = Signal()
    highlight_changed = Signal()

    _thread: JobThread[Any] | None

    def __init__(self) -> None:
        super().__init__()
        self.notices = Notices()
        self.state = JobState.EMPTY
        self.progress: Progress | None = None
        self.highlighted: int | None = None
        self._thread = None

    # ---- what one may read ---------------------------------------------------------------------

    @property
    def is_under_way(self) -> bool:
        """Whether there is something to stop: runs learn, rest in the middle, or come to their end."""
        return self.state in (JobState.RUNNING, JobState.PAUSED, JobState.FINISHING)

    @property
    def share_done(self) -> float:
        """The part of all work that is done, 0…1."""
        progress = self.progress
        return progress.done / progress.total if progress is not None and progress.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """About how long it will still take; None when it is not running, or too soon to say."""
        is_running = self.state is JobState.RUNNING
        return self.progress.seconds_left if is_running and self.progress is not None else None

    @property
    def _is_learning(self) -> bool:
        return self.state in (JobState.RUNNING, JobState.FINISHING)

    # ---- what is done --------------------------------------------------------------------------

    @Slot()
    def toggle(self) -> None:
        """Start, or pause, or go on."""
        match self.state:
            case JobState.RUNNING:
                self.pause()
            case JobState.PAUSED:
                self.resume()
            case JobState.OPENING | JobState.FINISHING:
                pass
            case _:
                self.start()

    @Slot()
    def start(self) -> None:
        """Do what is set up."""
        raise NotImplementedError

    @Slot()
    def pause(self) -> None:
        """Let all runs rest."""
        if self.state is JobState.RUNNING:
            self._wish(Job.pause)
            self._set_state(JobState.PAUSED)

    @Slot()
    def resume(self) -> None:
        """Let them go on."""
        if self.state is JobState.PAUSED:
            self._wish(Job.resume)
            self._set_state(JobState.RUNNING)

    @Slot()
    def stop(self) -> None:
        """End what is under way; what is done of it is kept."""
        if self.is_under_way:
            self._wish(Job.cancel)
            self._set_state(JobState.FINISHING)

    def highlight(self, number: int | None) -> None:
        """Point at something everywhere; None at nothing."""
        if number != self.highlighted:
            self.highlighted = number
            self.highlight_changed.emit()

    def set_visible(self, is_visible: bool) -> None:
        """Do for those who look on what they need; spare it while nobody does."""

    def close(self) -> None:
        """End what is going on, and its thread."""
        self._close_thread()

    # ---- how it is done ------------------------------------------------------------------------

    def _begin_job(
        self, name: str, job: Job[Any], seconds: float, attend: Callable[[Any], None] | None = None
    ) -> None:
        """Let a job begin, or go on, in a thread of its own.

        Args:
            name: Of the thread.
            job: The job.
            seconds: Shortest time between two deliveries of how far it is.
            attend: Is called in the thread with each of its events; without, `_take` is in the window's.
        """
        if self._thread is None:
            self._thread = JobThread(name, lambda outbox: JobActor(outbox, attend or outbox.post), seconds)
            self._thread.arrived.connect(self._receive)
            self._thread.start()
        self._thread.actor.run(lambda: job)
        self._set_state(JobState.RUNNING)

    def _wish(self, wish: Callable[[Any], None]) -> None:
        """Pass a wish to the job that is under way."""
        if self._thread is not None:
            self._thread.actor.wish(wish)

    def _close_thread(self, seconds: float | None = None) -> None:
        """End the job without another word, and wait for that so long; None for a moment."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.close(seconds)

    @Slot(object)
    def _receive(self, news: Any) -> None:
        match news:
            case Progress():
                self.progress = news
                self._follow_progress()
                self.progress_changed.emit()
            case Ended():
                self._end_job(news)
            case _:
                self._take(news)

    def _take(self, event: Any) -> None:
        """Take in an event of the job."""

    def _follow_progress(self) -> None:
        """Do what further progress brings with it, before others hear of it."""

    def _end_job(self, ended: Ended) -> None:
        """Show that the job is over, and say what went wrong."""
        self._set_state(JobState.COMPLETE if ended.reason is EndReason.COMPLETED else JobState.RESTING)
        self.progress_changed.emit()
        if ended.message:
            self.notices.say(ended.message, is_warning=True)

    def _set_state(self, state: JobState) -> None:
        if state is not self.state:
            self.state = state
            self._follow_state()
            self.state_changed.emit()

    def _follow_state(self) -> None:
        """Do what another state brings with it, before others hear of it."""
