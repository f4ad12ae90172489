"""What is set up on the Tune page: what is searched, what counts, and how its trials are chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.study_drafting import StudyDrafting
from ppo_desktop.study.study_draft import StudyDraft, draft_of
from ppo_desktop.study.study_plan import Objective, Strategy, StudyPlan

DEFAULT_TRIALS = 60


class TuneDrafting(StudyDrafting[StudyDraft]):
    """Any hyperparameters, any objective, sampler and pruner, and a number of trials."""

    def __init__(self, session: Session, is_taken: Callable[[str], bool] = lambda _name: False) -> None:
        settings = session.settings
        draft = StudyDraft(settings.environment_id, settings.algorithm, settings.hyperparameters)
        super().__init__(session, draft, Strategy(), is_taken)
        self.n_trials = DEFAULT_TRIALS

    def tick(self, field: str, is_searched: bool) -> None:
        """Search a hyperparameter, or leave it as it is in Train."""
        self._choose(lambda draft: draft.ticking(field, is_searched=is_searched))

    def choose_objective(self, objective: Objective) -> None:
        """Maximise something else."""
        self._choose(lambda draft: replace(draft, objective=objective))

    def choose_sampler(self, name: str) -> None:
        """Let another sampler choose the values of trials."""
        self._choose_strategy(replace(self.strategy, sampler=name))

    def choose_pruner(self, name: str) -> None:
        """Let another pruner end trials early."""
        self._choose_strategy(replace(self.strategy, pruner=name))

    def set_trials(self, n_trials: int | None) -> None:
        """Do so many trials in the next search; None: until stopped."""
        self.n_trials = None if n_trials is None else max(1, n_trials)
        self._accept()

    def _draft_of(self, plan: StudyPlan) -> StudyDraft:
        return draft_of(plan)

    def _choose_strategy(self, strategy: Strategy) -> None:
        """Choose how trials are chosen and cut short."""
        if not self.is_held:
            self.strategy = strategy
        self._set(self.draft)
