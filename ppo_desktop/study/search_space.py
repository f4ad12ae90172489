"""What is searched, as Optuna puts it, and as it is written after `--vary`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ppo_desktop.ppo.declaration import InvalidHyperparameter, Kind
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.ppo.scales import Ladder, Logarithmic
from ppo_desktop.study.dimension import MOST_POINTS, Dimension, InvalidStudy, usual_dimension
from ppo_desktop.study.study_plan import StudyPlan

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

LONGEST_LINE = 2_000
"""Characters of `--vary`; every hyperparameter with its range fits."""


def distributions(plan: StudyPlan) -> dict[str, BaseDistribution]:
    """Return Optuna's distribution of each hyperparameter that is searched, in the order of the plan."""
    return {dimension.field: _distribution(dimension) for dimension in plan.space}


def _distribution(dimension: Dimension) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if not dimension.is_range:
        return CategoricalDistribution(dimension.choices)
    scale = dimension.declaration.scale
    assert dimension.low is not None
    assert dimension.high is not None
    if dimension.declaration.kind is Kind.INTEGER:
        low, high = int(dimension.low), int(dimension.high)
        return IntDistribution(low, high, log=low >= 1 and isinstance(scale, Ladder))
    return FloatDistribution(dimension.low, dimension.high, log=isinstance(scale, Logarithmic))


def parse_space(text: str, known: Mapping[str, Dimension] = MappingProxyType({})) -> tuple[Dimension, ...]:
    """Return what is searched, as written: FIELD, FIELD=LOW:HIGH or FIELD=LOW:HIGH:POINTS between commas.

    Dashes may stand for underscores, as in the flags.

    Args:
        text: What is written.
        known: {hyperparameter: what is searched where no range is written}; of others it is the usual one.

    Raises:
        InvalidStudy: Something cannot be searched, is there twice, or its range is none.
    """
    if len(text) > LONGEST_LINE:
        raise InvalidStudy("What is to be searched is too long; name each hyperparameter once.")
    space = tuple(_dimension(piece, known) for piece in text.split(",") if piece.strip())
    if not space:
        raise InvalidStudy("There is nothing to search: name hyperparameters, like clip_range,learning_rate.")
    fields = [dimension.field for dimension in space]
    for field in fields:
        if fields.count(field) > 1:
            raise InvalidStudy(f"{DECLARATIONS[field].label} is searched twice; take one of them out.")
    return space


def _dimension(piece: str, known: Mapping[str, Dimension]) -> Dimension:
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
