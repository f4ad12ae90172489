"""A study that is being set up: every choice on its own, and what they make together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from ppo_desktop.ppo.algorithms import Algorithm, inactive_reason
from ppo_desktop.ppo.environments import has_discrete_actions
from ppo_desktop.ppo.hyperparameters import TRAINING_FIELDS, Hyperparameters
from ppo_desktop.ppo.messages import counted
from ppo_desktop.study.dimension import Dimension, InvalidStudy, usual_dimension
from ppo_desktop.study.study_plan import Objective, StudyPlan

DEFAULT_STEPS = 20_000
"""Steps of each run where Train sets no end: on CartPole good values have learnt by then, and others not."""
DEFAULT_SEEDS = 2
FIRST_TICKED = ("clip_range", "entropy_coef", "rollout_length", "learning_rate")
"""What is searched unless others are chosen: the sliders of the course."""
_MOST_NAMED = 2
"""Hyperparameters that a study is named after; names of more would be cut off wherever they are shown."""
LONGEST_ENVIRONMENT = 40
"""Characters of an environment's id in that name."""


@dataclass(frozen=True)
class StudyDraft:
    """What the user has chosen; it may be impossible, which `plan` says.

    Attributes:
        base: Where all values come from that are not searched.
        chosen: Hyperparameters that are chosen to be searched, whether or not they are of use
            there.
        dimensions: {hyperparameter: range} where another than the usual one was set.
        chosen_steps: Steps of each run; None for those that are usual.
    """

    environment_id: str
    algorithm: Algorithm
    base: Hyperparameters
    chosen: frozenset[str] = frozenset(FIRST_TICKED)
    dimensions: Mapping[str, Dimension] = field(default_factory=dict)
    objective: Objective = Objective.EVALUATION
    chosen_steps: int | None = None
    n_seeds: int = DEFAULT_SEEDS

    @property
    def searchable(self) -> tuple[str, ...]:
        """What is of use and can be searched, in the order of the panel."""
        return tuple(name for name in TRAINING_FIELDS if not self.inactive_reason(name))

    @property
    def ticked(self) -> tuple[str, ...]:
        """What is searched, in the order of the panel."""
        return tuple(name for name in self.searchable if name in self.chosen)

    @property
    def total_steps(self) -> int:
        """Steps of each run."""
        return self.chosen_steps or usual_steps(self.base)

    @property
    def usual_name(self) -> str:
        """How the study is called unless it is given a name.

        "CartPole-v1 clip_range learning_rate", of more "CartPole-v1 4 hyperparameters".
        """
        n_searched = len(self.ticked)
        what = " ".join(self.ticked) if n_searched <= _MOST_NAMED else counted(n_searched, "hyperparameter")
        return f"{self.environment_id.replace('/', '-')[:LONGEST_ENVIRONMENT]} {what}".rstrip()

    def inactive_reason(self, name: str) -> str:
        """Return why a hyperparameter would change nothing, in a sentence; empty if it would."""
        return inactive_reason(name, self.algorithm, is_discrete=has_discrete_actions(self.environment_id))

    def dimension(self, name: str) -> Dimension:
        """Return the range or choices a hyperparameter has, or would have if it were searched."""
        return self.dimensions.get(name) or usual_dimension(name)

    def plan(self) -> StudyPlan:
        """Return the plan it makes, or raise InvalidStudy where it makes none."""
        return StudyPlan(
            self.environment_id,
            self.algorithm,
            self.base,
            tuple(self.dimension(name) for name in self.ticked),
            self.objective,
            self.total_steps,
            self.n_seeds,
        )

    # ---- what one may choose -------------------------------------------------------------------

    def ticking(self, name: str, *, is_searched: bool) -> Self:
        """Return a draft that searches a hyperparameter, or takes it as it is in Train."""
        if name not in TRAINING_FIELDS:
            raise InvalidStudy(f'"{name}" cannot be searched.')
        chosen = self.chosen | {name} if is_searched else self.chosen - {name}
        return replace(self, chosen=chosen)

    def with_range(self, name: str, low: float, high: float) -> Self:
        """Return a draft that searches a hyperparameter between other ends, or raise InvalidStudy."""
        return self._with_dimension(replace(self.dimension(name), low=low, high=high, values=()))

    def with_points(self, name: str, points: int) -> Self:
        """Return a draft whose grid takes so many values of a range, or raise InvalidStudy."""
        return self._with_dimension(replace(self.dimension(name), points=points))

    def _with_dimension(self, dimension: Dimension) -> Self:
        return replace(self, dimensions={**self.dimensions, dimension.field: dimension})


def usual_steps(base: Hyperparameters) -> int:
    """Return the steps that runs of a study have unless others are chosen: those at which the base ends."""
    return base.total_steps or DEFAULT_STEPS


def draft_of(plan: StudyPlan) -> StudyDraft:
    """Return the draft that makes exactly this plan, and can be changed."""
    return StudyDraft(
        plan.environment_id,
        plan.algorithm,
        plan.base,
        frozenset(plan.fields),
        {dimension.field: dimension for dimension in plan.space},
        plan.objective,
        plan.total_steps,
        plan.n_seeds,
    )
