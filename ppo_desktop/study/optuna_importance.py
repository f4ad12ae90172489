"""Optuna's evaluators of importance, let loose on any selection of trials."""

from __future__ import annotations

from collections.abc import Container

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.importance import (
    FanovaImportanceEvaluator,
    MeanDecreaseImpurityImportanceEvaluator,
    PedAnovaImportanceEvaluator,
)
from optuna.trial import FrozenTrial, TrialState

from ppo_desktop.study.importance import FANOVA, MEAN_DECREASE_IMPURITY, TOP_QUANTILE
from ppo_desktop.study.sampling import distributions
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord

OptunaEvaluator = (
    FanovaImportanceEvaluator | MeanDecreaseImpurityImportanceEvaluator | PedAnovaImportanceEvaluator
)


class Evaluation:
    """One evaluator, by its name, a key of `importance.evaluators()`, for the trials of one plan."""

    def __init__(self, plan: StudyPlan, evaluator: str, n_trees: int, seed: int) -> None:
        self._fields = plan.fields
        self._distributions = distributions(plan)
        self._evaluator = _make(evaluator, n_trees, seed)
        storage = optuna.storages.InMemoryStorage()
        empty = optuna.create_study(storage=storage, direction="maximize")
        self._selection = _Selection(empty.study_name, storage)

    def freeze(self, trial: TrialRecord) -> FrozenTrial:
        """Return a complete trial with all its values inside the ranges, as Optuna knows it."""
        return FrozenTrial(
            number=trial.number,
            trial_id=trial.number,  # PED-ANOVA tells them apart by it
            state=TrialState.COMPLETE,
            value=trial.objective,
            datetime_start=trial.begun,
            datetime_complete=trial.ended,
            params={field: trial.values[field] for field in self._fields},
            distributions=self._distributions,
            user_attrs={},
            system_attrs={},
            intermediate_values={},
        )

    def shares(self, trials: list[FrozenTrial]) -> NDArray[np.float64]:
        """Return each hyperparameter's part of all importance, in the order of the plan, (D,).

        Optuna calls all of them equally important where it can tell nothing, and warns: ask it only
        about trials some of which are better. What has the same value in all of them gets nothing;
        PED-ANOVA would give it as much as 8 %.
        """
        self._selection.trials_shown = trials
        varied = [field for field in self._fields if len({trial.params[field] for trial in trials}) > 1]
        varied.sort()  # in any other order mean decrease impurity gives one the share of another
        found = optuna.importance.get_param_importances(
            self._selection, evaluator=self._evaluator, params=varied
        )
        return np.array([found.get(field, 0.0) for field in self._fields])


class _Selection(optuna.Study):
    """A study that has the trials it is given, one of them perhaps more than once.

    To add a thousand trials to a study takes ten times as long as to judge them.
    """

    trials_shown: list[FrozenTrial]

    def get_trials(
        self,
        deepcopy: bool = True,  # noqa: ARG002  (evaluators change no trials)
        states: Container[TrialState] | None = None,  # noqa: ARG002  (all are complete)
    ) -> list[FrozenTrial]:
        return self.trials_shown


def _make(evaluator: str, n_trees: int, seed: int) -> OptunaEvaluator:
    if evaluator == FANOVA:
        return FanovaImportanceEvaluator(n_trees=n_trees, seed=seed)
    if evaluator == MEAN_DECREASE_IMPURITY:
        return MeanDecreaseImpurityImportanceEvaluator(n_trees=n_trees, seed=seed)
    return PedAnovaImportanceEvaluator(target_quantile=TOP_QUANTILE)
