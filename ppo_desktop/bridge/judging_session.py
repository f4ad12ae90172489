"""What the window shows of how good policies really are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import Signal, Slot

from ppo_desktop import library
from ppo_desktop.bridge.job_session import JobSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.comparison.judgement import Judgement, Judging
from ppo_desktop.jobs.job import Ended
from ppo_desktop.jobs.moment import Moment
from ppo_desktop.ppo.policy_state import PolicyMoment

MOST_JUDGEMENTS = 3
"""That are shown together; a further one takes the place of the oldest."""
_SECONDS = 0.1
"""Shortest time between two tellings of how far it is."""


class JudgingSession(JobSession):
    """Judges one moment after the other; those of one environment are shown together.

    Attributes:
        judgements: What is known of each, the latest last.
        moment: The one that was asked about last; of no run where nothing of it is kept.
        last_update: The last one of its run.
        name: What its run is called, if it has a name.
    """

    changed = Signal()
    asked = Signal()
    """Something is to be judged, for somebody to look at."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.judgements: tuple[Judgement, ...] = ()
        self.moment = Moment("", 0)
        self.last_update = 0
        self.name = ""
        self._session = session
        for signal in (self.state_changed, self.progress_changed):
            signal.connect(self.changed)

    @Slot()
    def start(self) -> None:
        """Judge the moment that is shown in Train, which goes on meanwhile if it does."""
        session = self._session
        self._ask_about(Moment(session.kept_run, session.shown_update), session.last_update, "")
        session.copy_policy(lambda moment: self._judge(lambda: moment))

    def judge_run(self, run: str, last_update: int, name: str) -> None:
        """Judge a kept run where it ended.

        Args:
            run: Its id.
            last_update: Its last update.
            name: What it is called, if it has a name.
        """
        self._judge_kept(Moment(run, last_update), last_update, name)

    def judge_policy(self, moment: PolicyMoment) -> None:
        """Judge a policy that is of no kept run."""
        self._ask_about(Moment("", moment.update), moment.update, "")
        self._judge(lambda: moment)

    def judge_update(self, update: int) -> None:
        """Judge the same kept run after another update."""
        self._judge_kept(replace(self.moment, update=update), self.last_update, self.name)

    def _judge_kept(self, moment: Moment, last_update: int, name: str) -> None:
        self._ask_about(moment, last_update, name)

        self._judge(lambda: library.wait_for(moment.run, moment.update).policy_moment(moment.update))

    def _ask_about(self, moment: Moment, last_update: int, name: str) -> None:
        self.moment, self.last_update, self.name = moment, last_update, name
        self.asked.emit()
        self.changed.emit()

    def _judge(self, find: Callable[[], PolicyMoment]) -> None:
        """Judge a moment, which is found in the thread of the job, and leave what is under way."""
        if self.is_under_way:
            self._close_thread(0.0)
        self.progress = None
        self.notices.withdraw()
        self._begin_job("judging", Judging(find, self.name), _SECONDS)

    def _take(self, judgement: Judgement) -> None:
        """Show what is known of a moment in the place of what was known of it."""
        moment = judgement.moment
        if moment.doubt and all(one.moment is not moment for one in self.judgements):
            self.notices.say(moment.doubt, is_warning=True)
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
