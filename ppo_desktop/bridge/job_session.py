"""What the sessions of comparisons and of studies have in common."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from ppo_desktop.bridge.estimating import Estimator
from ppo_desktop.bridge.notices import Notices
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.start_estimate import StartEstimate

StateT = TypeVar("StateT", bound=Enum)


class JobSession(QObject, Generic[StateT]):
    """What a page shows of a job: what is set up, what is going on, and what is pointed at.

    Attributes:
        session: The window's other half: what Train shows.
        notices: What there is to say of the job.
        folder: Where what it does is kept.
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

    def __init__(self, session: Session, folder: Path, state: StateT) -> None:
        super().__init__()
        self.session = session
        self.notices = Notices()
        self.folder = folder
        self.state = state
        self.highlighted: int | None = None
        self._is_visible = False
        self._estimator = Estimator()
        self._estimator.measured.connect(self.estimate_changed)

    @property
    def is_under_way(self) -> bool:
        """Whether there is something to stop: runs learn, rest in the middle, or come to their end."""
        raise NotImplementedError

    @property
    def _is_learning(self) -> bool:
        raise NotImplementedError

    def highlight(self, number: int | None) -> None:
        """Point at something everywhere; None at nothing."""
        if number != self.highlighted:
            self.highlighted = number
            self.highlight_changed.emit()

    def set_visible(self, is_visible: bool) -> None:
        """Measure estimates only while the page is visible."""
        self._is_visible = is_visible
        self._update_estimator()

    # ---- how it is done ------------------------------------------------------------------------

    def _waits_for_engine(self, estimate: StartEstimate, what: str, begin: Callable[[], None]) -> bool:
        """Begin when the fast engine is prepared, and say so, if it is being prepared."""
        if estimate.is_waiting_for_engine:
            estimate.begin_when_prepared(what, begin)
        return estimate.is_waiting_for_engine

    def _update_estimator(self) -> None:
        """Measure how long the next start would take while the page is visible and nothing learns."""
        self._estimator.set_active(self._is_visible and not self._is_learning)

    def _set_state(self, state: StateT) -> None:
        if state is not self.state:
            self.state = state
            self._update_estimator()
            self._follow_state()
            self.state_changed.emit()

    def _follow_state(self) -> None:
        """Do what another state brings with it, before others hear of it."""
