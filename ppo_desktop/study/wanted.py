"""What is wanted of a study without a window, and whether a study that is there already is that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from ppo_desktop.comparison.values import written_values
from ppo_desktop.ppo.algorithms import Algorithm, inactive_reason
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.environments import has_discrete_actions
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import grouped, one_line
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.study.dimension import MOST_POINTS, Dimension, InvalidStudy, usual_dimension
from ppo_desktop.study.study_draft import DEFAULT_SEEDS, usual_steps
from ppo_desktop.study.study_plan import Objective, Strategy, StudyPlan

DEFAULT_ENVIRONMENT = "CartPole-v1"
Difference = tuple[str, Any, Any, Callable[[Any], str]]
"""A flag, the value of a plan, the value said or None, and how both are written."""
LONGEST_LINE = 2_000
"""Characters of `--vary`; every hyperparameter with its range fits."""


@dataclass(frozen=True)
class WantedStudy:
    """What was said of a study; None where nothing was.

    Attributes:
        space: What is searched, as `parse_space` reads it, which raises InvalidStudy.
        values: {hyperparameter: value} of those that are not the preset's.
    """

    space: str | None = None
    environment_id: str | None = None
    algorithm: Algorithm | None = None
    objective: Objective | None = None
    total_steps: int | None = None
    n_seeds: int | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    sampler: str | None = None
    pruner: str | None = None
    sampler_seed: int | None = None

    def __post_init__(self) -> None:
        if self.space is not None:
            parse_space(self.space)

    @property
    def says_what_is_searched(self) -> bool:
        """Whether enough was said for a new study."""
        return self.space is not None

    def plan(self) -> StudyPlan:
        """Return the plan of a new study; what was not said is usual, or the preset's.

        Raises:
            InvalidStudy: It is not said what to search, or that cannot be searched so.
            InvalidHyperparameter: A value contradicts another.
        """
        if self.space is None:
            raise InvalidStudy(
                "There is no such study yet: say what it is to search, like --vary clip_range,learning_rate."
            )
        return self._plan(parse_space(self.space), Objective.EVALUATION, DEFAULT_SEEDS)

    def _plan(self, space: tuple[Dimension, ...], objective: Objective, n_seeds: int) -> StudyPlan:
        """Return the plan of a new study of this space; the others are for what was not said."""
        environment_id, algorithm = (
            self.environment_id or DEFAULT_ENVIRONMENT,
            self.algorithm or Algorithm.PPO,
        )
        base = presets_for(environment_id)[0].hyperparameters.changed(self.values)
        for dimension in space:
            reason = inactive_reason(
                dimension.field, algorithm, is_discrete=has_discrete_actions(environment_id)
            )
            if reason:
                raise InvalidStudy(f"{dimension.label} is not to be searched: {reason}")
        return StudyPlan(
            environment_id,
            algorithm,
            base,
            space,
            self.objective or objective,
            self.total_steps or usual_steps(base),
            self.n_seeds or n_seeds,
        )

    def strategy(self, present: Strategy | None = None) -> Strategy:
        """Return the strategy; what was not said is as it is at present, or usual."""
        present = present or Strategy()
        return Strategy(
            self.sampler or present.sampler,
            self.pruner or present.pruner,
            present.seed if self.sampler_seed is None else self.sampler_seed,
        )

    def check_against(self, plan: StudyPlan) -> None:
        """Raise InvalidStudy, naming the first contradiction, if a study is another one than was said."""
        for flag, is_so, said in self._differences(plan):
            raise InvalidStudy(
                one_line(
                    f"The study was begun with {flag} {is_so}, not {said}: leave {flag} out, or begin "
                    "another study."
                )
            )

    def _differences(self, plan: StudyPlan) -> Iterator[tuple[str, str, str]]:
        """Yield the flag, the value of the plan and the value said of everything that is not the same."""
        parts: tuple[Difference, ...] = (
            ("--env", plan.environment_id, self.environment_id, str),
            ("--algorithm", plan.algorithm, self.algorithm, attrgetter("value")),
            *self._in_space(plan),
            ("--objective", plan.objective, self.objective, attrgetter("value")),
            ("--total-steps", plan.total_steps, self.total_steps, grouped),
            ("--seeds", plan.n_seeds, self.n_seeds, str),
        )
        for flag, is_so, said, written in parts:
            if said not in (None, is_so):
                yield flag, written(is_so), written(said)
        for name, value in self.values.items():
            declaration, is_so = DECLARATIONS[name], getattr(plan.base, name)
            if is_so != value:
                yield declaration.flag, declaration.format(is_so), declaration.format(value)

    def _in_space(self, plan: StudyPlan) -> Iterable[Difference]:
        """Yield what is searched."""
        own = {dimension.field: dimension for dimension in plan.space}
        space = None if self.space is None else {d.field: d for d in parse_space(self.space, own)}
        yield "--vary", own, space, _written


def _written(space: Mapping[str, Dimension]) -> str:
    """Return what is searched as one could write it."""
    return ",".join(map(written_dimension, space.values()))


def written_dimension(dimension: Dimension) -> str:
    """Return a dimension as one could write it."""
    if dimension.values:
        return f"{dimension.field}={written_values(dimension.field, dimension.values, '')}"
    if not dimension.is_between_ends:
        return dimension.field
    return f"{dimension.field}={dimension.low:g}:{dimension.high:g}:{dimension.points}"


def parse_space(text: str, known: Mapping[str, Dimension] = MappingProxyType({})) -> tuple[Dimension, ...]:
    """Return what is searched, as written: FIELD, FIELD=LOW:HIGH or FIELD=LOW:HIGH:POINTS between commas.

    Dashes may stand for underscores, as in the flags. Where no range is written it is the one that is
    `known`, else the usual one.

    Raises:
        InvalidStudy: Something cannot be searched, is there twice, or its range is none.
    """
    if len(text) > LONGEST_LINE:
        raise InvalidStudy("What is to be searched is too long; name each hyperparameter once.")
    space = tuple(parse_dimension(piece, known) for piece in text.split(",") if piece.strip())
    if not space:
        raise InvalidStudy("There is nothing to search: name hyperparameters, like clip_range,learning_rate.")
    fields = [dimension.field for dimension in space]
    for dimension in space:
        if fields.count(dimension.field) > 1:
            raise InvalidStudy(f"{dimension.declaration.label} is searched twice; take one of them out.")
    return space


def parse_dimension(piece: str, known: Mapping[str, Dimension] = MappingProxyType({})) -> Dimension:
    """Return a dimension as written, one of the pieces of `parse_space`, which see."""
    name, equals, written = piece.partition("=")
    field = name.strip().lower().replace("-", "_")
    usual = known.get(field) or usual_dimension(field)
    if not equals:
        return usual
    if not usual.declaration.numeric:
        raise InvalidStudy(f"{usual.label} has no range, all its values are searched: write {field} alone.")
    ends = written.split(":")
    if len(ends) not in (2, 3):
        raise InvalidStudy(one_line(f"{piece.strip()} is not FIELD=LOW:HIGH or FIELD=LOW:HIGH:POINTS."))
    low, high = (_end(usual, end) for end in ends[:2])
    return Dimension(field, low, high, _points(ends[2]) if len(ends) == 3 else usual.points)


def _end(dimension: Dimension, text: str) -> float:
    try:
        value = dimension.declaration.parse(text)
    except InvalidHyperparameter as error:
        raise InvalidStudy(one_line(str(error))) from None
    if not isinstance(value, int | float):
        raise InvalidStudy(f"{dimension.label}: both ends of a range are numbers; off is none.")
    return value


def _points(text: str) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        raise InvalidStudy(
            one_line(
                f"“{digits}” is no number of values for a grid: write a whole number up to {MOST_POINTS}."
            )
        )
    return int(digits)
