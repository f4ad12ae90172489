"""The two axes of a map: as they are written in a line, and those on which something is seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ppo_desktop.comparison.plan import InvalidComparison
from ppo_desktop.comparison.values import hyperparameter_values
from ppo_desktop.ppo.algorithms import Algorithm, inactive_reason
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.environments import has_discrete_actions
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.study.dimension import Dimension, InvalidStudy
from ppo_desktop.study.wanted import LONGEST_LINE, parse_dimension

MAP_POINTS = 9
"""Values of a range that an axis has unless another number is given."""
DEFAULT_SEEDS = 3

_USUAL = ("clip_range=0.05:0.8:9", "learning_rate=1e-4:1e-2:9")
_OF_A2C = ("rollout_length=8:256:6", "learning_rate=1e-4:1e-2:9")
_OF_ENVIRONMENTS = {"CartPole-v1": ("clip_range=0.05:0.8:9", "learning_rate=1e-4:1e-1:9")}
"""Axes across and up, as tried: along both of them cells differ from each other."""


def default_axes(environment_id: str, algorithm: Algorithm) -> tuple[Dimension, Dimension]:
    """Return the axes of a map, across and up, on which something is seen in an environment."""
    axes = _OF_ENVIRONMENTS.get(environment_id, _USUAL)
    across, up = (parse_axis(text) for text in axes)
    is_discrete = has_discrete_actions(environment_id)
    if any(inactive_reason(axis.field, algorithm, is_discrete=is_discrete) for axis in (across, up)):
        across, up = (parse_axis(text) for text in _OF_A2C)
    return across, up


def parse_axis(text: str, known: Dimension | None = None) -> Dimension:
    """Return an axis as it is written: FIELD, FIELD=LOW:HIGH, FIELD=LOW:HIGH:COUNT, or FIELD=VALUE,VALUE,….

    Where nothing but the field is written it is the one that is `known`, if that is of this field, else the
    usual range. Of γ, too, so many values of a range are taken as there are to be.

    Raises:
        InvalidStudy: It cannot be searched, its range is none, or a value is none of it.
    """
    if len(text) > LONGEST_LINE:
        raise InvalidStudy("What an axis is to show is too long; name one hyperparameter.")
    name, _, written = text.partition("=")
    if known is not None and not written and parse_dimension(name).field == known.field:
        return known
    if written and ":" not in written:
        field = parse_dimension(name).field
        try:
            return Dimension(field, values=tuple(hyperparameter_values(field, written)))
        except (InvalidComparison, InvalidHyperparameter) as error:
            raise InvalidStudy(one_line(str(error))) from None
    dimension = parse_dimension(text)
    if dimension.is_between_ends and written.count(":") < 2:
        dimension = replace(dimension, points=MAP_POINTS)
    return evenly_spaced(dimension)


def cell_words(values: Mapping[str, Value]) -> str:
    """Return what a cell's values are: "ε = 0.2 · α = 1e−3"."""
    return " · ".join(
        f"{DECLARATIONS[field].short_name} = {DECLARATIONS[field].format(value)}"
        for field, value in values.items()
    )


def evenly_spaced(dimension: Dimension) -> Dimension:
    """Return an axis with as many values as it is to have, also where a search takes tidy numbers."""
    if not dimension.is_tidy:
        return dimension
    return Dimension(dimension.field, values=tuple(dimension.evenly_spaced_values()))
