"""Optuna's samplers as a search needs them: the same trials however often it is interrupted."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import (
    BaseSampler,
    GPSampler,
    GridSampler,
    QMCSampler,
    RandomSampler,
    TPESampler,
)
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from ppo_desktop.ppo.engines.choice import LOADING
from ppo_desktop.study.cma_es import ReplayedCmaEs
from ppo_desktop.study.plan import StudyPlan
from ppo_desktop.study.samplers import CMA_ES, GAUSSIAN_PROCESS, QUASI_RANDOM, RANDOM, RANDOM_TRIALS


class SeededSampler(BaseSampler):
    """A sampler whose random numbers are decided by the seed and the trial's number.

    So whoever goes on with a study does not draw once more what was drawn before, and workers that share
    a study and its seed do not draw the same values.

    Args:
        name: Which sampler; all but the grid.
        seed: Of all random numbers.

    Attributes:
        drew_at_random: Whether the values of the latest trial were drawn at random, because the sampler
            always does so or did not know enough yet; False if they were given.
    """

    def __init__(self, name: str, seed: int) -> None:
        self.drew_at_random = False
        self._name = name
        self._seed = seed
        self._of_this_trial = _make(name, seed)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        seed = np.random.SeedSequence(self._seed, spawn_key=(trial.number,)).generate_state(1)[0]
        self._of_this_trial = _make(self._name, int(seed))
        self.drew_at_random = False
        self._of_this_trial.before_trial(study, trial)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._of_this_trial.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        chosen = self._of_this_trial.sample_relative(study, trial, search_space)
        self.drew_at_random = not chosen
        return chosen

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        return self._of_this_trial.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        self._of_this_trial.after_trial(study, trial, state, values)


class Grid(GridSampler):
    """A grid that does not try to end a search which asks and tells; who asks looks whether it is done.

    Args:
        plan: What is searched.
        seed: Of the order of the combinations; all workers have to have the same.
    """

    def __init__(self, plan: StudyPlan, seed: int) -> None:
        super().__init__({d.field: d.grid_values() for d in plan.space}, seed=seed)
        self._n_combinations = plan.combinations

    def after_trial(
        self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """Do nothing: Optuna's own would stop the study's `optimize`, which nobody has called."""

    def has_more(self, study: Study) -> bool:
        """Return whether there is a combination that nobody has begun, or a trial that waits."""
        trials = study.get_trials(deepcopy=False)
        if any(trial.state is TrialState.WAITING for trial in trials):
            return True
        begun = {trial.system_attrs["grid_id"] for trial in trials if "grid_id" in trial.system_attrs}
        return len(begun) < self._n_combinations


def _make(name: str, seed: int) -> BaseSampler:
    """Return one of Optuna's samplers; what it says of being experimental is for developers."""
    if name == RANDOM:
        return RandomSampler(seed=seed)
    with _no_experimental_warning():
        if name == CMA_ES:
            return ReplayedCmaEs(seed)
        if name == QUASI_RANDOM:
            return QMCSampler(seed=seed, warn_independent_sampling=False)
        if name == GAUSSIAN_PROCESS:
            with LOADING:  # it imports torch when it is first asked
                import torch  # noqa: F401
            return GPSampler(seed=seed, n_startup_trials=RANDOM_TRIALS, warn_independent_sampling=False)
        return TPESampler(seed=seed, n_startup_trials=RANDOM_TRIALS, constant_liar=True)


@contextmanager
def _no_experimental_warning() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield
