"""A whole run between two updates, as a value: what is needed to go on from there bit for bit.

Equal bits are promised on the same machine with the same engine. Rollouts are not part of it, for between
two updates there is none; nor is what had been learnt before the last update, to which numbers beyond all
bounds in the next rollout lead back: see `Trainer.before_update`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.good_moments import GoodMomentsState
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.policy_state import Snapshot
from ppo_desktop.ppo.settings import RunSettings

GeneratorState = dict[str, Any]
"""What NumPy says of a bit generator: names, and whole numbers of up to 128 bits."""


class NotResumable(Exception):
    """A run cannot go on from a checkpoint; it is raised with the reason, and its text is one line."""

    def __str__(self) -> str:
        return f"The run cannot go on from there: {super().__str__()}."


@dataclass(frozen=True, eq=False)
class AgentsState:
    """Where N agents are in their episodes, and what will be random in them.

    Attributes:
        made: How many agents there have been, those that were dropped among them.
        generators: From which all that follows is drawn, one for each environment.
        begun: Where these were when the episodes going on began; none where environments tell their state.
        returns: (N,), the episodes' rewards so far.
        lengths: (N,), their steps.
        over: (N,), whether the last step ended its episode: return and length are still those of that one.
        reached: (N, n_observations), what the last steps led to.
        actions: (N, …), the last ones; anything for an agent without a step.
        arrays: What else there is, by name.
    """

    made: int
    generators: tuple[GeneratorState, ...]
    begun: tuple[GeneratorState, ...]
    returns: NDArray[np.float64]
    lengths: NDArray[np.int64]
    over: NDArray[np.bool_]
    reached: NDArray[np.float32]
    actions: NDArray[Any]
    arrays: dict[str, NDArray[Any]]


AGENT_ARRAYS = ("returns", "lengths", "over", "reached", "actions")
"""Of an `AgentsState`, those that every kind of agents has."""


@dataclass(frozen=True, eq=False)
class EngineState:
    """All that an engine has.

    Attributes:
        learnt: Parameters, optimiser, running statistics.
        discounted: (N,), each agent's discounted sum of rewards, by which they are scaled.
        actions: The generator that draws actions.
        agents: Where they are.
    """

    learnt: Snapshot
    discounted: NDArray[np.float64]
    actions: GeneratorState
    agents: AgentsState


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A whole run between two updates.

    Attributes:
        settings: What made the run.
        engine: Name of the engine that did the arithmetic.
        in_force: The hyperparameters in force.
        wanted: Those that are to be taken over, each at its boundary.
        steps: Environment steps so far.
        update: Updates finished.
        returns: Of the last 100 episodes at most.
        minibatches: The generator that shuffles samples.
        good_moments: What is known of the best one.
        learner: What the engine has.
    """

    settings: RunSettings
    engine: str
    in_force: Hyperparameters
    wanted: Hyperparameters
    steps: int
    update: int
    returns: tuple[float, ...]
    minibatches: GeneratorState
    good_moments: GoodMomentsState
    learner: EngineState


class Boundary(NamedTuple):
    """Where a run looks whether values are to be changed; they come one after the other.

    Attributes:
        update: Number of the update, from 1.
        gradient_steps: Those of it that come before, `BEFORE_ROLLOUT` where its rollout is not begun either.
    """

    update: int
    gradient_steps: int


BEFORE_ROLLOUT = -1


@dataclass(frozen=True)
class Wishes:
    """What was asked of a run on its way, each by the boundary at which it was heard first.

    Together with its settings this makes the run.

    Attributes:
        values: {hyperparameter: wanted value}, in order.
        fast_engine: Updates before which the fast engine took over.
        seeds: {update: seed from which all is drawn that comes after it}.
    """

    values: tuple[tuple[Boundary, Mapping[str, Value]], ...] = ()
    fast_engine: frozenset[int] = frozenset()
    seeds: Mapping[int, int] = field(default_factory=dict)

    def until(self, update: int) -> Wishes:
        """Return those that were heard up to the end of an update."""
        return Wishes(
            tuple(wish for wish in self.values if wish[0].update <= update),
            frozenset(number for number in self.fast_engine if number <= update),
            {after: seed for after, seed in self.seeds.items() if after < update},
        )


def generator_state(generator: np.random.Generator) -> GeneratorState:
    """Return where a generator is."""
    return dict(generator.bit_generator.state)


def set_generator(generator: np.random.Generator, state: GeneratorState) -> None:
    """Let a generator go on from where one of the same kind was.

    Raises:
        NotResumable: The state is of another kind, or none.
    """
    try:
        generator.bit_generator.state = state
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise NotResumable("its random numbers are of a kind that is not known here") from error


def require_agents(given: AgentsState, known: AgentsState, spaces: Spaces) -> None:
    """Raise NotResumable unless agents are as many as the `known` ones, and act in the same spaces."""
    for name in AGENT_ARRAYS:
        require_like(getattr(given, name), getattr(known, name), name)
    numbers = given.actions - spaces.first_action
    if spaces.n_actions is not None and not ((numbers >= 0) & (numbers < spaces.n_actions)).all():
        raise NotResumable("its actions are not those of such a run")


def require_own(given: Snapshot, own: Snapshot) -> None:
    """Raise NotResumable unless what was learnt can be of the same networks as `own`."""
    parameters = require_like(given.parameters, own.parameters, "networks")
    if given.moments:
        require_like(given.moments.get("step"), np.zeros((), np.float32), "optimiser's steps")
        require_like(given.moments.get("exp_avg"), parameters, "optimiser's means")
        require_like(given.moments.get("exp_avg_sq"), parameters, "optimiser's squares")
    for name in ("observations", "rewards"):
        statistics, known = getattr(given, name), getattr(own, name)
        require_like(statistics.mean, known.mean, name)
        require_like(statistics.variance, known.variance, name)


def require_like(given: NDArray[Any] | None, known: NDArray[Any], what: str) -> NDArray[Any]:
    """Return an array of the type and shape of a `known` one; what has only one number would fit anything.

    Raises:
        NotResumable: It is another one, or none.
    """
    if given is None or given.dtype != known.dtype or given.shape != known.shape:
        raise NotResumable(f"its {what} are not those of such a run")
    return given
