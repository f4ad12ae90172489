"""Engines: what does the arithmetic under the trainer.

`Engine` is the protocol that the trainer speaks. Every engine computes the same quantities, those
defined in `ppo.objective` and `ppo.advantages`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.divergence import LargestNumbers
from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.events import Frame, Survey
from ppo_desktop.ppo.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ppo_desktop.ppo.agents import EndedEpisode
    from ppo_desktop.ppo.policy_state import PolicyState
    from ppo_desktop.ppo.samples import MinibatchSamples


COMPILED, PYTORCH = "compiled", "pytorch"
"""The engines' names: fast, for the built-in environments, and readable, for any."""
ENGINE_LABELS = {COMPILED: "fast engine", PYTORCH: "PyTorch engine"}
"""What users call them, everywhere."""


class Divergence(ArithmeticError):
    """Losses, gradients or outputs are no longer finite numbers."""


@dataclass(frozen=True, slots=True)
class StepSettings:
    """What one gradient step is to do.

    Attributes:
        hyperparameters: The values in force.
        learning_rate: Adam's step size, annealed if so set.
        clip_range: ε, annealed if so set; None for no clipping.
    """

    hyperparameters: Hyperparameters
    learning_rate: float
    clip_range: float | None


def step_settings(algorithm: Algorithm, hyperparameters: Hyperparameters, remaining: float) -> StepSettings:
    """Return what a gradient step of `algorithm` is to do; A2C knows no clip.

    With annealing, α and ε are those of the beginning times `remaining`, the part of the total
    steps still to come.
    """
    share = remaining if hyperparameters.anneal else 1.0
    clip_range = hyperparameters.clip_range if algorithm is Algorithm.PPO else None
    return StepSettings(
        hyperparameters,
        learning_rate=hyperparameters.learning_rate * share,
        clip_range=None if clip_range is None else clip_range * share,
    )


Measured = dict[str, float]
"""{name of a quantity: number}, of those in `quantities.UpdateQuantities`."""


class Engine(Protocol):
    """Acts, evaluates and improves; holds agents, networks and the current rollout.

    Attributes:
        name: `COMPILED` or `PYTORCH`.
    """

    name: str

    @property
    def spaces(self) -> Spaces:
        """Sizes of observations and actions."""
        ...

    def begin_rollout(self, hyperparameters: Hyperparameters) -> None:
        """Prepare an empty rollout; the number of agents follows the hyperparameters."""
        ...

    def step(self, at_most: int) -> tuple[int, list[EndedEpisode]]:
        """Let every agent take a step, or several: as many as an engine can take without a pause.

        Args:
            at_most: Steps there may be, at least 1.

        Returns:
            The steps taken in this rollout so far, and the episodes that ended in these.

        Raises:
            EnvironmentFailure: An environment raised, or returned a number that is not finite.
        """
        ...

    def finish_rollout(self, hyperparameters: Hyperparameters) -> None:
        """Compute values, log-probabilities, advantages and value targets of the full rollout.

        Raises:
            Divergence: One of them is not finite.
        """
        ...

    def improve(self, minibatches: Sequence[NDArray[np.int64]], settings: StepSettings) -> list[Measured]:
        """Take a gradient step on the first minibatch, and on as many after it as go without a pause.

        Args:
            minibatches: The samples of each, (B,) indices t·N + agent into the rollout. All of them
                come in the rollout's own order: the ratio is then exactly 1 in the first step.
            settings: What each step is to do.

        Returns:
            What was measured at each step taken, at least one.

        Raises:
            Divergence: A gradient is not finite; the step was not taken.
        """
        ...

    def latest_minibatch(self) -> MinibatchSamples:
        """Return the samples of the last gradient step."""
        ...

    def approx_kl(self) -> float:
        """Return how far the policy has moved since the rollout, nats."""
        ...

    def measure_update(self) -> tuple[Measured, NDArray[np.float32]]:
        """Return what the gradient steps since the rollout did and led to, and the entropy in each state.

        Raises:
            Divergence: The policy's outputs are not finite.
        """
        ...

    def snapshot(self) -> object:
        """Return a copy of all that has been learnt: parameters, optimiser, running statistics."""
        ...

    def act_as(self, policy: PolicyState) -> None:
        """Act as the policy of a run with the same networks.

        Raises:
            ValueError: The networks are others; then nothing has changed.
        """
        ...

    def restore(self, snapshot: object) -> None:
        """Go back to a snapshot of this engine; environments and random numbers go on from where they are."""
        ...

    def parameters_sha256(self) -> str:
        """Return a fingerprint of all parameters; equal runs have equal ones."""
        ...

    def look(self, agent: int, steps: int, *, picture: bool, path: bool) -> Frame:
        """Return what an agent sees and thinks; changes nothing, draws no random number.

        Args:
            agent: Index of the agent; one that is no longer there stands for the last one.
            steps: Environment steps so far, for the frame.
            picture: Whether to take Gymnasium's picture along.
            path: Whether to take along where the agent has been.
        """
        ...

    def survey(self, observations: NDArray[np.float32]) -> Survey:
        """Return what policy and critic think of raw observations (G, n_observations), as when acting.

        Changes nothing, draws no random number.
        """
        ...

    def look_at(self, samples: MinibatchSamples, row: int, steps: int) -> Frame:
        """Return what the agent of a sample saw and did, and what it would think of it now."""
        ...

    def largest_numbers(self) -> LargestNumbers:
        """Return the largest reward and observation of the present rollout."""
        ...

    def evaluation(self, seed: int) -> Generator[tuple[int, list[float]], None, None]:
        """Play on and on, always taking the most probable action, in an environment of its own.

        Yields the steps taken since it was last asked and the returns of the episodes that have ended
        meanwhile, often none, so that the caller can stop in an environment that never ends. Nothing of
        the run is touched: neither its environments nor its random numbers.

        Raises:
            EnvironmentFailure: The environment raised or returned nonsense.
        """
        ...

    def close(self) -> None:
        """Close the environments."""
        ...
