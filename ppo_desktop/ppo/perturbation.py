"""What somebody does by hand to an environment that is played in; never to one that is learnt in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.catalogue.grid_layout import observation_of
from ppo_desktop.ppo.catalogue.grid_map import GridMap, place_name

UNCHANGED = "map as it was learnt on"
"""What is said of a map that is restored."""


@dataclass(frozen=True)
class Push:
    """Adds to what a push changes in an environment, see `catalogue.environment.Pushed`, in its unit."""

    change: float


@dataclass(frozen=True)
class AgentPlaced:
    """Puts the agent of a grid world into another cell."""

    cell: int


@dataclass(frozen=True)
class MapChanged:
    """Gives a grid world another map, from now on and in later episodes."""

    map: GridMap


Perturbation: TypeAlias = Push | AgentPlaced | MapChanged


@dataclass(frozen=True)
class Perturbed:
    """What has become of it.

    Attributes:
        text: What has changed, with numbers before and after.
        before: What was pushed, or the agent's cell, before.
        after: Likewise after.
    """

    text: str
    before: float
    after: float


def perturb(environment_id: str, environment: Any, perturbation: Perturbation) -> tuple[Floats, Perturbed]:
    """Change the state of a built-in environment; return what its agent sees now, and what was done."""
    match perturbation:
        case Push(change):
            pushed = KNOWN_ENVIRONMENTS[environment_id].pushed
            assert pushed is not None, "it is asked for where something can be pushed"
            state = np.array(environment.state, float)
            before = float(state[pushed.component])
            after = max(-pushed.limit, min(pushed.limit, before + change))
            state[pushed.component] = after
            environment.state = state
            decimals = pushed.decimals + 1
            text = f"{pushed.name} {_number(before, decimals)} → {_number(after, decimals)} {pushed.unit}"
            return np.array(pushed.observe(tuple(state)), np.float32), Perturbed(text, before, after)
        case AgentPlaced(cell):
            before, environment.cell = environment.cell, cell
            text = f"agent from {place_name(before)} to {place_name(cell)}"
        case MapChanged(changed):
            before, environment.map = environment.cell, changed
            text = changed.changes or UNCHANGED
    done = Perturbed(text, before, environment.cell)
    return np.array(observation_of(environment.cell), np.float32), done


def _number(number: float, decimals: int) -> str:
    return f"{round(number, decimals) + 0.0:.{decimals}f}".replace("-", "−")
