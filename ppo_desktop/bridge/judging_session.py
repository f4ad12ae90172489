"""What the window shows of how good policies really are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Signal, Slot

from ppo_desktop import library
from ppo_desktop.bridge.job_session import JobSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.comparison.judgement import Judgement, Judging
from ppo_desktop.jobs.job import Ended
from ppo_desktop.ppo.policy_state import PolicyMoment

MOST_JUDGEMENTS = 3
"""That are shown together; a further one takes the place of the oldest."""
_SECONDS = 0.1
"""Shortest time between two tellings of how far it is."""


class JudgingSession(JobSession):
    """Judges one moment after the other; those of one environment are shown together.

    Attributes:
        judgements: What is known of each, the latest last.
    """

    changed = Signal()
    asked = Signal()
    """Something is to be judged, for somebody to look at."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.judgements: tuple[Judgement, ...] = ()
        self._session = session
        for signal in (self.state_changed, self.progress_changed):
            signal.connect(self.changed)

    @Slot()
    def start(self) -> None:
        """Judge the moment that is shown in Train, which goes on meanwhile if it does."""
        self.asked.emit()
        self._session.copy_policy(lambda moment: self.judge(lambda: moment))

    def judge_kept(self, run: str, update: int | None, name: str) -> None:
        """Judge a kept run after an update, or where it was last.

        Args:
            run: Its id.
            update: The update.
            name: What it is called.
        """
        self.asked.emit()
        moment = run if update is None else f"{run}@{update}"

        def find() -> PolicyMoment:
            kept, number = library.open_at(moment)
            return kept.policy_moment(number)

        self.judge(find, name)

    def judge(self, find: Callable[[], PolicyMoment], run: str = "") -> None:
        """Judge a moment, and leave what is under way.

        Args:
            find: Returns it; called in the thread of the job.
            run: What its run is called; empty for the one in Train.
        """
        if self.is_under_way:
            self._close_thread(0.0)
        self.progress = None
        self.notices.withdraw()
        self._begin_job("judging", Judging(find, run), _SECONDS)

    def _take(self, judgement: Judgement) -> None:
        """Show what is known of a moment in the place of what was known of it."""
        others = (one for one in self.judgements if _can_stand_beside(one, judgement))
        self.judgements = (*others, judgement)[-MOST_JUDGEMENTS:]
        self.changed.emit()

    def _end_job(self, ended: Ended) -> None:
        super()._end_job(ended)
        self.changed.emit()


def _can_stand_beside(one: Judgement, other: Judgement) -> bool:
    """Whether both begin in the same start states, and are of different policies."""
    ours, theirs = one.moment.policy.parameters, other.moment.policy.parameters
    return one.starts == other.starts and not np.array_equal(ours, theirs)
