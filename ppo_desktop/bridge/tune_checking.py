"""The check of the best of a study on fresh seeds."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject, Signal

from ppo_desktop.bridge.job_thread import JobThread
from ppo_desktop.jobs.actor import JobActor, Progress
from ppo_desktop.jobs.job import Ended, EndReason
from ppo_desktop.study.check import Check, CheckResult, candidates
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord

CHECK_SECONDS = 0.5
"""Shortest time between two looks at what fresh seeds have said so far."""


class TuneChecking(QObject):
    """One check at a time.

    Attributes:
        result: What has come of it so far; None before anything.
        share: The part that is done, 0…1.
    """

    changed = Signal()
    ended = Signal(object)
    """The result, once all seeds have ended."""
    failed = Signal(str)
    """What went wrong, in one line: seeds that had not ended never will."""

    def __init__(self) -> None:
        super().__init__()
        self.result: CheckResult | None = None
        self.share = 0.0
        self._thread: JobThread[JobActor[Check]] | None = None

    @property
    def is_going_on(self) -> bool:
        """Whether fresh seeds are being tried."""
        return self._thread is not None

    def start(self, plan: StudyPlan, trials: Iterable[TrialRecord], engine: str) -> None:
        """Try the best, the runner-up and the preset on fresh seeds.

        What is known from before stays until one of them has said something.
        """
        check = Check(plan, candidates(plan, trials), engine)
        self.share = 0.0
        self._thread = JobThread("check", JobActor[Check], CHECK_SECONDS)
        self._thread.arrived.connect(partial(self._receive, check))
        self._thread.start()
        self._thread.actor.run(lambda: check)
        self.changed.emit()

    def stop(self) -> None:
        """End it; what has been found out so far stays on the screen."""
        if self._thread is not None:
            self.close()
            self.changed.emit()

    def show(self, result: CheckResult | None) -> None:
        """Show what is known from before; a check that goes on is ended."""
        self.close()
        self.result, self.share = result, 0.0
        self.changed.emit()

    def close(self) -> None:
        """End what goes on, without another word."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.close()

    def _receive(self, check: Check, news: Progress | Ended) -> None:
        result = check.result
        if self.result is None or any(checked.n_ended for checked in result.checked):
            self.result = result
        if isinstance(news, Progress):
            self.share = news.done / news.total if news.total else 1.0
        else:
            self.close()
            self._announce_end(news, result)
        self.changed.emit()

    def _announce_end(self, ended: Ended, result: CheckResult) -> None:
        if ended.reason is EndReason.FAILED:
            self.failed.emit(ended.message)
        else:
            self.ended.emit(result)
