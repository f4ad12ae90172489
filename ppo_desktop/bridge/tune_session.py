"""The study the window shows: what is being set up, what is running, and what it says so far."""

from __future__ import annotations

from pathlib import Path

from ppo_desktop.bridge.notices import Action
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.study_session import StudySession
from ppo_desktop.bridge.tune_drafting import TuneDrafting
from ppo_desktop.bridge.tune_inquiry import TuneInquiry
from ppo_desktop.study.library import path_for
from ppo_desktop.study.study_digest import StudyDigest, StudyQuestion
from ppo_desktop.study.study_plan import Strategy


class TuneSession(StudySession[StudyQuestion, StudyDigest]):
    """Any study: what matters in it, and what is best."""

    drafting: TuneDrafting
    inquiry: TuneInquiry

    def __init__(self, session: Session, folder: Path) -> None:
        drafting = TuneDrafting(session, lambda name: path_for(folder, name).exists())
        super().__init__(session, folder, drafting, TuneInquiry(lambda: self.trials))

    @property
    def _everything_tried(self) -> str:
        return "Every combination of the grid has been tried."

    def _say_nothing_is_left(self) -> None:
        self.notices.say(
            "Nothing is left to try in this grid.",
            action=Action("Go on with TPE", self._go_on_without_grid),
            holds=lambda: self._estimate.combinations_left == 0,
        )

    def _go_on_without_grid(self) -> None:
        self.drafting.choose_sampler(Strategy().sampler)
        self.start()

    def _leave_the_rest(self) -> None:
        super()._leave_the_rest()
        if self.n_left:
            self.drafting.set_trials(self.n_left)
