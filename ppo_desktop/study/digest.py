"""What a study says so far, put together for those who draw it."""

from __future__ import annotations

from dataclasses import dataclass

from ppo_desktop.study.contour import Contour
from ppo_desktop.study.importance import PED_ANOVA, Importances
from ppo_desktop.study.plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState


@dataclass(frozen=True)
class Question:
    """What is asked of a study.

    Attributes:
        evaluator: Who judges importance, a key of `importance.EVALUATORS`.
        contour: The two hyperparameters of the contour, horizontal first; None where one only is searched.
    """

    evaluator: str = PED_ANOVA
    contour: tuple[str, str] | None = None


@dataclass(frozen=True)
class StudyDigest:
    """All of it.

    Attributes:
        plan: What is searched.
        question: What was asked.
        trials: Every trial, by number.
        best: The complete trial with the highest objective, the earliest of equals; None without any.
        runner_up: The next best with other values; None without any.
        best_so_far: (trial number, highest objective of complete trials up to it), at each improvement.
        importances: How much each hyperparameter matters; None while there are too few trials.
        contour: The objective over two hyperparameters; None while there are too few trials.
    """

    plan: StudyPlan
    question: Question
    trials: tuple[TrialRecord, ...]
    best: TrialRecord | None
    runner_up: TrialRecord | None
    best_so_far: tuple[tuple[int, float], ...]
    importances: Importances | None
    contour: Contour | None

    def count(self, state: TrialState) -> int:
        """Return how many trials are in a state."""
        return sum(trial.state is state for trial in self.trials)
