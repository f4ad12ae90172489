"""What a page shows of a job that is set up, estimated and asked about: a comparison, a study."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from PySide6.QtCore import Signal, Slot

from ppo_desktop.bridge.inquiry import Inquiry
from ppo_desktop.bridge.job_session import JobSession, JobState
from ppo_desktop.bridge.notices import Action, Notice
from ppo_desktop.bridge.planning import Planning
from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.start_estimate import StartEstimate
from ppo_desktop.bridge.study_drafting import StudyDrafting
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.history import History

QuestionT = TypeVar("QuestionT")
DigestT = TypeVar("DigestT")


class PlannedSession(JobSession, Generic[QuestionT, DigestT]):
    """What is set up for the next start, what is going on, and what it says so far.

    Args:
        folder: Where what is done is kept.
        drafting: What is set up for the next start.
    """

    estimate_changed = Signal()
    question_changed = Signal()
    digest_changed = Signal()
    opened_in_train = Signal()

    _estimate: StartEstimate

    def __init__(
        self,
        session: Session,
        folder: Path,
        drafting: Planning | StudyDrafting[Any],
        estimate: StartEstimate,
        inquiry: Inquiry[Any, Any, QuestionT, DigestT],
    ) -> None:
        super().__init__()
        self.session = session
        self.folder = folder
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

    # ---- what is done --------------------------------------------------------------------------

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

    def set_visible(self, is_visible: bool) -> None:
        """Measure estimates, and find out what runs say, only while the page is visible."""
        self._is_visible = is_visible
        self._update_estimate()
        self.inquiry.set_visible(is_visible)

    def close(self) -> None:
        """End what is going on and all threads."""
        self._estimate.close()
        self.inquiry.close()
        super().close()

    # ---- how it is done ------------------------------------------------------------------------

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

    def _follow_state(self) -> None:
        self._update_estimate()
        self.inquiry.set_learning(self._is_learning)
        if self.state is JobState.PAUSED:
            self._estimate.forget()

    def _update_estimate(self) -> None:
        """Measure how long the next start would take while the page is visible and nothing learns."""
        self._estimate.set_active(self._is_visible and not self._is_learning)

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
