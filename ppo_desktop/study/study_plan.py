"""What a study searches, and what counts as good: everything that stays the same as long as it lives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ppo_desktop.comparison.plan import FEWEST_STEPS, MOST_STEPS
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.study.dimension import Dimension, InvalidStudy

EVALUATION_EPISODES = 20
"""Episodes of the deterministic policy after each run, where the objective is `Objective.EVALUATION`."""
MOST_SEEDS = 10
"""Runs of one trial."""
MOST_AT_ONCE = 64
"""Trials that go on at a time; more would only take turns."""
REPORTS = 20
"""Points of a trial's learning curve; at each of them a pruner may end it."""
MOST_COMBINATIONS = 10_000
"""Of a grid; more are not to be visited in a life."""


class Objective(Labelled):
    """What is maximised; of several seeds the mean."""

    EVALUATION = "evaluation", "Evaluation return"
    LEARNING_CURVE = "learning-curve", "Return over all steps"


@dataclass(frozen=True)
class StudyPlan:
    """Everything that decides what a trial's value means: equal values of the space give equal trials.

    Every trial trains with the same seeds 1…K, so that trials differ by their values only.

    Attributes:
        base: All values that are not searched; what it has of those that are is where the study began.
        space: What is searched, in the order shown.
        total_steps: Environment steps of each run; the last rollout may go beyond.
        n_seeds: K, runs of each trial.

    Raises:
        InvalidStudy: There is nothing to search, something twice, or too many seeds or steps; or some
            values of the space cannot be trained together.
    """

    environment_id: str
    algorithm: Algorithm
    base: Hyperparameters
    space: tuple[Dimension, ...]
    objective: Objective
    total_steps: int
    n_seeds: int

    def __post_init__(self) -> None:
        if not self.space:
            raise InvalidStudy("There is nothing to search: tick at least one hyperparameter.")
        for place, field in enumerate(self.fields):
            if field in self.fields[:place]:
                raise InvalidStudy(f"{DECLARATIONS[field].label} is searched twice; take one of them out.")
        if not 1 <= self.n_seeds <= MOST_SEEDS:
            raise InvalidStudy(f"Seeds is {self.n_seeds}, but must be a whole number from 1 to {MOST_SEEDS}.")
        if not FEWEST_STEPS <= self.total_steps <= MOST_STEPS:
            raise InvalidStudy(
                f"Steps is {grouped(self.total_steps)}, but must be a whole number from "
                f"{grouped(FEWEST_STEPS)} to {grouped(MOST_STEPS)}."
            )
        self._check_every_corner()

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the hyperparameters that are searched; so are the study's parameters called."""
        return tuple(dimension.field for dimension in self.space)

    @property
    def seeds(self) -> range:
        """The seeds of every trial."""
        return range(1, self.n_seeds + 1)

    @property
    def combinations(self) -> int:
        """How many trials a full grid has."""
        product = 1
        for dimension in self.space:
            product *= len(dimension.grid_values())
        return product

    def combination_values(self, number: int) -> dict[str, Value]:
        """Return the values of a combination of the grid; of the first dimension the next comes first."""
        values: dict[str, Value] = {}
        for dimension in self.space:
            grid = dimension.grid_values()
            number, place = divmod(number, len(grid))
            values[dimension.field] = grid[place]
        return values

    @property
    def base_values(self) -> dict[str, Value]:
        """The base's own values of what is searched."""
        return {field: getattr(self.base, field) for field in self.fields}

    def settings(self, values: Mapping[str, Value], seed: int) -> RunSettings:
        """Return what makes one run of a trial with these values, or raise InvalidHyperparameter."""
        hyperparameters = self.base.with_budget(self.total_steps).changed(values)
        return RunSettings(self.environment_id, self.algorithm, hyperparameters, seed)

    def dimension(self, field: str) -> Dimension:
        """Return what is searched of a hyperparameter."""
        return next(dimension for dimension in self.space if dimension.field == field)

    def _check_every_corner(self) -> None:
        """Refuse a space some trials of which could not be trained: fewest samples, most minibatches."""
        lowest = {field: self._end(field, "low") for field in ("rollout_length", "n_envs")}
        highest = {"n_minibatches": self._end("n_minibatches", "high")}
        try:
            self.settings({**lowest, **highest}, seed=1)
        except InvalidHyperparameter as error:
            raise InvalidStudy(f"At the ends of the ranges: {error}") from None
        samples = 1
        for field in ("rollout_length", "n_envs"):
            samples *= int(self._end(field, "high"))
        if samples > self.total_steps:
            raise InvalidStudy(
                f"A rollout may have {counted(samples, 'sample')}, more than the "
                f"{grouped(self.total_steps)} steps of a run: search shorter rollouts or fewer agents, or "
                "train for longer."
            )

    def _end(self, field: str, end: str) -> float:
        """Return the lowest or highest value a whole-number hyperparameter can have in a trial."""
        if field not in self.fields:
            return int(getattr(self.base, field))
        dimension = self.dimension(field)
        tried = dimension.values or dimension.ends
        numbers = [value for value in tried if isinstance(value, int | float)]
        return int(min(numbers) if end == "low" else max(numbers))


@dataclass(frozen=True)
class Strategy:
    """How the next trials of a study are chosen and cut short; it may change while the study lives.

    Sampler and pruner are called by their names in `samplers`; the seed is of the sampler's random numbers.
    """

    sampler: str = "tpe"
    pruner: str = "none"
    seed: int = 1
