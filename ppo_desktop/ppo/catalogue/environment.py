"""What a module of the catalogue says of its environment."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from ppo_desktop.ppo.catalogue.state_plane import StatePlane
from ppo_desktop.ppo.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    import numpy as np

    from ppo_desktop.ppo.arrays import Doubles

ActionTaken = tuple[float, ...] | None


@dataclass(frozen=True)
class Preset:
    """A named starting point.

    Attributes:
        id: What files and scripts know it by; it never changes, and no other of its environment has it.
        note: One line on what it is good for.
        former_name: What it was called in an earlier version, as files and scripts may call it still.
    """

    id: str
    name: str
    note: str
    hyperparameters: Hyperparameters
    former_name: str = ""


class Direction(Enum):
    """Where an action points on a map of states."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class ActionName:
    """What a discrete action, or a component of a continuous one, is called.

    Attributes:
        name: In full.
        short: Where there is little room; empty where the name is short.
        direction: Where it points, which gives it its colour and its arrow; None for nowhere.
    """

    name: str
    short: str = ""
    direction: Direction | None = None


LEFT = ActionName("← left", "←", Direction.LEFT)
RIGHT = ActionName("→ right", "→", Direction.RIGHT)
UP = ActionName("↑ up", "↑", Direction.UP)
DOWN = ActionName("↓ down", "↓", Direction.DOWN)


@dataclass(frozen=True)
class Brief:
    """What a student wants to know of an environment, in sentences."""

    goal: str
    observation: str
    actions: str
    reward: str
    end: str


def _read(environment: Any) -> Doubles:
    import numpy as np

    return np.array(environment.state, float)


def _show(environment: Any, state: Doubles, _action: ActionTaken) -> None:
    environment.state = state


@dataclass(frozen=True)
class Kernel:
    """How the compiled engine steps an environment, which it knows by a number, see `constants`.

    Attributes:
        draw_starts: Draws that many start states, (count, S), as as many resets in Gymnasium would.
        show: Puts Gymnasium's environment into a state, which an action led to, for its picture.
        read: Returns the state of Gymnasium's environment.
        n_states: How many states there are where each is known by its number, from 0; else None.
    """

    number: int
    draw_starts: Callable[[np.random.Generator, int], Doubles]
    show: Callable[[Any, Doubles, ActionTaken], None] = _show
    read: Callable[[Any], Doubles] = _read
    n_states: int | None = None


@dataclass(frozen=True)
class Pushed:
    """What a push by hand changes at once in the state of Gymnasium's environment.

    Attributes:
        component: Its place in the state.
        name: What it is called.
        unit: Its unit.
        to_the_right: What a push to the right, at the key, adds; one to the left takes it away.
        per_drag: What dragging adds, by a metre of the picture to the right, or by a radian around the pivot.
        largest: The most that one push adds.
        observe: Turns a state into the components of its observation.
        limit: Its largest size.
        has_pivot: Whether it hangs in the origin of the picture, and is dragged around that.
        decimals: With which a push is rounded and written; what it changes is written with one more.
    """

    component: int
    name: str
    unit: str
    to_the_right: float
    per_drag: float
    largest: float
    observe: Callable[[tuple[float, ...]], tuple[float, ...]]
    limit: float = math.inf
    has_pivot: bool = False
    decimals: int = 1


@dataclass(frozen=True)
class KnownEnvironment:
    """An environment of the catalogue. Its painter, in `views.scenes`, has the same id.

    Attributes:
        environment_id: Gymnasium's id.
        solved_return: Mean return at which it counts as solved, None if there is no such number.
        return_range: Lowest and highest return an episode can reach, for the plot's first range.
        actions: Each discrete action, or each component of a continuous one.
        observations: Name of each component of an observation.
        presets: Settings known to learn; the first is the default.
        plane: What a map of the policy is drawn on, None where states have too many parts for two axes.
        kernel: How the compiled engine steps it, None where PyTorch's engine serves.
        pushed: What can be pushed by hand, None for nothing.
    """

    environment_id: str
    solved_return: float | None
    return_range: tuple[float, float]
    actions: tuple[ActionName, ...]
    observations: tuple[str, ...]
    is_discrete: bool
    presets: tuple[Preset, ...]
    plane: StatePlane | None
    kernel: Kernel | None
    brief: Brief
    pushed: Pushed | None = None

    @property
    def return_decimals(self) -> int:
        """Decimals that tell one return from another: more where all of them are small."""
        lowest, highest = self.return_range
        return 1 if highest - lowest > 10 else 2

    @property
    def is_compiled(self) -> bool:
        """Whether there is a kernel, and an action is a single number, which is all that kernels get."""
        return self.kernel is not None and (self.is_discrete or len(self.actions) == 1)
