"""What is wanted of a map without a window, and whether a study that is there already is that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.study.dimension import Dimension, InvalidStudy
from ppo_desktop.study.map_axes import DEFAULT_SEEDS, default_axes, parse_axis
from ppo_desktop.study.samplers import MAP, NO_PRUNER
from ppo_desktop.study.study_plan import Objective, Strategy, StudyPlan
from ppo_desktop.study.wanted import DEFAULT_ENVIRONMENT, Difference, WantedStudy, written_dimension


@dataclass(frozen=True)
class WantedMap(WantedStudy):
    """What was said of a map.

    Attributes:
        x: What goes across, as `parse_axis` reads it, which raises InvalidStudy; None for the usual.
        y: What goes up, likewise.
    """

    x: str | None = None
    y: str | None = None

    def __post_init__(self) -> None:
        for text in (self.x, self.y):
            if text is not None:
                parse_axis(text)

    @property
    def says_what_is_searched(self) -> bool:
        """Yes: without a word on them axes are usual ones."""
        return True

    def plan(self) -> StudyPlan:
        """Return the plan of a new map; the axes that were not said are those usual in its environment.

        Raises:
            InvalidStudy: The axes make no map.
            InvalidHyperparameter: A value contradicts another.
        """
        return self._plan(self._axes(), Objective.LEARNING_CURVE, DEFAULT_SEEDS)

    def strategy(self, present: Strategy | None = None) -> Strategy:
        """Return the strategy of a map, which has no choice.

        Raises:
            InvalidStudy: There is a study that is none.
        """
        if present is not None and present.sampler != MAP:
            raise InvalidStudy("This study is no map: go on with it by “tune”, or choose another name.")
        return present or Strategy(MAP, NO_PRUNER)

    def _axes(self) -> tuple[Dimension, ...]:
        usual = default_axes(self.environment_id or DEFAULT_ENVIRONMENT, self.algorithm or Algorithm.PPO)
        said = [None if text is None else parse_axis(text) for text in (self.x, self.y)]
        taken = {axis.field for axis in said if axis is not None}
        left = [axis for axis in usual if axis.field not in taken]
        return tuple(
            axis or (usual[place] if usual[place] in left else left[0]) for place, axis in enumerate(said)
        )

    def _in_space(self, plan: StudyPlan) -> Iterable[Difference]:
        """Yield what is on each axis; of a study that has other than two nothing, it is no map."""
        if len(plan.space) != 2:
            return
        for flag, text, own in zip(("--x", "--y"), (self.x, self.y), plan.space, strict=True):
            yield flag, own, None if text is None else parse_axis(text, own), written_dimension
