"""CMA-ES as a search needs it: what it has learnt is told by the trials, never by a pickle of a storage."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna._transform import _SearchSpaceTransform
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.samplers import CmaEsSampler
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

from ppo_desktop.ppo.engines.choice import LOADING

GENERATION = "cma:generation"
"""System attribute of a trial: in which generation its values were chosen, as Optuna writes it, too."""


class ReplayedCmaEs(CmaEsSampler):
    """Chooses like Optuna's CMA-ES, but finds out where the cloud is from the trials' values alone.

    Optuna's own unpickles the optimizer from an attribute of a trial: whoever can write to a study, or
    hands its file on, could run a program here. This one begins anew for each trial and takes in the
    generations that are complete, one after another.

    Args:
        seed: Of the values of the trial it is asked about.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(seed=seed, warn_independent_sampling=False)
        self._seed = seed

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if not search_space or not complete:
            return {}
        with LOADING:
            import cmaes

        space = _SearchSpaceTransform(search_space, transform_0_1=True)
        n = len(search_space)
        optimizer = cmaes.CMA(
            mean=np.full(n, 0.5),
            sigma=1 / 6,
            bounds=space.bounds,
            n_max_resampling=10 * n,
            seed=self._seed % 2**32,
        )
        sign = 1 if study.direction == StudyDirection.MINIMIZE else -1
        generations = _generations(complete)
        while True:
            told = _solutions(generations.get(optimizer.generation, []), space, sign)
            if len(told) < optimizer.population_size:
                break
            optimizer.tell(told[: optimizer.population_size])
        study._storage.set_trial_system_attr(trial._trial_id, GENERATION, optimizer.generation)
        return space.untransform(optimizer.ask())


def _generations(complete: list[FrozenTrial]) -> dict[int, list[FrozenTrial]]:
    """Return the trials of each generation in the order in which they have ended.

    So those that were counted once are counted again, also where a slow trial ends after them.
    """
    generations: dict[int, list[FrozenTrial]] = {}
    for trial in sorted(complete, key=lambda trial: (str(trial.datetime_complete), trial.number)):
        generation = trial.system_attrs.get(GENERATION)
        if isinstance(generation, int):
            generations.setdefault(generation, []).append(trial)
    return generations


def _solutions(
    trials: list[FrozenTrial], space: _SearchSpaceTransform, sign: int
) -> list[tuple[NDArray[np.float64], float]]:
    """Return where trials are in the unit cube, and what is to be minimised there.

    Left out are trials whose values no sampler could have chosen: a storage may hold anything.
    """
    return [
        (space.transform(trial.params), sign * trial.value)
        for trial in trials
        if trial.value is not None and not math.isnan(trial.value) and _is_within(trial, space)
    ]


def _is_within(trial: FrozenTrial, space: _SearchSpaceTransform) -> bool:
    return all(
        isinstance(kind, FloatDistribution | IntDistribution) and kind.low <= trial.params[name] <= kind.high
        for name, kind in space._search_space.items()
    )
