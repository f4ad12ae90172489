"""The check of a study's best on fresh seeds, while it goes on."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from ppo_desktop.study.check import Check, CheckResult, candidates
from ppo_desktop.study.plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord

POLL_MILLISECONDS = 500
"""How often what fresh seeds have said so far is looked at."""


class TuneChecking(QObject):
    """One check at a time.

    Attributes:
        result: What has come of it so far; None before anything.
        share: The part that is done, 0…1.
    """

    changed = Signal()
    ended = Signal(object)
    """The result, once all seeds have ended."""

    def __init__(self) -> None:
        super().__init__()
        self.result: CheckResult | None = None
        self.share = 0.0
        self._check: Check | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._look)

    @property
    def is_going_on(self) -> bool:
        """Whether fresh seeds are being tried."""
        return self._check is not None

    def start(self, plan: StudyPlan, trials: Iterable[TrialRecord], engine: str) -> None:
        """Try the best, the runner-up and the preset on fresh seeds.

        What is known from before stays until one of them has said something.
        """
        self._check = Check(plan, candidates(plan, trials), engine)
        self.share = 0.0
        self._check.start()
        self._timer.start()
        self.changed.emit()

    def stop(self) -> None:
        """End it; what has been found out so far stays on the screen."""
        if self._check is not None:
            self._let_go()
            self.changed.emit()

    def show(self, result: CheckResult | None) -> None:
        """Show what is known from before; a check that goes on is ended."""
        self._let_go()
        self.result, self.share = result, 0.0
        self.changed.emit()

    def close(self) -> None:
        """End what goes on, without another word."""
        self._let_go()

    @Slot()
    def _look(self) -> None:
        assert self._check is not None
        result, self.share = self._check.result(), self._check.share_done
        if self.result is None or any(checked.seeds or checked.failures for checked in result.checked):
            self.result = result
        if result.is_complete:
            self._let_go()
            self.ended.emit(result)
        self.changed.emit()

    def _let_go(self) -> None:
        check, self._check = self._check, None
        self._timer.stop()
        if check is not None:
            check.stop()
