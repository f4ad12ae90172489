"""The immutable things a run can say.

Recorder, window, command line and search all consume these and nothing else, so none of them can
drift from the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.ppo.quantities import UpdateQuantities
from ppo_desktop.ppo.settings import RunSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ppo_desktop.ppo.samples import MinibatchSamples
    from ppo_desktop.ppo.step_networks import StepNetworks
    from ppo_desktop.ppo.update_trace import UpdateTrace


RETURN_WINDOW = 100
"""Episodes in the moving mean of returns."""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins, or goes on after an update; |A| is None for continuous actions."""

    settings: RunSettings
    n_actions: int | None
    engine: str
    update: int = 0


@dataclass(frozen=True, slots=True)
class StepsTaken:
    """Every agent has taken an environment step, number `time` of this rollout; `steps` are all agents'."""

    steps: int
    time: int
    rollout_length: int


@dataclass(frozen=True, slots=True)
class EpisodeEnded:
    """One agent's episode is over.

    Attributes:
        steps: Environment steps of all agents when it ended.
        agent: Index of the agent.
        episode_return: Undiscounted sum of the environment's own rewards.
        length: Steps in the episode.
        mean_return_100: Mean return of the last 100 episodes, or of all if there are fewer.
    """

    steps: int
    agent: int
    episode_return: float
    length: int
    mean_return_100: float


@dataclass(frozen=True, slots=True, eq=False)
class MinibatchOptimized:
    """One gradient step was taken, on minibatch 1…M in epoch 1…K.

    Attributes:
        epoch: Number of the epoch.
        n_epochs: K.
        minibatch: Number of the minibatch.
        n_minibatches: M.
        trace: The update up to this step.
        networks: Those with which it began; None where it was not looked at closely.
    """

    epoch: int
    n_epochs: int
    minibatch: int
    n_minibatches: int
    trace: UpdateTrace
    networks: StepNetworks | None = None

    @property
    def samples(self) -> MinibatchSamples:
        """The samples on which it was taken."""
        return self.trace.latest

    @property
    def is_one_of_many(self) -> bool:
        """Whether the update has other gradient steps, so that the ratio can leave 1."""
        return self.n_epochs * self.n_minibatches > 1


@dataclass(frozen=True, slots=True)
class UpdateFinished(UpdateQuantities):
    """All gradient steps on one rollout are done; beside its quantities it says when.

    Attributes:
        update: Number of the update, from 1.
        steps: Environment steps so far.
        mean_return_100: Mean return of the last 100 episodes; nan before the first has ended.
        state_entropies: The policy's entropy in each of the rollout's states after the update, (T·N,), nats.
        best: The best moment so far, None before an episode has ended.
    """

    update: int
    steps: int
    mean_return_100: float
    state_entropies: NDArray[np.float32] = field(compare=False, repr=False)
    best: GoodMoment | None = None


@dataclass(frozen=True, slots=True)
class GoodMoment:
    """A moment of a run whose policy was the best so far; see `good_moments`.

    Attributes:
        steps: Environment steps at which its policy began to act.
        update: Number of the update on whose rollout it acted: its parameters are those before it.
        mean_return: Mean return of the episodes that went on around that moment.
    """

    steps: int
    update: int
    mean_return: float


@dataclass(frozen=True, slots=True)
class HyperparametersChanged:
    """The learner has taken over changed values, {name: (old, new)}, which first count in that update."""

    steps: int
    update: int
    changes: dict[str, tuple[Value, Value]]


@dataclass(frozen=True, slots=True)
class EngineChanged:
    """Another engine, of this name, goes on with the run from where it is, or was asked to and cannot.

    `update` is the first one after it.
    """

    steps: int
    update: int
    engine: str


class FinishReason(Labelled):
    """Why a run ended."""

    COMPLETED = "completed", "completed"
    SOLVED = "solved", "solved"
    DIVERGED = "diverged", "diverged"
    FAILED = "failed", "failed"


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is over; the learner keeps its last good parameters.

    Attributes:
        reason: Why.
        steps: Environment steps taken.
        message: One line for the user; empty when all went as planned.
        cause: The hyperparameter whose value most likely made it diverge, if it did.
    """

    reason: FinishReason
    steps: int
    message: str = ""
    cause: str = ""


Event = (
    RunStarted
    | StepsTaken
    | EpisodeEnded
    | MinibatchOptimized
    | UpdateFinished
    | HyperparametersChanged
    | EngineChanged
    | RunFinished
)


@dataclass(frozen=True, slots=True)
class DiscretePolicy:
    """A categorical policy in one state: the probability of each action."""

    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class GaussianPolicy:
    """A Gaussian policy in one state: mean and standard deviation of each action component.

    Actions outside [low, high] are clipped before they reach the environment; a bound may be infinite.
    """

    means: tuple[float, ...]
    standard_deviations: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @property
    def beyond_bounds(self) -> tuple[float, ...]:
        """How probable each component is to be drawn beyond its bounds: Φ((low − μ)/σ) + Φ((μ − high)/σ).

        nan where mean or deviation is no finite number.
        """
        return tuple(
            _below(low, mean, deviation) + _below(-high, -mean, deviation)
            for mean, deviation, low, high in zip(
                self.means, self.standard_deviations, self.low, self.high, strict=True
            )
        )


def _below(bound: float, mean: float, deviation: float) -> float:
    """Return Φ((bound − μ)/σ), the probability of less than `bound`; for σ = 0 it is 0 or 1."""
    if not (math.isfinite(mean) and math.isfinite(deviation)):
        return math.nan
    if deviation == 0.0:
        return float(mean < bound)
    return 0.5 * math.erfc((mean - bound) / deviation / math.sqrt(2))


@dataclass(frozen=True, slots=True, eq=False)
class PassedThrough:
    """A state on its way through both networks; each array has a number for each unit of a layer.

    Attributes:
        seen: The observation as the networks see it.
        actor: What each hidden layer of the policy passes on.
        critic: Likewise of the critic.
    """

    seen: NDArray[np.float32]
    actor: tuple[NDArray[np.float32], ...]
    critic: tuple[NDArray[np.float32], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What one agent sees, thinks and has just done; made on demand.

    Attributes:
        observation: The observation shown: the current one, or the last of an episode that has just ended.
        episode_over: Whether the observation shown is the last of its episode.
        action: The action that led here, None at the start of an episode.
        policy: What the policy would do in this state.
        value: V(s) in units of the (possibly scaled) return.
        entropy: Entropy of the policy in this state, nats.
        episode_return: Sum of rewards of the episode so far.
        episode_length: Steps of the episode so far.
        steps: Environment steps of all agents so far.
        picture: Gymnasium's own picture, if it was asked for: red, green, blue, and opacity where there is
            one, (height, width, 3 or 4).
        path: The agent's last states up to the one shown, (L, n_observations) for each episode,
            oldest first; empty if it was not asked for.
        no_picture: Why there is no picture though it was asked for; empty if none is offered.
        passed: The observation's way to policy and value.
    """

    environment_id: str
    agent: int
    n_agents: int
    observation: NDArray[np.float32]
    episode_over: bool
    action: tuple[float, ...] | None
    policy: DiscretePolicy | GaussianPolicy
    value: float
    entropy: float
    episode_return: float
    episode_length: int
    steps: int
    picture: NDArray[np.uint8] | None
    path: tuple[NDArray[np.float32], ...] = ()
    no_picture: str = ""
    passed: PassedThrough | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What policy and critic think of many states at once; made on demand.

    Attributes:
        policy: (G, |A|) probabilities of discrete actions, or (G, D) means of continuous ones.
        values: (G,), V(s) in units of the (possibly scaled) return.
    """

    policy: NDArray[np.float32]
    values: NDArray[np.float32]
