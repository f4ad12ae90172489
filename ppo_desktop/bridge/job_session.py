"""What a page shows of a job: the sessions of comparisons and of studies are both one."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from ppo_desktop.bridge.inquiry import Inquiry
from ppo_desktop.bridge.job_thread import JobThread
from ppo_desktop.bridge.notices import Action, Notice, Notices
from ppo_desktop.bridge.planning import Planning
from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.start_estimate import StartEstimate
from ppo_desktop.bridge.tune_drafting import TuneDrafting
from ppo_desktop.jobs.actor import Progress
from ppo_desktop.jobs.job import Job
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.history import History

QuestionT = TypeVar("QuestionT")
DigestT = TypeVar("DigestT")


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


class JobSession(QObject, Generic[QuestionT, DigestT]):
    """What is set up, what is going on, what it says so far, and what is pointed at.

    Args:
        session: The window's other half: what Train shows.
        folder: Where what is done is kept.
        drafting: What is set up for the next start.
        estimate: What that would do.
        inquiry: What is asked of what is shown.

    Attributes:
        inquiry: What is asked of what is shown, and what it says.
        notices: What there is to say of the job.
        state: What the job shown is doing.
        highlighted: Number of what is pointed at, None for nothing.
    """

    state_changed = Signal()
    progress_changed = Signal()
    estimate_changed = Signal()
    question_changed = Signal()
    digest_changed = Signal()
    highlight_changed = Signal()
    opened_in_train = Signal()

    _estimate: StartEstimate
    _thread: JobThread[Any] | None

    def __init__(
        self,
        session: Session,
        folder: Path,
        drafting: Planning | TuneDrafting,
        estimate: StartEstimate,
        inquiry: Inquiry[Any, Any, QuestionT, DigestT],
    ) -> None:
        super().__init__()
        self.session = session
        self.folder = folder
        self.notices = Notices()
        self.state = JobState.EMPTY
        self.highlighted: int | None = None
        self._thread = None
        self._progress: Progress | None = None
        self._is_visible = False
        self._next: Callable[[], None] | None = None
        self._to_begin: tuple[Notice, Callable[[], None]] | None = None
        self._estimate = estimate
        self.inquiry = inquiry
        inquiry.question_changed.connect(self.question_changed)
        inquiry.digest_changed.connect(self.digest_changed)
        session.preparation.changed.connect(self._begin_if_prepared)
        for signal in (session.preparation.changed, drafting.changed, estimate.measured):
            signal.connect(self.estimate_changed)
        self.notices.review_at(self.state_changed, self.estimate_changed)

    # ---- what one may read ---------------------------------------------------------------------

    @property
    def question(self) -> QuestionT:
        """What is asked of what is shown."""
        return self.inquiry.question

    @property
    def digest(self) -> DigestT | None:
        """What it says so far; None before there is anything."""
        return self.inquiry.digest

    @property
    def is_under_way(self) -> bool:
        """Whether there is something to stop: runs learn, rest in the middle, or come to their end."""
        return self.state in (JobState.RUNNING, JobState.PAUSED, JobState.FINISHING)

    @property
    def seconds_left(self) -> float | None:
        """About how long it will still take; None when it is not running, or too soon to say."""
        is_running = self.state is JobState.RUNNING
        return self._progress.seconds_left if is_running and self._progress is not None else None

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
            self._estimate.forget()
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
        raise NotImplementedError

    def offer_to_stop(self, label: str, do: Callable[[], None]) -> None:
        """Say that what is under way is in the way, and offer to stop it.

        Args:
            label: What is offered.
            do: What is done then.
        """

        def stop_and_do() -> None:
            self._next = do
            self.stop()
            if not self.is_under_way:
                self._do_next()

        self.notices.say(
            self._in_the_way("is paused" if self.state is JobState.PAUSED else "is running"),
            action=Action(label, stop_and_do),
            holds=lambda: self.is_under_way or self.state is JobState.OPENING,
        )

    def highlight(self, number: int | None) -> None:
        """Point at something everywhere; None at nothing."""
        if number != self.highlighted:
            self.highlighted = number
            self.highlight_changed.emit()

    def set_visible(self, is_visible: bool) -> None:
        """Measure estimates, and find out what runs say, only while the page is visible."""
        self._is_visible = is_visible
        self._update_estimator()
        self.inquiry.set_visible(is_visible)

    def close(self) -> None:
        """End what is going on and all threads."""
        self._estimate.close()
        self.inquiry.close()

    # ---- how it is done ------------------------------------------------------------------------

    def _wish(self, wish: Callable[[Any], None]) -> None:
        """Pass a wish to the job that is under way."""
        if self._thread is not None:
            self._thread.actor.wish(wish)

    def _do_next(self) -> None:
        """Do what waited for the job to be stopped."""
        do, self._next = self._next, None
        if do is not None:
            do()

    def _waits_for_engine(self, what: str, begin: Callable[[], None]) -> bool:
        """Begin when the fast engine is prepared, or cannot be, and say so, if it is being prepared.

        Nothing begins if that is no longer said by then.

        Args:
            what: What begins, as a sentence begins with it: "The comparison".
            begin: Begins it.
        """
        estimate = self._estimate
        if not estimate.is_waiting_for_engine:
            return False
        self.notices.say(
            f"{what} begins when the fast engine is prepared.",
            action=Action("Do not begin", lambda: None),
            holds=lambda: estimate.is_waiting_for_engine,
        )
        self._to_begin = self.notices.current, begin
        return True

    @Slot()
    def _begin_if_prepared(self) -> None:
        if self._to_begin is None or self.session.preparation.state is PreparationState.GOING_ON:
            return
        (notice, begin), self._to_begin = self._to_begin, None
        if notice is self.notices.current:
            begin()

    def _open_in_train(self, settings: RunSettings, baseline: History | None, name: str) -> None:
        self.session.open_run(settings, baseline, name)
        self.opened_in_train.emit()

    def _update_estimator(self) -> None:
        """Measure how long the next start would take while the page is visible and nothing learns."""
        self._estimate.set_active(self._is_visible and not self._is_learning)

    def _set_state(self, state: JobState) -> None:
        if state is not self.state:
            self.state = state
            self._update_estimator()
            self.inquiry.set_learning(self._is_learning)
            self._follow_state()
            self.state_changed.emit()

    def _follow_state(self) -> None:
        """Do what another state brings with it, before others hear of it."""

    # ---- what there is to say ------------------------------------------------------------------

    @property
    def _shown(self) -> object:
        """Something that is another object when something else is shown."""
        raise NotImplementedError

    def _in_the_way(self, doing: str) -> str:
        """Return that what is under way must be stopped first, and what is kept of it.

        Args:
            doing: "is running" or "is paused".
        """
        raise NotImplementedError

    def _announce(
        self, text: str, *, is_warning: bool = False, holds: Callable[[], bool] = lambda: True
    ) -> None:
        """Say something of what is shown, as long as that is shown and it holds."""
        shown = self._shown
        self.notices.say(text, is_warning=is_warning, holds=lambda: self._shown is shown and holds())

    def _complain(self, text: str, holds: Callable[[], bool] = lambda: True) -> None:
        """Say what went wrong with what is shown."""
        self._announce(text, is_warning=True, holds=holds)

    def _announce_at_rest(self, text: str, *, is_warning: bool = False) -> None:
        """Say something of what is shown, until it goes on."""
        self._announce(text, is_warning=is_warning, holds=lambda: self.state is JobState.RESTING)
