"""Optuna's distributions and samplers as a search needs them: the same trials, interrupted or not."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import (
    BaseSampler,
    CmaEsSampler,
    GPSampler,
    GridSampler,
    QMCSampler,
    RandomSampler,
    TPESampler,
)
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from ppo_desktop.ppo.declaration import Kind
from ppo_desktop.ppo.engines.choice import LOADING
from ppo_desktop.ppo.scales import Ladder, Logarithmic
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.map_order import next_combination
from ppo_desktop.study.samplers import CMA_ES, GAUSSIAN_PROCESS, QUASI_RANDOM, RANDOM_TRIALS
from ppo_desktop.study.samplers import RANDOM as RANDOM_SAMPLER
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import RANDOM, TrialRecord


class SeededSampler(BaseSampler):
    """A sampler, any but the grid, whose random numbers are decided by the seed and the trial's number.

    So a program that goes on with a study does not draw once more what was drawn before, and workers that
    share a study and its seed do not draw the same values.

    Attributes:
        attributes: User attributes of the latest trial: `RANDOM` if its values were drawn at random, because
            the sampler always does so or did not know enough yet; where CMA-ES chose, its generation.
            Nothing if they were given.
    """

    def __init__(self, name: str, seed: int) -> None:
        self.attributes: dict[str, Any] = {}
        self._name = name
        self._seed = seed
        self._of_this_trial = _make(name, seed)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        seed = np.random.SeedSequence(self._seed, spawn_key=(trial.number,)).generate_state(1)[0]
        self._of_this_trial = _make(self._name, int(seed))
        self.attributes = {}
        self._of_this_trial.before_trial(study, trial)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._of_this_trial.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        chosen = self._of_this_trial.sample_relative(study, trial, search_space)
        if not chosen:
            self.attributes = {RANDOM: True}
        elif isinstance(self._of_this_trial, ReplayedCmaEs):
            self.attributes = {GENERATION: self._of_this_trial.generation}
        return chosen

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        return self._of_this_trial.sample_independent(study, trial, param_name, param_distribution)


class Grid(GridSampler):
    """A grid that does not try to end a search by ask and tell; all workers need the same seed."""

    def __init__(self, plan: StudyPlan, seed: int) -> None:
        super().__init__({d.field: d.grid_values() for d in plan.space}, seed=seed)

    def after_trial(
        self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """Do nothing: Optuna's own would stop the study's `optimize`, which was never called."""


class MapSampler(RandomSampler):
    """Gives a trial the values of the cell of a map that was chosen for it, by `next_cell`.

    What a trial lacks that was given some values only is drawn at random.

    Attributes:
        combination: The cell whose values the next trial gets; None for one that has values.
    """

    def __init__(self, plan: StudyPlan, seed: int) -> None:
        super().__init__(seed)
        self.combination: int | None = None
        self._plan = plan

    def choose(self, trials: Iterable[TrialRecord]) -> int | None:
        """Return the cell for the next trial, which none of these has; None where there is none left."""
        self.combination = next_combination(self._plan, trials)
        return self.combination

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        if self.combination is None:
            return super().sample_independent(study, trial, param_name, param_distribution)
        return self._plan.combination_values(self.combination)[param_name]


def _make(name: str, seed: int) -> BaseSampler:
    """Return one of Optuna's samplers; what it says of being experimental is for developers."""
    if name == RANDOM_SAMPLER:
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


GENERATION = "generation"
"""User attribute of a trial: in which generation its values were chosen."""
_OPTUNAS_GENERATION = "cma:generation"
"""System attribute of a trial: the same as Optuna writes it, and earlier versions of ours did."""


class ReplayedCmaEs(CmaEsSampler):
    """Chooses like Optuna's CMA-ES, but finds out where the cloud is from the trials' values alone.

    Optuna's own unpickles the optimizer from an attribute of a trial: a program that can write to a study, or
    hands its file on, could run anything here. This one begins anew for each trial, with a seed of its own,
    and takes in the generations that are complete, one after another. `generation` is that of the latest
    values.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(seed=seed, warn_independent_sampling=False)
        self.generation = 0
        self._seed = seed

    def sample_relative(
        self,
        study: Study,
        trial: FrozenTrial,  # noqa: ARG002  (its number has decided the seed)
        search_space: dict[str, BaseDistribution],
    ) -> dict[str, Any]:
        complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if not search_space or not complete:
            return {}
        with LOADING:
            import cmaes

        cube = {name: _Axis(kind) for name, kind in search_space.items()}
        n = len(cube)
        optimizer = cmaes.CMA(
            mean=np.full(n, 0.5),
            sigma=1 / 6,
            bounds=np.array([[0.0, 1.0]] * n),
            n_max_resampling=10 * n,
            seed=self._seed % 2**32,
        )
        generations = _generations(complete)
        while True:
            solutions = _solutions(generations.get(optimizer.generation, []), cube)
            if len(solutions) < optimizer.population_size:
                break
            optimizer.tell(solutions[: optimizer.population_size])
        self.generation = optimizer.generation
        return {
            name: axis.value(place) for (name, axis), place in zip(cube.items(), optimizer.ask(), strict=True)
        }


class _Axis:
    """One side of the unit cube in which the cloud moves; whole numbers have an even part of it each."""

    def __init__(self, kind: BaseDistribution) -> None:
        assert isinstance(kind, FloatDistribution | IntDistribution)
        self._kind = kind
        margin = 0.5 if isinstance(kind, IntDistribution) else 0.0
        self._low, self._high = self._scaled(kind.low - margin), self._scaled(kind.high + margin)

    def place(self, value: float) -> float:
        """Return where a value lies, 0…1."""
        return (self._scaled(value) - self._low) / (self._high - self._low)

    def value(self, place: float) -> float:
        """Return the value at a place."""
        scaled = self._low + place * (self._high - self._low)
        value = math.exp(scaled) if self._kind.log else scaled
        whole = round(value) if isinstance(self._kind, IntDistribution) else float(value)
        return min(max(whole, self._kind.low), self._kind.high)

    def has(self, value: object) -> bool:
        """Return whether a value could have been chosen."""
        return isinstance(value, int | float) and self._kind.low <= value <= self._kind.high

    def _scaled(self, value: float) -> float:
        return math.log(value) if self._kind.log else float(value)


def _generations(complete: list[FrozenTrial]) -> dict[int, list[FrozenTrial]]:
    """Return the trials of each generation in the order in which they have ended.

    So those that were counted once are counted again, also where a slow trial ends after them.
    """
    generations: dict[int, list[FrozenTrial]] = {}
    for trial in sorted(complete, key=lambda trial: (str(trial.datetime_complete), trial.number)):
        generation = trial.user_attrs.get(GENERATION, trial.system_attrs.get(_OPTUNAS_GENERATION))
        if isinstance(generation, int):
            generations.setdefault(generation, []).append(trial)
    return generations


def _solutions(
    trials: list[FrozenTrial], cube: Mapping[str, _Axis]
) -> list[tuple[NDArray[np.float64], float]]:
    """Return where trials are in the unit cube, and what is to be minimised there.

    Left out are trials whose values no sampler could have chosen: a storage may hold anything.
    """
    return [
        (np.array([axis.place(trial.params[name]) for name, axis in cube.items()]), -trial.value)
        for trial in trials
        if trial.value is not None
        and not math.isnan(trial.value)
        and all(axis.has(trial.params.get(name)) for name, axis in cube.items())
    ]


def distributions(plan: StudyPlan) -> dict[str, BaseDistribution]:
    """Return Optuna's distribution of each hyperparameter that is searched, in the order of the plan."""
    return {dimension.field: _distribution(dimension) for dimension in plan.space}


def _distribution(dimension: Dimension) -> BaseDistribution:
    if not dimension.is_range:
        return CategoricalDistribution(dimension.choices)
    scale = dimension.declaration.scale
    low, high = dimension.ends
    if dimension.declaration.kind is Kind.INTEGER:
        return IntDistribution(int(low), int(high), log=int(low) >= 1 and isinstance(scale, Ladder))
    return FloatDistribution(low, high, log=isinstance(scale, Logarithmic))
