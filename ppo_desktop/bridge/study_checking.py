"""The check of the best of a study on fresh seeds."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal, Slot

from ppo_desktop.bridge.job_session import JobSession, JobState
from ppo_desktop.jobs.job import Ended, EndReason
from ppo_desktop.study.check import Check, CheckResult, SeedsEnded

CHECK_SECONDS = 0.5
"""Shortest time between two looks at what fresh seeds have said so far."""


class StudyChecking(JobSession):
    """One check at a time.

    Args:
        create: Returns the check of what is shown.

    Attributes:
        result: What has come of it so far; None before anything.
    """

    completed = Signal(object)
    """The result, once all seeds have ended."""
    failed = Signal(str)
    """What went wrong, in one line: seeds that had not ended never will."""

    def __init__(self, create: Callable[[], Check]) -> None:
        super().__init__()
        self.result: CheckResult | None = None
        self._create = create

    @Slot()
    def start(self) -> None:
        """Check; what is known from before stays until fresh seeds have said something."""
        check = self._create()
        self.progress = None
        self.result = self.result or check.result
        self._begin_job("check", check, CHECK_SECONDS)
        self.progress_changed.emit()

    @Slot()
    def stop(self) -> None:
        """End it; what has been found out so far stays on the screen."""
        if self.is_under_way:
            self.show(self.result)

    def show(self, result: CheckResult | None) -> None:
        """Show what is known from before; a check that goes on is ended."""
        self._close_thread()
        self.result, self.progress = result, None
        self._set_state(JobState.EMPTY)
        self.progress_changed.emit()

    def _take(self, event: SeedsEnded) -> None:
        self.result = event.result
        self.progress_changed.emit()

    def _end_job(self, ended: Ended) -> None:
        self.show(self.result)
        if ended.reason is EndReason.FAILED:
            self.failed.emit(ended.message)
        else:
            self.completed.emit(self.result)
