"""A policy from a file: what it is made of, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.messages import counted
from ppo_desktop.ppo.normalization import RunningStatistics
from ppo_desktop.ppo.perceptron import Layer
from ppo_desktop.schema import UnusableFile


class Sizes(NamedTuple):
    """Between what a policy stands.

    Attributes:
        n_observations: Numbers in an observation.
        n_outputs: Discrete actions, or components of a continuous one.
        is_discrete: Whether one of several actions is chosen.
    """

    n_observations: int
    n_outputs: int
    is_discrete: bool

    def __str__(self) -> str:
        """Return it in words: "4 numbers in an observation, 2 actions"."""
        seen = counted(self.n_observations, "number")
        what = "action" if self.is_discrete else "continuous action"
        return f"{seen} in an observation, {counted(self.n_outputs, what)}"


@dataclass(frozen=True, eq=False)
class FilePolicy:
    """A policy and the value network that was learnt with it.

    Attributes:
        file: Name of the file.
        algorithm: By which they were learnt.
        actor: Layers from an observation to logits, or to means in the environment's units.
        critic: Layers from an observation to V(s).
        log_std: ln σ of each component of a continuous action, likewise; None where actions are discrete.
        activation: Name of the activation between the layers.
        environment_id: In which they were learnt; empty where the file does not say.
        steps: For how many environment steps.
        rewards_are_scaled: Whether V(s) is in units of scaled rewards.
        doubt: Why it may play worse than it did, in one line; empty where it should not.
        observations: Statistics by which observations are normalised; None where they are seen as they are.

    Raises:
        UnusableFile: These are no such networks.
    """

    file: str
    algorithm: Algorithm
    actor: tuple[Layer, ...]
    critic: tuple[Layer, ...]
    log_std: Floats | None
    activation: str
    environment_id: str = ""
    steps: int = 0
    rewards_are_scaled: bool = False
    doubt: str = ""
    observations: RunningStatistics | None = None

    def __post_init__(self) -> None:
        for layers in (self.actor, self.critic):
            _check_layers(layers)
        if self.critic[0].weight.shape[1] != self.sizes.n_observations or len(self.critic[-1].bias) != 1:
            raise UnusableFile("its value network is not of its policy.")
        if self.log_std is not None and self.log_std.shape != (self.sizes.n_outputs,):
            raise UnusableFile("its log_std is not of its policy.")
        if self.observations is not None and self.observations.mean.shape != (self.sizes.n_observations,):
            raise UnusableFile("its statistics of observations are not of its policy.")
        if not all(np.isfinite(numbers).all() for numbers in self._numbers()):
            raise UnusableFile("it holds numbers that are not finite.")

    @property
    def sizes(self) -> Sizes:
        """Between what it stands."""
        return Sizes(self.actor[0].weight.shape[1], len(self.actor[-1].bias), self.log_std is None)

    def _numbers(self) -> Iterable[Floats]:
        for layer in (*self.actor, *self.critic):
            yield from layer
        if self.log_std is not None:
            yield self.log_std


def _check_layers(layers: Sequence[Layer]) -> None:
    """Raise UnusableFile unless each layer takes what the one before passes on."""
    for weight, bias in layers:
        if weight.ndim != 2 or not weight.size or bias.shape != weight.shape[:1]:
            raise UnusableFile("its layers have shapes that no network has.")
    if any(len(before.bias) != after.weight.shape[1] for before, after in pairwise(layers)):
        raise UnusableFile("its layers do not fit together.")


def layer_of(tensors: Mapping[str, Any], name: str) -> Layer:
    """Return a layer by its module's name in a state dict, or raise UnusableFile where it is missing."""
    missing = [part for part in ("weight", "bias") if f"{name}.{part}" not in tensors]
    if missing:
        raise UnusableFile(f"its network has no {name}.{missing[0]}.")
    return Layer(*(single_precision(tensors[f"{name}.{part}"]) for part in ("weight", "bias")))


@np.errstate(over="ignore")
def single_precision(numbers: NDArray[Any]) -> Floats:
    """Return numbers as our networks have them; too large ones are infinite."""
    return numbers.astype(np.float32)
