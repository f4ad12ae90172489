"""A map that is being set up: two hyperparameters, and the values of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from ppo_desktop.comparison.values import written_values
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.study.dimension import Dimension, InvalidStudy
from ppo_desktop.study.map_axes import DEFAULT_SEEDS, default_axes, parse_axis
from ppo_desktop.study.study_draft import LONGEST_ENVIRONMENT, StudyDraft
from ppo_desktop.study.study_plan import Objective, StudyPlan


@dataclass(frozen=True)
class MapDraft(StudyDraft):
    """What the user has chosen; it may be impossible, which `plan` says.

    Attributes:
        chosen_axes: The hyperparameters across and up; empty for those that are usual in the environment.
    """

    objective: Objective = Objective.LEARNING_CURVE
    n_seeds: int = DEFAULT_SEEDS
    chosen_axes: tuple[str, ...] = ()
    dimensions: Mapping[str, Dimension] = field(default_factory=dict)

    @property
    def across(self) -> str:
        """The hyperparameter along the horizontal axis."""
        return self.ticked[0]

    @property
    def up(self) -> str:
        """That along the vertical axis."""
        return self.ticked[1]

    @property
    def ticked(self) -> tuple[str, ...]:
        """Both, across first."""
        return self.chosen_axes or tuple(axis.field for axis in self._usual_axes)

    @property
    def _usual_axes(self) -> tuple[Dimension, Dimension]:
        return default_axes(self.environment_id, self.algorithm)

    @property
    def usual_name(self) -> str:
        """How the map is called unless it is given a name: "ε and α CartPole-v1"."""
        names = " and ".join(DECLARATIONS[field].short_name for field in self.ticked)
        return f"{names} {self.environment_id.replace('/', '-')[:LONGEST_ENVIRONMENT]}"

    def dimension(self, name: str) -> Dimension:
        """Return the values that a hyperparameter has on an axis, or would have."""
        usual = {axis.field: axis for axis in self._usual_axes}
        return self.dimensions.get(name) or usual.get(name) or parse_axis(name)

    def plan(self) -> StudyPlan:
        """Return the plan it makes, or raise InvalidStudy where it makes none."""
        for name in self.ticked:
            if reason := self.inactive_reason(name):
                label = DECLARATIONS[name].explanation.title
                raise InvalidStudy(f"{label} is no axis of a map here: {reason}")
        return super().plan()

    # ---- what one may choose -------------------------------------------------------------------

    def with_axis(self, place: int, name: str) -> Self:
        """Return a draft with another hyperparameter across (0) or up (1); both change places if need be."""
        axes = list(self.ticked)
        if axes[1 - place] == name:
            axes.reverse()
        axes[place] = name
        return replace(self, chosen_axes=tuple(axes))

    def with_values(self, dimension: Dimension) -> Self:
        """Return a draft with these values of a hyperparameter."""
        return self._with_dimension(dimension)


def map_draft_of(plan: StudyPlan) -> MapDraft:
    """Return the draft that makes exactly this plan, and can be changed."""
    return MapDraft(
        plan.environment_id,
        plan.algorithm,
        plan.base,
        dimensions={dimension.field: dimension for dimension in plan.space},
        objective=plan.objective,
        chosen_steps=plan.total_steps,
        n_seeds=plan.n_seeds,
        chosen_axes=plan.fields,
    )


def axis_of_line(field: str, line: str) -> Dimension:
    """Return the values of a hyperparameter that are written in a line: LOW:HIGH:COUNT, or one by one.

    Raises:
        InvalidStudy: They are none.
    """
    if not line.strip():
        raise InvalidStudy("Write values, like 0.1, 0.2, 0.4, or a range, like 0.1:0.4:9.")
    return parse_axis(f"{field}={line}")


def line_of_axis(dimension: Dimension) -> str:
    """Return the line that `axis_of_line` reads as these values."""
    if dimension.is_range:
        ends = ":".join(written_values(dimension.field, [end], "") for end in dimension.ends)
        return f"{ends}:{dimension.points}"
    return written_values(dimension.field, dimension.choices, "")
